//! The wire between the server and Stripe, both ways: counts what passes, and kills the server at
//! the step that was chosen.

use super::server::Server;
use anyhow::{Context as _, Result, bail};
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const PASS_LIMIT: Duration = Duration::from_secs(30);
/// How long an event is offered to a server that is down: less than the sender waits.
const OFFER_LIMIT: Duration = Duration::from_secs(8);
const BODY_BYTES_MAX: usize = 4 << 20;
const HEADER_LINES_MAX: usize = 100;

/// When the server dies, seen from one request on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Before the receiver sees it.
    Before,
    /// Once the receiver has done it, before the sender hears so.
    Answered,
    /// So long after the sender has the answer.
    Heard(Duration),
}

/// The wire, with the server that dies on it.
pub(crate) struct Wire {
    /// What the server takes for Stripe.
    pub(crate) stripe: SocketAddr,
    /// What Stripe takes for the server.
    pub(crate) webhook: SocketAddr,
    /// The server, while it runs. Whoever kills or starts it holds this.
    server: Mutex<Option<Server>>,
    steps: Mutex<Steps>,
    counts_events: AtomicBool,
    fault: Fault,
}

/// What the wire does wrong, to see whether that is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Stripe never sees an idempotency key.
    DropKeys,
}

#[derive(Default)]
struct Steps {
    /// The step to die at, counted from one.
    chosen: Option<(usize, Moment)>,
    passed: usize,
    at: String,
    was_killed: bool,
}

/// Which end sends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    Server,
    Stripe,
}

impl Wire {
    /// Lays the wire. Stripe tells its address later: it has to be told one of these first.
    pub(crate) fn lay(fault: Fault) -> Result<(Arc<Self>, Ends)> {
        let (to_stripe, to_server) = (
            TcpListener::bind("127.0.0.1:0")?,
            TcpListener::bind("127.0.0.1:0")?,
        );
        let wire = Arc::new(Self {
            stripe: to_stripe.local_addr()?,
            webhook: to_server.local_addr()?,
            server: Mutex::default(),
            steps: Mutex::default(),
            counts_events: AtomicBool::new(true),
            fault,
        });
        let ends = Ends {
            to_stripe,
            to_server,
        };
        Ok((wire, ends))
    }

    /// The server, or nothing while it is down.
    pub(crate) fn server(&self) -> MutexGuard<'_, Option<Server>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what Stripe sends is a step as well.
    pub(crate) fn count_events(&self, counts: bool) {
        self.counts_events.store(counts, Ordering::Relaxed);
    }

    /// Counts from now on; at this step the server dies.
    pub(crate) fn arm(&self, chosen: Option<(usize, Moment)>) {
        *self.steps() = Steps {
            chosen,
            ..Steps::default()
        };
    }

    /// Kills nobody any more. Which request the server died at, if it did.
    pub(crate) fn disarm(&self) -> Option<String> {
        let mut steps = self.steps();
        steps.chosen = None;
        steps.was_killed.then(|| steps.at.clone())
    }

    fn steps(&self) -> MutexGuard<'_, Steps> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request. When the server has to die at it, if at all.
    fn step(&self, line: &str) -> Option<Moment> {
        let mut steps = self.steps();
        steps.passed += 1;
        let (number, moment) = steps.chosen?;
        if number != steps.passed {
            return None;
        }
        steps.chosen = None;
        steps.was_killed = true;
        line.clone_into(&mut steps.at);
        Some(moment)
    }

    fn kill(&self) {
        let mut server = self.server();
        if let Some(server) = server.take() {
            // It can have ended by itself, which the log shows.
            let _ = server.kill();
        }
    }

    fn address(&self) -> Option<SocketAddr> {
        self.server().as_ref().map(|server| server.address)
    }

    /// Passes one request and its answer.
    fn pass(&self, sender: Sender, stripe: SocketAddr, mut stream: TcpStream) -> Result<()> {
        stream.set_read_timeout(Some(PASS_LIMIT))?;
        let request = RawRequest::read(&mut BufReader::new(&stream), self.fault)?;
        let is_step = sender == Sender::Server || self.counts_events.load(Ordering::Relaxed);
        let mut moment = is_step.then(|| self.step(&request.line)).flatten();
        if moment == Some(Moment::Before) {
            self.kill();
            moment = None;
            if sender == Sender::Server {
                return Ok(());
            }
        }
        let mut answer = match sender {
            Sender::Server => request.forward(stripe)?,
            Sender::Stripe => self.offer(&request)?,
        };
        if moment == Some(Moment::Answered) {
            self.kill();
            match sender {
                Sender::Server => return Ok(()),
                // Stripe heard nothing, so it sends the event again.
                Sender::Stripe => answer = self.offer(&request)?,
            }
        }
        stream.write_all(&answer)?;
        stream.flush()?;
        if let Some(Moment::Heard(pause)) = moment {
            drop(stream);
            thread::sleep(pause);
            self.kill();
        }
        Ok(())
    }

