//! The client against a small Stripe in the same process.

mod fake;
mod lists;
mod refusals;
mod requests;
mod retries;

use fake::{Answer, FakeStripe};
use tollgate_stripe::{CreateCustomer, IdempotencyKey, ListCustomers};

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::new(text).unwrap()
}

#[tokio::test]
async fn calls_run_in_tasks_of_their_own() {
    let stripe = FakeStripe::start(|_, request| {
        if request.method == "POST" {
            Answer::customer()
        } else {
            Answer::new(200, r#"{"object":"list","data":[]}"#)
        }
    })
    .await;
    let client = stripe.client();
    let task = tokio::spawn(async move {
        let params = CreateCustomer::default();
        let key = key("operation-1");
        let created = client.create_customer(&params, &key).await.unwrap();
        let listing = client.list_all(&ListCustomers::default(), 5).await.unwrap();
        (created.id, listing.is_complete)
    });
    assert_eq!(task.await.unwrap(), ("cus_1".to_owned(), true));
}
