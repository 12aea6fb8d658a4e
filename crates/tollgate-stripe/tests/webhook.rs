//! What the verification of a webhook alone decides, each scenario by its name.

use std::time::Duration;
use tollgate_stripe::webhook::{
    TOLERANCE, WebhookError, WebhookSecret, WebhookSecretError, sign, verify,
};
use tollgate_stripe::{Event, EventKind, Period, Subscription, SubscriptionStatus};

const NOW: i64 = 1_790_000_000;

/// Of the body `{}` at `NOW`.
const KNOWN_SIGNATURE: &str = "1c2847ad1f8158a1da978f36627ac1f07f7fd027321ac9ad40bccc06743f8396";

const BODY: &str = r#"{"id":"evt_1","object":"event","type":"invoice.paid","created":1790000000,
    "livemode":false,"api_version":"2026-10-28.endive",
    "data":{"object":{"id":"in_1","object":"invoice","customer":"cus_1"}}}"#;

fn secret(text: &str) -> WebhookSecret {
    WebhookSecret::new(text).unwrap()
}

fn ours() -> WebhookSecret {
    secret("whsec_ours")
}

fn check(body: &str, header: &str) -> Result<Event, WebhookError> {
    verify(body.as_bytes(), header, &[ours()], NOW, TOLERANCE)
}

/// A body, signed now, and verified.
fn delivered(body: &str) -> Result<Event, WebhookError> {
    check(body, &sign(body.as_bytes(), &ours(), NOW))
}

#[test]
fn a_signed_event_is_read() {
    let event = delivered(BODY).unwrap();
    assert_eq!(event.id, "evt_1");
    assert_eq!(event.kind, EventKind::InvoicePaid);
    assert_eq!(event.customer_id(), Some("cus_1"));
}

#[test]
fn the_signature_is_the_hmac_of_time_and_body() {
    // Reckoned with another implementation: HMAC-SHA256("whsec_test", "1790000000.{}").
    let header = sign(b"{}", &secret("whsec_test"), NOW);
    assert_eq!(header, format!("t={NOW},v1={KNOWN_SIGNATURE}"));
}

#[test]
fn bad_signature() {
    let foreign = sign(BODY.as_bytes(), &secret("whsec_other"), NOW);
    assert_eq!(check(BODY, &foreign), Err(WebhookError::Signature));
    let zeroes = format!("t={NOW},v1={}", "0".repeat(64));
    assert_eq!(check(BODY, &zeroes), Err(WebhookError::Signature));
    // Another time than the one that was signed.
    let moved =
        sign(BODY.as_bytes(), &ours(), NOW - 10).replace(&(NOW - 10).to_string(), &NOW.to_string());
    assert_eq!(check(BODY, &moved), Err(WebhookError::Signature));
}

#[test]
fn body_one_byte_changed() {
    let header = sign(BODY.as_bytes(), &ours(), NOW);
    for place in 0..BODY.len() {
        let mut body = BODY.as_bytes().to_vec();
        body[place] ^= 1;
        assert_eq!(
            verify(&body, &header, &[ours()], NOW, TOLERANCE),
            Err(WebhookError::Signature),
            "byte {place}"
        );
    }
    for body in [&BODY[..BODY.len() - 1], &format!("{BODY} ")] {
        assert_eq!(check(body, &header), Err(WebhookError::Signature));
    }
}

#[test]
fn timestamp_301s_old() {
    let header = sign(BODY.as_bytes(), &ours(), NOW - 301);
    let error = check(BODY, &header).unwrap_err();
    assert_eq!(error, WebhookError::Time { seconds: 301 });
    assert_eq!(error.to_string(), "the event was signed 301 s ago");
}

#[test]
fn far_future_timestamp() {
    for ahead in [301, 86_400, i64::MAX - NOW] {
        let header = sign(BODY.as_bytes(), &ours(), NOW + ahead);
        assert_eq!(
            check(BODY, &header),
            Err(WebhookError::Time { seconds: -ahead })
        );
    }
}

#[test]
fn clock_skew_within_300s() {
    for skew in [-300, -299, -1, 0, 1, 299, 300] {
        let header = sign(BODY.as_bytes(), &ours(), NOW + skew);
        assert!(check(BODY, &header).is_ok(), "{skew}");
    }
}

