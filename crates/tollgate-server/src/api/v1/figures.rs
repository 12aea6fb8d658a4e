//! Answers with figures: what a consumption, a reservation or a question comes back with.

use crate::api::problem::{ApiError, Instant, RefusalBody, insert_figures_headers};
use crate::api::schema;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use tollgate::guard::refusal::has_figures;
use tollgate_core::Timestamp;
use tollgate_core::decision::{Decision, Figures, Held, Receipt, Refusal};
use tollgate_core::id::{EventId, FeatureId, MeterId, PlanId, ReservationId};
use utoipa::ToSchema;

/// What a feature's meter holds, after what was just done.
#[derive(Debug, Serialize, ToSchema)]
pub struct FiguresBody<'a> {
    /// The feature.
    #[schema(value_type = schema::FeatureId)]
    pub feature: &'a FeatureId,
    /// Its meter; null for a feature that is only on or off.
    #[schema(value_type = Option<schema::MeterId>)]
    pub meter: Option<&'a MeterId>,
    /// Units in this period; null when unlimited.
    pub limit: Option<u64>,
    /// Units used in this period.
    pub used: u64,
    /// Units set aside by reservations.
    pub held: u64,
    /// Units left; null when unlimited.
    pub remaining: Option<u64>,
    /// Whether there is no limit.
    pub unlimited: bool,
    /// When the meter is renewed; null for never.
    #[schema(value_type = Option<schema::Instant>)]
    pub resets_at: Option<Instant>,
}

impl<'a> FiguresBody<'a> {
    fn new(figures: &'a Figures) -> Self {
        Self {
            feature: &figures.feature,
            meter: figures.meter.as_ref(),
            limit: figures.limit,
            used: figures.used,
            held: figures.held,
            remaining: figures.remaining,
            unlimited: figures.limit.is_none(),
            resets_at: figures.resets_at.and_then(Instant::finite),
        }
    }

    /// Those of an answer.
    pub fn all(figures: &'a [Figures]) -> Vec<Self> {
        figures.iter().map(Self::new).collect()
    }
}

/// What a consumption did.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptBody<'a> {
    /// The usage event that records it.
    #[schema(value_type = schema::EventId)]
    pub event: EventId,
    /// The plan that allowed it.
    #[schema(value_type = Option<schema::PlanId>)]
    pub plan: Option<&'a PlanId>,
    /// The figures of each feature used, in the order of the request.
    pub features: Vec<FiguresBody<'a>>,
    /// Whether this is the stored answer of an earlier request with the same key.
    pub replayed: bool,
}

impl<'a> ReceiptBody<'a> {
    /// As it is answered.
    pub fn new(receipt: &'a Receipt) -> Self {
        Self {
            event: receipt.event,
            plan: receipt.plan.as_ref(),
            features: FiguresBody::all(&receipt.figures),
            replayed: receipt.replayed,
        }
    }
}

/// What a reservation did.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldBody<'a> {
    /// The reservation.
    #[schema(value_type = schema::ReservationId)]
    pub reservation: ReservationId,
    /// When it ends by itself.
    #[schema(value_type = schema::Instant)]
    pub expires_at: Instant,
    /// The plan that allowed it.
    #[schema(value_type = Option<schema::PlanId>)]
    pub plan: Option<&'a PlanId>,
    /// The figures of each feature reserved, in the order of the request.
    pub features: Vec<FiguresBody<'a>>,
    /// Whether this is the stored answer of an earlier request with the same key.
    pub replayed: bool,
}

/// Whether it would be granted.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckAnswer<'a> {
    /// Whether it would be granted now.
    pub allowed: bool,
    /// The customer's plan.
    #[schema(value_type = Option<schema::PlanId>)]
    pub plan: Option<&'a PlanId>,
    /// The figures as they would stand afterwards; empty when it would be refused.
    pub features: Vec<FiguresBody<'a>>,
    /// Why it would be refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalBody>,
}

impl<'a> CheckAnswer<'a> {
    /// As it is answered; a refusal without figures is a problem of the question itself.
    pub fn new(decision: &'a Decision, now: Timestamp) -> Result<Self, ApiError> {
        match decision {
            Decision::Granted(receipt) => Ok(Self {
                allowed: true,
                plan: receipt.plan.as_ref(),
                features: FiguresBody::all(&receipt.figures),
                refusal: None,
            }),
            Decision::Refused(refusal) if has_figures(refusal.reason) => Ok(Self {
                allowed: false,
                plan: refusal.plan.as_ref(),
                features: Vec::new(),
                refusal: Some(RefusalBody::new(refusal)),
            }),
            Decision::Refused(refusal) => Err(ApiError::refused(refusal.clone(), now)),
        }
    }
}

/// The answer to a consumption, with its headers.
pub fn receipt_response(receipt: &Receipt, now: Timestamp) -> Response {
    with_figures(&ReceiptBody::new(receipt), &receipt.figures, now)
}

/// The answer to a reservation, with its headers.
pub fn held_response(held: &Held, now: Timestamp) -> Response {
    let body = HeldBody {
        reservation: held.reservation,
        expires_at: Instant(held.expires_at),
        plan: held.plan.as_ref(),
        features: FiguresBody::all(&held.figures),
        replayed: held.replayed,
    };
    let mut response = with_figures(&body, &held.figures, now);
    if !held.replayed {
        *response.status_mut() = http::StatusCode::CREATED;
    }
    response
}

/// The word that a decision counts as.
pub fn result_word<T>(decision: &Decision<T>, replayed: impl Fn(&T) -> bool) -> &'static str {
    match decision {
        Decision::Granted(granted) if replayed(granted) => "replayed",
        Decision::Granted(_) => "granted",
        Decision::Refused(refusal) => refusal.reason.as_str(),
    }
}

/// What was granted, or the refusal as an error.
pub fn granted<T>(decision: Decision<T>, now: Timestamp) -> Result<T, ApiError> {
    decision
        .into_result()
        .map_err(|refusal: Box<Refusal>| ApiError::refused(refusal, now))
}

fn with_figures(body: &impl Serialize, figures: &[Figures], now: Timestamp) -> Response {
    let mut bytes = Vec::with_capacity(320);
    serde_json::to_writer(&mut bytes, body).expect("answers have string keys only");
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    insert_figures_headers(headers, figures, now);
    response
}
