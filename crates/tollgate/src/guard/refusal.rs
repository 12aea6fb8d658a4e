//! What a refusal looks like over HTTP: its status, its headers and its body, here and nowhere else.

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use std::fmt::Write as _;
use tollgate_core::decision::{Figures, Reason, Refusal, WayOut};
use tollgate_core::money::Money;
use tollgate_core::time::Timestamp;

/// `RateLimit-Policy`: what applies.
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// `RateLimit`: what is left of it.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The status of a refusal for this reason.
pub const fn status(reason: Reason) -> StatusCode {
    match reason {
        Reason::QuotaExceeded | Reason::CapExceeded | Reason::MemberCapExceeded => {
            StatusCode::TOO_MANY_REQUESTS
        }
        Reason::NoSubscription => StatusCode::PAYMENT_REQUIRED,
        Reason::FeatureNotInPlan => StatusCode::FORBIDDEN,
        Reason::UnknownFeature
        | Reason::UnknownMeter
        | Reason::UnknownPlan
        | Reason::UnknownReservation
        | Reason::UnknownEvent
        | Reason::UnknownGrant => StatusCode::NOT_FOUND,
        Reason::AlreadyReversed
        | Reason::TooLateToReverse
        | Reason::TooMany
        | Reason::NothingToUndo
        | Reason::BilledElsewhere => StatusCode::CONFLICT,
        Reason::CatchingUp => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Whether refusals for this reason have figures to show, so that [`RefusalBody`] is their body.
pub const fn has_figures(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::QuotaExceeded
            | Reason::CapExceeded
            | Reason::MemberCapExceeded
            | Reason::NoSubscription
            | Reason::FeatureNotInPlan
    )
}

/// Adds `Retry-After`, `RateLimit` and `RateLimit-Policy`, as far as they apply.
pub fn insert_headers(headers: &mut HeaderMap, refusal: &Refusal, now: Timestamp) {
    let wait = refusal.resets_at.filter(|at| *at < Timestamp::MAX);
    match (refusal.reason, wait) {
        (Reason::CatchingUp, _) => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        (Reason::QuotaExceeded | Reason::CapExceeded | Reason::MemberCapExceeded, Some(at)) => {
            headers.insert(RETRY_AFTER, HeaderValue::from(now.seconds_until(at).max(1)));
        }
        _ => {}
    }
    let meter = refusal.meter.as_ref();
    if let Some(meter) = meter.filter(|_| has_figures(refusal.reason)) {
        let (limit, remaining) = (refusal.limit, refusal.remaining);
        insert_rate_limit(headers, meter.as_str(), limit, remaining, wait, now);
    }
}

/// Adds `RateLimit` and `RateLimit-Policy` for the first limited meter of an answer.
pub fn insert_figures_headers(headers: &mut HeaderMap, figures: &[Figures], now: Timestamp) {
    let limited = figures.iter().find_map(|figures| {
        Some((
            figures.meter.as_ref()?,
            figures.limit?,
            figures.remaining?,
            figures.resets_at.filter(|at| *at < Timestamp::MAX),
        ))
    });
    if let Some((meter, limit, remaining, resets_at)) = limited {
        insert_rate_limit(headers, meter.as_str(), limit, remaining, resets_at, now);
    }
}

fn insert_rate_limit(
    headers: &mut HeaderMap,
    meter: &str,
    limit: u64,
    remaining: u64,
    resets_at: Option<Timestamp>,
    now: Timestamp,
) {
    let mut state = format!("\"{meter}\";r={remaining}");
    if let Some(at) = resets_at {
        write!(state, ";t={}", now.seconds_until(at)).expect("a string takes any text");
    }
    let policy = format!("\"{meter}\";q={limit}");
    // A value that no header can carry is left out: headers repeat what the body says.
    for (name, text) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, state)] {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    }
}

/// A clear no with every figure.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefusalBody {
    /// The reason in one word.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "quota_exceeded"))]
    pub error: &'static str,
    /// One sentence for people.
    pub message: String,
    /// Units left; absent without a subscription.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota_remaining: Option<u64>,
    /// Units that the request needed.
    pub quota_needed: u64,
    /// The figures of what refused.
    pub detail: RefusalDetail,
    /// What is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meter: Option<String>,
    /// The member whose cap it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// When the limit or cap is renewed; null for never.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub resets_at: Option<Instant>,
    /// What would make it a yes.
    pub ways_out: Vec<WayOutBody>,
}

