//! The wiring: which use case is handed what.

mod people;
mod pictures;
mod selling;

use std::sync::Arc;

use super::accounts::{AccountReader, CreditMoves, Erasures, JobEvents, Openings};
use super::ask::Providers;
use super::auth::OperatorProofs;
use super::candidates::Requests;
use super::cleanup::{Cleanup, LateResults, kept_for};
use super::configured::{Catalog, ListedHosts, ProviderConfigs};
use super::dispatch::Dispatch;
use super::ids::Ids;
use super::ingest::Ingestion;
use super::keys::Keys;
use super::perform::Executor;
use super::verifier::Verifier;
use super::waiting::Waiting;
use super::{
    Access, Anchors, Bodies, Books, Callbacks, Cancellations, CreditStatements, Cron, Deletion,
    DemoSessions, Generations, Grants, Isolate, Jobs, Limits, Models, Operators, Quotes,
    Reconciler, SelfTest, Site,
};
use crate::config::Config;
use crate::ports::{Clock, Database, Ports};
use crate::store::{CronWriter, People, Reader, RemovalWriter, Sessions};

/// The wiring: it has all of the outside, and hands each use case its part of it. Cheap to clone.
#[derive(Clone)]
pub struct Atelier(Arc<Outside>);

struct Outside {
    config: Arc<Config>,
    ports: Ports,
    isolate: Isolate,
}

impl Atelier {
    /// From its configuration and its outside, remembering nothing.
    pub fn new(config: Arc<Config>, ports: Ports) -> Self {
        Self::remembering(config, ports, Isolate::default())
    }

    /// The same with what the isolate remembers.
    pub fn remembering(config: Arc<Config>, ports: Ports, isolate: Isolate) -> Self {
        Self(Arc::new(Outside {
            config,
            ports,
            isolate,
        }))
    }
}

/// The use cases.
impl Atelier {
    /// Authentication.
    pub fn access(&self) -> Access {
        let config = &self.0.config;
        let tokens = [
            Some(&config.admin_token),
            config.previous_admin_token.as_ref(),
        ];
        let tokens = tokens.into_iter().flatten().cloned().collect();
        let sign_in = config.sign_in.as_ref();
        let emails = sign_in.map(|sign_in| sign_in.operators.clone());
        let operators = OperatorProofs {
            tokens,
            emails: emails.unwrap_or_default(),
        };
        let sessions = sign_in.map(|_| Sessions::new(self.database()));
        Access::new(
            config.auth.clone(),
            operators,
            sessions,
            self.verifier(),
            self.clock(),
        )
    }

    /// Demo sessions.
    pub fn demo_sessions(&self) -> DemoSessions {
        let Config {
            local,
            welcome_credits,
            ..
        } = *self.0.config;
        DemoSessions::new(
            local,
            welcome_credits,
            self.grants(),
            self.access(),
            self.ids(),
        )
    }

    /// The models that are sold.
    pub fn models(&self) -> Models {
        let Outside {
            config, isolate, ..
        } = &*self.0;
        Models::new(
            self.catalog(),
            self.reader(),
            isolate.clone(),
            kept_for(config),
            self.clock(),
        )
    }

    /// What a generation would cost.
    pub fn quotes(&self) -> Quotes {
        let rules = self.0.config.rules;
        Quotes::new(
            self.requests(),
            self.catalog(),
            self.reader(),
            rules,
            self.clock(),
        )
    }

    /// Asking for pictures.
    pub fn generations(&self) -> Generations {
        let openings = Openings::new(Arc::clone(&self.0.ports.accounts), self.job_events());
        Generations::new(
            (self.requests(), self.screen(), self.reader()),
            openings,
            self.jobs(),
            self.dispatch(),
            Arc::clone(&self.0.ports.background),
            self.ids(),
        )
    }

    /// Reading jobs.
    pub fn jobs(&self) -> Jobs {
        Jobs::new(self.account_reader(), self.reader(), self.clock())
    }

    /// Canceling jobs.
    pub fn cancellations(&self) -> Cancellations {
        Cancellations::new(self.job_events(), self.jobs(), self.executor())
    }

    /// Deleting jobs, and forgetting people.
    pub fn deletion(&self) -> Deletion {
        let erasures = Erasures::new(Arc::clone(&self.0.ports.accounts));
        let stores = (self.reader(), People::new(self.database()));
        let ending = (self.removal(), self.open_checkouts());
        Deletion::new(erasures, stores, ending, self.executor())
    }

    /// What an account has.
    pub fn credits(&self) -> CreditStatements {
        CreditStatements::new(
            self.account_reader(),
            self.reader(),
            self.catalog(),
            self.clock(),
        )
    }

    /// What an account may do, and how much of it is used.
    pub fn limits(&self) -> Limits {
        let selling = self.0.config.selling.as_ref();
        let checkouts = selling.map(|selling| (self.counting(), selling.limits));
        Limits::new(self.account_reader(), self.upload_quota(), checkouts)
    }

