//! The HTTP server itself: accepts connections, bounds what they may take, and stops in order.

use crate::config::ServerConfig;
use crate::state::AppState;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use pin_project_lite::pin_project;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::Sleep;
use tower::ServiceExt as _;

/// Connections that the system keeps for us until they are accepted.
const BACKLOG: u32 = 4_096;

/// How long connections that were open when the server began to stop may still bring a request:
/// its answer asks them to close.
const LAST_REQUESTS: Duration = Duration::from_millis(250);

/// How long to wait after a failed `accept`, for instance without free file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Where a request came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// Begins to listen.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves `router` until `stop` resolves, then answers what has come and returns. Accepted
/// requests that take longer than the drain are cut off.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    state: AppState,
    stop: impl Future<Output = ()>,
) {
    let limits = Arc::new(state.config.server.clone());
    let permits = Arc::new(Semaphore::new(limits.connections_max.max(1)));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    let unready = Duration::from_secs(limits.unready_seconds);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = accept(&listener, &permits) => accepted,
        };
        if let Some(connection) = accepted {
            connection.spawn(&router, &limits, &graceful);
        }
    }
    tracing::info!("stopping");
    state.begin_stopping();
    let until = tokio::time::Instant::now() + unready;
    while let Ok(accepted) = tokio::time::timeout_at(until, accept(&listener, &permits)).await {
        if let Some(connection) = accepted {
            connection.spawn(&router, &limits, &graceful);
        }
    }
    // Whom the system has accepted for us already is served, too.
    while let Some(Some(connection)) = accept(&listener, &permits).now_or_never() {
        connection.spawn(&router, &limits, &graceful);
    }
    drop(listener);
    tokio::time::sleep(LAST_REQUESTS).await;
    let drain = Duration::from_secs(limits.drain_seconds_max);
    if tokio::time::timeout(drain, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("requests that took too long are cut off");
    }
}

use futures_util::FutureExt as _;

struct Accepted {
    stream: TcpStream,
    peer: SocketAddr,
    permit: tokio::sync::OwnedSemaphorePermit,
}

/// The next connection, once there is room for it; `None` when accepting failed.
async fn accept(listener: &TcpListener, permits: &Arc<Semaphore>) -> Option<Accepted> {
    let permit = Arc::clone(permits)
        .acquire_owned()
        .await
        .expect("the semaphore is never closed");
    match listener.accept().await {
        Ok((stream, peer)) => Some(Accepted {
            stream,
            peer,
            permit,
        }),
        Err(error) => {
            if !is_of_one_connection(&error) {
                tracing::warn!(%error, "cannot accept connections");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
            None
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

impl Accepted {
    fn spawn(self, router: &Router, limits: &Arc<ServerConfig>, graceful: &GracefulShutdown) {
        let _ = self.stream.set_nodelay(true);
        let body_time = Duration::from_secs(limits.body_seconds_max);
        let peer = Peer(self.peer);
        let router = router.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(|body| Body::new(Timed::new(body, body_time)));
            request.extensions_mut().insert(peer);
            router.clone().oneshot(request)
        });
        let stream = Unstuck::new(self.stream, Duration::from_secs(limits.write_seconds_max));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_secs(limits.head_seconds_max))
            .max_buf_size(limits.head_bytes_max.max(8_192))
            .half_close(false)
            .pipeline_flush(true)
            .serve_connection(TokioIo::new(stream), service);
        let watched = graceful.watch(connection);
        let permit = self.permit;
        tokio::spawn(async move {
            // A connection that breaks is the client's business.
            let _ = watched.await;
            drop(permit);
        });
    }
}

/// A body did not come in time.
#[derive(Debug)]
pub struct DeadlineError;

impl fmt::Display for DeadlineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body did not arrive in time")
    }
}

impl std::error::Error for DeadlineError {}

/// Whether a body's error is that it did not come in time.
pub fn is_deadline(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<DeadlineError>() {
            return true;
        }
        next = error.source();
    }
    false
}

pin_project! {
    /// A body that has to come in time. The clock begins when it is first waited for, so that a
    /// body that came with its head costs no timer.
    struct Timed {
        #[pin]
        body: Incoming,
        time: Duration,
        sleep: Option<Pin<Box<Sleep>>>,
    }
}

impl Timed {
    fn new(body: Incoming, time: Duration) -> Self {
        Self {
            body,
            time,
            sleep: None,
        }
    }
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.project();
        match this.body.poll_frame(context) {
            Poll::Ready(frame) => Poll::Ready(frame.map(|frame| frame.map_err(Into::into))),
            Poll::Pending => {
                let time = *this.time;
                let sleep = this
                    .sleep
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep(time)));
                ready!(sleep.as_mut().poll(context));
                Poll::Ready(Some(Err(DeadlineError.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

pin_project! {
    /// A connection that is given up when its other end takes nothing for too long.
    struct Unstuck {
        #[pin]
        stream: TcpStream,
        time: Duration,
        sleep: Option<Pin<Box<Sleep>>>,
    }
}

impl Unstuck {
    fn new(stream: TcpStream, time: Duration) -> Self {
        Self {
            stream,
            time,
            sleep: None,
        }
    }
}

/// Ends a write that has been pending for too long.
fn watch<T>(
    written: Poll<io::Result<T>>,
    sleep: &mut Option<Pin<Box<Sleep>>>,
    time: Duration,
    context: &mut Context<'_>,
) -> Poll<io::Result<T>> {
    if written.is_ready() {
        *sleep = None;
        return written;
    }
    let sleep = sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(time)));
    ready!(sleep.as_mut().poll(context));
    Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
}

impl AsyncRead for Unstuck {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.project().stream.poll_read(context, buffer)
    }
}

impl AsyncWrite for Unstuck {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.project();
        let written = this.stream.poll_write(context, bytes);
        watch(written, this.sleep, *this.time, context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.project();
        let written = this.stream.poll_write_vectored(context, buffers);
        watch(written, this.sleep, *this.time, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.project();
        let flushed = this.stream.poll_flush(context);
        watch(flushed, this.sleep, *this.time, context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_shutdown(context)
    }
}