/// The figures of what refused.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefusalDetail {
    /// The reason in one word.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "quota_exceeded"))]
    pub error: &'static str,
    /// The feature that was refused.
    pub feature: Option<String>,
    /// The customer's plan.
    pub plan: Option<String>,
    /// Units of the limit or cap.
    pub limit: u64,
    /// Units used of it.
    pub used: u64,
    /// Units left of it.
    pub remaining: u64,
}

/// What would make a refusal a yes.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "way", rename_all = "snake_case")]
pub enum WayOutBody {
    /// Wait for the reset.
    Wait {
        /// When it will be.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
        until: Instant,
    },
    /// Move to a plan that gives more.
    Plan {
        /// The plan.
        plan: String,
        /// Units that it gives of the meter; null for unlimited.
        limit: Option<u64>,
        /// What it costs at the least; null when it is free.
        price: Option<MoneyBody>,
    },
    /// Buy units.
    TopUp {
        /// What to buy.
        top_up: String,
        /// The fewest units that would do.
        units: u64,
        /// What they cost together.
        price: MoneyBody,
    },
    /// Ask whoever set the cap to raise it.
    RaiseCap,
}

/// An amount of money in its currency's smallest unit.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MoneyBody {
    /// Minor units: 999 is $9.99.
    pub amount: u64,
    /// ISO 4217, in small letters.
    #[cfg_attr(feature = "openapi", schema(example = "usd"))]
    pub currency: String,
}

/// An instant as it is shown: RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant(pub Timestamp);

impl RefusalBody {
    /// What is answered to a refusal that [has figures](has_figures).
    pub fn new(refusal: &Refusal) -> Self {
        let error = refusal.reason.as_str();
        let has_remaining = refusal.reason != Reason::NoSubscription;
        Self {
            error,
            message: refusal.message(),
            quota_remaining: has_remaining.then_some(refusal.remaining),
            quota_needed: refusal.needed,
            detail: RefusalDetail {
                error,
                feature: refusal.feature.as_ref().map(ToString::to_string),
                plan: refusal.plan.as_ref().map(ToString::to_string),
                limit: refusal.limit,
                used: refusal.used,
                remaining: refusal.remaining,
            },
            meter: refusal.meter.as_ref().map(ToString::to_string),
            member: refusal.member.as_ref().map(ToString::to_string),
            resets_at: refusal.resets_at.and_then(Instant::finite),
            ways_out: refusal.ways_out.iter().map(WayOutBody::from).collect(),
        }
    }
}

impl From<&WayOut> for WayOutBody {
    fn from(way: &WayOut) -> Self {
        match way {
            WayOut::Wait { until } => Self::Wait {
                until: Instant(*until),
            },
            WayOut::Plan { plan, limit, price } => Self::Plan {
                plan: plan.to_string(),
                limit: *limit,
                price: price.map(MoneyBody::from),
            },
            WayOut::TopUp {
                top_up,
                units,
                price,
            } => Self::TopUp {
                top_up: top_up.to_string(),
                units: *units,
                price: (*price).into(),
            },
            WayOut::RaiseCap => Self::RaiseCap,
        }
    }
}

impl From<Money> for MoneyBody {
    fn from(money: Money) -> Self {
        Self {
            amount: money.minor,
            currency: money.currency.as_str().to_owned(),
        }
    }
}

impl Instant {
    /// `None` for the end of time, which stands for never.
    pub fn finite(at: Timestamp) -> Option<Self> {
        (at < Timestamp::MAX).then_some(Self(at))
    }
}

