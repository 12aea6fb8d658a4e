//! The server at the socket: limits in time and size, and stopping in order.

use crate::support::TestServer;
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tollgate_server::serve;

struct Running {
    server: TestServer,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

async fn run() -> Running {
    let server = TestServer::new().await;
    server
        .post("/v1/customers", json!({"id": "anna", "plan": "elite"}))
        .await
        .expect(201);
    let listener = serve::listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(serve::serve(
        listener,
        server.router(),
        server.state.clone(),
        async { drop(stopped.await) },
    ));
    Running {
        server,
        address,
        stop: Some(stop),
        serving,
    }
}

impl Running {
    fn consume(&self, amount: u64, closing: bool) -> String {
        let body = format!("{{\"feature\":\"ats_scan\",\"amount\":{amount}}}");
        let connection = if closing { "close" } else { "keep-alive" };
        format!(
            "POST /v1/customers/anna/consume HTTP/1.1\r\nhost: t\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\nconnection: {connection}\r\ncontent-length: {}\r\n\r\n{body}",
            self.server.admin,
            body.len()
        )
    }

    async fn ask(&self, request: &str) -> String {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        read_to_end(&mut socket).await
    }

    async fn used(&self) -> u64 {
        let id = "anna".parse().unwrap();
        let report = self
            .server
            .state
            .tollgate
            .usage(&id)
            .await
            .unwrap()
            .unwrap();
        report.meters.iter().map(|meter| meter.used).sum()
    }
}

async fn read_to_end(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(Duration::from_secs(10), socket.read_to_end(&mut bytes)).await;
    read.expect("the server closes the connection").ok();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_over_the_socket_is_answered() {
    let running = run().await;
    let answer = running.ask(&running.consume(1, true)).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(running.used().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_sockets_are_closed() {
    let running = run().await;
    for beginning in ["", "POST /v1/consume HTTP/1.1\r\nhost"] {
        let began = Instant::now();
        let answer = running.ask(beginning).await;
        assert!(!answer.contains("200"), "{answer}");
        assert!(began.elapsed() < Duration::from_secs(5), "{beginning:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_given_up() {
    let running = run().await;
    let whole = running.consume(1, true);
    let answer = running.ask(&whole[..whole.len() - 5]).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("request_timeout"), "{answer}");
    assert_eq!(running.used().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_long_is_refused() {
    let running = run().await;
    let filler = "x".repeat(40_000);
    let answer = running
        .ask(&format!(
            "GET / HTTP/1.1\r\nhost: t\r\nfiller: {filler}\r\n\r\n"
        ))
        .await;
    assert!(
        answer.starts_with("HTTP/1.1 431 ") || answer.is_empty(),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_slow_sockets_do_not_slow_a_healthy_client() {
    let running = run().await;
    let mut slow = Vec::new();
    for number in 0..1_000 {
        let mut socket = TcpStream::connect(running.address).await.unwrap();
        let beginning = [
            "",
            "GET /",
            "POST /v1/consume HTTP/1.1\r\nhost: t\r\ncontent-length: 9\r\n\r\n{",
        ];
        socket
            .write_all(beginning[number % 3].as_bytes())
            .await
            .unwrap();
        slow.push(socket);
    }
    for _ in 0..20 {
        let began = Instant::now();
        let answer = running.ask(&running.consume(1, true)).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(
            began.elapsed() < Duration::from_millis(800),
            "{:?}",
            began.elapsed()
        );
    }
    assert_eq!(running.used().await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_above_the_cap_wait_until_there_is_room() {
    let running = run().await;
    let connections_max = running.server.state.config.server.connections_max;
    let mut idle = Vec::new();
    for _ in 0..connections_max {
        idle.push(TcpStream::connect(running.address).await.unwrap());
    }
    // The idle ones are closed after a second, and then it is our turn.
    let answer = running.ask(&running.consume(1, true)).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_drops_no_accepted_request() {
    let mut running = run().await;
    let request = running.consume(1, false);
    let mut clients = Vec::new();
    for _ in 0..16 {
        let (address, request) = (running.address, request.clone());
        clients.push(tokio::spawn(async move {
            let mut granted = 0_u64;
            let Ok(mut socket) = TcpStream::connect(address).await else {
                return (0, 0);
            };
            let mut buffer = [0; 4_096];
            loop {
                if socket.write_all(request.as_bytes()).await.is_err() {
                    return (granted, 0);
                }
                let mut answer = String::new();
                while !answer.contains("\"replayed\":false}") {
                    match socket.read(&mut buffer).await {
                        Ok(0) | Err(_) => return (granted, 1),
                        Ok(count) => answer.push_str(&String::from_utf8_lossy(&buffer[..count])),
                    }
                }
                granted += 1;
                if answer.contains("connection: close") {
                    return (granted, 0);
                }
            }
        }));
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    running.stop.take().unwrap().send(()).unwrap();
    timeout(Duration::from_secs(10), &mut running.serving)
        .await
        .unwrap()
        .unwrap();
    let (mut granted, mut dropped) = (0, 0);
    for client in clients {
        let (ok, lost) = client.await.unwrap();
        granted += ok;
        dropped += lost;
    }
    assert_eq!(dropped, 0);
    assert!(granted > 16, "{granted}");
    assert_eq!(running.used().await, granted);
    assert!(
        TcpStream::connect(running.address).await.is_err(),
        "nobody listens any more"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_takes_too_long_does_not_hold_up_the_end() {
    let mut running = run().await;
    let mut socket = TcpStream::connect(running.address).await.unwrap();
    let request = running.consume(1, false);
    socket
        .write_all(&request.as_bytes()[..request.len() - 5])
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let began = Instant::now();
    running.stop.take().unwrap().send(()).unwrap();
    timeout(Duration::from_secs(10), &mut running.serving)
        .await
        .unwrap()
        .unwrap();
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "{:?}",
        began.elapsed()
    );
}
