//! `expand[]`: identifiers replaced by the objects they name, and lists that are shown on request.

use super::State;
use super::charge::Charge;
use super::checkout::{self, Session};
use super::coupon::Coupon;
use super::customer::Customer;
use super::discount::Discount;
use super::error::ApiError;
use super::invoice::Invoice;
use super::invoice_payment;
use super::list;
use super::params::Params;
use super::payment_intent::PaymentIntent;
use super::payment_method::PaymentMethod;
use super::price::Price;
use super::product::Product;
use super::promotion_code::PromotionCode;
use super::refund::Refund;
use super::schedule::Schedule;
use super::subscription::Subscription;
use super::table::Record;
use serde_json::Value;

/// How many steps one path may have, as at Stripe.
const DEPTH_MAX: usize = 4;

/// Expands what the request asks for.
pub(crate) fn apply(state: &State, params: &Params, answer: &mut Value) -> Result<(), ApiError> {
    for path in params.texts("expand") {
        let steps: Vec<&str> = path.split('.').collect();
        let depth_max = DEPTH_MAX + usize::from(steps.first() == Some(&"data"));
        if steps.len() > depth_max {
            return Err(ApiError::invalid(format!(
                "You cannot expand more than {DEPTH_MAX} levels of a property. Property: {path}"
            ))
            .param("expand"));
        }
        step(state, answer, &steps, &path)?;
    }
    Ok(())
}

fn step(state: &State, value: &mut Value, steps: &[&str], path: &str) -> Result<(), ApiError> {
    let Some((name, rest)) = steps.split_first() else {
        return Ok(());
    };
    if value.is_null() || value.is_string() {
        return Ok(());
    }
    if let Some(included) = included(state, value, name) {
        value[*name] = included;
    }
    let Some(place) = value.get_mut(*name) else {
        return Err(
            ApiError::invalid(format!("This property cannot be expanded ({path})."))
                .code("property_cannot_be_expanded")
                .param("expand"),
        );
    };
    if let Some(items) = place.as_array_mut() {
        for item in items {
            replace(state, name, item);
            step(state, item, rest, path)?;
        }
        return Ok(());
    }
    replace(state, name, place);
    step(state, place, rest, path)
}

/// Puts the object in the place of its identifier.
fn replace(state: &State, name: &str, place: &mut Value) {
    let Some(id) = place.as_str() else {
        return;
    };
    let object = if name == "coupon" {
        state.json::<Coupon>(id)
    } else {
        by_id(state, id)
    };
    if !object.is_null() {
        *place = object;
    }
}

fn by_id(state: &State, id: &str) -> Value {
    let Some((prefix, _)) = id.rsplit_once('_') else {
        return Value::Null;
    };
    match prefix {
        "cus" => state.json::<Customer>(id),
        "sub" => state.json::<Subscription>(id),
        "sub_sched" => state.json::<Schedule>(id),
        "in" => state.json::<Invoice>(id),
        "pi" => state.json::<PaymentIntent>(id),
        "pm" => state.json::<PaymentMethod>(id),
        "ch" => state.json::<Charge>(id),
        "re" => state.json::<Refund>(id),
        "di" => state.json::<Discount>(id),
        "promo" => state.json::<PromotionCode>(id),
        "cs_test" => state.json::<Session>(id),
        "price" => state.json::<Price>(id),
        _ => state.json::<Product>(id),
    }
}

/// A list that an object shows on request only.
fn included(state: &State, value: &Value, name: &str) -> Option<Value> {
    let id = value["id"].as_str()?;
    match (value["object"].as_str()?, name) {
        ("checkout.session", "line_items") => {
            let session = state.sessions.get(id)?;
            let url = format!("/v1/checkout/sessions/{id}/line_items");
            Some(list::whole(&checkout::line_items(state, session), &url))
        }
        ("invoice", "payments") => Some(list::whole(
            &invoice_payment::of_invoice(state, id),
            "/v1/invoice_payments",
        )),
        ("charge", "refunds") => {
            let refunds: Vec<Value> = Refund::table(state)
                .newest_first()
                .filter(|refund| refund.charge == id)
                .map(|refund| refund.to_json(state))
                .collect();
            Some(list::whole(&refunds, &format!("/v1/charges/{id}/refunds")))
        }
        ("customer", "subscriptions") => {
            let subscriptions: Vec<Value> = Subscription::table(state)
                .newest_first()
                .filter(|subscription| {
                    subscription.customer == id && !subscription.status.has_ended()
                })
                .map(|subscription| subscription.to_json(state))
                .collect();
            Some(list::whole(
                &subscriptions,
                &format!("/v1/customers/{id}/subscriptions"),
            ))
        }
        _ => None,
    }
}
