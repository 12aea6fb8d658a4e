//! What is sent.

use crate::fake::{Answer, FakeStripe, client, quick};
use crate::key;
use tollgate_stripe::{
    API_VERSION, CancelSubscription, CancellationFeedback, CancellationParams, CheckoutLineItem,
    CheckoutMode, CheckoutSubscription, CreateCheckoutSession, CreateCustomer, ListPrices, Page,
};

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[tokio::test]
async fn a_post_has_the_key_the_version_and_the_form() {
    let stripe = FakeStripe::answering(vec![Answer::new(
        200,
        r#"{"id":"cs_1","object":"checkout.session","mode":"subscription","url":"https://pay"}"#,
    )])
    .await;
    let params = CreateCheckoutSession {
        mode: CheckoutMode::Subscription,
        customer: Some("cus_1".to_owned()),
        line_items: vec![
            CheckoutLineItem {
                price: Some("price_1".to_owned()),
                quantity: Some(1),
                ..CheckoutLineItem::default()
            },
            CheckoutLineItem {
                price: Some("price_2".to_owned()),
                quantity: Some(50),
                ..CheckoutLineItem::default()
            },
        ],
        success_url: Some("https://app.example/done?id={CHECKOUT_SESSION_ID}".to_owned()),
        subscription_data: Some(CheckoutSubscription {
            trial_period_days: Some(14),
            metadata: [("tollgate customer".to_owned(), "a&b=c".to_owned())].into(),
            ..CheckoutSubscription::default()
        }),
        expand: vec!["customer".to_owned(), "line_items".to_owned()],
        ..CreateCheckoutSession::default()
    };
    let session = stripe
        .client()
        .create_checkout_session(&params, &key("operation-7"))
        .await
        .unwrap();
    assert_eq!(session.id, "cs_1");

    let requests = stripe.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.method, "POST");
    assert_eq!(request.path, "/v1/checkout/sessions");
    assert_eq!(request.header("idempotency-key"), Some("operation-7"));
    assert_eq!(request.header("stripe-version"), Some(API_VERSION));
    assert_eq!(
        request.header("authorization"),
        Some("Bearer sk_test_hidden")
    );
    assert_eq!(
        request.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    let mut form = request.form.clone();
    form.sort();
    assert_eq!(
        form,
        pairs(&[
            ("customer", "cus_1"),
            ("expand[0]", "customer"),
            ("expand[1]", "line_items"),
            ("line_items[0][price]", "price_1"),
            ("line_items[0][quantity]", "1"),
            ("line_items[1][price]", "price_2"),
            ("line_items[1][quantity]", "50"),
            ("mode", "subscription"),
            ("subscription_data[metadata][tollgate customer]", "a&b=c"),
            ("subscription_data[trial_period_days]", "14"),
            (
                "success_url",
                "https://app.example/done?id={CHECKOUT_SESSION_ID}"
            ),
        ])
    );
}

#[tokio::test]
async fn a_get_has_the_version_and_no_key() {
    let stripe = FakeStripe::answering(vec![Answer::customer()]).await;
    stripe.client().customer("cus_1").await.unwrap();
    let request = &stripe.requests()[0];
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("GET", "/v1/customers/cus_1")
    );
    assert_eq!(request.header("stripe-version"), Some(API_VERSION));
    assert_eq!(request.header("idempotency-key"), None);
    assert!(request.form.is_empty() && request.query.is_empty());
}

#[tokio::test]
async fn lists_and_references_stand_in_the_query() {
    let stripe =
        FakeStripe::answering(vec![Answer::new(200, r#"{"object":"list","data":[]}"#)]).await;
    let filter = ListPrices {
        active: Some(true),
        lookup_keys: vec!["pro monthly".to_owned(), "pro_annual".to_owned()],
        expand: vec!["data.product".to_owned()],
        ..ListPrices::default()
    };
    let page = Page {
        limit: Some(5),
        ..Page::default()
    };
    let prices = stripe.client().list(&filter, &page).await.unwrap();
    assert!(prices.data.is_empty() && !prices.has_more);
    let request = &stripe.requests()[0];
    assert_eq!(request.path, "/v1/prices");
    let mut query = request.query.clone();
    query.sort();
    assert_eq!(
        query,
        pairs(&[
            ("active", "true"),
            ("expand[0]", "data.product"),
            ("limit", "5"),
            ("lookup_keys[0]", "pro monthly"),
            ("lookup_keys[1]", "pro_annual"),
        ])
    );
}

#[tokio::test]
async fn a_cancellation_is_a_delete_with_its_reason() {
    let stripe = FakeStripe::answering(vec![Answer::new(
        200,
        r#"{"id":"sub_1","status":"canceled"}"#,
    )])
    .await;
    let params = CancelSubscription {
        cancellation_details: Some(CancellationParams {
            comment: Some("too many buttons".into()),
            feedback: Some(CancellationFeedback::TooComplex),
        }),
        ..CancelSubscription::default()
    };
    let client = stripe.client();
    let subscription = client.cancel_subscription("sub_1", &params).await.unwrap();
    assert!(subscription.status.is_final());
    let request = &stripe.requests()[0];
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("DELETE", "/v1/subscriptions/sub_1")
    );
    assert_eq!(
        request.query("cancellation_details[feedback]"),
        Some("too_complex")
    );
    assert_eq!(
        request.query("cancellation_details[comment]"),
        Some("too many buttons")
    );
}

#[tokio::test]
async fn the_base_may_have_a_path() {
    let stripe = FakeStripe::answering(vec![Answer::customer()]).await;
    for base_url in ["/stripe", "/stripe/"].map(|path| format!("{}{path}", stripe.base_url)) {
        client(quick(&base_url)).customer("cus_1").await.unwrap();
    }
    for request in stripe.requests() {
        assert_eq!(request.path, "/stripe/v1/customers/cus_1");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let stripe =
        FakeStripe::answering(vec![Answer::new(307, "").with("location", "/elsewhere")]).await;
    let error = stripe
        .client()
        .create_customer(&CreateCustomer::default(), &key("operation-1"))
        .await
        .unwrap_err();
    assert_eq!(error.refusal().unwrap().status, 307);
    assert_eq!(stripe.requests().len(), 1);
}
