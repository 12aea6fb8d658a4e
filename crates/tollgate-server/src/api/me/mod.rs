//! What concerns the user who asks.

pub mod usage;
