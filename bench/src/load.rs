//! A closed-loop HTTP/1.1 load generator: as many requests in flight as connections, all on one thread.
//!
//! The driver shares its cores with what it measures, so it does as little as it can for a
//! request: the bytes are ready beforehand, one write and one read each, and of the answer only
//! the status and the length are looked at.

use crate::histogram::Histogram;
use anyhow::{Context, Result, bail, ensure};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A server that answers nothing for so long has failed.
const SILENCE_MAX: Duration = Duration::from_secs(30);
const HEAD_BYTES_MAX: usize = 64 * 1024;
const KEY_LENGTH: usize = 32;
const KEY_HEADER: &str = "Idempotency-Key: ";

/// Requests ready to be sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests {
    bytes: Vec<u8>,
    each: Vec<Range<usize>>,
    /// Where, within each request, the idempotency key is to be written.
    keys: Vec<Option<usize>>,
}

impl Requests {
    pub(crate) fn len(&self) -> usize {
        self.each.len()
    }

    /// Adds a request; an empty body sends none.
    pub(crate) fn push(&mut self, method: &str, path: &str, token: &str, body: &str, keyed: bool) {
        let start = self.bytes.len();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        );
        let key_at = keyed.then(|| head.len() + KEY_HEADER.len());
        if keyed {
            head.push_str(KEY_HEADER);
            head.push_str(&"0".repeat(KEY_LENGTH));
            head.push_str("\r\n");
        }
        if !body.is_empty() {
            use std::fmt::Write;
            let _ = write!(
                head,
                "Content-Type: application/json\r\nContent-Length: {}\r\n",
                body.len()
            );
        }
        head.push_str("\r\n");
        self.bytes.extend_from_slice(head.as_bytes());
        self.bytes.extend_from_slice(body.as_bytes());
        self.each.push(start..self.bytes.len());
        self.keys.push(key_at);
    }

    fn write_to(&self, index: usize, key: &str, request: &mut Vec<u8>) {
        request.clear();
        request.extend_from_slice(&self.bytes[self.each[index].clone()]);
        if let Some(at) = self.keys[index] {
            request[at..at + KEY_LENGTH].copy_from_slice(key.as_bytes());
        }
    }
}

/// How long to go on, and which requests to send.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// Random requests; what ends within `warm_up` is not counted.
    Elapsed {
        /// Not counted.
        warm_up: Duration,
        /// Counted.
        measured: Duration,
    },
    /// Each request in turn, beginning again when all were sent, until so many were answered.
    Sent(u64),
}

/// What to send where.
#[derive(Clone, Debug)]
pub(crate) struct Load<'a> {
    /// Connections go to each in turn.
    pub(crate) targets: &'a [SocketAddr],
    pub(crate) requests: &'a Requests,
    pub(crate) connections: usize,
    pub(crate) until: Until,
    /// With several targets: request `i` goes to target `i mod n` only.
    pub(crate) sticky: bool,
}

/// What came back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// Answers by status.
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// Connections that failed before an answer.
    pub(crate) failures: u64,
    /// From the first to the last that is counted.
    pub(crate) elapsed: Duration,
    /// Of answered requests.
    pub(crate) latency: Histogram,
}

impl Outcome {
    pub(crate) fn count(&self, status: u16) -> u64 {
        self.statuses.get(&status).copied().unwrap_or(0)
    }

