//! What is tried again, how often, and for how long.

use crate::fake::{Answer, FakeStripe, client, quick};
use crate::key;
use std::time::Duration;
use tokio::time::Instant;
use tollgate_stripe::{Config, CreateCustomer, Customer, NoAnswer, Retry, StripeError};

async fn create(stripe: &FakeStripe) -> Result<Customer, StripeError> {
    create_with(quick(&stripe.base_url)).await
}

async fn create_with(config: Config) -> Result<Customer, StripeError> {
    let params = CreateCustomer {
        name: Some("Ada".into()),
        ..CreateCustomer::default()
    };
    client(config)
        .create_customer(&params, &key("operation-1"))
        .await
}

/// Every try is the same request with the same key.
fn assert_same(stripe: &FakeStripe, tries: usize) {
    let requests = stripe.requests();
    assert_eq!(requests.len(), tries);
    for request in &requests {
        assert_eq!(request.header("idempotency-key"), Some("operation-1"));
        assert_eq!(request.form, requests[0].form);
    }
}

#[tokio::test]
async fn a_failure_then_success_has_the_same_key() {
    let stripe = FakeStripe::answering(vec![Answer::failure(), Answer::customer()]).await;
    assert_eq!(create(&stripe).await.unwrap().id, "cus_1");
    assert_same(&stripe, 2);
}

#[tokio::test]
async fn rate_limits_conflicts_and_failures_are_tried_again() {
    let conflict = r#"{"error":{"type":"idempotency_error","code":"idempotency_key_in_use"}}"#;
    let stripe = FakeStripe::answering(vec![
        Answer::new(429, ""),
        Answer::new(409, conflict),
        Answer::customer(),
    ])
    .await;
    assert_eq!(create(&stripe).await.unwrap().id, "cus_1");
    assert_same(&stripe, 3);
}

#[tokio::test]
async fn the_number_of_tries_is_limited() {
    let stripe = FakeStripe::answering(vec![Answer::failure()]).await;
    let error = create(&stripe).await.unwrap_err();
    assert!(
        matches!(error, StripeError::Unavailable { tries: 3, .. }),
        "{error:?}"
    );
    assert!(error.is_transient() && error.is_outcome_unknown());
    assert_same(&stripe, 3);
}

#[tokio::test]
async fn stripe_should_retry_false_is_obeyed() {
    let stripe =
        FakeStripe::answering(vec![Answer::failure().with("stripe-should-retry", "false")]).await;
    let error = create(&stripe).await.unwrap_err();
    assert!(matches!(error, StripeError::Unavailable { tries: 1, .. }));
    assert_same(&stripe, 1);
}

#[tokio::test]
async fn stripe_should_retry_true_is_obeyed() {
    let locked = Answer::new(400, "{}").with("stripe-should-retry", "true");
    let stripe = FakeStripe::answering(vec![locked, Answer::customer()]).await;
    create(&stripe).await.unwrap();
    assert_same(&stripe, 2);
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    for status in [400, 401, 402, 403, 404] {
        let stripe = FakeStripe::answering(vec![Answer::new(status, "{}")]).await;
        let error = create(&stripe).await.unwrap_err();
        assert!(matches!(error, StripeError::Refused(_)), "{error:?}");
        assert!(!error.is_transient() && !error.is_outcome_unknown());
        assert_same(&stripe, 1);
    }
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let busy = Answer::new(429, "{}").with("retry-after", "1");
    let stripe = FakeStripe::answering(vec![busy, Answer::customer()]).await;
    let started = Instant::now();
    create(&stripe).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_same(&stripe, 2);
}

#[tokio::test]
async fn a_pause_that_would_pass_the_limit_is_not_begun() {
    for asked in ["3600", "18446744073709551615"] {
        let busy = Answer::new(503, "{}").with("retry-after", asked);
        let stripe = FakeStripe::answering(vec![busy]).await;
        let started = Instant::now();
        let error = create(&stripe).await.unwrap_err();
        assert!(matches!(error, StripeError::Unavailable { tries: 1, .. }));
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn silence_is_unreachable_within_the_limit() {
    let stripe =
        FakeStripe::answering(vec![Answer::customer().after(Duration::from_mins(1))]).await;
    let config = Config {
        timeout: Duration::from_millis(200),
        retry: Retry {
            tries_max: 100,
            total_max: Duration::from_millis(900),
            ..quick("").retry
        },
        ..quick(&stripe.base_url)
    };
    let started = Instant::now();
    let error = create_with(config).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(3));
    let StripeError::Unreachable { tries, source } = &error else {
        panic!("{error:?}");
    };
    assert!((2..=6).contains(tries), "{tries} tries");
    assert!(matches!(source, NoAnswer::TimedOut), "{source:?}");
    assert!(error.is_transient() && error.is_outcome_unknown());
}

#[tokio::test]
async fn timeout_after_create() {
    // The first answer is lost after the customer was made; the second try replays it.
    let stripe = FakeStripe::answering(vec![
        Answer::customer().after(Duration::from_mins(1)),
        Answer::customer(),
    ])
    .await;
    let config = Config {
        timeout: Duration::from_millis(500),
        ..quick(&stripe.base_url)
    };
    assert_eq!(create_with(config).await.unwrap().id, "cus_1");
    assert_same(&stripe, 2);
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = create_with(quick(&base_url)).await.unwrap_err();
    assert!(
        matches!(
            error,
            StripeError::Unreachable {
                tries: 3,
                source: NoAnswer::Connection(_)
            }
        ),
        "{error:?}"
    );
    assert!(!format!("{error:?}").contains("/v1/customers"));
}
