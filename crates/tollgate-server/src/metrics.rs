//! The counters that `/metrics` shows; none has a customer in its labels.

use axum::extract::MatchedPath;
use http::{Method, StatusCode};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeLabelSet, EncodeLabelValue, EncodeMetric, LabelValueEncoder, text,
};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tollgate::Tollgate;
use tollgate::billing::Billing;

/// Bounds of the histogram of answers, in seconds.
const SECONDS: [f64; 12] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// Every counter of the server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Histogram,
    decisions: Family<DecisionLabels, Counter>,
}

impl Metrics {
    /// Counters at zero, beside those of the engine.
    pub fn new(tollgate: Tollgate, billing: Option<Billing>) -> Self {
        let mut registry = Registry::with_prefix("tollgate");
        let requests = Family::default();
        let request_seconds = Histogram::new(SECONDS);
        let decisions = Family::default();
        registry.register(
            "http_requests",
            "Answers by route, method and status",
            requests.clone(),
        );
        registry.register(
            "http_request_seconds",
            "Time from a request's head to its answer's",
            request_seconds.clone(),
        );
        registry.register(
            "decisions",
            "Decisions by operation and result",
            decisions.clone(),
        );
        registry.register_collector(Box::new(EngineCounters(tollgate)));
        if let Some(billing) = billing {
            registry.register_collector(Box::new(InboxCounters(billing)));
        }
        Self {
            registry,
            requests,
            request_seconds,
            decisions,
        }
    }

    /// Counts an answer.
    pub fn count_request(
        &self,
        route: Option<MatchedPath>,
        method: Method,
        status: StatusCode,
        took: Duration,
    ) {
        let labels = RequestLabels {
            route: Route(route),
            method: Verb(method),
            status: status.as_u16(),
        };
        self.requests.get_or_create(&labels).inc();
        self.request_seconds.observe(took.as_secs_f64());
    }

    /// Counts a decision: `granted`, `replayed`, or the reason of its refusal.
    pub fn count_decision(&self, operation: &'static str, result: &'static str) {
        let labels = DecisionLabels { operation, result };
        self.decisions.get_or_create(&labels).inc();
    }

    /// All of them, as Prometheus reads them.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: Route,
    method: Verb,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DecisionLabels {
    operation: &'static str,
    result: &'static str,
}

/// A route as the router has it, shared with it; empty for a path that is none.
#[derive(Clone, Debug)]
struct Route(Option<MatchedPath>);

impl Route {
    fn as_str(&self) -> &str {
        self.0.as_ref().map_or("", |path| path.as_str())
    }
}

impl PartialEq for Route {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Route {}

impl Hash for Route {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl EncodeLabelValue for Route {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        encoder.write_str(self.as_str())
    }
}

/// A method.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Verb(Method);

impl EncodeLabelValue for Verb {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        encoder.write_str(self.0.as_str())
    }
}

/// What the engine counts, read when it is asked for.
#[derive(Debug)]
struct EngineCounters(Tollgate);

impl Collector for EngineCounters {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let stats = self.0.stats();
        let counters: [(&str, &str, &AtomicU64); 9] = [
            ("engine_granted", "Requests granted", &stats.granted),
            ("engine_refused", "Requests refused", &stats.refused),
            (
                "engine_replayed",
                "Requests answered from the record, by their key",
                &stats.replayed,
            ),
            (
                "engine_busy",
                "Requests turned away because the queue was full",
                &stats.busy,
            ),
            (
                "engine_unknown",
                "Requests whose outcome is unknown",
                &stats.unknown,
            ),
            ("engine_commits", "Commits", &stats.commits),
            (
                "engine_entries",
                "Entries committed; by commits it is the size of a batch",
                &stats.entries,
            ),
            (
                "engine_commit_microseconds",
                "Time spent in commits",
                &stats.commit_micros,
            ),
            (
                "engine_conflicts",
                "Batches decided again because another replica was faster",
                &stats.conflicts,
            ),
        ];
        for (name, help, counter) in counters {
            let counter = ConstCounter::new(counter.load(Ordering::Relaxed));
            counter.encode(encoder.encode_descriptor(
                name,
                help,
                None,
                counter.metric_type(),
            )?)?;
        }
        let depth = i64::try_from(stats.queue_depth.load(Ordering::Relaxed)).unwrap_or(i64::MAX);
        let depth = ConstGauge::new(depth);
        depth.encode(encoder.encode_descriptor(
            "engine_queue_depth",
            "Requests waiting, as of the last that came",
            None,
            depth.metric_type(),
        )?)
    }
}

/// What waits in the inbox of Stripe's events, as the worker last saw it.
#[derive(Debug)]
struct InboxCounters(Billing);

impl Collector for InboxCounters {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let inbox = self.0.gauges();
        let gauges: [(&str, &str, &AtomicU64); 4] = [
            (
                "stripe_events_waiting",
                "Events of Stripe's that will be tried",
                &inbox.waiting,
            ),
            (
                "stripe_events_parked",
                "Events of Stripe's about customers whom nobody here knows yet",
                &inbox.parked,
            ),
            (
                "stripe_events_quarantined",
                "Events of Stripe's that somebody has to look at",
                &inbox.quarantined,
            ),
            (
                "stripe_events_oldest_seconds",
                "For how long the oldest event that will be tried has waited",
                &inbox.oldest_seconds,
            ),
        ];
        for (name, help, gauge) in gauges {
            let value = i64::try_from(gauge.load(Ordering::Relaxed)).unwrap_or(i64::MAX);
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}