    /// Callbacks of providers.
    pub fn callbacks(&self) -> Callbacks {
        Callbacks::new(
            self.0.config.signer.clone(),
            (self.providers(), self.keys()),
            self.reader(),
            self.executor(),
            self.clock(),
        )
    }

    /// Granting credits, and clawing them back.
    pub fn grants(&self) -> Grants {
        let moves = CreditMoves::new(Arc::clone(&self.0.ports.accounts));
        Grants::new(
            moves,
            (self.reader(), People::new(self.database())),
            self.ids(),
        )
    }

    /// Auditing the books.
    pub fn books(&self) -> Books {
        Books::new(self.reader(), self.anchors(), self.clock())
    }

    /// Anchoring the journals.
    pub fn anchors(&self) -> Anchors {
        Anchors::new(
            self.reader(),
            Arc::clone(&self.0.ports.documents),
            self.clock(),
        )
    }

    /// What operators read.
    pub fn operators(&self) -> Operators {
        let Config {
            providers,
            former_providers,
            ..
        } = &*self.0.config;
        let providers = providers.iter().chain(former_providers);
        let names = providers.map(|provider| provider.codec.name()).collect();
        Operators::new(self.reader(), names, self.clock())
    }

    /// Whether a deployment has what it needs.
    pub fn self_test(&self) -> SelfTest {
        SelfTest::new(
            Arc::clone(&self.0.config),
            self.listed_hosts(),
            self.reader(),
            Arc::clone(&self.0.ports.http),
            (self.picture_writer(), self.picture_remover()),
            self.ids(),
        )
    }

    /// The minute's run.
    pub fn cron(&self) -> Cron {
        let database = || self.database();
        let marks = RemovalWriter::new(database());
        Cron::new(
            (CronWriter::new(database()), self.reader()),
            self.account_reader(),
            (self.reconciler(), self.order_reconciler()),
            self.waiting(),
            (
                Cleanup::new(self.removal(), marks, kept_for(&self.0.config)),
                People::new(database()),
                self.purchase_mails(),
            ),
            self.clock(),
        )
    }

    /// Slices of due jobs.
    pub fn reconciler(&self) -> Reconciler {
        let Outside { config, ports, .. } = &*self.0;
        Reconciler::new(
            self.executor(),
            self.reader(),
            Arc::clone(&ports.invocations),
            config.jobs_per_slice,
            self.clock(),
        )
    }

    /// Capacity and time for bodies.
    pub fn bodies(&self) -> Bodies {
        Bodies::new(self.0.isolate.clone(), self.clock())
    }

    /// What the answers themselves depend on.
    pub fn site(&self) -> Site {
        Site::new(Arc::clone(&self.0.config), self.ids())
    }
}

/// What use cases share.
impl Atelier {
    fn executor(&self) -> Executor {
        let background = Arc::clone(&self.0.ports.background);
        Executor::new(
            (self.account_reader(), self.job_events()),
            self.reader(),
            self.providers(),
            self.ingestion(),
            background,
            self.clock(),
        )
    }

    fn ingestion(&self) -> Ingestion {
        Ingestion::new(
            self.job_events(),
            self.providers(),
            self.listed_hosts(),
            (self.picture_reader(), self.picture_writer()),
            self.waiting(),
            LateResults::new(self.reader(), self.removal()),
        )
    }

    fn dispatch(&self) -> Dispatch {
        Dispatch::new(
            self.executor(),
            self.job_events(),
            self.providers(),
            self.links(),
            self.clock(),
        )
    }

    fn waiting(&self) -> Waiting {
        let configs = ProviderConfigs::new(Arc::clone(&self.0.config));
        Waiting::new(self.reader(), configs, self.listed_hosts(), self.clock())
    }

    fn requests(&self) -> Requests {
        Requests::new(self.catalog(), self.reader())
    }

    fn providers(&self) -> Providers {
        let configs = ProviderConfigs::new(Arc::clone(&self.0.config));
        Providers::new(configs, Arc::clone(&self.0.ports.http))
    }

    fn database(&self) -> Arc<dyn Database> {
        Arc::clone(&self.0.ports.database)
    }

    fn verifier(&self) -> Verifier {
        Verifier::new(self.keys(), Arc::clone(&self.0.ports.signatures))
    }

    fn keys(&self) -> Keys {
        Keys::new(Arc::clone(&self.0.ports.http), self.clock())
    }

    fn account_reader(&self) -> AccountReader {
        AccountReader::new(Arc::clone(&self.0.ports.accounts))
    }

    fn job_events(&self) -> JobEvents {
        JobEvents::new(Arc::clone(&self.0.ports.accounts))
    }

    fn catalog(&self) -> Catalog {
        Catalog::new(Arc::clone(&self.0.config))
    }

    fn listed_hosts(&self) -> ListedHosts {
        ListedHosts::new(Arc::clone(&self.0.config))
    }

    fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.0.ports.database))
    }

    fn ids(&self) -> Ids {
        Ids::new(self.clock(), Arc::clone(&self.0.ports.random))
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.ports.clock)
    }
}
