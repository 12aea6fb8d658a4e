//! `/widgets/…`: a script with custom elements for the pages of host apps, and what it shows.
//!
//! The elements read with a token that the app's back end has asked for, which names the customer:
//! no cookie counts here, so any page may read what its own token lets it.

use super::billing::{Facts, MeterView, PlanCard, StatusView};
use super::locale::{Locale, Spoken};
use crate::api::problem::ApiError;
use crate::auth::extract::ActingFor;
use crate::identity::{Purpose, VisitSecret, Visitor};
use crate::state::AppState;
use axum::Router;
use axum::extract::{Query, State};
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

const SCRIPT: &str = include_str!("../../assets/widgets.js");

/// The script and its data.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/widgets/tollgate.js", get(script))
        .route(
            "/widgets/data",
            get(data).options(async || StatusCode::NO_CONTENT),
        )
        .layer(map_response(for_everybody))
}

async fn for_everybody(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (ACCESS_CONTROL_ALLOW_METHODS, "GET"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "authorization"),
        (ACCESS_CONTROL_MAX_AGE, "86400"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn script() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, SCRIPT).into_response()
}

/// The language that the page is in.
#[derive(Debug, Default, Deserialize)]
struct Wishes {
    language: Option<String>,
}

/// What the elements show, in words.
#[derive(Serialize)]
struct Data {
    language: &'static str,
    texts: Texts,
    status: StatusView,
    meters: Vec<MeterView>,
    plans: Vec<PlanCard>,
}

/// The texts that stand on the elements themselves.
#[derive(Serialize)]
struct Texts {
    usage: String,
    plans: String,
    your_plan: String,
    choose: String,
    free: String,
    nothing: String,
}

impl Texts {
    fn new(t: &Locale) -> Self {
        let text = |key: &str| t.text(key).into_owned();
        Self {
            usage: text("usage"),
            plans: text("plans"),
            your_plan: text("your-plan"),
            choose: text("see-change"),
            free: text("price-free"),
            nothing: text("no-usage"),
        }
    }
}

async fn data(
    State(state): State<AppState>,
    Spoken(spoken): Spoken,
    headers: HeaderMap,
    Query(wishes): Query<Wishes>,
) -> Result<Response, ApiError> {
    let token = headers.get(AUTHORIZATION);
    let token = token.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let secret = token.and_then(VisitSecret::parse);
    let visit = match &secret {
        Some(secret) => state.identity.visit(secret, Purpose::Widget).await?,
        None => None,
    };
    let Some(Visitor::Customer {
        customer,
        member,
        role,
    }) = visit.map(|visit| visit.visitor)
    else {
        let message = "the widget's token is not valid, or its time is over".to_owned();
        return Err(ApiError::Unauthenticated(message));
    };
    let t = wishes
        .language
        .as_deref()
        .and_then(Locale::known)
        .unwrap_or(spoken);
    let acting = ActingFor::of_customer(customer, member, Some(role), None)?;
    let facts = Facts::of(&state, &acting).await?;
    let data = Data {
        language: t.code(),
        texts: Texts::new(t),
        status: StatusView::new(&facts, t),
        meters: MeterView::all(&facts, t),
        plans: PlanCard::all(&facts, t, None),
    };
    let headers = [(CACHE_CONTROL, "no-store")];
    Ok((headers, axum::Json(data)).into_response())
}
