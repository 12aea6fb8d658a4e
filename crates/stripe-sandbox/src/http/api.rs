//! A request of the API: its key, its failures on demand, its idempotency, its answer.

use super::failures::Failure;
use super::idempotency::Given;
use super::routes;
use crate::API_VERSION;
use crate::sandbox::Shared;
use crate::state::error::ApiError;
use crate::state::event::Cause;
use crate::state::params::{Params, decode};
use crate::state::{Answer, expand};
use axum::body::{Body, Bytes};
use axum::extract::State as Extracted;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Answers a request of the API.
pub(crate) async fn handle(
    Extracted(shared): Extracted<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let failure = shared.lock().failures.take(method.as_str(), uri.path());
    if let Some(failure) = &failure {
        tokio::time::sleep(Duration::from_millis(failure.delay_ms)).await;
        if let (Some(status), false) = (failure.status, failure.drop_after_effect) {
            let given = refusal(&shared, &ApiError::on_demand(status));
            return respond(&method, &uri, &given, false);
        }
    }
    let (given, replayed) = answer(&shared, &method, &uri, &headers, &body);
    match failure {
        Some(Failure {
            drop_after_effect: true,
            ..
        }) => cut_off(),
        _ => respond(&method, &uri, &given, replayed),
    }
}

fn answer(
    shared: &Shared,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &Bytes,
) -> (Given, bool) {
    match answer_or_refuse(shared, method, uri, headers, body) {
        Ok(answer) => answer,
        Err(error) => (refusal(shared, &error), false),
    }
}

fn answer_or_refuse(
    shared: &Shared,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<(Given, bool), ApiError> {
    authorize(headers)?;
    let body =
        std::str::from_utf8(body).map_err(|_| ApiError::invalid("The body must be UTF-8."))?;
    let query = uri.query().unwrap_or_default();
    let text = if method == Method::POST && !body.is_empty() {
        format!("{query}&{body}")
    } else if body.is_empty() {
        query.to_owned()
    } else {
        format!("{query}&{body}")
    };
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok())
        .filter(|_| method == Method::POST);
    let request = format!("{} {text}", uri.path());
    let params = Params::parse(&text)?;
    if let Some(key) = key
        && let Some(given) = shared.lock().answers.begin(key, &request)?
    {
        return Ok((given, true));
    }
    let request_id = format!("req_{}", shared.lock().ids.letters(14));
    let cause = Cause {
        request_id: Some(request_id.clone()),
        idempotency_key: key.map(str::to_owned),
    };
    let segments = uri.path().trim_matches('/').split('/').skip(1);
    let decoded: Vec<String> = segments.map(decode).collect();
    let path: Vec<&str> = decoded.iter().map(String::as_str).collect();
    let outcome: Answer = shared.act(cause, |state, context| {
        let before = (method != Method::GET).then(|| state.clone());
        let outcome = routes::dispatch(state, context, method.as_str(), &path, &params)
            .and_then(|mut shown| expand::apply(state, &params, &mut shown).map(|()| shown));
        match (&outcome, before) {
            // What was refused had no effect. A declined card had some, which stay.
            (Err(error), Some(before)) if error.status != 402 => *state = before,
            _ => {}
        }
        outcome
    });
    let given = match outcome {
        Ok(body) => Given {
            status: 200,
            body,
            request_id,
        },
        // A declined card is an answer; other refusals had no effect and may be tried again.
        Err(error) if error.status == 402 => Given {
            status: error.status,
            body: error.to_json(),
            request_id,
        },
        Err(error) => {
            if let Some(key) = key {
                shared.lock().answers.forget(key);
            }
            return Err(error);
        }
    };
    if let Some(key) = key {
        shared.lock().answers.remember(key, request, given.clone());
    }
    Ok((given, false))
}

fn refusal(shared: &Shared, error: &ApiError) -> Given {
    let request_id = format!("req_{}", shared.lock().ids.letters(14));
    tracing::info!(
        request = request_id,
        status = error.status,
        message = error.message(),
        "sandbox, not Stripe: refused"
    );
    Given {
        status: error.status,
        body: error.to_json(),
        request_id,
    }
}

/// Only test keys are taken: `Bearer sk_test_…`, or the same as the user name of basic
/// authentication.
fn authorize(headers: &HeaderMap) -> Result<(), ApiError> {
    let value = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .ok_or_else(|| {
            ApiError::unauthorized(
                "You did not provide an API key. The sandbox, which is not Stripe, takes every key that begins with sk_test_.",
            )
        })?;
    let key = match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim().to_owned(),
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("basic") => {
            let decoded = base64(token.trim()).unwrap_or_default();
            decoded.split(':').next().unwrap_or_default().to_owned()
        }
        _ => String::new(),
    };
    if key.starts_with("sk_live_") || key.starts_with("rk_live_") {
        return Err(ApiError::unauthorized(
            "This is a sandbox and not Stripe: never send a live key here. Roll the key that you have just sent.",
        )
        .code("secret_key_required"));
    }
    if key.starts_with("sk_test_") || key.starts_with("rk_test_") {
        return Ok(());
    }
    Err(ApiError::unauthorized(
        "Invalid API Key provided: the sandbox takes keys that begin with sk_test_.",
    ))
}

/// The text behind its base-64 form.
fn base64(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0_u32);
    for symbol in text.bytes().filter(|symbol| *symbol != b'=') {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xFF).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    String::from_utf8(bytes).ok()
}

fn respond(method: &Method, uri: &Uri, given: &Given, replayed: bool) -> Response {
    tracing::info!(
        %method,
        path = uri.path(),
        status = given.status,
        request = given.request_id,
        "sandbox, not Stripe"
    );
    let status = StatusCode::from_u16(given.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, given.body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert("stripe-version", HeaderValue::from_static(API_VERSION));
    headers.insert(
        "x-not-stripe",
        HeaderValue::from_static("this is the sandbox, not Stripe"),
    );
    if let Ok(id) = HeaderValue::from_str(&given.request_id) {
        headers.insert("request-id", id);
    }
    if replayed {
        headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    response
}

/// An answer that never comes: the connection ends in the middle of it.
fn cut_off() -> Response {
    let broken = futures_util::stream::once(async {
        Err::<Bytes, _>(io::Error::new(
            io::ErrorKind::ConnectionReset,
            "cut off on demand",
        ))
    });
    let mut response = Response::new(Body::from_stream(broken));
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from_static("1000"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authorized(value: &str) -> Result<(), ApiError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        authorize(&headers)
    }

    #[test]
    fn only_test_keys_are_taken() {
        assert!(authorized("Bearer sk_test_1").is_ok());
        assert!(authorized("Basic c2tfdGVzdF8xOg==").is_ok());
        assert!(authorized("Bearer sk_live_1").is_err());
        assert!(authorized("Bearer pk_test_1").is_err());
        assert!(authorize(&HeaderMap::new()).is_err());
    }
}
