//! `atelier-emulator [--port N] [--api-key KEY] [--webhook-secret KEY] [--work-ms N] [--slow-ms N]
//! [--late-ms N]`

use std::{env, error::Error, ffi::OsString, io::Write, process::ExitCode, time::Duration};

use atelier_emulator::{Emulator, Settings};
use lexopt::prelude::{Long, Short, ValueExt};

const USAGE: &str = "\
Usage: atelier-emulator [options]
  --port N        port on 127.0.0.1 (EMULATOR_PORT; 8788)
  --api-key KEY   the key callers must present (EMULATOR_API_KEY; local-emulator-key)
  --webhook-secret KEY
                  what callbacks are signed with (EMULATOR_WEBHOOK_SECRET; a fixed one)
  --work-ms N     how long a generation takes (3000)
  --slow-ms N     how long a #slow one takes (30000)
  --late-ms N     how long a #late one takes (180000)
The README beside the source lists the hashtags.
";

/// The port where neither an argument nor the environment names one.
const DEFAULT_PORT: u16 = 8788;

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("atelier-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Starts, says where, and stops at ctrl-c.
async fn serve() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    let Some(settings) = settings(env::args_os())? else {
        out.write_all(USAGE.as_bytes())?;
        return Ok(());
    };
    let emulator = Emulator::start(settings).await?;
    for name in atelier_emulator::providers() {
        writeln!(out, "atelier-emulator: {}", emulator.provider_url(name))?;
    }
    tokio::signal::ctrl_c().await?;
    emulator.shutdown().await;
    Ok(())
}

/// Arguments over environment over defaults; none where help was asked for.
fn settings(args: impl Iterator<Item = OsString>) -> Result<Option<Settings>, Box<dyn Error>> {
    let mut settings = Settings {
        port: match env::var("EMULATOR_PORT") {
            Ok(port) => port
                .parse()
                .map_err(|_not_a_port| "EMULATOR_PORT is not a port")?,
            Err(_) => DEFAULT_PORT,
        },
        ..Settings::default()
    };
    if let Ok(key) = env::var("EMULATOR_API_KEY") {
        settings.api_key = key;
    }
    if let Ok(secret) = env::var("EMULATOR_WEBHOOK_SECRET") {
        settings.webhook_secret = secret;
    }
    let mut parser = lexopt::Parser::from_iter(args);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => settings.port = parser.value()?.parse()?,
            Long("api-key") => settings.api_key = parser.value()?.string()?,
            Long("webhook-secret") => settings.webhook_secret = parser.value()?.string()?,
            Long("work-ms") => settings.work = Duration::from_millis(parser.value()?.parse()?),
            Long("slow-ms") => settings.slow = Duration::from_millis(parser.value()?.parse()?),
            Long("late-ms") => settings.late = Duration::from_millis(parser.value()?.parse()?),
            Short('h') | Long("help") => return Ok(None),
            unknown => return Err(unknown.unexpected().into()),
        }
    }
    Ok(Some(settings))
}
