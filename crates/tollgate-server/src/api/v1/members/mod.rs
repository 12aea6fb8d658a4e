//! Members of a customer: what each of them may use at most.

mod remove_cap;
mod set_cap;

pub use remove_cap::*;
pub use set_cap::*;
