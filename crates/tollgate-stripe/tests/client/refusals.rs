//! What is made of Stripe's refusals, and of answers that do not read.

use crate::fake::{Answer, FakeStripe};
use crate::key;
use tollgate_stripe::{CreateCustomer, RefusalKind, StripeError};

async fn refused(status: u16, body: &str) -> StripeError {
    let stripe = FakeStripe::answering(vec![Answer::new(status, body)]).await;
    let params = CreateCustomer {
        email: Some("ada@example.com".into()),
        ..CreateCustomer::default()
    };
    stripe
        .client()
        .create_customer(&params, &key("operation-1"))
        .await
        .unwrap_err()
}

#[tokio::test]
async fn a_declined_card_says_why() {
    let error = refused(
        402,
        r#"{"error":{"type":"card_error","code":"card_declined",
            "decline_code":"insufficient_funds","message":"Your card has insufficient funds."}}"#,
    )
    .await;
    let refusal = error.refusal().unwrap();
    assert_eq!(refusal.kind, RefusalKind::Card);
    assert_eq!(refusal.decline_code.as_deref(), Some("insufficient_funds"));
    assert_eq!(refusal.request_id.as_deref(), Some("req_test"));
}

#[tokio::test]
async fn idempotency_body_changed() {
    let error = refused(
        400,
        r#"{"error":{"type":"idempotency_error","message":"Keys for idempotent requests can only be used with the same parameters."}}"#,
    )
    .await;
    assert!(matches!(error, StripeError::Refused(_)));
    assert_eq!(error.refusal().unwrap().kind, RefusalKind::Idempotency);
}

#[tokio::test]
async fn what_is_not_there_is_missing() {
    let error = refused(
        404,
        r#"{"error":{"type":"invalid_request_error","code":"resource_missing","param":"id",
            "message":"No such customer: 'cus_9'"}}"#,
    )
    .await;
    assert!(error.is_missing());
    assert_eq!(
        error.to_string(),
        "Stripe refused: status 404, invalid_request_error, code resource_missing, parameter id, \
         request req_test: No such customer: 'cus_9'"
    );
}

#[tokio::test]
async fn nothing_private_shows_in_an_error() {
    for (status, body) in [
        (
            400,
            r#"{"error":{"type":"invalid_request_error","message":"Invalid email: ada@example.com"}}"#,
        ),
        (
            401,
            r#"{"error":{"message":"Invalid API Key provided: sk_test_hidden"}}"#,
        ),
        (
            402,
            r#"{"error":{"message":"4242 4242 4242 4242 was declined"}}"#,
        ),
        (
            200,
            r#"["ada@example.com", "sk_test_hidden", 4242424242424242]"#,
        ),
        (200, r#"{"id": 4242424242424242}"#),
    ] {
        let error = refused(status, body).await;
        let shown = format!("{error} {error:?}");
        for secret in ["ada@", "sk_test_hidden", "4242"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_does_not_read_leaves_the_outcome_unknown() {
    for body in ["", "<html>", "null", r#"{"object":"customer"}"#] {
        let error = refused(200, body).await;
        let StripeError::Undecodable {
            what, request_id, ..
        } = &error
        else {
            panic!("{error:?}");
        };
        assert_eq!(
            (*what, request_id.as_deref()),
            ("a customer", Some("req_test"))
        );
        assert!(error.is_outcome_unknown() && !error.is_transient());
    }
}

#[tokio::test]
async fn an_unknown_kind_of_refusal_is_kept() {
    let error = refused(418, r#"{"error":{"type":"teapot_error"}}"#).await;
    let kind = &error.refusal().unwrap().kind;
    assert_eq!(*kind, RefusalKind::Other("teapot_error".to_owned()));
}
