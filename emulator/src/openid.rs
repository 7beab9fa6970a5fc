//! A small `OpenID` provider, under two names: `google` does what Google does, `oidc` what npm
//! `oidc-provider` does by default.

mod authorize;
mod discovery;
mod error;
mod id_token;
mod keys;
mod token;
mod userinfo;

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    routing::{get, post},
};

use self::keys::Algorithm;
use crate::world::World;

pub(crate) fn google() -> Router<Arc<World>> {
    routes(&GOOGLE)
}

pub(crate) fn oidc() -> Router<Arc<World>> {
    routes(&OIDC)
}

fn routes(provider: Provider) -> Router<Arc<World>> {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery::show))
        .route("/jwks", get(discovery::jwks))
        .route("/authorize", get(authorize::show).post(authorize::choose))
        .route("/token", post(token::exchange))
        .route("/userinfo", get(userinfo::show))
        .layer(Extension(provider))
}

const CODE_LIFETIME: Duration = Duration::from_mins(1);
/// How long access tokens and ID tokens are valid.
const TOKEN_LIFETIME: Duration = Duration::from_hours(1);

/// A provider, as handlers get it.
type Provider = &'static OpenId;

/// What the two differ in.
#[derive(Debug)]
pub(crate) struct OpenId {
    name: &'static str,
    /// Its name for people.
    title: &'static str,
    /// The id of the one client; its secret is the emulator's key.
    client_id: &'static str,
    algorithm: Algorithm,
    /// Whether name and e-mail are in the ID token, and not only in the answer of `/userinfo`.
    tells_in_token: bool,
    /// Whether it says who it is when it sends the browser back (RFC 9207).
    sends_issuer: bool,
    /// Whether people may belong to a domain, and a client may ask for one.
    has_domains: bool,
}

const GOOGLE: OpenId = OpenId {
    name: "google",
    title: "Google",
    client_id: "local-google-client",
    algorithm: Algorithm::Rs256,
    tells_in_token: true,
    sends_issuer: false,
    has_domains: true,
};

const OIDC: OpenId = OpenId {
    name: "oidc",
    title: "OpenID",
    client_id: "local-oidc-client",
    algorithm: Algorithm::Es256,
    tells_in_token: false,
    sends_issuer: true,
    has_domains: false,
};
