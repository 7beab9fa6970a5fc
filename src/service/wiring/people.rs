//! The wiring of what has to do with people who sign in here.

use std::sync::Arc;

use url::Url;

use super::{Atelier, Outside};
use crate::service::content::{RefusedContent, Screen};
use crate::service::counting::Counting;
use crate::service::mailing::Mailing;
use crate::service::sign_in::{Arrival, IdentityProviders, Reach};
use crate::service::turnstile::Challenges;
use crate::service::welcome::Welcome;
use crate::service::{Blocks, OwnSessions, Reports, SignIn, WaysIn};
use crate::store::{BlockWriter, Counters, People, ReportWriter, Sessions, SignIns};

impl Atelier {
    /// Signing in; `None` where nobody can.
    pub fn sign_in(&self) -> Option<SignIn> {
        let Outside { config, ports, .. } = &*self.0;
        let sign_in = config.sign_in.clone()?;
        let counting = self.counting();
        let people = People::new(self.database());
        let welcome = Welcome::new(
            (config.welcome_credits, sign_in.welcome),
            sign_in.claims.clone(),
            people.clone(),
            counting.clone(),
            self.grants(),
        );
        let arrival = Arrival::new(
            people,
            sign_in.claims.clone(),
            (counting.clone(), sign_in.sign_ups_per_day),
            welcome,
            self.ids(),
        );
        let http = || Arc::clone(&ports.http);
        let mailing = sign_in
            .mail
            .clone()
            .map(|mail| Mailing::new(mail, http(), Arc::clone(&ports.mail), self.ids()));
        let host = Url::parse(&config.public_url).ok();
        let host = host.and_then(|url| url.host_str().map(String::from));
        let reach = Reach {
            rows: SignIns::new(self.database()),
            providers: IdentityProviders::new(http(), self.verifier(), self.clock()),
            mailing,
            challenges: Challenges::new(
                sign_in.turnstile.clone(),
                host.unwrap_or_default(),
                http(),
            ),
            arrival,
            counting,
            background: Arc::clone(&ports.background),
        };
        let site = (config.site.name.clone(), config.public_url.clone());
        Some(SignIn::new(
            sign_in,
            site,
            reach,
            config.signer.clone(),
            self.ids(),
        ))
    }

    /// Blocking accounts.
    pub fn blocks(&self) -> Blocks {
        let rows = BlockWriter::new(self.database());
        Blocks::new(rows, self.open_checkouts(), self.clock())
    }

    /// Reporting results.
    pub fn reports(&self) -> Reports {
        let rows = ReportWriter::new(self.database());
        Reports::new(self.reader(), rows, self.clock())
    }

    pub(super) fn screen(&self) -> Screen {
        let Outside { config, ports, .. } = &*self.0;
        let refused = RefusedContent {
            counting: self.counting(),
            blocks: BlockWriter::new(self.database()),
            most_per_day: config.refused_per_day,
        };
        Screen::new(
            (config.moderation.clone(), Arc::clone(&ports.http)),
            (self.reader(), self.links()),
            refused,
            self.clock(),
        )
    }

    pub(super) fn counting(&self) -> Counting {
        let Outside { config, ports, .. } = &*self.0;
        Counting::new(
            (
                Counters::new(self.database()),
                Arc::clone(&ports.rate_limiter),
            ),
            config.signer.clone(),
            self.clock(),
        )
    }

    /// A person's own sessions.
    pub fn own_sessions(&self) -> OwnSessions {
        OwnSessions::new(Sessions::new(self.database()), self.clock())
    }

    /// A person's ways in; `None` where nobody signs in.
    pub fn ways_in(&self) -> Option<WaysIn> {
        self.0.config.sign_in.as_ref()?;
        Some(WaysIn::new(People::new(self.database()), self.clock()))
    }
}
