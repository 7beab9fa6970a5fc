//! `atelier-emulator [options]`, and `atelier-emulator label GARMENT TEXT OUT.png`; [`USAGE`] has it all.

use std::{
    env, error::Error, ffi::OsString, fs, io::Write, path::PathBuf, process::ExitCode,
    time::Duration,
};

use atelier_emulator::{Emulator, LogTo, Settings};
use lexopt::prelude::{Long, Short, Value, ValueExt};

const USAGE: &str = "\
Usage: atelier-emulator [options]
       atelier-emulator label GARMENT '#fail' OUT.png
  label writes hashtags into a copy of a picture, for models that take no words
  --port N        port on 127.0.0.1 (EMULATOR_PORT; 8788)
  --api-key KEY   the key callers must present (EMULATOR_API_KEY; local-emulator-key)
  --webhook-secret KEY
                  what callbacks are signed with (EMULATOR_WEBHOOK_SECRET; a fixed one)
  --payments-webhook URL
                  where the events of payments go; the processor's name is added
                  (EMULATOR_PAYMENTS_WEBHOOK; http://127.0.0.1:8787/v1/webhooks/payments)
  --log FILE      write requests and callbacks there, one line of JSON each
                  (EMULATOR_LOG; standard output); it takes 8 MiB at most
  --work-ms N     how long a generation takes (3000)
  --slow-ms N     how long a #slow one takes (30000)
  --late-ms N     how long a #late one takes (180000)
The README beside the source lists the hashtags.
";

/// The port where neither an argument nor the environment names one.
const DEFAULT_PORT: u16 = 8788;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("atelier-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The command to run.
enum Task {
    Help,
    Label(Label),
    Serve(Box<Settings>),
}

/// A picture to be labelled.
struct Label {
    picture: PathBuf,
    text: String,
    to: PathBuf,
}

async fn run() -> Result<(), Box<dyn Error>> {
    match task(env::args_os())? {
        Task::Help => Ok(std::io::stdout().write_all(USAGE.as_bytes())?),
        Task::Label(Label { picture, text, to }) => {
            let labelled = atelier_emulator::label(&fs::read(picture)?, &text)?;
            Ok(fs::write(to, labelled)?)
        }
        Task::Serve(settings) => serve(*settings).await,
    }
}

/// Starts, prints the address, and stops at Ctrl-C.
async fn serve(settings: Settings) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    let emulator = Emulator::start(settings).await?;
    for name in atelier_emulator::providers().chain(atelier_emulator::services()) {
        writeln!(out, "atelier-emulator: {}", emulator.provider_url(name))?;
    }
    writeln!(out, "atelier-emulator: {}/mailbox", emulator.base_url())?;
    tokio::signal::ctrl_c().await?;
    emulator.shutdown().await;
    Ok(())
}

/// Arguments override the environment, which overrides the defaults.
fn task(args: impl Iterator<Item = OsString>) -> Result<Task, Box<dyn Error>> {
    let mut settings = Settings {
        port: match env::var("EMULATOR_PORT") {
            Ok(port) => port
                .parse()
                .map_err(|_not_a_port| "EMULATOR_PORT is not a port")?,
            Err(_) => DEFAULT_PORT,
        },
        log: env::var_os("EMULATOR_LOG").map_or(LogTo::Stdout, |path| LogTo::File(path.into())),
        ..Settings::default()
    };
    if let Ok(key) = env::var("EMULATOR_API_KEY") {
        settings.api_key = key;
    }
    if let Ok(secret) = env::var("EMULATOR_WEBHOOK_SECRET") {
        settings.webhook_secret = secret;
    }
    if let Ok(url) = env::var("EMULATOR_PAYMENTS_WEBHOOK") {
        settings.payments_webhook = Some(url);
    }
    let mut parser = lexopt::Parser::from_iter(args);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => settings.port = parser.value()?.parse()?,
            Long("api-key") => settings.api_key = parser.value()?.string()?,
            Long("webhook-secret") => settings.webhook_secret = parser.value()?.string()?,
            Long("payments-webhook") => {
                settings.payments_webhook = Some(parser.value()?.string()?);
            }
            Long("work-ms") => settings.work = Duration::from_millis(parser.value()?.parse()?),
            Long("slow-ms") => settings.slow = Duration::from_millis(parser.value()?.parse()?),
            Long("late-ms") => settings.late = Duration::from_millis(parser.value()?.parse()?),
            Long("log") => settings.log = LogTo::File(parser.value()?.into()),
            Short('h') | Long("help") => return Ok(Task::Help),
            Value(word) if word == "label" => {
                return Ok(Task::Label(Label {
                    picture: parser.value()?.into(),
                    text: parser.value()?.string()?,
                    to: parser.value()?.into(),
                }));
            }
            unknown => return Err(unknown.unexpected().into()),
        }
    }
    Ok(Task::Serve(Box::new(settings)))
}
