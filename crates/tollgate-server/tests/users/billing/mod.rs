//! Billing through Stripe, against the stateful imitation of it: every scenario by its name.

mod api;
mod checkout;
mod delivery;
mod life;
mod lifecycle;
mod money;
mod ordering;
mod world;
