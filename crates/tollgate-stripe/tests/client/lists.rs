//! Lists of more than one page.

use crate::fake::{Answer, FakeStripe, Request};
use tollgate_stripe::{ListInvoiceLines, ListInvoices};

/// A list of this many invoices, `in_1` first, that gives pages as Stripe does.
fn page(request: &Request, total: usize) -> Answer {
    let limit: usize = request.query("limit").unwrap().parse().unwrap();
    let first = request
        .query("starting_after")
        .map_or(0, |id| id.strip_prefix("in_").unwrap().parse().unwrap());
    let last = (first + limit).min(total);
    let data: Vec<String> = (first + 1..=last)
        .map(|number| format!(r#"{{"id":"in_{number}","object":"invoice"}}"#))
        .collect();
    let body = format!(
        r#"{{"object":"list","url":"/v1/invoices","has_more":{},"data":[{}]}}"#,
        last < total,
        data.join(",")
    );
    Answer::new(200, body)
}

fn of_one_customer() -> ListInvoices {
    ListInvoices {
        customer: Some("cus_1".to_owned()),
        ..ListInvoices::default()
    }
}

#[tokio::test]
async fn pagination_over_100() {
    let stripe = FakeStripe::start(|_, request| page(request, 250)).await;
    let listing = stripe
        .client()
        .list_all(&of_one_customer(), 1_000)
        .await
        .unwrap();
    assert!(listing.is_complete);
    let ids: Vec<_> = listing.items.iter().map(|item| item.id.clone()).collect();
    let expected: Vec<_> = (1..=250).map(|number| format!("in_{number}")).collect();
    assert_eq!(ids, expected);

    let requests = stripe.requests();
    let cursors: Vec<_> = requests
        .iter()
        .map(|request| request.query("starting_after"))
        .collect();
    assert_eq!(cursors, [None, Some("in_100"), Some("in_200")]);
    for request in &requests {
        assert_eq!(request.query("customer"), Some("cus_1"));
    }
}

#[tokio::test]
async fn a_maximum_ends_the_reading_and_says_so() {
    let stripe = FakeStripe::start(|_, request| page(request, 250)).await;
    for (items_max, requests) in [(120, 2), (100, 1), (1, 1), (0, 0)] {
        let before = stripe.requests().len();
        let listing = stripe
            .client()
            .list_all(&of_one_customer(), items_max)
            .await
            .unwrap();
        assert_eq!(listing.items.len(), items_max);
        assert!(!listing.is_complete);
        assert_eq!(stripe.requests().len() - before, requests);
    }
    let all = stripe.client().list_all(&of_one_customer(), 250).await;
    assert!(all.unwrap().is_complete);
}

#[tokio::test]
async fn a_list_that_never_ends_is_left() {
    let stripe = FakeStripe::answering(vec![Answer::new(
        200,
        r#"{"object":"list","has_more":true,"data":[]}"#,
    )])
    .await;
    let listing = stripe.client().list_all(&of_one_customer(), 1_000).await;
    assert!(!listing.unwrap().is_complete);
    assert_eq!(stripe.requests().len(), 1);
}

#[tokio::test]
async fn a_list_can_belong_to_an_object() {
    let stripe = FakeStripe::answering(vec![Answer::new(
        200,
        r#"{"object":"list","has_more":false,"data":[{"id":"il_1"}]}"#,
    )])
    .await;
    let lines = ListInvoiceLines {
        invoice: "in_1".to_owned(),
        ..ListInvoiceLines::default()
    };
    let listing = stripe.client().list_all(&lines, 10).await.unwrap();
    assert_eq!(listing.items[0].id, "il_1");
    let request = &stripe.requests()[0];
    assert_eq!(request.path, "/v1/invoices/in_1/lines");
    assert_eq!(request.query, [("limit".to_owned(), "10".to_owned())]);
}
