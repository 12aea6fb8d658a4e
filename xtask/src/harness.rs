//! Drives a real server process from outside: starts it, loads it, kills it, checks its record.

pub(crate) mod api;
pub(crate) mod billed;
pub(crate) mod checks;
pub(crate) mod history;
pub(crate) mod http;
pub(crate) mod load;
pub(crate) mod logs;
pub(crate) mod peer;
pub(crate) mod power;
pub(crate) mod random;
pub(crate) mod recovery;
pub(crate) mod server;
pub(crate) mod slow;
pub(crate) mod trace;
pub(crate) mod transcript;
pub(crate) mod wire;
