//! Rows of a file to import: read one after the other, each with the line that it stands in.

use crate::api::v1::uses::UseBody;
use anyhow::{Context as _, bail};
use clap::ValueEnum;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::io::{BufRead, BufReader, Read};
use tollgate_core::Timestamp;
use tollgate_core::id::{CustomerId, FeatureId, IdempotencyKey, MemberId};
use tollgate_core::request::{Consume, Metadata, Use, Uses};

/// The most bytes that one line of NDJSON may have.
const LINE_BYTES_MAX: u64 = 64 * 1_024;
/// The metadata that says when an imported event really happened.
const OCCURRED_AT: &str = "occurred_at";
/// What a column may be called.
const COLUMNS: &str = "customer, feature, amount, at, idempotency_key, member, metadata";

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Comma-separated values, under a line of names
    Csv,
    /// A JSON object on each line
    Ndjson,
}

/// One usage event to import.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) customer: CustomerId,
    pub(super) consume: Consume,
    pub(super) at: Option<Timestamp>,
    pub(super) key: Option<IdempotencyKey>,
}

/// One row as it was read.
#[derive(Debug)]
pub(super) struct Row {
    /// The line that it begins in, from 1; in CSV, empty lines before it count as part of it.
    pub(super) line: u64,
    pub(super) text: Text,
    /// The event, or what is wrong with the row.
    pub(super) event: Result<Event, String>,
}

/// What stood in the row.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Ndjson(Vec<u8>),
    Csv(csv::ByteRecord),
}

impl Text {
    /// Adds the row to a hash of all rows before it.
    pub(super) fn hash(&self, hasher: &mut Sha256) {
        let mut add = |part: &[u8]| {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        };
        match self {
            Self::Ndjson(line) => add(line),
            Self::Csv(record) => {
                record.iter().for_each(add);
                hasher.update(u64::MAX.to_le_bytes());
            }
        }
    }
}

/// A row of either form, before it is checked.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    customer: Option<String>,
    feature: Option<String>,
    amount: Option<u64>,
    uses: Option<Vec<UseBody>>,
    at: Option<String>,
    idempotency_key: Option<String>,
    member: Option<String>,
    metadata: Option<Value>,
    #[serde(rename = "type")]
    kind: Option<String>,
    // What an export and a file of rejected rows have besides.
    #[serde(default, rename = "id")]
    _id: Option<IgnoredAny>,
    #[serde(default, rename = "plan")]
    _plan: Option<IgnoredAny>,
    #[serde(default, rename = "reverses")]
    _reverses: Option<IgnoredAny>,
    #[serde(default, rename = "reason")]
    _reason: Option<IgnoredAny>,
}

impl Raw {
    fn event(self, now: Timestamp) -> Result<Event, String> {
        if self.kind.as_deref().is_some_and(|kind| kind != "usage") {
            return Err(
                "only usage can be imported; leave a reversal out, and the event that it takes back"
                    .to_owned(),
            );
        }
        let customer =
            parse::<CustomerId>("customer", self.customer)?.ok_or("customer is missing")?;
        let uses = match (parse::<FeatureId>("feature", self.feature)?, self.uses) {
            (Some(feature), None) => vec![Use {
                feature,
                amount: self.amount.unwrap_or(1),
            }],
            (None, Some(uses)) if self.amount.is_none() => uses
                .into_iter()
                .map(|one| Use {
                    feature: one.feature,
                    amount: one.amount,
                })
                .collect(),
            (None, None) => return Err("feature is missing".to_owned()),
            _ => return Err("name either feature (with amount) or uses".to_owned()),
        };
        let at = parse::<Timestamp>("at", self.at)?;
        if at.is_some_and(|at| at > now) {
            return Err("at lies in the future".to_owned());
        }
        Ok(Event {
            customer,
            consume: Consume {
                uses: Uses::new(uses, 1).map_err(|error| error.to_string())?,
                member: parse::<MemberId>("member", self.member)?,
                metadata: metadata(self.metadata, at)?,
            },
            at,
            key: parse::<IdempotencyKey>("idempotency_key", self.idempotency_key)?,
        })
    }
}

fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(
    column: &str,
    text: Option<String>,
) -> Result<Option<T>, String> {
    let parsed = text
        .filter(|text| !text.is_empty())
        .map(|text| text.parse());
    parsed
        .transpose()
        .map_err(|error| format!("{column}: {error}"))
}

