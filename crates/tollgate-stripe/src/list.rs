//! Lists: the page that Stripe sends, and what was read of several pages.

use crate::object::Object;
use serde::{Deserialize, Serialize};

/// A page of a list, or a list within an object.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(bound(deserialize = "T: Object"))]
pub struct PageOf<T> {
    /// The objects, newest first unless Stripe says otherwise.
    pub data: Vec<T>,
    /// Whether there are more.
    #[serde(default)]
    pub has_more: bool,
}

impl<T> Default for PageOf<T> {
    fn default() -> Self {
        Self {
            data: Vec::new(),
            has_more: false,
        }
    }
}

/// Which page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Page {
    /// How many objects: 1 to 100, 10 when nothing is said.
    pub limit: Option<u8>,
    /// The id of the last object of the page before.
    pub starting_after: Option<String>,
    /// The id of the first object of the page after.
    pub ending_before: Option<String>,
}

/// What was read of a list.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a listing can be incomplete"]
pub struct Listing<T> {
    /// The objects, in Stripe's order.
    pub items: Vec<T>,
    /// Whether they are all there are: false when the maximum was reached before the end.
    pub is_complete: bool,
}