#[test]
fn rolled_secret_second_v1() {
    let (old, new) = (secret("whsec_old"), secret("whsec_new"));
    let by_old = sign(BODY.as_bytes(), &old, NOW);
    let by_new = sign(BODY.as_bytes(), &new, NOW);
    let second = by_new.split_once(',').unwrap().1;
    let by_both = format!("{by_old},{second}");
    let check = |header: &str, secrets: &[WebhookSecret]| {
        verify(BODY.as_bytes(), header, secrets, NOW, TOLERANCE).map(|event| event.id)
    };
    // Stripe signs with both while a secret is rolled; we know the one, the other or both.
    for secrets in [
        vec![old.clone()],
        vec![new.clone()],
        vec![old.clone(), new.clone()],
    ] {
        assert_eq!(check(&by_both, &secrets).as_deref(), Ok("evt_1"));
    }
    // Stripe signs with one, and we know both.
    for header in [&by_old, &by_new] {
        assert!(check(header, &[old.clone(), new.clone()]).is_ok());
    }
    assert_eq!(check(&by_both, &[ours()]), Err(WebhookError::Signature));
}

#[test]
fn only_v0() {
    let header = sign(BODY.as_bytes(), &ours(), NOW).replace("v1=", "v0=");
    assert_eq!(check(BODY, &header), Err(WebhookError::NoSignature));
}

#[test]
fn empty_secret() {
    for empty in ["", " ", "whsec_"] {
        assert_eq!(WebhookSecret::new(empty), Err(WebhookSecretError::Empty));
    }
    let header = sign(BODY.as_bytes(), &ours(), NOW);
    assert_eq!(
        verify(BODY.as_bytes(), &header, &[], NOW, TOLERANCE),
        Err(WebhookError::NoSecret)
    );
}

#[test]
fn thin_v2_event() {
    let body = r#"{"id":"evt_test_65","object":"v2.core.event","type":"v2.core.account.updated",
        "created":"2026-11-21T12:00:00.000Z","related_object":{"id":"acct_1","url":"/v2/a"}}"#;
    assert_eq!(
        delivered(body),
        Err(WebhookError::Thin {
            id: "evt_test_65".to_owned()
        })
    );
}

#[test]
fn old_version_shape() {
    let event = delivered(
        r#"{"id":"evt_1","object":"event","type":"customer.subscription.updated","created":1,
        "api_version":"2024-06-20","livemode":false,"data":{"object":{
            "id":"sub_1","object":"subscription","customer":"cus_1","status":"active",
            "current_period_start":1690000000,"current_period_end":1692592000,
            "plan":{"id":"price_1"},"items":{"object":"list","data":[
                {"id":"si_1","price":{"id":"price_1"},"plan":{"id":"price_1"}}]}}}}"#,
    )
    .unwrap();
    let subscription: Subscription = event.object().unwrap();
    let period = subscription.period().unwrap();
    assert_eq!((period.start, period.end), (1_690_000_000, 1_692_592_000));
    assert_ne!(subscription.period(), Some(Period::default()));
    assert_eq!(subscription.price_ids().collect::<Vec<_>>(), ["price_1"]);
}

#[test]
fn unknown_enum() {
    let event = delivered(
        r#"{"id":"evt_1","object":"event","type":"customer.subscription.hibernated","created":1,
        "data":{"object":{"id":"sub_1","object":"subscription","status":"hibernating",
            "collection_method":{"surprise":true},"items":{"data":[]}}}}"#,
    )
    .unwrap();
    assert_eq!(
        event.kind,
        EventKind::Other("customer.subscription.hibernated".to_owned())
    );
    let subscription: Subscription = event.object().unwrap();
    assert_eq!(
        subscription.status,
        SubscriptionStatus::Other("hibernating".to_owned())
    );
}

#[test]
fn unknown_type() {
    let body = BODY.replace("invoice.paid", "moon.rose");
    assert_eq!(delivered(&body).unwrap().kind.as_str(), "moon.rose");
}

#[test]
fn the_body_is_read_only_after_its_signature_was_checked() {
    let foreign = sign(b"not JSON", &secret("whsec_other"), NOW);
    assert_eq!(check("not JSON", &foreign), Err(WebhookError::Signature));
    for signed in [
        "not JSON",
        "",
        "[]",
        "{}",
        r#"{"id":"cus_1","object":"customer"}"#,
    ] {
        let refused = delivered(signed);
        assert!(
            matches!(refused, Err(WebhookError::Undecodable(_))),
            "{signed}: {refused:?}"
        );
    }
}

#[test]
fn a_narrower_tolerance_is_kept() {
    let header = sign(BODY.as_bytes(), &ours(), NOW - 2);
    let within = |seconds| {
        let tolerance = Duration::from_secs(seconds);
        verify(BODY.as_bytes(), &header, &[ours()], NOW, tolerance).is_ok()
    };
    assert!(within(2) && !within(1) && !within(0));
}
