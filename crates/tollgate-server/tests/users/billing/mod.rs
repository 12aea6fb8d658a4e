//! Billing through Stripe, against the stateful imitation of it: every scenario by its name.

mod checkout;
mod life;
mod world;
