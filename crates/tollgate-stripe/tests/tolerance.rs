//! No field that is missing, null or of another shape loses an object.

use serde_json::{Value, json};
use tollgate_stripe::{
    Charge, CheckoutSession, Customer, Dispute, Event, Invoice, InvoicePayment, Object,
    PaymentIntent, PortalSession, Price, Product, PromotionCode, Refund, Schedule, Subscription,
};

/// Everything that JSON has.
fn shapes() -> [Value; 9] {
    [
        Value::Null,
        json!(true),
        json!(-7),
        json!(1.5),
        json!(1e300),
        json!("text"),
        json!([]),
        json!([{}, null, "text"]),
        json!({"unknown": {"nested": [1]}}),
    ]
}

/// Every way to damage one field of `value`, at any depth, except those of `kept` at the top.
fn damaged(value: &Value, kept: &[&str]) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if kept.contains(&name.as_str()) {
                    continue;
                }
                let with = |field: Option<Value>| {
                    let mut fields = fields.clone();
                    match field {
                        Some(field) => fields.insert(name.clone(), field),
                        None => fields.remove(name),
                    };
                    Value::Object(fields)
                };
                all.push(with(None));
                all.extend(shapes().map(|shape| with(Some(shape))));
                all.extend(
                    damaged(field, &[])
                        .into_iter()
                        .map(|field| with(Some(field))),
                );
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                for other in damaged(item, &[]).into_iter().chain(shapes()) {
                    let mut items = items.clone();
                    items[place] = other;
                    all.push(Value::Array(items));
                }
            }
        }
        _ => {}
    }
    all
}

fn check<T: Object>(value: &Value, kept: &[&str]) {
    let id = value["id"].as_str().unwrap().to_owned();
    assert!(T::deserialize(value).is_ok(), "{value}");
    let damaged = damaged(value, kept);
    assert!(!damaged.is_empty());
    for value in damaged {
        match T::deserialize(&value) {
            Ok(object) => assert_eq!(object.id(), id),
            Err(error) => panic!("{}: {error}: {value}", T::WHAT),
        }
    }
}

fn check_object<T: Object>(value: &Value) {
    check::<T>(value, &["id"]);
}

#[test]
fn customers_products_and_prices() {
    check_object::<Customer>(&json!({
        "id": "cus_1", "created": 1, "currency": "usd", "delinquent": false, "email": "a@b",
        "balance": -5, "livemode": true, "metadata": {"a": "b"},
        "invoice_settings": {"default_payment_method": {"id": "pm_1", "type": "card"}}
    }));
    check_object::<Product>(&json!({
        "id": "prod_1", "active": true, "default_price": "price_1", "name": "Pro",
        "metadata": {"plan": "pro"}
    }));
    check_object::<Price>(&json!({
        "id": "price_1", "active": true, "currency": "usd", "type": "recurring",
        "product": {"id": "prod_1", "name": "Pro"}, "unit_amount": 999,
        "recurring": {"interval": "month", "interval_count": 1}, "unit_amount_decimal": "999"
    }));
    check_object::<PromotionCode>(&json!({
        "id": "promo_1", "active": true, "code": "SAVE", "times_redeemed": 1,
        "promotion": {"type": "coupon", "coupon": {"id": "half", "percent_off": 50.5}}
    }));
}

#[test]
fn subscriptions_and_schedules() {
    check_object::<Subscription>(&json!({
        "id": "sub_1", "customer": "cus_1", "status": "active", "cancel_at_period_end": false,
        "items": {"data": [{"id": "si_1", "current_period_start": 1, "current_period_end": 2,
            "price": {"id": "price_1"}, "quantity": 1}], "has_more": false},
        "discounts": ["di_1"], "latest_invoice": {"id": "in_1", "status": "paid"},
        "cancellation_details": {"comment": null, "feedback": "unused", "reason": "x"},
        "pending_update": {"expires_at": 1, "subscription_items": [{"id": "si_2"}]},
        "schedule": "sub_sched_1", "metadata": {"a": "b"}, "trial_end": 5,
        "status_details": {"paused": {"subscription": {"type": "pause_requested"}}}
    }));
    check_object::<Schedule>(&json!({
        "id": "sub_sched_1", "status": "active", "subscription": "sub_1",
        "current_phase": {"start_date": 1, "end_date": 2}, "end_behavior": "release",
        "phases": [{"start_date": 1, "end_date": 2, "items": [{"price": "price_1"}]}]
    }));
}

#[test]
fn invoices_and_their_payments() {
    check_object::<Invoice>(&json!({
        "id": "in_1", "status": "paid", "customer": "cus_1", "total": 5, "attempt_count": 1,
        "parent": {"subscription_details": {"subscription": "sub_1", "metadata": {"a": "b"}}},
        "lines": {"data": [{"id": "il_1", "amount": 5, "period": {"start": 1, "end": 2},
            "pricing": {"price_details": {"price": "price_1"}},
            "parent": {"subscription_item_details": {"proration": true}}}]},
        "payments": {"data": [{"id": "inpay_1", "payment": {"payment_intent": "pi_1"}}]},
        "total_taxes": [{"amount": 5}], "status_transitions": {"paid_at": 5}
    }));
    check_object::<InvoicePayment>(&json!({
        "id": "inpay_1", "invoice": "in_1", "is_default": true, "status": "paid",
        "payment": {"type": "payment_intent", "payment_intent": {"id": "pi_1"}}
    }));
}

#[test]
fn payments_and_what_is_given_back() {
    check_object::<PaymentIntent>(&json!({
        "id": "pi_1", "status": "succeeded", "amount": 5, "latest_charge": {"id": "ch_1"},
        "charges": {"data": [{"id": "ch_1"}]}, "client_secret": "s",
        "last_payment_error": {"code": "x", "type": "card_error"}
    }));
    check_object::<Charge>(&json!({
        "id": "ch_1", "amount": 5, "amount_refunded": 2, "paid": true, "payment_intent": "pi_1",
        "refunds": {"data": [{"id": "re_1", "amount": 2}]}
    }));
    check_object::<Refund>(&json!({
        "id": "re_1", "amount": 2, "status": "succeeded", "reason": "duplicate", "charge": "ch_1"
    }));
    check_object::<Dispute>(&json!({
        "id": "du_1", "amount": 2, "status": "won", "charge": "ch_1", "reason": "fraudulent"
    }));
}

#[test]
fn visits() {
    check_object::<CheckoutSession>(&json!({
        "id": "cs_1", "mode": "payment", "status": "complete", "payment_status": "paid",
        "customer_details": {"email": "a@b"}, "payment_intent": "pi_1", "url": null,
        "line_items": {"data": [{"id": "li_1", "price": {"id": "price_1"}, "quantity": 5}]}
    }));
    check_object::<PortalSession>(&json!({"id": "bps_1", "customer": "cus_1", "url": "https://a"}));
}

#[test]
fn events() {
    check::<Event>(
        &json!({
            "id": "evt_1", "type": "invoice.paid", "created": 1, "livemode": true,
            "account": "acct_1", "api_version": "2026-10-28.endive", "request": {"id": "req_1"},
            "data": {"object": {"id": "in_1"}}
        }),
        &["id", "type", "data"],
    );
}
