//! The body of a guarded answer: the inner one, frame by frame, and at its end the settlement.

use super::CutOff;
use super::slot::Closer;
use super::ticket::Outcome;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body::{Body, Frame, SizeHint};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Forwards the frames of a body untouched. The end is held back until what the request took is
/// settled, so that whoever has read the whole answer sees it counted.
pub struct GuardBody<B: Body> {
    /// `None` once it has ended.
    inner: Option<Pin<Box<B>>>,
    /// What was read of it to see whether it ends at once.
    first: Option<Result<Frame<Bytes>, B::Error>>,
    /// For an answer that is still being made.
    closer: Option<Closer>,
    closing: Option<BoxFuture<'static, ()>>,
    cut_off: CutOff,
    /// Whether anybody has asked for a frame and got it.
    is_begun: bool,
}

// Nothing in it is pinned but what stands in boxes.
impl<B: Body> Unpin for GuardBody<B> {}

impl<B: Body<Data = Bytes>> GuardBody<B> {
    /// A body without settlement.
    pub(super) fn plain(body: B) -> Self {
        Self::new(Box::pin(body), CutOff::default())
    }

    /// A body of its own.
    pub(super) fn whole(bytes: Vec<u8>) -> Self {
        Self {
            inner: None,
            first: Some(Ok(Frame::data(bytes.into()))),
            closer: None,
            closing: None,
            cut_off: CutOff::default(),
            is_begun: false,
        }
    }

    pub(super) fn new(body: Pin<Box<B>>, cut_off: CutOff) -> Self {
        Self {
            inner: Some(body),
            first: None,
            closer: None,
            closing: None,
            cut_off,
            is_begun: false,
        }
    }

    /// Reads the first frame if it is there already. Answers whether the body ends with it.
    pub(super) fn poll_whole(&mut self, context: &mut Context<'_>) -> bool {
        let Some(inner) = &mut self.inner else {
            return true;
        };
        if inner.is_end_stream() {
            return true;
        }
        match inner.as_mut().poll_frame(context) {
            Poll::Pending => false,
            Poll::Ready(None) => {
                self.inner = None;
                true
            }
            Poll::Ready(Some(first)) => {
                let is_ok = first.is_ok();
                let is_last = inner.is_end_stream();
                self.first = Some(first);
                is_ok && is_last
            }
        }
    }

    /// Settles when the body ends.
    pub(super) fn close_at_end(&mut self, closer: Closer) {
        self.closer = Some(closer);
    }
}

impl<B: Body<Data = Bytes>> Body for GuardBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = &mut *self;
        let next = match this.first.take() {
            Some(first) => Some(first),
            None => match &mut this.inner {
                Some(inner) => ready!(inner.as_mut().poll_frame(context)),
                None => None,
            },
        };
        match next {
            Some(Ok(frame)) => {
                this.is_begun = true;
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => {
                this.inner = None;
                // Its drop gives everything back.
                this.closer = None;
                Poll::Ready(Some(Err(error)))
            }
            None => {
                this.inner = None;
                if let Some(closer) = this.closer.take() {
                    let closing = async move { drop(closer.close(Outcome::Settle).await) };
                    this.closing = Some(Box::pin(closing));
                }
                if let Some(closing) = &mut this.closing {
                    ready!(closing.as_mut().poll(context));
                    this.closing = None;
                }
                Poll::Ready(None)
            }
        }
    }

    /// Not as long as there is something to settle: whoever asks this would not wait for it.
    fn is_end_stream(&self) -> bool {
        let has_ended = self.inner.as_ref().is_none_or(Body::is_end_stream);
        has_ended && self.first.is_none() && self.closer.is_none() && self.closing.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let inner = self.inner.as_ref();
        let inner = inner.map_or_else(|| SizeHint::with_exact(0), Body::size_hint);
        let first = self.first.as_ref().and_then(|first| first.as_ref().ok());
        let Some(data) = first.and_then(Frame::data_ref) else {
            return inner;
        };
        let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
        let mut hint = SizeHint::new();
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper.saturating_add(length));
        }
        hint.set_lower(inner.lower().saturating_add(length));
        hint
    }
}

impl<B: Body> Drop for GuardBody<B> {
    fn drop(&mut self) {
        let Some(mut closer) = self.closer.take() else {
            return;
        };
        // A server that has sent as many bytes as it announced does not ask for the end.
        let is_complete = self.first.is_none()
            && self
                .inner
                .as_ref()
                .is_none_or(|inner| inner.is_end_stream() || inner.size_hint().exact() == Some(0));
        let is_used = is_complete || (self.is_begun && self.cut_off == CutOff::Settle);
        closer.on_drop(if is_used {
            Outcome::Settle
        } else {
            Outcome::Release
        });
    }
}

impl<B: Body> fmt::Debug for GuardBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardBody")
            .field("closer", &self.closer)
            .field("cut_off", &self.cut_off)
            .field("is_begun", &self.is_begun)
            .finish_non_exhaustive()
    }
}
