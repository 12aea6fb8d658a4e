//! What can go wrong beside a refusal.

use std::time::Duration;
use tollgate_core::request::RequestError;
use tollgate_store::StoreError;

/// Why there is no decision.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The queue is full, or the database could not be reached; nothing happened. Ask again later.
    #[error("too busy; ask again in {} s", retry_after.as_secs().max(1))]
    Busy {
        /// How long to wait.
        retry_after: Duration,
    },
    /// It is not known whether it happened. Ask again with the same idempotency key.
    #[error("the outcome is unknown; ask again with the same idempotency key")]
    Unknown,
    /// The engine is stopping; nothing happened.
    #[error("the engine is stopping")]
    Stopping,
    /// The idempotency key came with another request before; nothing happened.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// There is no such customer.
    #[error("there is no such customer")]
    UnknownCustomer,
    /// The request makes no sense, whatever the account says.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The database failed or its contents are broken.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the engine could not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database could not be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database has no catalog and none was given.
    #[error("the database has no catalog yet; give one")]
    NoCatalog,
    /// The record does not replay.
    #[error("the record of customer {customer} does not replay: {problem}")]
    Corrupt {
        /// Whose record.
        customer: String,
        /// What is wrong with it.
        problem: String,
    },
}
