//! What the record says of the business: who pays, who leaves, how much of a quota is used.
//!
//! One customer's entries, folded in their order into a [`CustomerReport`], give [`Deltas`]:
//! counters by day and by month that only ever have to be added up. The fold is a function of the
//! record and the catalog alone, so whoever folds it again, in parts of any size, gets the same
//! numbers.

mod customer;
mod day;
mod delta;
mod ratio;

pub use customer::{
    CUSTOMER_ITSELF, CustomerReport, FoldError, LastUse, Quota, Recurring, RunningPeriod, Standing,
};
pub use day::{Day, DayError};
pub use delta::{CounterKey, Deltas, End, Measure};
pub use ratio::{PPM, SHARE_PPM_MAX, monthly_of_yearly, ppm, share_ppm};
