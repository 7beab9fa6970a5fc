//! The log, on the console: Cloudflare keeps it by level.

use crate::redact::logged;
use log::{Level, LevelFilter, Log, Metadata, Record};
use worker::{console_error, console_log, console_warn};

struct Console;

impl Log for Console {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= LevelFilter::Info
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        // Here, since no line gets past this.
        let line = logged(&record.args().to_string());
        match record.level() {
            Level::Error => console_error!("{line}"),
            Level::Warn => console_warn!("{line}"),
            Level::Info | Level::Debug | Level::Trace => console_log!("{line}"),
        }
    }

    fn flush(&self) {}
}

/// Once per isolate; again, it changes nothing.
pub(super) fn install() {
    if log::set_logger(&Console).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
}
