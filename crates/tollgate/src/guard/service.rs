//! The tower layer: takes before the inner service is called, and closes by its answer.

use super::body::GuardBody;
use super::rejection::Rejection;
use super::reserved::{Gate, Used};
use super::slot::{Closer, Slot};
use super::ticket::Outcome;
use super::{Guard, Mode, Settings, refusal};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body::Body;
use std::future::poll_fn;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};
use tollgate_core::decision::Figures;
use tower::{Layer, Service};

/// A service behind a [`Guard`].
#[derive(Clone, Debug)]
pub struct GuardService<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> Layer<S> for Guard {
    type Service = GuardService<S>;

    fn layer(&self, inner: S) -> GuardService<S> {
        let settings = Arc::new(self.settings.clone());
        GuardService { inner, settings }
    }
}

impl<S, B, R> Service<Request<B>> for GuardService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: Body<Data = Bytes> + Send + 'static,
    R::Error: Send,
{
    type Response = Response<GuardBody<R>>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that is ready is the one to call.
        let next = self.inner.clone();
        let inner = mem::replace(&mut self.inner, next);
        let settings = Arc::clone(&self.settings);
        Box::pin(async move { settings.answer(inner, request).await })
    }
}

impl Settings {
    async fn answer<S, B, R>(
        &self,
        mut inner: S,
        request: Request<B>,
    ) -> Result<Response<GuardBody<R>>, S::Error>
    where
        S: Service<Request<B>, Response = Response<R>>,
        R: Body<Data = Bytes>,
    {
        let (mut parts, body) = request.into_parts();
        let caller = self.callers.find(&parts);
        if let Some(caller) = &caller {
            parts.extensions.insert(caller.clone());
        }
        let tollgate = self.tollgate.clone();
        let slot = Slot::new(tollgate, caller, self.seconds, self.opens_customers);
        let slot = Arc::new(slot);
        // From here on, whatever happens to this future, what was taken is closed.
        let closer = Closer::new(Arc::clone(&slot));
        let uses = self.uses();
        let gate = Gate::new(Arc::clone(&slot));
        let reserved = match (uses, self.mode) {
            (None, _) => Ok(None),
            (Some(uses), Mode::Reserve) => gate.reserve_uses(uses).await.map(Some),
            (Some(uses), Mode::ConsumeFirst) => slot.consume(uses).await.map(|()| None),
        };
        match reserved {
            Err(rejection) => return Ok(rejected(&rejection)),
            Ok(None) => {}
            Ok(Some(reserved)) => drop(parts.extensions.insert(reserved)),
        }
        parts.extensions.insert(gate);
        let response = inner.call(Request::from_parts(parts, body)).await?;
        Ok(self.close(response, &slot, closer).await)
    }

    /// Closes what was taken, now or with the end of the answer.
    async fn close<R: Body<Data = Bytes>>(
        &self,
        response: Response<R>,
        slot: &Slot,
        closer: Closer,
    ) -> Response<GuardBody<R>> {
        let tickets = slot.tickets();
        let Some(first) = tickets.first() else {
            return response.map(GuardBody::plain);
        };
        if let Some(Used(amount)) = response.extensions().get() {
            match first.with_first(*amount) {
                Ok(used) => first.set_used(used),
                Err(error) => tracing::error!(%error, "the amount that was used is no amount"),
            }
        }
        if !(self.settles_on)(response.status()) {
            closer.close(Outcome::Release).await;
            return response.map(GuardBody::plain);
        }
        let (mut parts, body) = response.into_parts();
        let mut body = GuardBody::new(Box::pin(body), self.cut_off);
        let is_whole = poll_fn(|context| Poll::Ready(body.poll_whole(context))).await;
        let figures = if is_whole && closer.has_open() {
            closer.close(Outcome::Settle).await
        } else {
            body.close_at_end(closer);
            None
        };
        let figures: &[Figures] = figures.as_deref().unwrap_or(&first.figures);
        if !parts.headers.contains_key(refusal::RATE_LIMIT) {
            let now = self.tollgate.now();
            refusal::insert_figures_headers(&mut parts.headers, figures, now);
        }
        Response::from_parts(parts, body)
    }
}

fn rejected<R: Body<Data = Bytes>>(rejection: &Rejection) -> Response<GuardBody<R>> {
    rejection.to_response::<Vec<u8>>().map(GuardBody::whole)
}
