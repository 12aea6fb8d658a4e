//! Operations: health, counters, and the documentation of the API.

pub mod docs;
pub mod live;
pub mod metrics;
pub mod openapi;
pub mod ready;