impl Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tollgate_core::id::{FeatureId, MemberId, MeterId, PlanId};

    fn exceeded() -> Refusal {
        Refusal {
            feature: Some(FeatureId::new("ats_scan").unwrap()),
            meter: Some(MeterId::new("ats_scan").unwrap()),
            plan: Some(PlanId::new("free").unwrap()),
            limit: 2,
            used: 2,
            needed: 1,
            resets_at: Some(Timestamp::from_seconds(1_000)),
            ..Refusal::bare(Reason::QuotaExceeded)
        }
    }

    fn headers(refusal: &Refusal) -> Vec<(String, String)> {
        let mut headers = HeaderMap::new();
        insert_headers(&mut headers, refusal, Timestamp::from_seconds(990));
        let shown = headers.iter();
        shown
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect()
    }

    #[test]
    fn an_exceeded_quota_shows_what_both_seeds_show() {
        let body = serde_json::to_value(RefusalBody::new(&exceeded())).unwrap();
        let expected = json!({
            "error": "quota_exceeded",
            "message": "Insufficient quota. You need 1 operation but only have 0 remaining.",
            "quota_remaining": 0,
            "quota_needed": 1,
            "detail": {"error": "quota_exceeded", "feature": "ats_scan", "plan": "free",
                "limit": 2, "used": 2, "remaining": 0},
            "meter": "ats_scan",
            "resets_at": "1970-01-01T00:16:40Z",
            "ways_out": [],
        });
        assert_eq!(body, expected);
        let expected = [
            ("retry-after", "10"),
            ("ratelimit-policy", "\"ats_scan\";q=2"),
            ("ratelimit", "\"ats_scan\";r=0;t=10"),
        ];
        assert_eq!(
            headers(&exceeded()),
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn no_subscription_shows_what_is_needed_and_nothing_that_is_left() {
        let refusal = Refusal {
            needed: 3,
            ..Refusal::bare(Reason::NoSubscription)
        };
        let body = serde_json::to_value(RefusalBody::new(&refusal)).unwrap();
        assert_eq!(body["error"], "no_subscription");
        assert_eq!(
            body["message"],
            "No active subscription found. Please subscribe to a plan to continue."
        );
        assert_eq!(body["quota_needed"], 3);
        assert!(body.get("quota_remaining").is_none());
        assert_eq!(headers(&refusal), []);
    }

    #[test]
    fn statuses_are_those_that_clients_know() {
        for (reason, expected) in [
            (Reason::QuotaExceeded, 429),
            (Reason::CapExceeded, 429),
            (Reason::MemberCapExceeded, 429),
            (Reason::NoSubscription, 402),
            (Reason::FeatureNotInPlan, 403),
            (Reason::UnknownFeature, 404),
            (Reason::TooMany, 409),
            (Reason::CatchingUp, 503),
        ] {
            assert_eq!(status(reason).as_u16(), expected, "{reason:?}");
        }
    }

    #[test]
    fn what_is_never_renewed_names_no_time() {
        let refusal = Refusal {
            resets_at: Some(Timestamp::MAX),
            member: Some(MemberId::new("ann").unwrap()),
            ways_out: vec![WayOut::RaiseCap],
            ..exceeded()
        };
        let body = serde_json::to_value(RefusalBody::new(&refusal)).unwrap();
        assert_eq!(
            (&body["resets_at"], &body["member"]),
            (&json!(null), &json!("ann"))
        );
        assert_eq!(body["ways_out"], json!([{"way": "raise_cap"}]));
        let names: Vec<_> = headers(&refusal)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["ratelimit-policy", "ratelimit"]);
    }

    #[test]
    fn figures_of_the_first_limited_meter_become_headers() {
        let figures = |meter: Option<&str>, limit: Option<u64>| Figures {
            feature: FeatureId::new("scan").unwrap(),
            meter: meter.map(|meter| MeterId::new(meter).unwrap()),
            limit,
            used: 1,
            held: 0,
            remaining: limit.map(|limit| limit - 1),
            resets_at: None,
        };
        let all = [
            figures(None, None),
            figures(Some("free"), None),
            figures(Some("pages"), Some(5)),
        ];
        let mut headers = HeaderMap::new();
        insert_figures_headers(&mut headers, &all, Timestamp::MIN);
        assert_eq!(headers[RATE_LIMIT], "\"pages\";r=4");
        assert_eq!(headers[RATE_LIMIT_POLICY], "\"pages\";q=5");
        let mut headers = HeaderMap::new();
        insert_figures_headers(&mut headers, &all[..2], Timestamp::MIN);
        assert!(headers.is_empty());
    }
}
