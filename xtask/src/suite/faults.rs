//! Runs the server on a disk that fills up and on system calls that fail, and checks the record.

use super::{Context, Suite};
use crate::command;
use crate::harness::api::{self, Build, Subject};
use crate::harness::checks::{Checks, Findings};
use crate::harness::history::{Answer, Told};
use crate::harness::http::Client;
use crate::harness::load::{self, Load, Noted};
use crate::harness::random::Random;
use crate::harness::recovery::{End, recover};
use crate::harness::server::{Server, Workplace};
use crate::harness::trace;
use crate::tally::Tally;
use crate::tool::{self, Tool};
use anyhow::{Context as _, Result};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const SUITE: Suite = Suite {
    name: "faults",
    about: "disk full and failing fsync: a clear refusal or a stop, and nothing acknowledged is lost",
    tools: &[Tool::Strace],
    run,
};

const CLIENTS: usize = 8;
const REQUESTS_MAX: usize = 2_000;
const CUSTOMERS: usize = 4;
const LOAD_LIMIT: Duration = Duration::from_secs(3);

/// What goes wrong with the machine.
#[derive(Clone, Copy)]
enum Fault {
    /// Nothing; every acknowledgement must still have its fsync.
    None,
    /// These system calls fail so (`pwrite64:error=ENOSPC`), from some moment on or once.
    Call {
        calls: &'static str,
        error: &'static str,
        stays: bool,
    },
    /// No file may grow beyond a limit.
    FileSize,
    /// A file system of its own that is full.
    FileSystem,
}

impl Fault {
    fn name(self) -> String {
        match self {
            Self::None => "no fault".to_owned(),
            Self::Call {
                calls,
                error,
                stays,
            } => {
                format!(
                    "{calls} fails with {error}{}",
                    if stays {
                        " from some moment on"
                    } else {
                        " once"
                    }
                )
            }
            Self::FileSize => "no file may grow beyond a limit".to_owned(),
            Self::FileSystem => "the disk is full".to_owned(),
        }
    }
}

const FAULTS: &[Fault] = &[
    Fault::None,
    Fault::Call {
        calls: "fsync,fdatasync",
        error: "EIO",
        stays: true,
    },
    Fault::Call {
        calls: "fsync,fdatasync",
        error: "EIO",
        stays: false,
    },
    Fault::Call {
        calls: "fsync,fdatasync",
        error: "ENOSPC",
        stays: true,
    },
    Fault::Call {
        calls: "pwrite64",
        error: "EIO",
        stays: true,
    },
    Fault::Call {
        calls: "pwrite64",
        error: "EIO",
        stays: false,
    },
    Fault::Call {
        calls: "pwrite64",
        error: "ENOSPC",
        stays: true,
    },
    Fault::Call {
        calls: "ftruncate",
        error: "EIO",
        stays: true,
    },
    Fault::FileSize,
    Fault::FileSystem,
];

fn run(context: &Context) -> Result<Tally> {
    let mut checks = Checks::default();
    check_the_harness(context, &mut checks);

    let program = api::build(&context.root, Build::Normal)?;
    let rounds = if context.is_long { 50 } else { 1 };
    for &fault in FAULTS {
        let name = format!("{} under load", fault.name());
        if matches!(fault, Fault::FileSystem) && !can_mount()? {
            checks.skip(
                &name,
                "only root can mount a file system of a few megabytes",
            );
            continue;
        }
        let mut random = Random::new(context.seed);
        let make = |folder: &Path| {
            let database = format!("sqlite:{}", folder.join("tollgate.db").display());
            Subject::tollgate(&context.root, &program, &database, folder)
        };
        checks.must_pass(
            &name,
            run_rounds(context, fault, rounds, "-wal", &make, &mut random),
        );
    }

    let faulty = api::build(&context.root, Build::Faulty)?;
    for wrong in ["early-ack", "synchronous-normal"] {
        let make = |folder: &Path| {
            let database = format!("sqlite:{}", folder.join("tollgate.db").display());
            let mut subject = Subject::tollgate(&context.root, &faulty, &database, folder)?;
            subject
                .launch
                .environment
                .push(("TOLLGATE_FAULT".to_owned(), wrong.to_owned()));
            Ok(subject)
        };
        let mut random = Random::new(context.seed);
        let found = run_rounds(context, Fault::None, 1, "-wal", &make, &mut random);
        checks.must_find(
            &format!("the faulty server with {wrong}"),
            "not durable",
            found,
        );
    }
    Ok(checks.tally())
}