/// The row's own metadata with the time at which the event really happened.
fn metadata(given: Option<Value>, at: Option<Timestamp>) -> Result<Option<Metadata>, String> {
    let mut object = match given {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(object)) => object,
        Some(_) => return Err("metadata must be a JSON object".to_owned()),
    };
    if let Some(at) = at {
        object
            .entry(OCCURRED_AT)
            .or_insert_with(|| at.to_string().into());
    }
    if object.is_empty() {
        return Ok(None);
    }
    let metadata = Metadata::new(Value::Object(object));
    metadata.map(Some).map_err(|error| error.to_string())
}

/// The rows of a file.
pub(super) enum Rows {
    Ndjson {
        input: BufReader<Box<dyn Read + Send>>,
        line: u64,
        now: Timestamp,
    },
    Csv {
        input: Box<csv::Reader<Box<dyn Read + Send>>>,
        head: csv::StringRecord,
        now: Timestamp,
    },
}

impl Rows {
    /// Begins to read; what a CSV file's head says is checked. No event may be later than `now`.
    pub(super) fn open(
        format: Format,
        input: Box<dyn Read + Send>,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        if format == Format::Ndjson {
            let input = BufReader::with_capacity(1 << 16, input);
            return Ok(Self::Ndjson {
                input,
                line: 0,
                now,
            });
        }
        let mut builder = csv::ReaderBuilder::new();
        let mut input = builder.trim(csv::Trim::All).from_reader(input);
        let head = input
            .headers()
            .context("the first line must name the columns")?
            .clone();
        for name in &head {
            if set(&mut Raw::default(), name, "").is_err() {
                bail!("there is no column {name:?}: line 1 must name some of {COLUMNS}");
            }
        }
        if !head.iter().any(|name| name == "customer") || !head.iter().any(|name| name == "feature")
        {
            bail!("line 1 must name the columns; customer and feature are needed: {COLUMNS}");
        }
        Ok(Self::Csv {
            input: Box::new(input),
            head,
            now,
        })
    }

    /// The head of a CSV file.
    pub(super) fn head(&self) -> Option<&csv::StringRecord> {
        match self {
            Self::Ndjson { .. } => None,
            Self::Csv { head, .. } => Some(head),
        }
    }

    /// The next row; `None` at the end.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Row>> {
        match self {
            Self::Ndjson { input, line, now } => next_ndjson(input, line, *now),
            Self::Csv { input, head, now } => next_csv(input, head, *now),
        }
    }
}

fn next_ndjson(
    input: &mut BufReader<Box<dyn Read + Send>>,
    line: &mut u64,
    now: Timestamp,
) -> anyhow::Result<Option<Row>> {
    loop {
        *line += 1;
        let mut text = Vec::new();
        let read = input
            .by_ref()
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut text)?;
        if read == 0 {
            return Ok(None);
        }
        if read as u64 == LINE_BYTES_MAX && !text.ends_with(b"\n") {
            bail!("line {line} has more than {LINE_BYTES_MAX} bytes");
        }
        let text = text.trim_ascii().to_vec();
        if text.is_empty() {
            continue;
        }
        let raw = serde_json::from_slice::<Raw>(&text);
        let raw = raw.map_err(|error| error.to_string());
        return Ok(Some(Row {
            line: *line,
            event: raw.and_then(|raw| raw.event(now)),
            text: Text::Ndjson(text),
        }));
    }
}

fn next_csv(
    input: &mut csv::Reader<Box<dyn Read + Send>>,
    head: &csv::StringRecord,
    now: Timestamp,
) -> anyhow::Result<Option<Row>> {
    let mut record = csv::ByteRecord::new();
    let before = input.position().line();
    let (problem, line) = match input.read_byte_record(&mut record) {
        Ok(false) => return Ok(None),
        Ok(true) => (None, record.position().map_or(before, csv::Position::line)),
        Err(error) => match error.kind() {
            csv::ErrorKind::UnequalLengths {
                expected_len, len, ..
            } => {
                let problem = format!("it has {len} columns, line 1 names {expected_len}");
                (
                    Some(problem),
                    record.position().map_or(before, csv::Position::line),
                )
            }
            _ => return Err(error.into()),
        },
    };
    let event = match problem {
        Some(problem) => Err(problem),
        None => read_csv(&record, head).and_then(|raw| raw.event(now)),
    };
    Ok(Some(Row {
        line,
        text: Text::Csv(record),
        event,
    }))
}

fn read_csv(record: &csv::ByteRecord, head: &csv::StringRecord) -> Result<Raw, String> {
    let mut raw = Raw::default();
    for (name, field) in head.iter().zip(record) {
        let text = std::str::from_utf8(field).map_err(|_| format!("{name} is not UTF-8"))?;
        if !text.is_empty() {
            set(&mut raw, name, text)?;
        }
    }
    Ok(raw)
}

