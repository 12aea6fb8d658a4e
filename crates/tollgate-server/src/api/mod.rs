//! The HTTP surface: one endpoint per file, all routes in [`mod@crate::router`].

pub mod auth;
pub mod billing;
mod billing_error;
pub mod extract;
pub mod me;
pub mod openapi;
pub mod ops;
pub mod problem;
pub mod schema;
pub mod user_errors;
pub mod v1;
