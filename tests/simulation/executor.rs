//! An executor with one thread whose choices all come from the seed: it polls one task at a time, and only
//! tasks that were woken.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use atelier::domain::time::Timestamp;
use futures::future::BoxFuture;

use super::random::Random;

/// Where a task runs, and so with which process it dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a Worker: a request, the cron, or background work.
    Worker,
    /// In the account object with this number.
    Object(u64),
    /// Outside of Atelier: it belongs to the test, and is never killed.
    Outside,
}

/// A task.
pub(crate) struct Task {
    pub(crate) number: u64,
    pub(crate) name: &'static str,
    pub(crate) place: Place,
    pub(crate) began_at: Timestamp,
    future: BoxFuture<'static, ()>,
    woken: Arc<Flag>,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Task {
    fn is_ready(&self) -> bool {
        self.woken.0.load(Ordering::Relaxed)
    }
}

/// All running tasks.
#[derive(Default)]
pub(crate) struct Executor {
    tasks: Vec<Task>,
    started: u64,
    ready: Vec<usize>,
}

impl Executor {
    pub(crate) fn start(
        &mut self,
        (place, began_at): (Place, Timestamp),
        name: &'static str,
        future: BoxFuture<'static, ()>,
    ) {
        self.started += 1;
        let woken = Arc::new(Flag(AtomicBool::new(true)));
        let number = self.started;
        self.tasks.push(Task {
            number,
            name,
            place,
            began_at,
            future,
            woken,
        });
    }

    /// The number of running tasks.
    pub(crate) fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Collects the tasks that can be polled, and returns their number.
    pub(crate) fn find_ready(&mut self) -> usize {
        self.ready.clear();
        self.ready
            .extend((0..self.tasks.len()).filter(|place| self.tasks[*place].is_ready()));
        self.ready.len()
    }

    /// The task at one of the places that [`Executor::find_ready`] found.
    pub(crate) fn choose(&self, random: &mut Random) -> usize {
        self.ready[random.place(self.ready.len())]
    }

    /// The task to poll next.
    pub(crate) fn at(&self, place: usize) -> &Task {
        &self.tasks[place]
    }

    /// Polls a task once, and removes it if it has ended.
    pub(crate) fn poll(&mut self, place: usize) {
        let mut task = self.tasks.swap_remove(place);
        task.woken.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&task.woken));
        if task.future.as_mut().poll(&mut Context::from_waker(&waker)) == Poll::Pending {
            self.tasks.push(task);
        }
    }

    /// Kills tasks, whatever they are doing.
    pub(crate) fn kill(&mut self, dies: impl Fn(&Task) -> bool) -> usize {
        let before = self.tasks.len();
        self.tasks.retain(|task| !dies(task));
        before - self.tasks.len()
    }

    /// The numbers of the tasks that run in a Worker.
    pub(crate) fn of_workers(&self) -> Vec<u64> {
        let in_worker = self.tasks.iter().filter(|task| task.place == Place::Worker);
        in_worker.map(|task| task.number).collect()
    }

    /// How many tasks with this name run.
    pub(crate) fn named(&self, name: &str) -> usize {
        self.tasks.iter().filter(|task| task.name == name).count()
    }
}