    /// Sends an event until the server takes it, as Stripe does, but sooner.
    fn offer(&self, request: &RawRequest) -> Result<Vec<u8>> {
        let start = Instant::now();
        while start.elapsed() < OFFER_LIMIT {
            if let Some(server) = self.address()
                && let Ok(answer) = request.forward(server)
            {
                return Ok(answer);
            }
            thread::sleep(Duration::from_millis(20));
        }
        bail!("the server does not come back")
    }
}

/// The two ends of a wire that nobody serves yet.
pub(crate) struct Ends {
    to_stripe: TcpListener,
    to_server: TcpListener,
}

impl Ends {
    /// Passes requests both ways until the process ends.
    pub(crate) fn serve(self, wire: &Arc<Wire>, stripe: SocketAddr) {
        for (listener, sender) in [
            (self.to_stripe, Sender::Server),
            (self.to_server, Sender::Stripe),
        ] {
            let wire = Arc::clone(wire);
            thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let wire = Arc::clone(&wire);
                    // A request that breaks is one that its sender has to send again.
                    thread::spawn(move || drop(wire.pass(sender, stripe, stream)));
                }
            });
        }
    }
}

/// A request as it came, without what concerns its connection alone.
struct RawRequest {
    /// `POST /v1/customers`.
    line: String,
    bytes: Vec<u8>,
}

impl RawRequest {
    fn read(stream: &mut impl BufRead, fault: Fault) -> Result<Self> {
        let mut first = String::new();
        stream.read_line(&mut first)?;
        let line = first.rsplit_once(' ').context("no request")?.0.to_owned();
        let mut head = first;
        let mut length = 0;
        for _ in 0..HEADER_LINES_MAX {
            let mut header = String::new();
            stream.read_line(&mut header)?;
            let Some((name, value)) = header.split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "connection" => continue,
                "idempotency-key" if fault == Fault::DropKeys => continue,
                "content-length" => length = value.trim().parse().context("content-length")?,
                _ => {}
            }
            head.push_str(&header);
        }
        if length > BODY_BYTES_MAX {
            bail!("a body of {length} bytes");
        }
        head.push_str("connection: close\r\n\r\n");
        let mut bytes = head.into_bytes();
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        bytes.extend(body);
        Ok(Self { line, bytes })
    }

    /// Sends it on a connection of its own, and reads the whole answer.
    fn forward(&self, to: SocketAddr) -> Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&to, PASS_LIMIT)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PASS_LIMIT))?;
        stream.write_all(&self.bytes)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        if !answer.starts_with(b"HTTP/1.1 ") {
            bail!("no answer");
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = "POST /v1/customers HTTP/1.1\r\nConnection: keep-alive\r\n\
                           Idempotency-Key: k\r\ncontent-length: 3\r\n\r\na=bGET";

    #[test]
    fn a_request_is_passed_whole_and_its_key_is_dropped_only_on_purpose() {
        let check = |fault, headers: &str| {
            let read = RawRequest::read(&mut REQUEST.as_bytes(), fault).unwrap();
            assert_eq!(read.line, "POST /v1/customers");
            let expected = format!(
                "POST /v1/customers HTTP/1.1\r\n{headers}content-length: 3\r\n\
                 connection: close\r\n\r\na=b"
            );
            assert_eq!(String::from_utf8(read.bytes).unwrap(), expected);
        };
        check(Fault::None, "Idempotency-Key: k\r\n");
        check(Fault::DropKeys, "");
        assert!(RawRequest::read(&mut &b""[..], Fault::None).is_err());
    }

    #[test]
    fn the_server_dies_at_the_chosen_step_and_only_once() {
        let (wire, _ends) = Wire::lay(Fault::None).unwrap();
        wire.arm(Some((2, Moment::Before)));
        let moments = ["a", "b", "b"].map(|line| wire.step(line));
        assert_eq!(moments, [None, Some(Moment::Before), None]);
        assert_eq!(wire.disarm().as_deref(), Some("b"));
        wire.arm(None);
        assert_eq!((wire.step("c"), wire.disarm()), (None, None));
    }
}
