//! Over a real connection, where clients go away without a word.

use crate::support::App;
use axum::Router;
use axum::body::Body;
use axum::routing::get as on_get;
use futures_util::StreamExt as _;
use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

async fn serve(router: Router) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = async move { axum::serve(listener, router).await.unwrap() };
    (address, tokio::spawn(serving))
}

async fn ask(address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head =
        format!("GET {path} HTTP/1.1\r\nhost: app\r\nx-caller: ann\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn wait_until_held(app: &App, held: u64) {
    for _ in 0..500 {
        if app.used_and_held("scan").await.1 == held {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{held} scans were not reserved");
}

fn router(app: &App) -> Router {
    let endless = || async {
        let first = futures_util::stream::iter([Ok::<_, Infallible>("begun")]);
        Body::from_stream(first.chain(futures_util::stream::pending()))
    };
    let three = || async {
        let parts = ["one ", "two ", "three"].map(Ok::<_, Infallible>);
        Body::from_stream(futures_util::stream::iter(parts))
    };
    Router::new()
        .route("/never", on_get(pending::<()>))
        .route("/endless", on_get(endless))
        .route("/three", on_get(three))
        .route("/whole", on_get(|| async { "whole" }))
        .layer(app.scan())
}

#[tokio::test]
async fn a_client_who_goes_before_the_answer_gets_back_what_was_reserved() {
    let app = App::new().await;
    let (address, serving) = serve(router(&app)).await;
    let stream = ask(address, "/never").await;
    wait_until_held(&app, 1).await;
    drop(stream);
    assert_eq!(app.used_in_the_end("scan").await, 0);
    serving.abort();
}

#[tokio::test]
async fn a_client_who_goes_amid_a_stream_has_used_it() {
    let app = App::new().await;
    let (address, serving) = serve(router(&app)).await;
    let mut stream = ask(address, "/endless").await;
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains("begun") {
        assert!(stream.read_buf(&mut read).await.unwrap() > 0);
    }
    assert_eq!(app.used_and_held("scan").await, (0, 1));
    drop(stream);
    app.assert_used_soon("scan", 1).await;
    serving.abort();
}

#[tokio::test]
async fn whoever_has_read_the_end_of_a_stream_sees_it_counted() {
    let app = App::new().await;
    let (address, serving) = serve(router(&app)).await;
    for used in 1..=5 {
        let mut text = String::new();
        ask(address, "/three")
            .await
            .read_to_string(&mut text)
            .await
            .unwrap();
        assert!(
            text.contains("transfer-encoding: chunked") && text.ends_with("\r\n0\r\n\r\n"),
            "{text}"
        );
        assert_eq!(app.used_and_held("scan").await, (used, 0));
    }
    serving.abort();
}

#[tokio::test]
async fn an_ordinary_answer_keeps_its_length() {
    let app = App::new().await;
    let (address, serving) = serve(router(&app)).await;
    let mut text = String::new();
    ask(address, "/whole")
        .await
        .read_to_string(&mut text)
        .await
        .unwrap();
    assert!(
        text.contains("content-length: 5\r\n") && text.ends_with("whole"),
        "{text}"
    );
    assert!(text.contains("ratelimit: \"scan\";r=9"), "{text}");
    assert_eq!(app.used_and_held("scan").await, (1, 0));
    serving.abort();
}
