//! After the end of a server: starts it again, retries what was left open, and judges.

use super::api::{self, Subject};
use super::history::{Told, Violation, inexcusable, judge, judge_graceful_stop};
use super::http::Client;
use super::random::Random;
use super::server::Server;
use anyhow::Result;

/// Acknowledged requests that are sent once more: each must get its first answer again.
const REPLAYED: usize = 30;

/// What ended the server, and so what it may be forgiven.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// `kill -9`: requests may go unanswered.
    Kill,
    /// It was asked to stop: every request that it accepted is answered.
    Stop,
    /// The machine failed it: any answer of "try again" will do.
    Fault,
}

/// A server that runs again, and what its clients were told in the end.
pub(crate) struct Recovered {
    pub(crate) server: Server,
    pub(crate) told: Vec<Told>,
    pub(crate) violations: Vec<Violation>,
}

/// Starts the server again and judges it by what it told these customers' clients before its end.
pub(crate) fn recover(
    subject: &Subject,
    end: End,
    mut told: Vec<Told>,
    customers: &[String],
    random: &mut Random,
) -> Result<Recovered> {
    let server = subject.start()?;
    let mut client = Client::new(server.address, &subject.key);
    let mut violations = Vec::new();
    if end == End::Stop {
        violations = judge_graceful_stop(&told, &api::record(&mut client, customers)?);
    }
    if end != End::Fault {
        violations.extend(inexcusable(&told));
    }
    let (clear, unclear): (Vec<Told>, Vec<Told>) =
        told.iter().cloned().partition(|one| one.answer.is_clear());
    let before_retries = told.len();
    for request in &unclear {
        api::resolve(&mut client, request, &mut told);
    }
    for _ in 0..REPLAYED.min(clear.len()) {
        api::resolve(&mut client, random.pick(&clear), &mut told);
    }
    // The restarted server runs on a machine that is well.
    violations.extend(inexcusable(&told[before_retries..]));
    violations.extend(judge(
        &told,
        &api::record(&mut client, customers)?,
        &api::limits(),
    ));
    Ok(Recovered {
        server,
        told,
        violations,
    })
}
