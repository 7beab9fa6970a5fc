//! People who sign in with a code, are forgotten, and come back: always to the same account, and with one welcome.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use atelier::domain::client::{AddressPrefix, Client};
use atelier::domain::id::AccountId;
use atelier::mail::{Language, Mail, NotSent};
use atelier::ports::{MailBinding, RateLimiter};
use atelier::service::{Atelier, CodeRequest, Error};

use super::deletion::is_ours;
use super::executor::{Executor, Place};
use super::world::World;

const MAILBOXES: &[&str] = &["dana@example.com", "eli@example.org"];

/// What everybody gets once.
pub(crate) const WELCOME: &str = "20";

/// How often somebody looks for their mail before they give up.
const LOOKS: usize = 60;

/// A code can be tried so often.
const TRIES: usize = 5;

/// What is known of those who sign in.
#[derive(Default)]
pub(crate) struct Visitors {
    /// The account of each mailbox, once somebody was let in.
    accounts: BTreeMap<&'static str, AccountId>,
    tokens: Vec<(&'static str, String)>,
    /// The mails: each with its recipient and its code.
    mails: Vec<(String, String)>,
    ends: BTreeMap<&'static str, u64>,
}

impl Visitors {
    fn saw(&mut self, end: &'static str) {
        *self.ends.entry(end).or_default() += 1;
    }

    /// What has happened, and how often.
    pub(crate) fn ends(&self) -> Vec<(&'static str, u64)> {
        self.ends
            .iter()
            .map(|(end, count)| (*end, *count))
            .collect()
    }
}

impl World {
    /// Somebody signs in, or has themselves forgotten.
    pub(crate) fn visit(&self, atelier: &Atelier) {
        let known = self.visitors.lock().unwrap().tokens.clone();
        if !known.is_empty() && self.percent(30) {
            let (mailbox, token) = known[self.place(known.len())].clone();
            self.forget_visitor(atelier, mailbox, token);
        } else {
            self.sign_in(atelier, MAILBOXES[self.place(MAILBOXES.len())]);
        }
    }

    fn sign_in(&self, atelier: &Atelier, mailbox: &'static str) {
        let (world, atelier) = (self.this(), atelier.clone());
        self.start(Place::Worker, "sign in", async move {
            if let Err(what) = world.signs_in(&atelier, mailbox).await {
                world.broke(format!("{mailbox} signs in: {what}"));
            }
        });
    }

    /// (1) Asks for a code, (2) waits for the mail, and (3) tries what came to the mailbox meanwhile: two of one person
    /// at the same time do not know whose code is whose.
    async fn signs_in(&self, atelier: &Atelier, mailbox: &'static str) -> Result<(), String> {
        let sign_in = atelier.sign_in().ok_or("nobody can")?;
        let client = Client {
            prefix: AddressPrefix::of("203.0.113.7"),
            browser: None,
            country: None,
        };
        let request = CodeRequest {
            email: mailbox,
            return_to: None,
            challenge: None,
            language: Language::English,
        };
        let first = self.visitors.lock().unwrap().mails.len();
        let begun = match sign_in.send_code(&request, &client, None).await {
            Ok(begun) => begun, // (1)
            Err(Error::RateLimited(_)) => {
                self.visitors.lock().unwrap().saw("too many codes");
                return Ok(());
            }
            Err(error) if is_ours(&error) => return Ok(()),
            Err(error) => return Err(format!("a code is answered {error:?}")),
        };
        let mut tried = BTreeSet::new();
        for _ in 0..LOOKS {
            self.pause().await; // (2)
            let mails = self.visitors.lock().unwrap().mails[first..].to_vec();
            let codes = mails
                .into_iter()
                .filter(|(to, _)| to == mailbox)
                .map(|(_, code)| code);
            for code in codes.collect::<Vec<_>>() {
                if tried.len() >= TRIES || !tried.insert(code.clone()) {
                    continue;
                }
                match sign_in
                    .enter_code(Some(&begun.token), &code, &client, None)
                    .await
                {
                    Ok(arrived) => return self.arrives(atelier, mailbox, arrived.token).await, // (3)
                    Err(Error::Invalid(_)) => {}
                    Err(Error::NotSignedIn {
                        reason: "lost" | "spent",
                        ..
                    }) => return Ok(()),
                    Err(error) if is_ours(&error) => return Ok(()),
                    Err(error) => return Err(format!("{code} is answered {error:?}")),
                }
            }
        }
        Ok(())
    }

