//! A thousand slow sockets beside a healthy client.

use super::{Context, Suite};
use crate::command;
use crate::harness::api::{self, Build, STEADY, Subject};
use crate::harness::checks::{Checks, Findings};
use crate::harness::history::{Answer, Told};
use crate::harness::http::Client;
use crate::harness::server::{Launch, Workplace};
use crate::tally::Tally;
use anyhow::{Result, bail};
use std::ffi::OsString;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const SUITE: Suite = Suite {
    name: "slow",
    about: "a thousand slow sockets do not slow a healthy client, and are closed in time",
    tools: &[],
    run,
};

const SOCKETS: usize = 1_000;
const REQUESTS: usize = 1_000;
/// The 99th percentile may be this much of what it is without them, and a floor for noise.
const SLOWER_MAX: u32 = 3;
const NOISE: Duration = Duration::from_millis(20);
/// By then the server has closed the last of them.
const CLOSED_AFTER: Duration = Duration::from_mins(1);

fn run(context: &Context) -> Result<Tally> {
    let mut checks = Checks::default();
    let workplace = Workplace::new(&context.root, "slow")?;
    let program = api::build(&context.root, Build::Normal)?;
    let database = format!("sqlite:{}", workplace.path().join("tollgate.db").display());
    let subject = Subject::tollgate(&context.root, &program, &database, workplace.path())?;
    let server = subject.start()?;
    let mut client = Client::new(server.address, &subject.key);
    api::create_customers(&mut client, &["healthy".to_owned()])?;
    latency_p99(&mut client, "warm")?;
    let before = latency_p99(&mut client, "before")?;

    let slow = Launch {
        // Both ends need more files than a shell's usual 1,024.
        wrapper: [
            "/bin/sh",
            "-c",
            "ulimit -n 4096 2>/dev/null; exec \"$0\" \"$@\"",
        ]
        .map(OsString::from)
        .into(),
        program: command::own_program()?,
        arguments: vec![
            "slow-sockets".into(),
            server.address.to_string().into(),
            SOCKETS.to_string().into(),
        ],
        log: workplace.path().join("slow.log"),
        ..Launch::default()
    };
    let mut process = slow.spawn()?;
    let start = Instant::now();
    while !process.log().contains("opened") {
        if start.elapsed() > CLOSED_AFTER || process.has_ended()? {
            bail!("the slow sockets did not open: {}", process.log_end());
        }
        thread::sleep(Duration::from_millis(20));
    }
    let opened = process.log().lines().next().unwrap_or_default().to_owned();
    let beside = latency_p99(&mut client, "beside");
    checks.must_pass(
        "a healthy client beside a thousand slow sockets",
        beside.map(|beside| {
            let is_slow = beside > before * SLOWER_MAX + NOISE;
            let scope = format!("{opened}; p99 {before:?} before and {beside:?} beside them");
            let problems = if is_slow {
                vec!["slower".to_owned()]
            } else {
                Vec::new()
            };
            Findings { scope, problems }
        }),
    );
    let closed = process
        .wait(CLOSED_AFTER)
        .map(|_| Findings::none(format!("after {:?}", start.elapsed())));
    checks.must_pass("the slow sockets are closed", closed);
    Ok(checks.tally())
}

/// The 99th percentile of the times to a durable answer, over one connection.
fn latency_p99(client: &mut Client, name: &str) -> Result<Duration> {
    let mut times = Vec::with_capacity(REQUESTS);
    for request in 0..REQUESTS {
        let told = Told {
            key: format!("{name}-{request}"),
            customer: "healthy".to_owned(),
            feature: STEADY,
            amount: 1,
            answer: Answer::None { was_held: false },
        };
        let start = Instant::now();
        match api::consume(client, &told) {
            Some(Answer::Granted { .. }) => times.push(start.elapsed()),
            answer => bail!("a healthy client got {answer:?}"),
        }
    }
    times.sort_unstable();
    Ok(times[times.len() * 99 / 100])
}
