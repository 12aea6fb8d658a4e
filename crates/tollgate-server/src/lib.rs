//! The Tollgate server: its building blocks, its routes and its command line.

pub mod api;
pub mod auth;
pub mod cli;
pub mod config;
pub mod demo;
pub mod embed;
pub mod entropy;
pub mod identity;
pub mod metrics;
pub mod observe;
pub mod outbound;
pub mod pages;
#[cfg(feature = "sandbox")]
pub mod playground;
#[cfg(not(feature = "sandbox"))]
#[path = "playground/absent.rs"]
pub mod playground;
pub mod report_csv;
pub mod router;
pub mod serve;
pub mod start;
pub mod state;
pub mod telemetry;

pub use router::router;
pub use state::AppState;