    async fn arrives(
        &self,
        atelier: &Atelier,
        mailbox: &'static str,
        token: String,
    ) -> Result<(), String> {
        let user = match atelier.access().session(&token).await {
            Ok(user) => user,
            // Forgotten, or signed out, a moment ago.
            Err(Error::Unauthenticated) => return Ok(()),
            Err(error) if is_ours(&error) => return Ok(()),
            Err(error) => return Err(format!("their session is answered {error:?}")),
        };
        let mut visitors = self.visitors.lock().unwrap();
        let is_back = visitors.accounts.contains_key(mailbox);
        visitors.saw(if is_back {
            "signed in again"
        } else {
            "signed up"
        });
        visitors.tokens.push((mailbox, token));
        let known = *visitors.accounts.entry(mailbox).or_insert(user.account);
        if known == user.account {
            Ok(())
        } else {
            Err(format!("to {} instead of {known}", user.account))
        }
    }

    fn forget_visitor(&self, atelier: &Atelier, mailbox: &'static str, token: String) {
        let account = self.visitors.lock().unwrap().accounts[mailbox];
        let mut truth = self.truth.lock().unwrap();
        truth.wishes.accounts.insert(account.to_string());
        drop(truth);
        let (world, atelier) = (self.this(), atelier.clone());
        self.start(Place::Worker, "forget visitor", async move {
            let Ok(user) = atelier.access().session(&token).await else {
                return;
            };
            match atelier.deletion().forget(&user).await {
                Ok(_) => {
                    let mut visitors = world.visitors.lock().unwrap();
                    visitors.tokens.retain(|(_, known)| *known != token);
                    visitors.saw("forgotten by their session");
                }
                Err(error) if is_ours(&error) => {}
                Err(error) => world.broke(format!("forgetting {mailbox} is answered {error:?}")),
            }
        });
    }

    /// Once all is calm: whoever signs in is who they were, with the credits that they were welcomed with, once.
    pub(crate) fn everybody_comes_back(
        self: &Arc<Self>,
        atelier: &Atelier,
        executor: &mut Executor,
    ) -> Result<(), String> {
        // The codes of the hours before are no matter.
        self.pass(std::time::Duration::from_hours(2));
        let before = self.visitors.lock().unwrap().tokens.len();
        for mailbox in MAILBOXES {
            self.sign_in(atelier, mailbox);
        }
        super::ending::run_dry(self, executor)?;
        let visitors = self.visitors.lock().unwrap();
        if visitors.tokens.len() != before + MAILBOXES.len() {
            return Err("somebody who should be let in is not".into());
        }
        let connection = self.connection.lock().unwrap();
        for (mailbox, account) in &visitors.accounts {
            let sql = "select coalesce(sum(granted), 0) from packages where account_id = ?1 and reference like 'welcome:%'";
            let welcomed: u32 = connection
                .query_row(sql, [account.to_string()], |row| row.get(0))
                .unwrap();
            if welcomed.to_string() != WELCOME {
                return Err(format!("{mailbox} was welcomed with {welcomed}"));
            }
        }
        let users: i64 = connection
            .query_row("select count(*) from users", [], |row| row.get(0))
            .unwrap();
        if usize::try_from(users) == Ok(MAILBOXES.len()) {
            Ok(())
        } else {
            Err(format!("there are {users} users"))
        }
    }
}

/// Mail arrives a while later, if it is not lost.
#[async_trait]
impl MailBinding for World {
    async fn send(&self, mail: &Mail) -> Result<(), NotSent> {
        self.pause().await;
        // Others are of purchases.
        let Some((_, code)) = mail.message.text.split_once("code=") else {
            return Ok(());
        };
        let code = code.chars().take_while(char::is_ascii_digit).collect();
        self.visitors
            .lock()
            .unwrap()
            .mails
            .push((mail.to.to_string(), code));
        Ok(())
    }
}

#[async_trait]
impl RateLimiter for World {
    async fn admits(&self, _: &str) -> bool {
        true
    }
}
