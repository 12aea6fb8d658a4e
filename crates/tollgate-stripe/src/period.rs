//! Spans of time, in whole seconds since the epoch as Stripe counts them.

use serde::Serialize;

part! {
    /// A span of time.
    #[derive(Copy, Eq)]
    pub Period {
        /// Its first second.
        start: i64,
        /// The second at which it is over.
        end: i64,
    }
}

impl Period {
    /// The period of two fields of which either may be missing.
    pub(crate) fn of(start: Option<i64>, end: Option<i64>) -> Option<Self> {
        Some(Self {
            start: start?,
            end: end?,
        })
    }
}

/// A filter of lists by the second at which the objects were created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Created {
    /// Later than this.
    pub gt: Option<i64>,
    /// At this or later.
    pub gte: Option<i64>,
    /// Earlier than this.
    pub lt: Option<i64>,
    /// At this or earlier.
    pub lte: Option<i64>,
}
