//! For tests of every layer: catalogs built in code, a simple model of an account, and random
//! histories that run on the model and on a system under test side by side.
//!
//! Whatever answers [`Request`]s can be tested: an [`Account`](crate::Account) by itself
//! ([`CoreSystem`]), or an engine over a database. [`run`] compares every answer with the model's.

pub mod catalog;
mod driver;
mod generate;
mod model;
mod random;
mod system;

pub use driver::{Failure, Options, run};
pub use generate::{Generator, History, Step};
pub use model::Model;
pub use random::Random;
pub use system::{Answer, CoreSystem, Handles, Observed, Operation, Request, System};
