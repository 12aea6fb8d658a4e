//! Exact, durable quotas and subscriptions for Rust applications.
//!
//! [`Tollgate`] is the engine over one database, SQLite or PostgreSQL: it answers whether a
//! customer may do something now, and records that they did. [`guard`] puts it around the handlers
//! of an app, so that a handler's quota is one line of its signature:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! # use axum::body::Body;
//! # use http::Request;
//! # use tower::ServiceExt as _;
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("app.db");
//! # let database = format!("sqlite:{}", path.display());
//! # let plans = "\
//! #     catalog = { name = 'App', default_plan = 'free', currency = 'usd' }\n\
//! #     defaults = { reset = 'month' }\n\
//! #     features.scan = { name = 'Scan' }\n\
//! #     plans.free = { name = 'Free', limits = { scan = 2 } }";
//! use axum::{Router, routing::post};
//! use tollgate::{Catalog, Options, Tollgate, guard::Quota, store::Store};
//!
//! tollgate::features! { Scan = "scan"; }
//!
//! async fn scan(_quota: Quota<Scan>) -> &'static str { "scanned" }
//!
//! let store = Store::open(&database, &Default::default()).await?;
//! let catalog = Catalog::parse("plans.toml", plans, &|_| None).expect("the plans are right");
//! let tollgate = Tollgate::open(store, Some(catalog), Options::default()).await?;
//! let guard = tollgate.guard().caller_in_header("x-user");
//! let app = Router::new().route("/scan", post(scan)).layer(guard);
//! # let app: Router = app;
//! # for expected in [200, 200, 429] {
//! #     let request = Request::post("/scan").header("x-user", "ann").body(Body::empty())?;
//! #     assert_eq!(app.clone().oneshot(request).await?.status(), expected);
//! # }
//! # let request = Request::post("/scan").body(Body::empty())?;
//! # assert_eq!(app.oneshot(request).await?.status(), 401);
//! # tollgate.shutdown().await?;
//! # Ok(())
//! # })
//! # }
//! ```

#[cfg(feature = "stripe")]
pub mod billing;
pub mod clock;
mod customers;
pub mod engine;
mod error;
mod facade;
#[cfg(feature = "fault-injection")]
mod fault;
pub mod guard;
mod history;
mod refusals;
pub mod report;
mod transaction;
mod verify;

pub use clock::Clock;
pub use error::{Error, OpenError};
pub use facade::{Options, Tollgate};
pub use refusals::Refused;
pub use tollgate_core as core;
pub use tollgate_core::account::{MeterUsage, Preview, UsageReport};
pub use tollgate_core::catalog::Catalog;
pub use tollgate_core::decision::{Decision, Figures, Held, Reason, Receipt, Refusal, WayOut};
pub use tollgate_core::id::{
    CustomerId, EventId, FeatureId, GrantId, IdempotencyKey, MemberId, MeterId, PlanId, PriceId,
    ReservationId,
};
pub use tollgate_core::time::Timestamp;
pub use tollgate_store as store;
pub use transaction::Transaction;
pub use verify::{Verification, verify};
