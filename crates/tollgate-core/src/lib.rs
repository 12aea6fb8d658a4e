//! The pure rules of Tollgate: what a customer may consume, and what it costs them.
//!
//! Nothing here reads a clock, draws a random number, touches a database or a socket, or computes
//! with floats. Time and ids come in as arguments, so that every decision can be replayed and
//! every rule can be tested by itself. The unit of decision is the [`Account`]: all that decides
//! one customer's consumption. Every change of an account is an [`Entry`]; replaying a customer's
//! entries gives the account back exactly.
#![deny(clippy::float_arithmetic)]

pub mod account;
pub mod billing;
pub mod burn;
pub mod cap;
pub mod catalog;
pub mod decision;
pub mod entry;
pub mod grant;
pub mod id;
pub mod money;
pub mod period;
pub mod plan;
pub mod report;
pub mod request;
pub mod reservation;
pub mod subscription;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;

pub use account::Account;
pub use catalog::Catalog;
pub use decision::{Decision, Receipt, Refusal};
pub use entry::Entry;
pub use time::Timestamp;
