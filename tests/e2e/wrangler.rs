//! wrangler as a process: its configuration, how it starts and how it stops.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tokio::time::sleep;

use atelier_emulator::LOCAL_WEBHOOK_SECRET;

use super::settings::SECRET;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// How long a process may take to end by itself, in steps of [`STEP`].
const GRACE_STEPS: u32 = 50;
const STEP: Duration = Duration::from_millis(100);

/// How many lines of a log a failure shows.
const TAIL_LINES: usize = 40;

/// Runs wrangler in directory $1, offline, with the Node that set-up found; its temporary files go there, too.
const RUN: &str = r#"
    . scripts/env.sh
    cd "$1" && shift
    export WRANGLER_LOG_PATH=$PWD/logs WRANGLER_REGISTRY_PATH=$PWD/registry CI=true NO_COLOR=1
    "$ATELIER_NODE" "$ATELIER_WRANGLER" "$@" </dev/null &
    wrangler=$!
"#;

/// The first process of the group stays until wrangler has ended. It ends wrangler when it is told to, or when
/// the process at the other end of its input is gone, for whatever reason.
const UNTIL_TOLD: &str = r#"
    exec 3<&0
    stop() { trap '' TERM; kill -TERM 0; wait $wrangler; exit; }
    trap stop TERM
    { cat <&3 >/dev/null; kill -TERM $$; } &
    wait $wrangler
    echo "wrangler has ended: $?"
    stop
"#;

/// A directory in which wrangler runs the built Worker, with everything that the Worker stores.
#[derive(Debug)]
pub(crate) struct Workshop {
    dir: tempfile::TempDir,
}

impl Workshop {
    /// Creates one, with an empty database.
    pub(crate) fn new() -> io::Result<Self> {
        let built = Path::new(ROOT).join("build/index.js");
        if !built.exists() {
            return Err(io::Error::other(
                "the Worker is not built: run `scripts/build.sh` before, or all tests with `make test`",
            ));
        }
        let dir = tempfile::Builder::new().prefix("atelier-e2e-").tempdir()?;
        let workshop = Self { dir };
        let config = fs::read_to_string(Path::new(ROOT).join("wrangler.toml"))?;
        fs::write(workshop.path("wrangler.toml"), local_config(&config))?;
        fs::write(workshop.path(".dev.vars"), secrets())?;
        Ok(workshop)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Everything that the Worker stores.
    pub(crate) fn state(&self) -> PathBuf {
        self.path("state")
    }

    /// The log of the Worker and of wrangler.
    pub(crate) fn log(&self) -> String {
        let log = fs::read(self.path("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// The end of the log, without the lines about single requests: there are hundreds of them around each that
    /// says what went wrong.
    pub(crate) fn log_tail(&self) -> String {
        let log = self.log();
        let lines = log.lines();
        let lines: Vec<_> = lines
            .filter(|line| !line.starts_with("[wrangler:info] "))
            .collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }

    /// Applies the migrations.
    pub(crate) async fn migrate(&self) -> io::Result<()> {
        let arguments = ["d1", "migrations", "apply", "atelier", "--local"];
        let mut child = self.spawn(&arguments, "wait $wrangler")?;
        loop {
            match child.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(_) => {
                    let tail = self.log_tail();
                    return Err(io::Error::other(format!("the migrations fail:\n{tail}")));
                }
                None => sleep(STEP).await,
            }
        }
    }

    /// Starts the Worker on a port of this machine.
    pub(crate) fn serve(&self, port: u16, inspector: u16, vars: &[String]) -> io::Result<Group> {
        let (port, inspector) = (port.to_string(), inspector.to_string());
        let mut arguments = vec!["dev", "--ip", "127.0.0.1", "--port", &port];
        arguments.extend(["--inspector-port", &inspector]);
        for var in vars {
            arguments.extend(["--var", var]);
        }
        let child = self.spawn(&arguments, UNTIL_TOLD)?;
        Ok(Group { child })
    }

    fn spawn(&self, arguments: &[&str], then: &str) -> io::Result<Child> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.path("log"))?;
        Command::new("bash")
            .args(["-c", &format!("{RUN}{then}"), "bash"])
            .arg(self.dir.path())
            .args(arguments)
            .arg("--config")
            .arg(self.path("wrangler.toml"))
            .arg("--persist-to")
            .arg(self.state())
            .current_dir(ROOT)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()
    }
}

/// wrangler and the processes that it started.
#[derive(Debug)]
pub(crate) struct Group {
    child: Child,
}

impl Group {
    /// Its exit status, if it has ended.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Kills all of them.
    pub(crate) async fn kill(mut self) {
        self.signal("KILL");
        self.wait().await;
    }

    /// Asks it to end, and kills it if it does not.
    pub(crate) async fn end(mut self) {
        self.signal("TERM");
        if !self.wait().await {
            self.kill().await;
        }
    }

    fn signal(&mut self, name: &str) {
        // After its first process was reaped, the number may belong to another one.
        if self.ended().is_none() {
            let group = format!("-{}", self.child.id());
            let kill = Command::new("bash")
                .args(["-c", r#"kill -s "$@""#, "bash", name, "--", &group])
                .status();
            assert!(
                kill.is_ok_and(|status| status.success()),
                "kill -s {name} -- {group}"
            );
        }
    }

    /// Waits for the end, at most for the grace period.
    async fn wait(&mut self) -> bool {
        for _ in 0..GRACE_STEPS {
            if self.ended().is_some() {
                return true;
            }
            sleep(STEP).await;
        }
        false
    }
}

/// Atelier's own secrets, and those of every provider and processor.
fn secrets() -> String {
    let own = ["AUTH_JWT_SECRET", "ADMIN_TOKEN", "SIGNING_SECRET"];
    let own = own.map(|name| format!("{name}=\"{SECRET}\"\n"));
    let processors = ["stripe", "polar"];
    let providers = atelier_emulator::providers().chain(processors).map(|name| {
        let name = name.to_ascii_uppercase();
        format!("{name}_API_KEY=\"{SECRET}\"\n{name}_WEBHOOK_SECRET=\"{LOCAL_WEBHOOK_SECRET}\"\n")
    });
    own.into_iter().chain(providers).collect()
}

/// The repository's configuration without the build and production, with absolute paths.
fn local_config(config: &str) -> String {
    let mut skips = false;
    let mut kept = String::new();
    for line in config.lines() {
        if line.starts_with('[') {
            let section = line.trim_matches(['[', ']']);
            skips = section == "build" || section.starts_with("env.");
        }
        if !skips {
            kept.push_str(&with_absolute_path(line));
            kept.push('\n');
        }
    }
    kept
}

fn with_absolute_path(line: &str) -> String {
    for key in ["main", "migrations_dir", "directory"] {
        if let Some(path) = line.strip_prefix(&format!("{key} = \"")) {
            return format!("{key} = \"{ROOT}/{path}");
        }
    }
    line.to_owned()
}
