//! A tiny server of the real one's shape, right or wrong on purpose: shows that the harness passes
//! what is right and finds what is wrong.

use super::api;
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A file with one event a line.
    #[arg(long)]
    database: PathBuf,
    /// What it does wrong.
    #[arg(long, value_enum)]
    fault: Fault,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Fault {
    /// Nothing.
    None,
    /// It answers before it writes.
    EarlyAck,
    /// It does not know its idempotency keys after a restart.
    ForgetKeys,
    /// It keeps no limit.
    NoLimit,
    /// It acknowledges although it could not write, or not make durable.
    IgnoreErrors,
    /// It does not make durable what it wrote.
    NoSync,
}

struct State {
    file: File,
    events: Vec<Value>,
    /// Position in `events` of each key's event.
    by_key: HashMap<String, usize>,
    /// By customer and feature.
    used: HashMap<(String, String), u64>,
    fault: Fault,
}

/// Serves until it is killed.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut file = OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .open(&arguments.database)?;
    // Whoever asked for what is torn at the end was never answered.
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let mut events = Vec::new();
    let mut whole = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match serde_json::from_slice(line) {
            Ok(event) if line.ends_with(b"\n") => events.push(event),
            _ => break,
        }
        whole += line.len();
    }
    file.set_len(whole as u64)?;
    let mut state = State {
        file,
        events: Vec::new(),
        by_key: HashMap::new(),
        used: HashMap::new(),
        fault: arguments.fault,
    };
    for event in events {
        state.remember(event);
    }
    if arguments.fault == Fault::ForgetKeys {
        state.by_key.clear();
    }
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("listening on {}", listener.local_addr()?);
    let state = Arc::new(Mutex::new(state));
    for stream in listener.incoming() {
        let (stream, state) = (stream?, Arc::clone(&state));
        thread::spawn(move || serve(stream, &state));
    }
    Ok(())
}

/// Answers one connection's requests until it breaks.
fn serve(stream: TcpStream, state: &Arc<Mutex<State>>) {
    let mut reader = BufReader::new(stream);
    while let Ok(request) = read_request(&mut reader) {
        let (status, body) = answer(state, &request);
        let body = body.to_string();
        let text = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if reader.get_mut().write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

struct Request {
    method: String,
    path: String,
    key: String,
    body: Value,
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Result<Request> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split(' ');
    let (method, path) = (
        words.next().context("method")?.to_owned(),
        words.next().context("path")?.to_owned(),
    );
    let (mut key, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim().split_once(": ") {
            Some(("idempotency-key", value)) => value.clone_into(&mut key),
            Some(("content-length", value)) => length = value.parse()?,
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Request {
        method,
        path,
        key,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    })
}

fn answer(shared: &Arc<Mutex<State>>, request: &Request) -> (u16, Value) {
    let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let parts: Vec<&str> = request
        .path
        .split(['/', '?'])
        .filter(|part| !part.is_empty())
        .collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["healthz", "ready"]) => (200, Value::Null),
        ("POST", ["v1", "customers"]) => (201, json!({ "id": request.body["id"] })),
        ("POST", ["v1", "customers", customer, "consume"]) => {
            if let Some(&known) = state.by_key.get(&request.key) {
                return (200, json!({ "event": state.events[known]["id"] }));
            }
            let (feature, amount) = (
                &request.body["feature"],
                request.body["amount"].as_u64().unwrap_or(0),
            );
            let whose = (
                (*customer).to_owned(),
                feature.as_str().unwrap_or_default().to_owned(),
            );
            let used = state.used.get(&whose).copied().unwrap_or(0);
            let limit = api::limits()
                .get(whose.1.as_str())
                .copied()
                .unwrap_or(u64::MAX);
            if used + amount > limit && state.fault != Fault::NoLimit {
                return (429, json!({ "error": "quota_exceeded" }));
            }
            let id = format!("evt_{:08}", state.events.len());
            let event = json!({
                "id": id, "customer": customer, "idempotency_key": request.key,
                "uses": [{ "feature": feature, "amount": amount }],
            });
            state.remember(event.clone());
            state.write_or_put_off(event, shared);
            (200, json!({ "event": id }))
        }
        ("GET", ["v1", "customers", customer, "events", ..]) => {
            let own: Vec<&Value> = state
                .events
                .iter()
                .filter(|event| event["customer"] == *customer)
                .collect();
            (200, json!({ "data": own, "has_more": false }))
        }
        _ => (404, Value::Null),
    }
}

impl State {
    fn remember(&mut self, event: Value) {
        let key = event["idempotency_key"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        self.by_key.insert(key, self.events.len());
        let used = &event["uses"][0];
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let whose = (word(&event["customer"]), word(&used["feature"]));
        *self.used.entry(whose).or_default() += used["amount"].as_u64().unwrap_or(0);
        self.events.push(event);
    }

    /// Writes the event, now or, wrongly, after the answer.
    fn write_or_put_off(&mut self, event: Value, shared: &Arc<Mutex<State>>) {
        if self.fault != Fault::EarlyAck {
            self.write(&event);
            return;
        }
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            shared
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .write(&event);
        });
    }

    /// Makes the event durable. Without that nothing may be answered, so a failure ends the process.
    fn write(&mut self, event: &Value) {
        let written = self.file.write_all(format!("{event}\n").as_bytes());
        let synced = match self.fault {
            Fault::NoSync => Ok(()),
            _ => self.file.sync_data(),
        };
        if let Err(error) = written.and(synced)
            && self.fault != Fault::IgnoreErrors
        {
            println!("stopping, because what became of the last event is unknown: {error}");
            std::process::exit(1);
        }
    }
}
