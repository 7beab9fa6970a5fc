//! The invocations that the reconciler hands slices to, in this process.

use std::sync::{Mutex, Weak};

use async_trait::async_trait;
use atelier::ports::{Invocations, NotReconciled, Slice};

use super::{Parts, When};

pub(crate) struct Slices {
    world: Weak<Parts>,
    handed: Mutex<Vec<Slice>>,
    faults: Mutex<Vec<When>>,
}

impl Slices {
    pub(crate) fn new(world: Weak<Parts>) -> Self {
        Self {
            world,
            handed: Mutex::default(),
            faults: Mutex::default(),
        }
    }

    /// The slices that were handed on, in order.
    pub(crate) fn handed(&self) -> Vec<Slice> {
        self.handed.lock().unwrap().clone()
    }

    /// Loses the next slice that is handed on: the slice itself, or its answer.
    pub(crate) fn lose(&self, when: When) {
        self.faults.lock().unwrap().push(when);
    }
}

#[async_trait]
impl Invocations for Slices {
    async fn reconcile(&self, slice: Slice) -> Result<usize, NotReconciled> {
        self.handed.lock().unwrap().push(slice.clone());
        let fault = self.faults.lock().unwrap().pop();
        if fault == Some(When::Before) {
            return Err(NotReconciled("before it began".into()));
        }
        // Both ways through JSON, as between a Worker and its object.
        let slice = serde_json::from_str(&serde_json::to_string(&slice).unwrap()).unwrap();
        let world = self.world.upgrade().unwrap();
        world.pauses.pause().await;
        let done = world.invocation().reconciler().reconcile(slice).await;
        if fault == Some(When::After) {
            return Err(NotReconciled("after its end".into()));
        }
        Ok(done)
    }
}
