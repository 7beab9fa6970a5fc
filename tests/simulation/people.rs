//! The users: each proves who they are, as anybody does.

use atelier::domain::id::AccountId;
use atelier::jwt::Claims;
use atelier::service::{Atelier, Operator, User};
use futures::FutureExt;

/// What tokens are signed with, and the operators' token as well.
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The names of all users.
pub(crate) const PEOPLE: &[&str] = &["ada", "ben", "cy"];

/// Somebody who has nothing of their own.
pub(crate) const STRANGER: &str = "a stranger";

/// 2100-01-01: no seed lasts that long.
const EXPIRY: i64 = 4_102_444_800;

/// The user whose account it is.
pub(crate) fn user(atelier: &Atelier, account: AccountId) -> User {
    let mut names = [STRANGER].iter().chain(PEOPLE);
    let name = names.find(|name| AccountId::of_subject(name) == account);
    let claims = Claims {
        sub: name.unwrap().to_string(),
        exp: EXPIRY,
        nbf: None,
        iss: None,
        aud: None,
        client_id: None,
        azp: None,
    };
    let token = claims.sign(SECRET).unwrap();
    // With a shared secret nobody is asked, so there is nothing to wait for.
    let proved = atelier.access().user(&token).now_or_never();
    proved.unwrap().unwrap()
}

/// A client with the operators' token.
pub(crate) fn operator(atelier: &Atelier) -> Operator {
    atelier.access().operator(SECRET).unwrap()
}
