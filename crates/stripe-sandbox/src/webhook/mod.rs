//! Webhooks: signing events and delivering them, in order or in the disorder that was asked for.

pub(crate) mod delivery;
pub(crate) mod disorder;
pub(crate) mod signature;
