//! What Stripe says, in Tollgate's own words: pure functions from its objects to our commands.

mod hint;
mod paid;
mod standing;

pub use hint::{Hint, hint};
pub use paid::paid;
pub use standing::{Problem, Standing, standing};
