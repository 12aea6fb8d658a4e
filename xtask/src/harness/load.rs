//! Concurrent clients that consume as fast as they are answered, and note what they are told.

use super::api::{self, SCARCE, STEADY};
use super::history::{Answer, Told};
use super::http::Client;
use super::random::Random;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

/// A request that was sent this long before a graceful stop is held by the server: by then it has
/// read it.
const HELD_AFTER: Duration = Duration::from_millis(100);

/// Who loads what.
pub(crate) struct Load<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) key: &'a str,
    pub(crate) customers: &'a [String],
    /// Begins every idempotency key; another one for each load.
    pub(crate) name: String,
    pub(crate) clients: usize,
    /// Requests that one client sends at most.
    pub(crate) requests_max: usize,
}

/// An answer, when its request was sent, and when it came. The wall clock's times, because they
/// are compared with those of a trace.
pub(crate) struct Noted {
    pub(crate) told: Told,
    pub(crate) sent_at: SystemTime,
    pub(crate) answered_at: SystemTime,
}

/// Runs the clients and, beside them, `interrupt` once. Each client stops when its connection
/// breaks, when it is told to, or when it has sent all it may.
pub(crate) fn run<T: Send>(
    load: &Load<'_>,
    random: &mut Random,
    interrupt: impl FnOnce() -> T + Send,
) -> (Vec<Noted>, T) {
    let stop = AtomicBool::new(false);
    let generators: Vec<Random> = (0..load.clients).map(|_| random.fork()).collect();
    thread::scope(|scope| {
        let stop = &stop;
        let clients: Vec<_> = generators
            .into_iter()
            .enumerate()
            .map(|(client, random)| scope.spawn(move || run_client(load, client, random, stop)))
            .collect();
        let result = interrupt();
        stop.store(true, Ordering::Relaxed);
        let noted = clients
            .into_iter()
            .flat_map(|client| client.join().expect("clients do not panic"));
        (noted.collect(), result)
    })
}

fn run_client(load: &Load<'_>, number: usize, mut random: Random, stop: &AtomicBool) -> Vec<Noted> {
    let mut client = Client::new(load.address, load.key);
    let mut noted = Vec::new();
    for request in 0..load.requests_max {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let mut told = Told {
            key: format!("{}-{number}-{request}", load.name),
            // The first customer is a hot one: it gets half of all.
            customer: if random.below(2) == 0 {
                load.customers[0].clone()
            } else {
                random.pick(load.customers).clone()
            },
            feature: if random.below(4) == 0 { SCARCE } else { STEADY },
            amount: 1 + random.below(3),
            answer: Answer::None { was_held: false },
        };
        let sent_at = SystemTime::now();
        let Some(answer) = api::consume(&mut client, &told) else {
            break;
        };
        let is_broken = matches!(answer, Answer::None { .. });
        told.answer = answer;
        noted.push(Noted {
            told,
            sent_at,
            answered_at: SystemTime::now(),
        });
        if is_broken {
            break;
        }
    }
    noted
}

/// What was told, given when the server was asked to stop: a request that was cut off counts as
/// held if it came over a connection in use, and well before that.
pub(crate) fn told_with_stop_at(noted: Vec<Noted>, stopped_at: SystemTime) -> Vec<Told> {
    let settle = |Noted {
                      mut told, sent_at, ..
                  }: Noted| {
        if let Answer::None { was_held } = &mut told.answer {
            *was_held &= sent_at + HELD_AFTER < stopped_at;
        }
        told
    };
    noted.into_iter().map(settle).collect()
}