/// The harness itself, on a peer that is right and on wrong ones.
fn check_the_harness(context: &Context, checks: &mut Checks) {
    let run = |wrong: &str, fault: Fault| {
        let make = |folder: &Path| Subject::peer(wrong, folder);
        run_rounds(
            context,
            fault,
            1,
            ".ndjson",
            &make,
            &mut Random::new(context.seed),
        )
    };
    let failing = Fault::Call {
        calls: "fsync,fdatasync",
        error: "EIO",
        stays: true,
    };
    checks.must_pass("the harness passes a right peer", run("none", Fault::None));
    checks.must_pass(
        "the harness passes a peer that stops at a failing fsync",
        run("none", failing),
    );
    checks.must_pass(
        "the harness passes a peer that stops at a full file",
        run("none", Fault::FileSize),
    );
    checks.must_find(
        "the harness finds a missing fsync",
        "not durable",
        run("no-sync", Fault::None),
    );
    checks.must_find(
        "the harness finds an ignored fsync",
        "not durable",
        run("ignore-errors", failing),
    );
    checks.must_find(
        "the harness finds an ignored write",
        "lost",
        run("ignore-errors", Fault::FileSize),
    );
}

/// Runs the fault at several moments, each on a fresh database.
fn run_rounds(
    context: &Context,
    fault: Fault,
    rounds: u64,
    durable_file: &str,
    make: &dyn Fn(&Path) -> Result<Subject>,
    random: &mut Random,
) -> Result<Findings> {
    let mut sum = Findings::none(String::new());
    let (mut requests, mut reached) = (0, 0);
    for _ in 0..rounds {
        let mut workplace = Workplace::new(&context.root, "faults")?;
        let round = run_round(workplace.path(), fault, durable_file, make, random)?;
        requests += round.requests;
        reached += u64::from(round.is_reached);
        if !round.problems.is_empty() {
            // Wrong peers are wrong on purpose: only the real server's files are of interest.
            if durable_file == "-wal" {
                workplace.keep();
            }
            sum.problems = round.problems;
            break;
        }
    }
    sum.scope = format!("{requests} requests, the fault came in {reached} of {rounds} runs");
    if reached == 0 && !matches!(fault, Fault::None) && sum.problems.is_empty() {
        sum.problems.push("the fault never came".to_owned());
    }
    Ok(sum)
}

struct Round {
    requests: usize,
    is_reached: bool,
    problems: Vec<String>,
}

fn run_round(
    folder: &Path,
    fault: Fault,
    durable_file: &str,
    make: &dyn Fn(&Path) -> Result<Subject>,
    random: &mut Random,
) -> Result<Round> {
    let data = folder.join("data");
    fs::create_dir(&data)?;
    let disk = match fault {
        Fault::FileSystem => Some(Disk::mount(&data)?),
        _ => None,
    };
    let subject = make(&data)?;
    let customers: Vec<String> = (0..CUSTOMERS).map(|n| format!("customer-{n}")).collect();
    let server = subject.start()?;
    api::create_customers(&mut Client::new(server.address, &subject.key), &customers)?;
    server.kill()?;

    let traced = folder.join("trace");
    let mut failing = subject.clone();
    failing.launch.log = folder.join("failing.log");
    let size_limit = size_max(&data)? + 30_000 + random.below(170_000);
    failing.launch.wrapper = wrapper(fault, &traced, size_limit, random);
    if let Some(disk) = &disk {
        disk.fill()?;
    }
    // It need not become ready, and may refuse to start at all, which is as clear as can be.
    let loaded = match failing.launch.start() {
        Ok(server) => load_until_end(&failing, server, &customers, random)?,
        Err(_) => Loaded {
            noted: Vec::new(),
            has_ended: true,
            log: fs::read_to_string(&failing.launch.log).unwrap_or_default(),
        },
    };
    let size_reached = size_max(&data)?;
    if let Some(disk) = &disk {
        disk.grow()?;
    }

    let Loaded {
        noted,
        has_ended,
        log,
    } = loaded;
    let trace = trace::read(&traced)?;
    let mut problems = Vec::new();
    if log.contains("panicked at") {
        problems.push(format!("the server panicked: {log}"));
    }
    if matches!(fault, Fault::None | Fault::Call { .. }) {
        problems.extend(trace::judge_durability(
            &noted,
            &trace::synced(&trace, durable_file),
        ));
    }
    let told: Vec<_> = noted.into_iter().map(|one| one.told).collect();
    let is_reached = match fault {
        Fault::Call { .. } => trace::injected(&trace) > 0,
        // A server that stops folds its log into the database, and the large file is gone.
        Fault::FileSize if size_reached >= size_limit => true,
        Fault::None | Fault::FileSize | Fault::FileSystem => {
            let is_put_off = |one: &Told| matches!(one.answer, Answer::Again { .. });
            has_ended || told.iter().any(is_put_off)
        }
    };
    let requests = told.len();
    let recovered = recover(&subject, End::Fault, told, &customers, random)?;
    problems.extend(recovered.violations.iter().map(ToString::to_string));
    recovered.server.kill()?;
    problems.extend(subject.verify()?);
    Ok(Round {
        requests,
        is_reached,
        problems,
    })
}

