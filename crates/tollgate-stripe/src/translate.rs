//! What Stripe says, in Tollgate's own words: pure functions from its objects to our commands.

mod hint;
mod paid;
mod standing;

pub use hint::{Hint, hint};
pub use paid::paid;
pub use standing::{Problem, Standing, standing};

use crate::price::Interval;
use tollgate_core::plan::BillingInterval;

/// A plan's rhythm, as Stripe names it.
pub fn interval(interval: BillingInterval) -> Interval {
    match interval {
        BillingInterval::Month => Interval::Month,
        BillingInterval::Year => Interval::Year,
    }
}
