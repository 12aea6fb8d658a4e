//! Streaming answers: settled at their end, and what becomes of those that have none.

use crate::support::{App, get};
use axum::Router;
use axum::body::Body;
use axum::routing::get as on_get;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt as _;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;
use tollgate::guard::{CutOff, Guard, GuardBody, Reserved};
use tower::{Layer as _, ServiceExt as _, service_fn};

type Chunk = Result<Frame<Bytes>, io::Error>;

/// What comes through a channel.
struct ChannelBody(mpsc::UnboundedReceiver<Chunk>);

impl HttpBody for ChannelBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Chunk>> {
        self.0.poll_recv(context)
    }
}

/// A service whose answer's body is what the test sends.
async fn stream(guard: Guard) -> (mpsc::UnboundedSender<Chunk>, GuardBody<ChannelBody>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let body = std::sync::Mutex::new(Some(ChannelBody(receiver)));
    let body = std::sync::Arc::new(body);
    let service = service_fn(move |_: Request<Body>| {
        let body = body.lock().unwrap().take().unwrap();
        async { Ok::<_, Infallible>(Response::new(body)) }
    });
    let response = guard.layer(service).oneshot(get("/")).await.unwrap();
    assert_eq!(response.headers()["ratelimit"], "\"scan\";r=9;t=1900800");
    (sender, response.into_body())
}

#[tokio::test]
async fn a_stream_is_settled_at_its_end() {
    let app = App::new().await;
    let (sender, mut body) = stream(app.scan()).await;
    assert!(!body.is_end_stream());
    for text in ["a", "b"] {
        sender.send(Ok(bytes(text))).unwrap();
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), text);
        assert_eq!(app.used_and_held("scan").await, (0, 1));
    }
    drop(sender);
    assert!(body.frame().await.is_none());
    // Not soon, but when the end is seen.
    assert_eq!(app.used_and_held("scan").await, (1, 0));
    assert!(body.is_end_stream());
    assert!(body.frame().await.is_none());
    drop(body);
    assert_eq!(app.used_in_the_end("scan").await, 1);
    app.assert_verified().await;
}

#[tokio::test]
async fn a_stream_that_ends_without_a_frame_is_settled() {
    let app = App::new().await;
    let (sender, mut body) = stream(app.scan()).await;
    drop(sender);
    assert!(body.frame().await.is_none());
    assert_eq!(app.used_and_held("scan").await, (1, 0));
}

#[tokio::test]
async fn a_stream_whose_client_goes_is_settled_unless_it_is_to_be_given_back() {
    for (cut_off, expected) in [(CutOff::Settle, 1), (CutOff::Release, 0)] {
        let app = App::new().await;
        let (sender, mut body) = stream(app.scan().on_cut_off(cut_off)).await;
        sender.send(Ok(bytes("a"))).unwrap();
        assert!(body.frame().await.is_some());
        drop(body);
        assert_eq!(app.used_in_the_end("scan").await, expected, "{cut_off:?}");
        app.assert_verified().await;
    }
}

#[tokio::test]
async fn a_stream_of_which_nothing_was_read_gives_back() {
    let app = App::new().await;
    let (sender, body) = stream(app.scan()).await;
    sender.send(Ok(bytes("a"))).unwrap();
    drop(body);
    assert_eq!(app.used_in_the_end("scan").await, 0);
}

#[tokio::test]
async fn a_stream_that_breaks_gives_back() {
    let app = App::new().await;
    let (sender, mut body) = stream(app.scan()).await;
    sender.send(Ok(bytes("a"))).unwrap();
    sender.send(Err(io::Error::other("broken"))).unwrap();
    assert!(body.frame().await.unwrap().is_ok());
    assert_eq!(
        body.frame().await.unwrap().unwrap_err().to_string(),
        "broken"
    );
    assert_eq!(app.used_in_the_end("scan").await, 0);
    assert!(body.frame().await.is_none());
    drop(body);
    assert_eq!(app.used_in_the_end("scan").await, 0);
}