    /// Answers with a 2xx status for each second.
    pub(crate) fn throughput(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
        let good = self.good() as f64;
        good / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// Answers with a 2xx status.
    pub(crate) fn good(&self) -> u64 {
        self.statuses.range(200..300).map(|(_, count)| count).sum()
    }

    /// Fails when anything but 2xx came back: such a run measures something else.
    pub(crate) fn all_good(self) -> Result<Self> {
        let others: Vec<_> = self
            .statuses
            .iter()
            .filter(|(status, _)| !(200..300).contains(*status))
            .collect();
        ensure!(
            others.is_empty() && self.failures == 0,
            "answers other than 2xx: {others:?} (status, count), and {} broken connections",
            self.failures
        );
        ensure!(self.good() > 0, "no answer at all");
        Ok(self)
    }
}

/// Runs the load to its end, on this thread.
pub(crate) fn run(load: &Load<'_>) -> Result<Outcome> {
    let fewest = if load.sticky { load.targets.len() } else { 1 };
    ensure!(
        load.requests.len() >= fewest,
        "too few requests to choose from"
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    tokio::task::LocalSet::new().block_on(&runtime, drive(load))
}

/// What the connections share: the thread is one, so cells are enough.
struct Shared {
    targets: Vec<SocketAddr>,
    requests: Requests,
    until: Until,
    sticky: bool,
    started: Instant,
    sent: Cell<u64>,
    key_prefix: u64,
    outcome: RefCell<Outcome>,
}

async fn drive(load: &Load<'_>) -> Result<Outcome> {
    let mut streams = Vec::with_capacity(load.connections);
    for index in 0..load.connections {
        let target = index % load.targets.len();
        streams.push((target, connect(load.targets[target]).await?));
    }
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("the clock is before 1970")?;
    let shared = Rc::new(Shared {
        targets: load.targets.to_vec(),
        requests: load.requests.clone(),
        until: load.until,
        sticky: load.sticky,
        started: Instant::now(),
        sent: Cell::new(0),
        key_prefix: u64::try_from(since_epoch.as_micros())?,
        outcome: RefCell::default(),
    });
    let mut connections = JoinSet::new();
    for (seed, (target, stream)) in streams.into_iter().enumerate() {
        connections.spawn_local(converse(Rc::clone(&shared), seed, target, stream));
    }
    while let Some(ended) = connections.join_next().await {
        ended??;
    }
    let mut outcome = shared.outcome.take();
    outcome.elapsed = match load.until {
        Until::Elapsed { measured, .. } => measured,
        Until::Sent(_) => shared.started.elapsed(),
    };
    Ok(outcome)
}

async fn connect(target: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(target)
        .await
        .with_context(|| format!("connecting to {target}"))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// One connection: the next request goes out when the answer to the last is in.
async fn converse(
    shared: Rc<Shared>,
    seed: usize,
    target: usize,
    mut stream: TcpStream,
) -> Result<()> {
    let mut random = XorShift::new(seed as u64 + 1);
    let mut request = Vec::with_capacity(1024);
    let mut answer = Vec::with_capacity(16 * 1024);
    while let Some(sequence) = shared.next() {
        let index = shared.pick(sequence, target, &mut random);
        let key = format!("{:016x}{sequence:016x}", shared.key_prefix);
        shared.requests.write_to(index, &key, &mut request);
        let started = Instant::now();
        let answered =
            tokio::time::timeout(SILENCE_MAX, exchange(&mut stream, &request, &mut answer)).await;
        match answered {
            Ok(Ok(status)) => shared.record(status, started),
            Ok(Err(Broken::Connection)) => {
                shared.outcome.borrow_mut().failures += 1;
                stream = connect(shared.targets[target]).await?;
            }
            Ok(Err(Broken::Answer(why))) => bail!("an answer that is not HTTP as expected: {why}"),
            Err(_) => bail!("no answer within {} s", SILENCE_MAX.as_secs()),
        }
    }
    Ok(())
}

impl Shared {
    /// The number of the next request, or none when it is time to stop.
    fn next(&self) -> Option<u64> {
        let sequence = self.sent.get();
        let go_on = match self.until {
            Until::Elapsed { warm_up, measured } => self.started.elapsed() < warm_up + measured,
            Until::Sent(count) => sequence < count,
        };
        go_on.then(|| {
            self.sent.set(sequence + 1);
            sequence
        })
    }

    fn pick(&self, sequence: u64, target: usize, random: &mut XorShift) -> usize {
        let count = self.requests.len();
        let number = match self.until {
            Until::Elapsed { .. } => random.next(),
            Until::Sent(_) => sequence,
        };
        #[expect(clippy::cast_possible_truncation, reason = "a remainder of a usize")]
        let index = (number % count as u64) as usize;
        if !self.sticky {
            return index;
        }
        let targets = self.targets.len();
        let mine = index - index % targets + target;
        if mine < count { mine } else { target }
    }

    fn record(&self, status: u16, started: Instant) {
        let ended = Instant::now();
        if let Until::Elapsed { warm_up, measured } = self.until {
            let at = ended - self.started;
            if at < warm_up || at > warm_up + measured {
                return;
            }
        }
        let mut outcome = self.outcome.borrow_mut();
        *outcome.statuses.entry(status).or_default() += 1;
        outcome.latency.record(ended - started);
    }
}

/// Why there was no answer.
#[derive(Debug)]
enum Broken {
    Connection,
    Answer(&'static str),
}

impl From<std::io::Error> for Broken {
    fn from(_: std::io::Error) -> Self {
        Self::Connection
    }
}

/// Sends one request and reads one answer; `answer` holds it afterwards.
async fn exchange(
    stream: &mut TcpStream,
    request: &[u8],
    answer: &mut Vec<u8>,
) -> Result<u16, Broken> {
    stream.write_all(request).await?;
    answer.clear();
    loop {
        if stream.read_buf(answer).await? == 0 {
            return Err(Broken::Connection);
        }
        if let Some(head) = Head::parse(answer)? {
            while answer.len() < head.length {
                if stream.read_buf(answer).await? == 0 {
                    return Err(Broken::Connection);
                }
            }
            return Ok(head.status);
        }
        if answer.len() > HEAD_BYTES_MAX {
            return Err(Broken::Answer("a head without end"));
        }
    }
}

/// What is needed of an answer's head.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Of head and body together.
    length: usize,
}

impl Head {
    /// `None` while the head is not all there.
    fn parse(answer: &[u8]) -> Result<Option<Self>, Broken> {
        let Some(end) = find(answer, b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = &answer[..end];
        let status = head
            .strip_prefix(b"HTTP/1.1 ")
            .and_then(|rest| rest.get(..3))
            .and_then(number)
            .and_then(|status| u16::try_from(status).ok())
            .ok_or(Broken::Answer("no status"))?;
        let mut body = if status == 204 { Some(0) } else { None };
        for line in head.split(|byte| *byte == b'\n').skip(1) {
            let Some(colon) = line.iter().position(|byte| *byte == b':') else {
                continue;
            };
            if line[..colon].eq_ignore_ascii_case(b"content-length") {
                body = number(line[colon + 1..].trim_ascii());
            }
        }
        let body = body.ok_or(Broken::Answer("no content-length"))?;
        Ok(Some(Self {
            status,
            length: end + 4 + body,
        }))
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Sends one request on a connection of its own and returns status and body.
pub(crate) fn fetch(
    target: SocketAddr,
    method: &str,
    path: &str,
    token: &str,
    body: &str,
) -> Result<(u16, String)> {
    let mut requests = Requests::default();
    requests.push(method, path, token, body, false);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut stream = connect(target).await?;
        let mut answer = Vec::new();
        let exchanged = exchange(&mut stream, &requests.bytes, &mut answer);
        let status = tokio::time::timeout(SILENCE_MAX, exchanged)
            .await
            .context("no answer in time")?
            .map_err(|broken| anyhow::anyhow!("{method} {path}: {broken:?}"))?;
        let body_at = find(&answer, b"\r\n\r\n").map_or(answer.len(), |end| end + 4);
        Ok((
            status,
            String::from_utf8_lossy(&answer[body_at..]).into_owned(),
        ))
    })
}

/// Random enough to choose customers, and cheap.
struct XorShift(u64);

impl XorShift {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_whole_or_not_at_all() {
        let answer = b"HTTP/1.1 429 Too Many Requests\r\ncontent-type: a\r\nContent-Length: 7\r\n\r\n1234567";
        let head = Head::parse(answer).unwrap().unwrap();
        assert_eq!(
            head,
            Head {
                status: 429,
                length: answer.len()
            }
        );
        assert!(Head::parse(&answer[..60]).unwrap().is_none());
        assert!(Head::parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        let empty = b"HTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(Head::parse(empty).unwrap().unwrap().length, empty.len());
    }

    #[test]
    fn keys_are_written_in_their_place() {
        let mut requests = Requests::default();
        requests.push("POST", "/a", "t", "{}", true);
        let mut request = Vec::new();
        requests.write_to(0, &"k".repeat(KEY_LENGTH), &mut request);
        let text = String::from_utf8(request).unwrap();
        assert!(
            text.contains(&format!(
                "\r\nIdempotency-Key: {}\r\n",
                "k".repeat(KEY_LENGTH)
            )),
            "{text}"
        );
        assert!(text.ends_with("\r\nContent-Length: 2\r\n\r\n{}"), "{text}");
    }
}
