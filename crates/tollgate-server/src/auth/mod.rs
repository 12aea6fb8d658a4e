//! The building blocks of authentication: no database, no clock, no randomness.
//!
//! Time comes in as an argument, random bytes come in as arrays of fixed size, and what is stored
//! goes out as plain values. Secrets are redacted in `Debug` and stored only as hashes, apart
//! from the keys that sign. Only [`extract`] and [`limit`] know of HTTP: they are what handlers
//! name in their signatures.

pub mod api_key;
pub mod extract;
pub mod host_token;
mod jws;
pub mod limit;
pub mod password;
pub mod rate_limit;
pub mod token;

pub use jws::TokenError;
