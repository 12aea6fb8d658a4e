//! Lists that are read page by page.

use crate::api::problem::ApiError;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The most things on one page.
const LIMIT_MAX: u32 = 100;
const LIMIT_DEFAULT: u32 = 20;

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many things at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<u32>,
    /// The id of the last thing on the page before.
    #[param(max_length = 128)]
    pub starting_after: Option<String>,
}

impl PageQuery {
    /// How many things at most.
    pub fn limit(&self) -> Result<u32, ApiError> {
        read_limit(self.limit)
    }
}

/// Checks how many things are asked for.
pub fn read_limit(limit: Option<u32>) -> Result<u32, ApiError> {
    match limit.unwrap_or(LIMIT_DEFAULT) {
        limit @ 1..=LIMIT_MAX => Ok(limit),
        _ => Err(ApiError::InvalidParameter(format!(
            "limit must be from 1 to {LIMIT_MAX}"
        ))),
    }
}

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// What is on it.
    pub data: Vec<T>,
    /// Whether there is more.
    pub has_more: bool,
    /// What to send as `starting_after` for the next page; null on the last one.
    pub next: Option<String>,
}

impl<T> List<T> {
    /// Everything there is.
    pub fn whole(data: Vec<T>) -> Self {
        Self {
            data,
            has_more: false,
            next: None,
        }
    }

    /// A page of at most `limit` out of one thing more, by which it is seen that there is more.
    pub fn of_one_more(mut data: Vec<T>, limit: u32, id: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(limit).expect("limits are small");
        let has_more = data.len() > limit;
        data.truncate(limit);
        let next = data.last().filter(|_| has_more).map(id);
        Self {
            data,
            has_more,
            next,
        }
    }
}
