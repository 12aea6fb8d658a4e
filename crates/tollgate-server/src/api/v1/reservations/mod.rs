//! Reservations: units held for work of unknown outcome or size.

mod extend;
mod list;
mod open;
mod release;
mod settle;

pub use extend::*;
pub use list::*;
pub use open::*;
pub use release::*;
pub use settle::*;

use crate::api::problem::ApiError;
use tollgate_core::request::RESERVATION_SECONDS_MAX;

/// How long a reservation lasts when nothing is said: 15 minutes.
const SECONDS_DEFAULT: u32 = 900;

fn read_seconds(seconds: Option<u32>) -> Result<u32, ApiError> {
    match seconds.unwrap_or(SECONDS_DEFAULT) {
        seconds if seconds > 0 && i64::from(seconds) <= RESERVATION_SECONDS_MAX => Ok(seconds),
        _ => Err(ApiError::InvalidRequest(format!(
            "seconds must be from 1 to {RESERVATION_SECONDS_MAX}"
        ))),
    }
}
