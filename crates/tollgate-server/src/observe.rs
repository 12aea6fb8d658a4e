//! The one layer around every route: request ids, counters, and what happens to a panic.
//!
//! It stands on the way of every consumption, so it boxes nothing and logs nothing by default.

use crate::api::problem::{ApiError, Failure};
use crate::entropy;
use crate::state::AppState;
use axum::extract::{MatchedPath, Request};
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use futures_util::future::CatchUnwind;
use http::Method;
use http::header::{CONNECTION, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use pin_project_lite::pin_project;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use tokio::time::Instant;
use tower::{Layer, Service};
use tracing::Span;

/// The header with the id of a request: the caller's, or ours.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken over from a caller.
const REQUEST_ID_BYTES_MAX: usize = 64;

/// Wraps a router.
#[derive(Clone, Debug)]
pub struct Observe(AppState);

impl Observe {
    /// Counts in the metrics of `state`.
    pub fn new(state: AppState) -> Self {
        Self(state)
    }
}

impl<S> Layer<S> for Observe {
    type Service = Observed<S>;

    fn layer(&self, inner: S) -> Observed<S> {
        Observed {
            inner,
            state: self.0.clone(),
        }
    }
}

/// A wrapped router.
#[derive(Clone, Debug)]
pub struct Observed<S> {
    inner: S,
    state: AppState,
}

impl<S> Service<Request> for Observed<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let request_id = request_id(&request);
        let span = tracing::debug_span!(
            "request",
            request_id = request_id.to_str().unwrap_or_default(),
            method = %request.method(),
            path = request.uri().path(),
        );
        let route = request.extensions().get::<MatchedPath>().cloned();
        let method = request.method().clone();
        let began = Instant::now();
        let answering = span.in_scope(|| AssertUnwindSafe(self.inner.call(request)).catch_unwind());
        Answering {
            inner: answering,
            span,
            about: Some(About {
                state: self.state.clone(),
                request_id,
                route,
                method,
                began,
            }),
        }
    }
}

#[derive(Debug)]
struct About {
    state: AppState,
    request_id: HeaderValue,
    route: Option<MatchedPath>,
    method: Method,
    began: Instant,
}

pin_project! {
    /// An answer on its way.
    #[derive(Debug)]
    pub struct Answering<F> {
        #[pin]
        inner: CatchUnwind<AssertUnwindSafe<F>>,
        span: Span,
        about: Option<About>,
    }
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for Answering<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let _entered = this.span.enter();
        let mut response = match ready!(this.inner.poll(context)) {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            // The panic hook has logged where it was.
            Err(_) => ApiError::internal("a handler panicked").into_response(),
        };
        let about = this
            .about
            .take()
            .expect("a future is not polled after its end");
        about.finish(&mut response);
        Poll::Ready(Ok(response))
    }
}

impl About {
    fn finish(self, response: &mut Response) {
        let took = self.began.elapsed();
        let status = response.status();
        if status.is_server_error() {
            self.log_failure(response);
        }
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, self.request_id);
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if self.state.is_stopping() {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        tracing::debug!(
            status = status.as_u16(),
            micros = took.as_micros(),
            "answered"
        );
        let method = known_method(self.method);
        self.state
            .metrics
            .count_request(self.route, method, status, took);
    }
}

impl About {
    /// What a caller can do nothing about stands in the log, under the id that the caller has.
    fn log_failure(&self, response: &mut Response) {
        let request_id = self.request_id.to_str().unwrap_or_default();
        let method = self.method.as_str();
        let route = self.route.as_ref().map_or("", |route| route.as_str());
        let status = response.status().as_u16();
        let Some(Failure(error)) = response.extensions_mut().remove::<Failure>() else {
            tracing::warn!(
                request_id,
                method,
                route,
                status,
                "a request was turned away"
            );
            return;
        };
        let error = &*error as &dyn std::error::Error;
        tracing::error!(request_id, method, route, status, error, "a request failed");
    }
}

/// Methods that no route has count as one, so that a caller cannot make new labels.
fn known_method(method: Method) -> Method {
    let known = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::HEAD,
    ];
    if known.contains(&method) {
        method
    } else {
        Method::OPTIONS
    }
}

/// The caller's id of the request when it is a sane one, else a new one: a random start, counted
/// up, is unique among processes and costs nothing.
fn request_id(request: &Request) -> HeaderValue {
    let given = request.headers().get(REQUEST_ID);
    let is_sane = |value: &&HeaderValue| {
        value.len() <= REQUEST_ID_BYTES_MAX
            && !value.is_empty()
            && value
                .as_bytes()
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte))
    };
    given
        .filter(is_sane)
        .cloned()
        .unwrap_or_else(new_request_id)
}

fn new_request_id() -> HeaderValue {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static START: LazyLock<u64> = LazyLock::new(|| u64::from_le_bytes(entropy::bytes()));
    let number = START.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
    let mut text = *b"req_0000000000000000";
    for (index, digit) in text[4..].iter_mut().enumerate() {
        let nibble = (number >> (60 - 4 * index)) & 15;
        *digit = b"0123456789abcdef"[usize::try_from(nibble).expect("4 bits fit")];
    }
    HeaderValue::from_bytes(&text).expect("digits and letters are a header value")
}