/// Sets what a column holds; an error for one that is not known, or a field that does not read.
fn set(raw: &mut Raw, name: &str, text: &str) -> Result<(), String> {
    let kept = || Some(text.to_owned());
    match name {
        "customer" => raw.customer = kept(),
        "feature" => raw.feature = kept(),
        "at" => raw.at = kept(),
        "idempotency_key" => raw.idempotency_key = kept(),
        "member" => raw.member = kept(),
        "type" => raw.kind = kept(),
        "amount" | "metadata" if text.is_empty() => {}
        "amount" => {
            let amount = text.parse();
            raw.amount =
                Some(amount.map_err(|_| format!("amount: {text:?} is not a whole number"))?);
        }
        "metadata" => {
            let value = serde_json::from_str(text);
            raw.metadata = Some(value.map_err(|error| format!("metadata: {error}"))?);
        }
        "id" | "plan" | "reverses" | "reason" => {}
        _ => return Err(format!("there is no column {name:?}")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: Format, text: &'static str) -> Vec<(u64, Result<String, String>)> {
        let input: Box<dyn Read + Send> = Box::new(text.as_bytes());
        let mut rows = Rows::open(format, input, Timestamp::from_seconds(2_000_000_000)).unwrap();
        let mut found = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            let event = row.event.map(|event| {
                let uses = event.consume.uses.as_slice();
                let uses = uses
                    .iter()
                    .map(|one| format!("{} {}", one.amount, one.feature));
                let metadata = serde_json::to_string(&event.consume.metadata).unwrap();
                format!(
                    "{}: {} {metadata}",
                    event.customer,
                    uses.collect::<Vec<_>>().join(", ")
                )
            });
            found.push((row.line, event));
        }
        found
    }

    #[test]
    fn both_forms_read_the_same() {
        let csv = read(
            Format::Csv,
            "customer,feature,amount,at,metadata\n\
             ann,scan,2,2026-01-31T00:00:00Z,\n\
             bob,scan,,,\"{\"\"a\"\":1}\"\n",
        );
        let ndjson = read(
            Format::Ndjson,
            "\n{\"customer\":\"ann\",\"feature\":\"scan\",\"amount\":2,\"at\":\"2026-01-31T00:00:00Z\"}\n\
             {\"customer\":\"bob\",\"feature\":\"scan\",\"metadata\":{\"a\":1}}\n\n",
        );
        assert_eq!(csv, ndjson);
        assert_eq!(
            csv,
            [
                (
                    2,
                    Ok(r#"ann: 2 scan {"occurred_at":"2026-01-31T00:00:00Z"}"#.to_owned())
                ),
                (3, Ok(r#"bob: 1 scan {"a":1}"#.to_owned())),
            ]
        );
    }

    #[test]
    fn wrong_rows_say_what_is_wrong() {
        let cases = [
            ("{", "EOF"),
            ("{\"feature\":\"scan\"}", "customer is missing"),
            ("{\"customer\":\"a\"}", "feature is missing"),
            (
                "{\"customer\":\"a b\",\"feature\":\"scan\"}",
                "customer: a customer id must consist",
            ),
            (
                "{\"customer\":\"a\",\"feature\":\"scan\",\"amount\":0}",
                "amount must be from 1",
            ),
            (
                "{\"customer\":\"a\",\"feature\":\"scan\",\"amount\":-1}",
                "invalid value",
            ),
            (
                "{\"customer\":\"a\",\"feature\":\"scan\",\"at\":\"2040-01-01T00:00:00Z\"}",
                "future",
            ),
            (
                "{\"customer\":\"a\",\"feature\":\"scan\",\"at\":\"yesterday\"}",
                "at: ",
            ),
            (
                "{\"customer\":\"a\",\"feature\":\"scan\",\"amout\":1}",
                "unknown field `amout`",
            ),
            (
                "{\"customer\":\"a\",\"feature\":\"scan\",\"metadata\":[]}",
                "JSON object",
            ),
            ("{\"type\":\"reversal\",\"customer\":\"a\"}", "only usage"),
        ];
        for (text, expected) in cases {
            let found = read(Format::Ndjson, text);
            let problem = found[0].1.as_ref().unwrap_err();
            assert!(problem.contains(expected), "{text}: {problem}");
        }
        let found = read(Format::Csv, "customer,feature\na,scan,3\nb,scan\n");
        assert_eq!(
            found[0].1,
            Err("it has 3 columns, line 1 names 2".to_owned())
        );
        assert!(found[1].1.is_ok());
    }
}
