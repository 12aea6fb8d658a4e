//! A stateful local imitation of Stripe's API, for tests, demonstrations and the first ten
//! minutes. **It is not Stripe**: no money moves, nothing leaves the machine except the webhooks
//! to the configured addresses, and every page, log line and answer says what it is.
//!
//! It knows customers, products, prices, coupons, promotion codes, checkout and portal sessions
//! (with pages one can click), subscriptions, schedules, invoices, payments, refunds, disputes
//! and events, in the shapes of [`API_VERSION`]; and its clock can be moved, so that renewals,
//! trials and failed payments happen in seconds.
//!
//! ```no_run
//! # async fn run() -> std::io::Result<()> {
//! use stripe_sandbox::{Config, Sandbox, WebhookTarget};
//!
//! let sandbox = Sandbox::new(Config {
//!     webhooks: vec![WebhookTarget::new("http://127.0.0.1:8080/webhooks/stripe", "whsec_test")],
//!     ..Config::default()
//! });
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:12111").await?;
//! sandbox.serve(listener).await
//! # }
//! ```
//!
//! The sandbox's own controls:
//!
//! | request | effect |
//! | --- | --- |
//! | `POST /_sandbox/clock {"to": time}` or `{"advance": seconds}` | moves the clock; with `"settle": true` each event is delivered before the next thing happens |
//! | `POST /_sandbox/webhooks {"duplicate", "shuffle", "lose", "delay_ms", "seed", "paused", "signature_time", "resend"}` | disturbs the delivery of events |
//! | `POST /_sandbox/settle` | answers once every event is delivered or given up |
//! | `POST /_sandbox/failures {"path", "method", "status", "times", "delay_ms", "drop_after_effect"}` | makes requests fail; `DELETE` takes all rules away |
//! | `POST /_sandbox/disputes {"payment_intent", "reason", "inquiry"}`, `…/{id}/close {"status"}` | opens and decides a dispute |
//! | `POST /_sandbox/payments/{session} {"status"}` | the outcome, succeeded or failed, of a payment by bank debit |
//! | `POST /_sandbox/refunds/{id}/fail` | a refund that does not arrive |
//! | `POST /payments/{payment_intent}/authenticate result=complete` or `result=fail` | answers the bank's page (3-D Secure) of a payment that a request confirmed |
//! | `GET /_sandbox/events` | all events, the oldest first |

// The objects are written as whole `json!` literals, some with more than a hundred fields.
#![recursion_limit = "512"]

mod config;
mod http;
mod pages;
mod sandbox;
mod state;
mod webhook;

pub use config::{Config, Dunning, DunningEnd, SignatureTime, WebhookTarget};
pub use sandbox::Sandbox;

/// The version of the API whose shapes the sandbox speaks.
pub const API_VERSION: &str = "2026-10-28.endive";
