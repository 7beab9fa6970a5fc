//! Invocations of the cron, and those that its slices are handed to: each a task of its own with the platform's
//! limits. The call or its answer may be lost, or the task may be killed.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use atelier::config::Config;
use atelier::config::slices::{STATEMENTS_BESIDES, STATEMENTS_PER_JOB};
use atelier::ports::{Invocations, NotReconciled, Ports, Slice};
use atelier::service::Atelier;
use futures::channel::oneshot;

use super::executor::Place;
use super::invocation::invocation;
use super::weather::Fault;
use super::world::World;

struct Slices {
    world: Arc<World>,
    config: Arc<Config>,
}

impl World {
    /// Atelier in an invocation of its own. It may run only as many statements as are budgeted for the jobs of
    /// a slice, which is stricter than the platform.
    pub(crate) fn invocation(&self, config: &Arc<Config>) -> Atelier {
        let world = self.this();
        let ports = Ports {
            invocations: Arc::new(Slices {
                world: self.this(),
                config: Arc::clone(config),
            }),
            ..self.ports()
        };
        let most = STATEMENTS_BESIDES + config.jobs_per_slice * STATEMENTS_PER_JOB;
        let ports = invocation(&ports, most, Box::new(move |what| world.broke(what)));
        Atelier::new(Arc::clone(config), ports)
    }
}

#[async_trait]
impl Invocations for Slices {
    async fn reconcile(&self, slice: Slice) -> Result<usize, NotReconciled> {
        let lost = |why: &str| Err(NotReconciled(why.into()));
        self.world.pause().await;
        if self.world.strikes(Fault::CallBefore) {
            return lost("before it began");
        }
        self.world.slices.fetch_add(1, Ordering::Relaxed);
        let atelier = self.world.invocation(&self.config);
        let (tell, told) = oneshot::channel();
        self.world.start(Place::Worker, "slice", async move {
            let _nobody_may_wait = tell.send(atelier.reconciler().reconcile(slice).await);
        });
        if self.world.strikes(Fault::CallLeft) {
            return lost("no answer in time");
        }
        let Ok(done) = told.await else {
            return lost("it died");
        };
        self.world.pause().await;
        if self.world.strikes(Fault::CallAfter) {
            return lost("after its end");
        }
        Ok(done)
    }
}

/// Only the cron hands on slices.
#[async_trait]
impl Invocations for World {
    async fn reconcile(&self, _: Slice) -> Result<usize, NotReconciled> {
        unreachable!("a request hands on no slices")
    }
}
