//! An app with a guard, and short ways to ask it.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use std::time::Duration;
use tollgate::guard::{Caller, Guard};
use tollgate::{Catalog, Clock, CustomerId, MemberId, Options, Timestamp, Tollgate};
use tollgate_store::testing::TestDatabase;
use tower::ServiceExt as _;

/// Ten scans and twenty pages a month, and letters only for those who pay.
const CATALOG: &str = r#"
[catalog]
name = "Tests"
default_plan = "small"
currency = "usd"

[defaults]
reset = "month"

[features.scan]
name = "Scan"
[features.page]
name = "Page"
[features.letter]
name = "Letter"

[plans.small]
name = "Small"
limits = { scan = 10, page = 20 }

[plans.large]
name = "Large"
limits = { scan = 100, page = 200, letter = 50 }
[plans.large.prices.monthly]
amount = 1000
interval = "month"
"#;

/// 2026-01-10T00:00:00Z.
const START: i64 = 1_768_003_200;

/// An engine on a database of its own, at a time that stands still.
pub(crate) struct App {
    pub(crate) tollgate: Tollgate,
    pub(crate) clock: Clock,
    _database: TestDatabase,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name);
        value.map(|value| value.to_str().unwrap())
    }
}

impl App {
    pub(crate) async fn new() -> Self {
        Self::on(TestDatabase::sqlite(), CATALOG).await
    }

    pub(crate) async fn without_default_plan() -> Self {
        let catalog = CATALOG.replace("default_plan = \"small\"\n", "");
        Self::on(TestDatabase::sqlite(), &catalog).await
    }

    pub(crate) async fn on_database(database: TestDatabase) -> Self {
        Self::on(database, CATALOG).await
    }

    async fn on(database: TestDatabase, catalog: &str) -> Self {
        let catalog = Catalog::parse("tests.toml", catalog, &|_| None).unwrap();
        let clock = Clock::fixed(Timestamp::from_seconds(START));
        let options = Options {
            clock: clock.clone(),
            ..Options::default()
        };
        let store = database.open().await.unwrap();
        Self {
            tollgate: Tollgate::open(store, Some(catalog), options).await.unwrap(),
            clock,
            _database: database,
        }
    }

    /// A guard that finds out who asks by [`caller`].
    pub(crate) fn guard(&self) -> Guard {
        self.tollgate.guard().caller(caller)
    }

    /// A guard that takes one scan.
    pub(crate) fn scan(&self) -> Guard {
        self.guard().feature("scan", 1)
    }

    /// What the customer of [`get`] used and holds of a meter.
    pub(crate) async fn used_and_held(&self, meter: &str) -> (u64, u64) {
        let customer = CustomerId::new("ann").unwrap();
        let Some(usage) = self.tollgate.usage(&customer).await.unwrap() else {
            return (0, 0);
        };
        let usage = usage
            .meters
            .iter()
            .find(|usage| usage.meter.as_str() == meter);
        usage.map_or((0, 0), |usage| (usage.used, usage.held))
    }

    /// Waits until the customer of [`get`] has nothing reserved any more, and answers what they
    /// used: what a guard does in the background comes soon, but not at once.
    pub(crate) async fn used_in_the_end(&self, meter: &str) -> u64 {
        for _ in 0..500 {
            let (used, held) = self.used_and_held(meter).await;
            if held == 0 {
                return used;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the reservation was not closed");
    }

    /// Waits until something was used.
    pub(crate) async fn assert_used_soon(&self, meter: &str, expected: u64) {
        for _ in 0..500 {
            if self.used_and_held(meter).await == (expected, 0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let found = self.used_and_held(meter).await;
        panic!("{found:?} used and held of {meter}, not {expected} used");
    }

    /// The record replayed from its first entry equals the balances that are kept.
    pub(crate) async fn assert_verified(&self) {
        assert_eq!(self.tollgate.verify().await.unwrap().differences, []);
    }
}

/// Tests name the caller in a header: `customer` or `customer/member`.
pub(crate) fn caller(parts: &http::request::Parts) -> Option<Caller> {
    let named = parts.headers.get("x-caller")?.to_str().ok()?;
    let (customer, member) = match named.split_once('/') {
        Some((customer, member)) => (customer, Some(member)),
        None => (named, None),
    };
    let caller = Caller::new(CustomerId::new(customer).ok()?);
    Some(match member {
        Some(member) => caller.with_member(MemberId::new(member).ok()?),
        None => caller,
    })
}

/// A request of the customer `ann`.
pub(crate) fn get(path: &str) -> Request<Body> {
    Request::get(path)
        .header("x-caller", "ann")
        .body(Body::empty())
        .unwrap()
}

pub(crate) async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}
