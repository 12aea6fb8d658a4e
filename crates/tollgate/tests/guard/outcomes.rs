//! How a request ends, and what becomes of what it took.

use crate::support::{Answer, App, get, send};
use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::routing::get as on_get;
use http::{Request, Response, StatusCode};
use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::task::Poll;
use std::time::Duration;
use tollgate::core::request::{Consume, Uses};
use tollgate::{CustomerId, FeatureId};
use tollgate_store::testing::TestDatabase;
use tower::{Layer as _, Service as _, ServiceExt as _, service_fn};

async fn with_status(Path(status): Path<u16>) -> StatusCode {
    StatusCode::from_u16(status).unwrap()
}

fn statuses(guard: tollgate::guard::Guard) -> Router {
    Router::new()
        .route("/{status}", on_get(with_status))
        .layer(guard)
}

#[tokio::test]
async fn a_success_is_settled_before_its_answer_leaves() {
    let app = App::new().await;
    let router = statuses(app.scan());
    for (index, status) in [200_u16, 201, 204, 302, 304].into_iter().enumerate() {
        let response = router
            .clone()
            .oneshot(get(&format!("/{status}")))
            .await
            .unwrap();
        let used = u64::try_from(index).unwrap() + 1;
        // The body was not read.
        assert_eq!(app.used_and_held("scan").await, (used, 0), "{status}");
        let left = format!("\"scan\";r={};t=1900800", 10 - used);
        assert_eq!(response.headers()["ratelimit"], left);
        assert_eq!(response.headers()["ratelimit-policy"], "\"scan\";q=10");
    }
    app.assert_verified().await;
}

#[tokio::test]
async fn a_failure_gives_back_before_its_answer_leaves() {
    let app = App::new().await;
    let router = statuses(app.scan());
    for status in [400_u16, 401, 404, 422, 429, 500, 503] {
        let answer = send(&router, get(&format!("/{status}"))).await;
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.header("ratelimit"), None);
        assert_eq!(app.used_and_held("scan").await, (0, 0), "{status}");
    }
    let customer = CustomerId::new("ann").unwrap();
    let account = app.tollgate.account(&customer).await.unwrap().unwrap();
    assert!(account.version() > 14, "each of them reserved and released");
    app.assert_verified().await;
}

#[tokio::test]
async fn what_counts_as_a_success_can_be_chosen() {
    let app = App::new().await;
    let router = statuses(app.scan().settles_on(|status| status != 302));
    send(&router, get("/302")).await;
    assert_eq!(app.used_and_held("scan").await, (0, 0));
    send(&router, get("/500")).await;
    assert_eq!(app.used_and_held("scan").await, (1, 0));
}

#[tokio::test]
async fn an_error_of_the_service_gives_back() {
    let app = App::new().await;
    let failing = service_fn(|_: Request<Body>| async {
        Err::<Response<Body>, _>(std::io::Error::other("broken"))
    });
    let error = app
        .scan()
        .layer(failing)
        .oneshot(get("/"))
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "broken");
    assert_eq!(app.used_in_the_end("scan").await, 0);
}

#[tokio::test]
async fn a_panic_gives_back() {
    let app = App::new().await;
    let panicking = || async {
        assert!(std::env::args().count() == 0, "a handler's panic");
    };
    let router = Router::new()
        .route("/", on_get(panicking))
        .layer(app.scan());
    let ended = tokio::spawn(router.oneshot(get("/"))).await;
    assert!(ended.unwrap_err().is_panic());
    assert_eq!(app.used_in_the_end("scan").await, 0);
    app.assert_verified().await;
}

#[tokio::test]
async fn a_dropped_request_gives_back() {
    let app = App::new().await;
    let router = Router::new()
        .route("/", on_get(pending::<()>))
        .layer(app.scan());
    let asked = tokio::time::timeout(Duration::from_secs(1), router.oneshot(get("/"))).await;
    assert!(asked.is_err());
    assert_eq!(app.used_in_the_end("scan").await, 0);
}

