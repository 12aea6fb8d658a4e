//! What every object of Stripe's has, and what a request for a list of them names.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// An object of Stripe's: something with an id.
pub trait Object: DeserializeOwned {
    /// What it is, in words, for messages.
    const WHAT: &'static str;

    /// Stripe's id of it.
    fn id(&self) -> &str;
}

/// The filter of a list: what to list and where it is.
pub trait ListRequest: Serialize {
    /// What the list holds.
    type Item: Object;

    /// The path of the list below `/v1`, in its parts.
    fn path(&self) -> Vec<&str>;
}
