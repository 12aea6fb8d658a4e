//! `/v1`: what back ends call with an API key, and users with their tokens for their organisations.

pub mod catalog;
pub mod consume;
pub mod customers;
pub mod events;
pub mod figures;
pub mod grants;
pub mod keys;
pub mod members;
pub mod organizations;
pub mod page;
pub mod pages;
pub mod plans;
pub mod report;
pub mod reservations;
pub mod stripe_events;
pub mod subscription;
pub mod usage;
pub mod uses;
pub mod why;