#[tokio::test]
async fn a_stream_that_is_dropped_while_it_is_settled_is_settled() {
    let app = App::new().await;
    let (sender, mut body) = stream(app.scan()).await;
    sender.send(Ok(bytes("a"))).unwrap();
    drop(sender);
    assert!(body.frame().await.is_some());
    let mut context = Context::from_waker(std::task::Waker::noop());
    assert!(Pin::new(&mut body).poll_frame(&mut context).is_pending());
    drop(body);
    app.assert_used_soon("scan", 1).await;
    app.assert_verified().await;
}

#[tokio::test]
async fn whoever_writes_a_stream_says_the_amount_as_it_goes() {
    let app = App::new().await;
    let handler = |reserved: Reserved| async move {
        let words = futures_util::stream::iter(["one ", "two ", "three"]);
        let counted = futures_util::StreamExt::enumerate(words);
        Body::from_stream(futures_util::StreamExt::map(
            counted,
            move |(index, word)| {
                reserved.set_used(index as u64 + 1).unwrap();
                Ok::<_, Infallible>(word)
            },
        ))
    };
    let router = Router::new().route("/", on_get(handler)).layer(app.scan());
    let response = router.oneshot(get("/")).await.unwrap();
    let text = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(text, "one two three");
    assert_eq!(app.used_and_held("scan").await, (3, 0));
}

/// A body that has its frames, tells its size, and knows when it is over.
struct Frames(VecDeque<Frame<Bytes>>);

impl HttpBody for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        let data = self.0.iter().filter_map(Frame::data_ref);
        SizeHint::with_exact(data.map(|data| data.len() as u64).sum())
    }
}

async fn frames(guard: Guard, frames: Vec<Frame<Bytes>>) -> GuardBody<Frames> {
    let body = std::sync::Mutex::new(Some(Frames(frames.into())));
    let body = std::sync::Arc::new(body);
    let service = service_fn(move |_: Request<Body>| {
        let body = body.lock().unwrap().take().unwrap();
        async { Ok::<_, Infallible>(Response::new(body)) }
    });
    guard
        .layer(service)
        .oneshot(get("/"))
        .await
        .unwrap()
        .into_body()
}

fn bytes(text: &'static str) -> Frame<Bytes> {
    Frame::data(Bytes::from_static(text.as_bytes()))
}

#[tokio::test]
async fn frames_trailers_and_sizes_are_those_of_the_inner_body() {
    let app = App::new().await;
    let mut trailers = HeaderMap::new();
    trailers.insert("x-sum", HeaderValue::from_static("7"));
    let all = vec![bytes("four"), bytes("!"), Frame::trailers(trailers.clone())];
    let mut body = frames(app.scan(), all).await;
    assert_eq!(body.size_hint().exact(), Some(5));
    assert_eq!(
        body.frame().await.unwrap().unwrap().into_data().unwrap(),
        "four"
    );
    assert_eq!(body.size_hint().exact(), Some(1));
    assert_eq!(
        body.frame().await.unwrap().unwrap().into_data().unwrap(),
        "!"
    );
    assert_eq!(body.size_hint().exact(), Some(0));
    assert!(!body.is_end_stream());
    assert_eq!(
        body.frame()
            .await
            .unwrap()
            .unwrap()
            .into_trailers()
            .unwrap(),
        trailers
    );
    assert_eq!(app.used_and_held("scan").await, (0, 1));
    assert!(body.frame().await.is_none());
    assert_eq!(app.used_and_held("scan").await, (1, 0));
}

#[tokio::test]
async fn a_body_of_one_frame_is_settled_before_the_head_leaves() {
    let app = App::new().await;
    let mut body = frames(app.scan(), vec![bytes("whole")]).await;
    assert_eq!(app.used_and_held("scan").await, (1, 0));
    assert_eq!(
        (body.size_hint().exact(), body.is_end_stream()),
        (Some(5), false)
    );
    assert!(body.frame().await.is_some());
    assert!(body.is_end_stream());
    drop(body);
    assert_eq!(app.used_in_the_end("scan").await, 1);
}

#[tokio::test]
async fn a_body_that_was_handed_over_whole_is_settled_though_nobody_asks_for_its_end() {
    let app = App::new().await;
    let guard = app.scan().on_cut_off(CutOff::Release);
    let mut body = frames(guard, vec![bytes("a"), bytes("b")]).await;
    assert!(body.frame().await.is_some());
    assert!(body.frame().await.is_some());
    drop(body);
    app.assert_used_soon("scan", 1).await;
}
