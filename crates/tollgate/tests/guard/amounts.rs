//! Work whose amount is known only when it is done.

use crate::support::{App, get, send};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get as on_get;
use axum::{Extension, Router};
use serde_json::{Value, json};
use tollgate::guard::{Gate, Rejection, Reserved, Used};

#[tokio::test]
async fn the_answer_can_carry_the_real_amount() {
    let app = App::new().await;
    let handler = |Path(amount): Path<u64>| async move { (Extension(Used(amount)), "done") };
    let router = Router::new().route("/{amount}", on_get(handler));
    let router = router.layer(app.guard().feature("scan", 3).feature("page", 2));
    for (amount, scans, pages) in [(2, 2, 2), (0, 2, 4), (5, 7, 6)] {
        send(&router, get(&format!("/{amount}"))).await;
        assert_eq!(app.used_and_held("scan").await, (scans, 0), "{amount}");
        assert_eq!(app.used_and_held("page").await, (pages, 0), "{amount}");
    }
    // More than there is: the work was done, and what was reserved for it is taken.
    assert_eq!(send(&router, get("/1000")).await.text, "done");
    assert_eq!(app.used_and_held("scan").await, (10, 0));
    app.assert_verified().await;
}

#[tokio::test]
async fn the_handler_can_say_the_real_amount() {
    let app = App::new().await;
    let handler = |reserved: Reserved| async move {
        assert_eq!(reserved.figures()[0].held, 4);
        assert_eq!(reserved.plan().unwrap().as_str(), "small");
        reserved.set_used(9)?;
        reserved.set_used_each(&[("scan", 1), ("page", 7)])?;
        Ok::<_, Rejection>(())
    };
    let router = Router::new()
        .route("/", on_get(handler))
        .layer(app.guard().feature("scan", 4));
    assert_eq!(send(&router, get("/")).await.status, 200);
    assert_eq!(app.used_and_held("scan").await, (1, 0));
    assert_eq!(app.used_and_held("page").await, (7, 0));
}

async fn settles_at_once(gate: Gate, Path((held, used)): Path<(u64, u64)>) -> Response {
    match settle(&gate, held, used).await {
        Ok(figures) => axum::Json(figures).into_response(),
        Err(rejection) => rejection.into_response(),
    }
}

async fn settle(gate: &Gate, held: u64, used: u64) -> Result<Value, Rejection> {
    let reserved = gate.reserve_each(&[("scan", held), ("page", 0)]).await?;
    let receipt = reserved.settle(used).await?;
    let figures = &receipt.figures[0];
    Ok(json!({"used": figures.used, "held": figures.held, "remaining": figures.remaining}))
}

#[tokio::test]
async fn a_handler_that_settles_shows_what_is_left() {
    let app = App::new().await;
    let router = Router::new()
        .route("/{held}/{used}", on_get(settles_at_once))
        .layer(app.guard());
    let answer = send(&router, get("/5/3")).await;
    assert_eq!(answer.json(), json!({"used": 3, "held": 0, "remaining": 7}));
    let answer = send(&router, get("/1/7")).await;
    assert_eq!(
        answer.json(),
        json!({"used": 10, "held": 0, "remaining": 0})
    );
    let answer = send(&router, get("/1/1")).await;
    assert_eq!(answer.status, 429);
    assert_eq!(app.used_and_held("scan").await, (10, 0));
}

#[tokio::test]
async fn settling_more_than_there_is_is_refused_and_gives_back() {
    let app = App::new().await;
    let router = Router::new()
        .route("/{held}/{used}", on_get(settles_at_once))
        .layer(app.guard());
    let answer = send(&router, get("/5/11")).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["error"]),
        (429, &json!("quota_exceeded"))
    );
    assert_eq!(app.used_and_held("scan").await, (0, 0));
}

#[tokio::test]
async fn what_a_handler_settled_or_released_stands() {
    let app = App::new().await;
    let settled_and_failed = |gate: Gate| async move {
        gate.reserve("scan", 2).await?.settle(2).await?;
        Err::<(), _>(Rejection::NoCaller)
    };
    let released_and_succeeded = |gate: Gate| async move {
        gate.reserve("scan", 2).await?.release().await?;
        Ok::<_, Rejection>(())
    };
    let router = Router::new()
        .route("/settled", on_get(settled_and_failed))
        .route("/released", on_get(released_and_succeeded))
        .layer(app.guard());
    assert_eq!(send(&router, get("/settled")).await.status, 401);
    assert_eq!(app.used_and_held("scan").await, (2, 0));
    assert_eq!(send(&router, get("/released")).await.status, 200);
    assert_eq!(app.used_and_held("scan").await, (2, 0));
    app.assert_verified().await;
}

#[tokio::test]
async fn several_features_are_reserved_all_or_none() {
    let app = App::new().await;
    let handler = |gate: Gate| async move {
        let reserved = gate.reserve_each(&[("scan", 6), ("page", 6)]).await?;
        reserved.settle_each(&[("page", 6), ("scan", 0)]).await?;
        gate.reserve_each(&[("page", 14), ("scan", 11)]).await?;
        Ok::<_, Rejection>(())
    };
    let router = Router::new().route("/", on_get(handler)).layer(app.guard());
    let answer = send(&router, get("/")).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["meter"]),
        (429, &json!("scan"))
    );
    assert_eq!(app.used_and_held("scan").await, (0, 0));
    assert_eq!(app.used_and_held("page").await, (6, 0));
}

#[tokio::test]
async fn more_time_can_be_asked_for() {
    let app = App::new().await;
    let clock = app.clock.clone();
    let handler = |reserved: Reserved| async move {
        let before = clock.now();
        let until = reserved.extend(std::time::Duration::from_hours(1)).await?;
        assert_eq!(before.seconds_until(until), 3_600);
        Ok::<_, Rejection>(())
    };
    let router = Router::new().route("/", on_get(handler)).layer(app.scan());
    assert_eq!(send(&router, get("/")).await.status, 200);
}
