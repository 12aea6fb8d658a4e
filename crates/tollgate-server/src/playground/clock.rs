//! `GET` and `POST /dev/clock`: the time machine as routes. They stand in no server but those to
//! play with.

use super::{Stop, TimeMachine};
use crate::api::extract::Json;
use crate::api::problem::{ApiError, Instant};
use crate::state::AppState;
use axum::Router;
use axum::extract::Extension;
use axum::routing::get;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Mutex;
use tollgate::Timestamp;

const DAY: i64 = 86_400;
/// The longest journey: ten years, their leap days included.
const JOURNEY_SECONDS_MAX: i64 = 3_653 * DAY;
/// The last day that can be travelled to; tokens of the first day hold until then, and so does the
/// calendar: 2100-01-01T00:00:00Z.
const END: Timestamp = Timestamp::from_seconds(4_102_444_800);

/// One journey at a time.
type Machine = Arc<Mutex<TimeMachine>>;

/// What time it is.
#[derive(Debug, Serialize)]
struct ClockBody {
    now: Instant,
    /// How many points in time were passed at which something happened in Stripe.
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<usize>,
}

/// The routes of the time machine.
pub fn router(state: AppState, machine: TimeMachine) -> Router {
    let machine: Machine = Arc::new(Mutex::new(machine));
    Router::new()
        .route("/dev/clock", get(show).post(travel))
        .layer(Extension(machine))
        .with_state(state)
}

async fn show(Extension(machine): Extension<Machine>) -> axum::Json<ClockBody> {
    let now = machine.lock().await.clock.now();
    axum::Json(ClockBody {
        now: Instant(now),
        events: None,
    })
}

async fn travel(
    Extension(machine): Extension<Machine>,
    Json(journey): Json<Value>,
) -> Result<axum::Json<ClockBody>, ApiError> {
    let machine = machine.lock().await;
    let until = read(&journey, machine.clock.now()).map_err(ApiError::InvalidParameter)?;
    let Stop { now, events } = machine.travel(until).await?;
    Ok(axum::Json(ClockBody {
        now: Instant(now),
        events: Some(events),
    }))
}

/// Where a journey leads: `{"advance": "31d"}` or `{"to": "2026-12-01T00:00:00Z"}`.
fn read(journey: &Value, now: Timestamp) -> Result<Timestamp, String> {
    const SHAPE: &str =
        "send {\"advance\": \"31d\"} (s, m, h, d or w), or {\"to\": \"2026-12-01T00:00:00Z\"}";
    let fields = journey.as_object().filter(|fields| fields.len() == 1);
    let field = fields.and_then(|fields| fields.iter().next());
    let until = match field.map(|(name, value)| (name.as_str(), value.as_str())) {
        Some(("advance", Some(text))) => {
            let seconds = seconds(text)
                .ok_or_else(|| format!("{text:?} is no span of time such as 90m, 31d or 2w"))?;
            now.plus_seconds(seconds)
        }
        Some(("to", Some(text))) => text
            .parse()
            .map_err(|_| format!("{text:?} is no instant such as 2026-12-01T00:00:00Z"))?,
        _ => return Err(SHAPE.to_owned()),
    };
    if until < now {
        return Err(format!("time only goes forwards, and it is {now} already"));
    }
    if now.seconds_until(until) > JOURNEY_SECONDS_MAX {
        return Err("one journey takes ten years at most".to_owned());
    }
    if until > END {
        return Err(format!("nobody travels beyond {END}"));
    }
    Ok(until)
}

/// A span of time in seconds: a whole number and its unit.
fn seconds(text: &str) -> Option<i64> {
    let unit = text.chars().next_back()?;
    let each = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => DAY,
        'w' => 7 * DAY,
        _ => return None,
    };
    let number = text.strip_suffix(unit)?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<i64>().ok()?.checked_mul(each)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: &str = "2026-01-15T12:00:00Z";

    #[track_caller]
    fn check(journey: &Value, expected: Result<&str, &str>) {
        let read = read(journey, NOW.parse().unwrap()).map(|until| until.to_string());
        match expected {
            Ok(until) => assert_eq!(read.as_deref(), Ok(until), "{journey}"),
            Err(part) => {
                let why = read.expect_err(&journey.to_string());
                assert!(why.contains(part), "{journey}: {why}");
            }
        }
    }

    #[test]
    fn spans_and_instants_are_read() {
        check(&json!({ "advance": "90s" }), Ok("2026-01-15T12:01:30Z"));
        check(&json!({ "advance": "90m" }), Ok("2026-01-15T13:30:00Z"));
        check(&json!({ "advance": "12h" }), Ok("2026-01-16T00:00:00Z"));
        check(&json!({ "advance": "31d" }), Ok("2026-02-15T12:00:00Z"));
        check(&json!({ "advance": "2w" }), Ok("2026-01-29T12:00:00Z"));
        check(&json!({ "advance": "0s" }), Ok(NOW));
        let to = "2026-12-01T00:00:00Z";
        check(&json!({ "to": to }), Ok(to));
    }

    #[test]
    fn nonsense_is_refused_with_words() {
        let shape = Err("send {\"advance\"");
        for journey in [
            json!({}),
            json!(null),
            json!("31d"),
            json!({ "advance": 31 }),
            json!({ "by": "31d" }),
            json!({ "advance": "31d", "to": "2026-12-01T00:00:00Z" }),
        ] {
            check(&journey, shape);
        }
        for span in [
            "",
            "d",
            "31",
            "-1d",
            "+1d",
            "1.5d",
            "31 d",
            "1y",
            "1µ",
            "99999999999999w",
        ] {
            check(&json!({ "advance": span }), Err("no span of time"));
        }
        check(&json!({ "to": "tomorrow" }), Err("no instant"));
    }

    #[test]
    fn never_backwards_and_never_too_far() {
        let past = json!({ "to": "2026-01-15T11:59:59Z" });
        check(&past, Err("only goes forwards"));
        check(&json!({ "advance": "3653d" }), Ok("2036-01-16T12:00:00Z"));
        check(&json!({ "advance": "3654d" }), Err("ten years"));
        check(&json!({ "advance": "9999999999999s" }), Err("ten years"));
        let late = read(&json!({ "advance": "1s" }), END);
        assert!(late.unwrap_err().contains("beyond"));
    }
}