/// A request may be dropped at any of its await points, also between a reservation's commit and
/// its answer, and while it is settled.
#[tokio::test]
async fn a_request_that_is_dropped_anywhere_leaves_nothing_reserved() {
    let app = App::new().await;
    let customer = CustomerId::new("ann").unwrap();
    app.tollgate.open_customer(&customer, None).await.unwrap();
    let router = statuses(app.scan());
    let mut ended = 0;
    for number in 0..120_u64 {
        let (polls, pause) = (1 + number / 12, number % 12);
        let mut future = Box::pin(router.clone().oneshot(get("/200")));
        for _ in 0..polls {
            let is_ready = poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready()));
            if is_ready.await {
                ended += 1;
                break;
            }
            tokio::time::sleep(Duration::from_micros(100 * pause)).await;
        }
    }
    assert!(ended < 100, "{ended} were not dropped");
    let used = app.used_in_the_end("scan").await;
    assert!(used >= ended.min(10), "{used} used, {ended} answered");
    app.assert_verified().await;
}

#[tokio::test]
async fn consuming_first_writes_once_and_a_failure_takes_it_back() {
    let app = App::new().await;
    let router = statuses(app.scan().consume_first());
    let customer = CustomerId::new("ann").unwrap();
    assert_eq!(send(&router, get("/200")).await.status, 200);
    let version = async || {
        app.tollgate
            .account(&customer)
            .await
            .unwrap()
            .unwrap()
            .version()
    };
    let before = version().await;
    let answer = send(&router, get("/200")).await;
    assert_eq!(answer.header("ratelimit"), Some("\"scan\";r=8;t=1900800"));
    assert_eq!(version().await, before + 1);
    assert_eq!(app.used_and_held("scan").await, (2, 0));
    assert_eq!(send(&router, get("/500")).await.status, 500);
    assert_eq!(app.used_and_held("scan").await, (2, 0));
    assert_eq!(version().await, before + 3);
    app.assert_verified().await;
}

#[tokio::test]
async fn work_that_outlasts_its_reservation_is_charged_at_its_end() {
    let app = App::new().await;
    let clock = app.clock.clone();
    let (tollgate, ann) = (app.tollgate.clone(), CustomerId::new("ann").unwrap());
    let long = move || async move {
        clock.advance(61);
        // Whatever happens to the account next ends the reservation.
        let one = Uses::one(FeatureId::new("page").unwrap(), 1).unwrap();
        let consume = Consume {
            uses: one,
            member: None,
            metadata: None,
        };
        let consumed = tollgate.consume(&ann, consume, None).await.unwrap();
        assert!(consumed.granted().is_some());
        "done"
    };
    let guard = app.scan().lasting(Duration::from_mins(1));
    let router = Router::new().route("/", on_get(long)).layer(guard);
    assert_eq!(send(&router, get("/")).await.text, "done");
    assert_eq!(app.used_and_held("scan").await, (1, 0));
    assert_eq!(app.used_and_held("page").await, (1, 0));
    app.assert_verified().await;
}

#[tokio::test]
async fn a_service_is_called_when_it_said_that_it_is_ready() {
    // A service that must be polled before each call, as a concurrency limit must.
    let app = App::new().await;
    let inner =
        service_fn(|_: Request<Body>| async { Ok::<_, Infallible>(Response::new(Body::empty())) });
    let limited = tower::limit::ConcurrencyLimit::new(inner, 1);
    let mut guarded = app.scan().layer(limited);
    for _ in 0..3 {
        let response = guarded.ready().await.unwrap().call(get("/")).await.unwrap();
        assert_eq!(response.status(), 200);
    }
    assert_eq!(app.used_and_held("scan").await, (3, 0));
}

async fn race(database: TestDatabase) {
    let app = App::on_database(database).await;
    let slow = || async { tokio::time::sleep(Duration::from_millis(20)).await };
    let router = Router::new().route("/", on_get(slow)).layer(app.scan());
    let asked = (0..100).map(|_| {
        let router = router.clone();
        tokio::spawn(async move { send(&router, get("/")).await })
    });
    let mut answers: Vec<Answer> = Vec::new();
    for answer in asked.collect::<Vec<_>>() {
        answers.push(answer.await.unwrap());
    }
    let of = |status: u16| {
        answers
            .iter()
            .filter(|answer| answer.status == status)
            .count()
    };
    assert_eq!((of(200), of(429)), (10, 90));
    assert_eq!(app.used_and_held("scan").await, (10, 0));
    app.assert_verified().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_racing_requests_get_exactly_the_limit_on_sqlite() {
    race(TestDatabase::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_racing_requests_get_exactly_the_limit_on_postgres() {
    race(TestDatabase::postgres().await).await;
}
