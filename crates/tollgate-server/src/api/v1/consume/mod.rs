//! Asking and taking: check, consume, and consume in batches.

mod batch;
mod check;
mod one;

pub use batch::*;
pub use check::*;
pub use one::*;
