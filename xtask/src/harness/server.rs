//! A server process: started, waited for, killed, stopped.

use super::logs;
use anyhow::{Context as _, Result, bail};
use std::ffi::OsString;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const START_SECONDS_MAX: u64 = 60;
const STOP_SECONDS_MAX: u64 = 40;
const LOG_LINES_SHOWN: usize = 20;

/// How a server is started.
#[derive(Clone, Default)]
pub(crate) struct Launch {
    /// Words before the program: a wrapper that ends in becoming the program.
    pub(crate) wrapper: Vec<OsString>,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Vec<(String, String)>,
    /// Where it is started; where this process is, if nothing is said.
    pub(crate) folder: Option<PathBuf>,
    /// Where what it prints goes; made anew at each start.
    pub(crate) log: PathBuf,
}

impl Launch {
    /// Starts the process without waiting for anything.
    pub(crate) fn spawn(&self) -> Result<Process> {
        let log = File::create(&self.log)?;
        let mut words = self
            .wrapper
            .iter()
            .cloned()
            .chain([self.program.clone().into_os_string()]);
        let mut command = Command::new(words.next().unwrap_or_default());
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        let child = command
            .args(words)
            .args(&self.arguments)
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        Ok(Process {
            child,
            log: self.log.clone(),
        })
    }

    /// Starts the server and waits until it says where it listens.
    pub(crate) fn start(&self) -> Result<Server> {
        let mut process = self.spawn()?;
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(START_SECONDS_MAX) {
            if let Some(address) = bound_address(&fs::read_to_string(&self.log).unwrap_or_default())
            {
                return Ok(Server { process, address });
            }
            if let Some(status) = process.child.try_wait()? {
                bail!(
                    "the server ended at its start ({status}): {}",
                    process.log_end()
                );
            }
            thread::sleep(Duration::from_millis(5));
        }
        bail!(
            "the server did not say where it listens within {START_SECONDS_MAX} s: {}",
            process.log_end()
        )
    }
}

/// The address that the server printed: the first one on loopback whose port is not 0.
fn bound_address(log: &str) -> Option<SocketAddr> {
    // The last line may still be being written.
    let (whole_lines, _) = log.rsplit_once('\n')?;
    whole_lines
        .match_indices("127.0.0.1:")
        .find_map(|(start, host)| {
            let port: String = whole_lines[start + host.len()..]
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            let port: u16 = port.parse().ok().filter(|port| *port != 0)?;
            Some(SocketAddr::from(([127, 0, 0, 1], port)))
        })
}

/// A running process; it is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Waits until it ends by itself.
    pub(crate) fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let start = Instant::now();
        while start.elapsed() < limit {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(5));
        }
        bail!(
            "the process did not end within {} s: {}",
            limit.as_secs(),
            self.log_end()
        )
    }

    /// What it printed.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The last lines that it printed.
    pub(crate) fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
    }

    /// Whether it has ended already.
    pub(crate) fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, which is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
        logs::read(&self.log);
    }
}

/// A server that listens.
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// `kill -9`; returns when the process is gone.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.process.child.kill()?;
        self.process.child.wait()?;
        Ok(())
    }

    /// Asks it to stop and returns at once.
    pub(crate) fn ask_to_stop(&self) -> Result<()> {
        let command = format!("kill -TERM {}", self.process.child.id());
        crate::command::output(Command::new("/bin/sh").args(["-c", &command])).map(drop)
    }

    /// Waits until the server that was asked to stop has ended, which must be with exit code 0.
    pub(crate) fn wait_for_stop(mut self) -> Result<()> {
        let status = self.process.wait(Duration::from_secs(STOP_SECONDS_MAX))?;
        if !status.success() {
            bail!(
                "the server that was asked to stop ended with {status}: {}",
                self.process.log_end()
            );
        }
        Ok(())
    }
}

/// A folder for one run. It is kept, and named, when the run found something.
pub(crate) struct Workplace {
    folder: Option<tempfile::TempDir>,
}

impl Workplace {
    pub(crate) fn new(root: &Path, name: &str) -> Result<Self> {
        let parent = root.join("target/xtask");
        fs::create_dir_all(&parent)?;
        let folder = tempfile::Builder::new()
            .prefix(&format!("{name}-"))
            .tempdir_in(parent)?;
        Ok(Self {
            folder: Some(folder),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder
            .as_ref()
            .map_or(Path::new(""), tempfile::TempDir::path)
    }

    /// Keeps the folder for whoever looks for the cause.
    pub(crate) fn keep(&mut self) {
        if let Some(folder) = self.folder.take() {
            eprintln!("kept: {}", folder.keep().display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_text_and_in_json() {
        let check = |log: &str, expected: Option<u16>| {
            assert_eq!(
                bound_address(log).map(|address| address.port()),
                expected,
                "{log:?}"
            );
        };
        check("tollgate listens on http://127.0.0.1:4321/\n", Some(4321));
        check(
            "{\"listen\":\"127.0.0.1:0\"}\n{\"address\":\"127.0.0.1:61234\"}\n",
            Some(61_234),
        );
        check("listening on 127.0.0.1:43", None);
        check("listening on 127.0.0.1:0\n", None);
        check("", None);
    }
}
