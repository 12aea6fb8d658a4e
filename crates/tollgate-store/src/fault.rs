//! Faults that a test build can be told to have, to prove that the checks find them.
//!
//! Only with the cargo feature `fault-injection`, which no released binary has: `TOLLGATE_FAULT`
//! names the fault.

use crate::store::{StoreOptions, Synchronous};

/// These options, with the fault that was asked for.
pub(crate) fn options(options: &StoreOptions) -> StoreOptions {
    let mut options = options.clone();
    if std::env::var("TOLLGATE_FAULT").is_ok_and(|fault| fault == "synchronous-normal") {
        options.synchronous = Synchronous::Normal;
    }
    options
}
