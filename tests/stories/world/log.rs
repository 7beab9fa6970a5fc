//! The events in the log, for stories about those that operators alert on.

use std::sync::{Mutex, Once};

use ::log::{LevelFilter, Log, Metadata, Record};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static INSTALLED: Once = Once::new();

struct Events;

impl Log for Events {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = record.args().to_string();
        if line.starts_with("event=") {
            LINES.lock().unwrap().push(line);
        }
    }

    fn flush(&self) {}
}

/// All stories share one log.
pub(super) fn install() {
    INSTALLED.call_once(|| {
        ::log::set_logger(&Events).expect("the only log");
        ::log::set_max_level(LevelFilter::Info);
    });
}

/// The lines of one event that name an id, of a job or of an account, in order.
pub(crate) fn logged(id: &str, event: &str) -> Vec<String> {
    let begin = format!("event={event} ");
    let lines = LINES.lock().unwrap();
    let of_event = lines.iter().filter(|line| line.starts_with(&begin));
    of_event.filter(|line| line.contains(id)).cloned().collect()
}