/// What came of loading a server.
struct Loaded {
    noted: Vec<Noted>,
    /// Whether the server ended by itself.
    has_ended: bool,
    log: String,
}

/// Loads the server until it ends by itself or the time is over, and then kills it.
fn load_until_end(
    subject: &Subject,
    mut server: Server,
    customers: &[String],
    random: &mut Random,
) -> Result<Loaded> {
    let load = Load {
        address: server.address,
        key: &subject.key,
        customers,
        name: "load".to_owned(),
        clients: CLIENTS,
        requests_max: REQUESTS_MAX,
    };
    let (noted, end) = load::run(&load, random, move || -> Result<(bool, String)> {
        let start = Instant::now();
        while start.elapsed() < LOAD_LIMIT && !server.process.has_ended()? {
            thread::sleep(Duration::from_millis(10));
        }
        let end = (server.process.has_ended()?, server.process.log());
        server.kill()?;
        Ok(end)
    });
    let (has_ended, log) = end?;
    Ok(Loaded {
        noted,
        has_ended,
        log,
    })
}

/// The words before the server that make the fault come, at a random moment.
fn wrapper(fault: Fault, traced: &Path, size_limit: u64, random: &mut Random) -> Vec<OsString> {
    match fault {
        Fault::None => trace::wrapper(traced, None),
        Fault::Call {
            calls,
            error,
            stays,
        } => {
            // Truncation is rare: only the first ones are sure to come.
            let moments = if calls == "ftruncate" { 1 } else { 60 };
            let moment = 1 + random.below(moments);
            let plus = if stays { "+" } else { "" };
            trace::wrapper(
                traced,
                Some(&format!("{calls}:error={error}:when={moment}{plus}")),
            )
        }
        Fault::FileSize => {
            // Past it writes fail with EFBIG.
            let script = "trap '' XFSZ; exec prlimit --fsize=\"$0\" \"$@\"";
            ["/bin/sh", "-c", script, &size_limit.to_string()]
                .map(OsString::from)
                .into()
        }
        Fault::FileSystem => Vec::new(),
    }
}

/// The size of the largest file in a folder, in bytes.
fn size_max(folder: &Path) -> Result<u64> {
    let mut largest = 0;
    for entry in fs::read_dir(folder)? {
        largest = largest.max(entry?.metadata()?.len());
    }
    Ok(largest)
}

fn can_mount() -> Result<bool> {
    Ok(tool::is_root()? && command::find("mount", &[PathBuf::from("/sbin")]).is_some())
}

/// A small file system in memory; unmounted when dropped.
struct Disk {
    folder: PathBuf,
}

impl Disk {
    const ROOM_BYTES: usize = 300_000;

    fn mount(folder: &Path) -> Result<Self> {
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=64m", "tmpfs"])
            .arg(folder);
        command::output(&mut mount).context("a file system to fill up")?;
        Ok(Self {
            folder: folder.to_path_buf(),
        })
    }

    /// Leaves only a little room.
    fn fill(&self) -> Result<()> {
        let mut df = Command::new("df");
        df.args(["--output=avail", "--block-size=1"])
            .arg(&self.folder);
        let free = command::output(&mut df)?;
        let free: usize = free
            .split_whitespace()
            .last()
            .context("df says nothing")?
            .parse()?;
        fs::write(
            self.folder.join("ballast"),
            vec![0; free.saturating_sub(Self::ROOM_BYTES)],
        )?;
        Ok(())
    }

    /// Makes room again.
    fn grow(&self) -> Result<()> {
        fs::remove_file(self.folder.join("ballast")).context("the ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let mut umount = Command::new("umount");
        umount.arg("--lazy").arg(&self.folder);
        if let Err(error) = command::output(&mut umount) {
            eprintln!("{error:#}");
        }
    }
}
