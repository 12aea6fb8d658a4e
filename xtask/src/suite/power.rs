//! Replays power losses from a recorded run: starts the server on what may be on the disk.

use super::{Context, Suite};
use crate::harness::api::{self, Build, Subject};
use crate::harness::checks::{Checks, Findings};
use crate::harness::http::Client;
use crate::harness::load::{self, Load, Noted};
use crate::harness::power::{Files, Recording, judge_image, recorder};
use crate::harness::random::Random;
use crate::harness::server::Workplace;
use crate::harness::trace;
use crate::tally::Tally;
use crate::tool::Tool;
use anyhow::{Context as _, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

pub(crate) const SUITE: Suite = Suite {
    name: "power",
    about: "power losses replayed from a recorded run, torn sectors included: nothing acknowledged is lost",
    tools: &[Tool::Strace],
    run,
};

const CLIENTS: usize = 8;
const REQUESTS_MAX: usize = 1_000;
const CUSTOMERS: usize = 4;
const LOAD: Duration = Duration::from_secs(4);
const WORKERS: u64 = 2;
/// Every so many images the balances are proved too, besides reading the record.
const VERIFIED_EVERY: u64 = 20;

fn run(context: &Context) -> Result<Tally> {
    let mut checks = Checks::default();
    let peer = |wrong: &str| {
        let files = |folder: &Path| vec![folder.join("peer.ndjson")];
        replay(context, 100, &files, &|folder| Subject::peer(wrong, folder))
    };
    checks.must_pass("the harness passes a right peer", peer("none"));
    checks.must_find("the harness finds a missing fsync", "lost", peer("no-sync"));

    let files = |folder: &Path| vec![folder.join("tollgate.db"), folder.join("tollgate.db-wal")];
    let normal = api::build(&context.root, Build::Normal)?;
    let images = if context.is_long { 20_000 } else { 300 };
    let subject = |folder: &Path| on_sqlite(context, &normal, folder);
    checks.must_pass(
        "power losses on SQLite",
        replay(context, images, &files, &subject),
    );

    let faulty = api::build(&context.root, Build::Faulty)?;
    let subject = |folder: &Path| {
        let mut subject = on_sqlite(context, &faulty, folder)?;
        let fault = ("TOLLGATE_FAULT".to_owned(), "synchronous-normal".to_owned());
        subject.launch.environment.push(fault);
        Ok(subject)
    };
    let name = "power losses on SQLite with synchronous=NORMAL";
    checks.must_find(name, "lost", replay(context, 300, &files, &subject));
    Ok(checks.tally())
}

fn on_sqlite(context: &Context, program: &Path, folder: &Path) -> Result<Subject> {
    let database = format!("sqlite:{}", folder.join("tollgate.db").display());
    Subject::tollgate(&context.root, program, &database, folder)
}

/// A recorded run: where it started from, what it wrote, and what it told its clients.
struct Run {
    files: Files,
    recording: Recording,
    noted: Vec<Noted>,
    customers: Vec<String>,
}

/// Records a run of a subject made in a folder, and judges that many images of it.
fn replay(
    context: &Context,
    images: u64,
    files: &dyn Fn(&Path) -> Vec<PathBuf>,
    make: &(dyn Fn(&Path) -> Result<Subject> + Sync),
) -> Result<Findings> {
    let mut random = Random::new(context.seed);
    let workplace = Workplace::new(&context.root, "power")?;
    // The paths in the trace are the kernel's, without links.
    let folder = workplace.path().canonicalize()?;
    let subject = make(&folder)?;
    let run = record(&subject, &files(&folder), &folder, &mut random).context("recording")?;

    let seeds: Vec<Random> = (0..WORKERS).map(|_| random.fork()).collect();
    let problems = thread::scope(|scope| {
        let workers: Vec<_> = seeds
            .into_iter()
            .map(|mut random| {
                let (run, subject, folder) = (&run, &subject, &folder);
                scope.spawn(move || {
                    judge_images(run, subject, folder, images / WORKERS, &mut random)
                })
            })
            .collect();
        let results = workers
            .into_iter()
            .map(|worker| worker.join().expect("workers do not panic"));
        results.collect::<Result<Vec<_>>>()
    })?;
    Ok(Findings {
        scope: format!(
            "{images} images of {} calls, {} requests",
            run.recording.len(),
            run.noted.len()
        ),
        problems: problems.concat(),
    })
}

fn record(subject: &Subject, files: &[PathBuf], folder: &Path, random: &mut Random) -> Result<Run> {
    let customers: Vec<String> = (0..CUSTOMERS).map(|n| format!("customer-{n}")).collect();
    let server = subject.start()?;
    api::create_customers(&mut Client::new(server.address, &subject.key), &customers)?;
    server.kill()?;
    let mut start = Files::new();
    for file in files.iter().filter(|file| file.exists()) {
        start.insert(file.clone(), fs::read(file)?);
    }

    let traced = folder.join("trace");
    let mut recorded = subject.clone();
    recorded.launch.wrapper = recorder(&traced, files);
    let server = recorded.start()?;
    let load = Load {
        address: server.address,
        key: &subject.key,
        customers: &customers,
        name: "load".to_owned(),
        clients: CLIENTS,
        requests_max: REQUESTS_MAX,
    };
    let (noted, killed) = load::run(&load, random, move || {
        thread::sleep(LOAD);
        server.kill()
    });
    killed?;
    let trace = trace::read(&traced)?;
    Ok(Run {
        files: start,
        recording: Recording::read(&trace)?,
        noted,
        customers,
    })
}

/// Judges images until one is wrong.
fn judge_images(
    run: &Run,
    subject: &Subject,
    folder: &Path,
    images: u64,
    random: &mut Random,
) -> Result<Vec<String>> {
    for number in 0..images {
        let moment = run.recording.moment(random);
        let image = run.recording.image(&run.files, moment, random);
        let place = tempfile::Builder::new()
            .prefix("image-")
            .tempdir_in(memory_or(folder))?;
        for (path, content) in &image {
            fs::write(
                place.path().join(path.file_name().context("a file")?),
                content,
            )?;
        }
        let subject = subject.moved(folder, place.path());
        let problems = judge_image_by(run, moment, &subject, number % VERIFIED_EVERY == 0)
            .unwrap_or_else(|error| vec![format!("the server does not start again: {error:#}")]);
        if !problems.is_empty() {
            return Ok(problems);
        }
    }
    Ok(Vec::new())
}

/// Starts a server on the image and looks at its record.
fn judge_image_by(
    run: &Run,
    moment: Duration,
    subject: &Subject,
    verifies: bool,
) -> Result<Vec<String>> {
    let server = subject.start()?;
    let record = api::record(
        &mut Client::new(server.address, &subject.key),
        &run.customers,
    )?;
    server.kill()?;
    let violations = judge_image(&run.noted, moment, &record, &api::limits());
    let mut problems: Vec<String> = violations.iter().map(ToString::to_string).collect();
    if verifies {
        problems.extend(subject.verify()?);
    }
    Ok(problems)
}

/// Images need no disk: what is on them is what matters.
fn memory_or(folder: &Path) -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        memory.to_path_buf()
    } else {
        folder.to_path_buf()
    }
}
