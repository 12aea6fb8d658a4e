//! What a sandbox is told when it is made.

use std::time::Duration;

/// What becomes of a subscription after the last failed attempt at its payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum DunningEnd {
    /// It ends.
    #[default]
    Cancel,
    /// It stays, unpaid; its further invoices are drafts.
    Unpaid,
    /// It stays past due.
    PastDue,
}

/// How failed payments are tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dunning {
    /// Seconds from each failed attempt to the next; after the last of them `end` holds.
    pub retry_after_seconds: Vec<i64>,
    /// What happens when the last attempt fails.
    pub end: DunningEnd,
}

impl Default for Dunning {
    fn default() -> Self {
        const DAY: i64 = 86_400;
        Self {
            retry_after_seconds: vec![3 * DAY, 5 * DAY, 7 * DAY],
            end: DunningEnd::Cancel,
        }
    }
}

/// Where events are sent.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookTarget {
    /// The address.
    pub url: String,
    /// The secret that signs, `whsec_…`.
    pub secret: String,
    /// The kinds of events that are sent, `*` for all; a name may end in a star.
    pub events: Vec<String>,
}

impl WebhookTarget {
    /// A target for every event.
    pub fn new(url: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            secret: secret.into(),
            events: vec!["*".to_owned()],
        }
    }
}

impl std::fmt::Debug for WebhookTarget {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("WebhookTarget")
            .field("url", &self.url)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}

/// The time that signatures carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignatureTime {
    /// The real time, for receivers whose clock is not moved.
    #[default]
    Real,
    /// The sandbox's time, for receivers whose clock is moved together with it.
    Sandbox,
}

/// The settings of a sandbox.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where its pages are reached; found out when it begins to listen, unless it is set.
    pub base_url: Option<String>,
    /// Where events are sent.
    pub webhooks: Vec<WebhookTarget>,
    /// How failed payments are tried again.
    pub dunning: Dunning,
    /// The seed of identifiers and of the disorder of webhooks. Random when it is not set.
    pub seed: Option<u64>,
    /// A time to stand still at, in seconds since the epoch; without it the clock runs.
    pub frozen_at: Option<i64>,
    /// The time that signatures carry.
    pub signature_time: SignatureTime,
    /// The pauses before an undelivered event is sent again.
    pub redelivery_pauses: Vec<Duration>,
    /// How long a receiver may take.
    pub delivery_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            base_url: None,
            webhooks: Vec::new(),
            dunning: Dunning::default(),
            seed: None,
            frozen_at: None,
            signature_time: SignatureTime::default(),
            redelivery_pauses: [1, 2, 4, 8, 16, 32, 64].map(Duration::from_secs).to_vec(),
            delivery_timeout: Duration::from_secs(10),
        }
    }
}

impl Config {
    /// A sandbox that always does the same: fixed identifiers, a clock that stands still, and no
    /// long pauses.
    pub fn for_testing() -> Self {
        Self {
            seed: Some(1),
            frozen_at: Some(1_800_000_000),
            redelivery_pauses: [20, 40, 80, 160].map(Duration::from_millis).to_vec(),
            ..Self::default()
        }
    }
}
