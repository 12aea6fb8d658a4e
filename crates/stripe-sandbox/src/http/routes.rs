//! Every route of the API, in one place.

use crate::state::charge::{self, Charge};
use crate::state::checkout::{self, Session};
use crate::state::coupon::{self, Coupon};
use crate::state::customer::{self, Customer};
use crate::state::discount::Discount;
use crate::state::dispute::{self, Dispute};
use crate::state::error::ApiError;
use crate::state::event::{self, Event};
use crate::state::invoice::{self, Invoice};
use crate::state::params::Params;
use crate::state::payment_intent::{self, PaymentIntent};
use crate::state::payment_method::{self, PaymentMethod};
use crate::state::price::{self, Price};
use crate::state::product::{self, Product};
use crate::state::promotion_code::{self, PromotionCode};
use crate::state::refund::{self, Refund};
use crate::state::schedule::{self, Schedule};
use crate::state::subscription::{self, Subscription};
use crate::state::table::Record;
use crate::state::webhook_endpoint::{self, WebhookEndpoint};
use crate::state::{
    Answer, Context, State, invoice_payment, invoice_preview, payment_intent_request, portal,
    subscription_cancel, subscription_start, subscription_update,
};

/// Answers a request; `path` comes without its version.
#[expect(clippy::too_many_lines, reason = "one table of all routes")]
pub(crate) fn dispatch(
    state: &mut State,
    context: &mut Context<'_>,
    method: &str,
    path: &[&str],
    params: &Params,
) -> Answer {
    match (method, path) {
        ("POST", ["customers"]) => customer::create(state, context, params),
        ("GET", ["customers"]) => customer::list(state, params),
        ("GET", ["customers", id]) => get::<Customer>(state, id, "id", params),
        ("POST", ["customers", id]) => customer::update(state, context, id, params),
        ("DELETE", ["customers", id]) => customer::delete(state, context, id),
        ("GET", ["customers", id, "payment_methods"]) => {
            payment_method::list(state, params, Some(id))
        }
        ("GET", ["discounts", id]) => get::<Discount>(state, id, "discount", params),

        ("POST", ["products"]) => product::create(state, context, params),
        ("GET", ["products"]) => product::list(state, params),
        ("GET", ["products", id]) => get::<Product>(state, id, "id", params),
        ("POST", ["products", id]) => product::update(state, context, id, params),
        ("DELETE", ["products", id]) => product::delete(state, context, id),

        ("POST", ["prices"]) => price::create(state, context, params),
        ("GET", ["prices"]) => price::list(state, params),
        ("GET", ["prices", id]) => get::<Price>(state, id, "price", params),
        ("POST", ["prices", id]) => price::update(state, context, id, params),

        ("POST", ["coupons"]) => coupon::create(state, context, params),
        ("GET", ["coupons"]) => coupon::list(state, params),
        ("GET", ["coupons", id]) => get::<Coupon>(state, id, "coupon", params),
        ("POST", ["coupons", id]) => coupon::update(state, context, id, params),
        ("DELETE", ["coupons", id]) => coupon::delete(state, context, id),

        ("POST", ["promotion_codes"]) => promotion_code::create(state, context, params),
        ("GET", ["promotion_codes"]) => promotion_code::list(state, params),
        ("GET", ["promotion_codes", id]) => {
            get::<PromotionCode>(state, id, "promotion_code", params)
        }
        ("POST", ["promotion_codes", id]) => promotion_code::update(state, context, id, params),

        ("POST", ["checkout", "sessions"]) => checkout::create(state, context, params),
        ("GET", ["checkout", "sessions"]) => checkout::list(state, params),
        ("GET", ["checkout", "sessions", id]) => get::<Session>(state, id, "session", params),
        ("POST", ["checkout", "sessions", id]) => checkout::update(state, id, params),
        ("POST", ["checkout", "sessions", id, "expire"]) => {
            checkout::expire_on_request(state, context, id)
        }
        ("GET", ["checkout", "sessions", id, "line_items"]) => {
            checkout::list_line_items(state, id, params)
        }

        ("POST", ["billing_portal", "sessions"]) => portal::create(state, context, params),

        ("POST", ["payment_methods", id, "attach"]) => {
            payment_method::attach(state, context, id, params)
        }
        ("POST", ["payment_methods", id, "detach"]) => payment_method::detach(state, context, id),
        ("GET", ["payment_methods"]) => payment_method::list(state, params, None),
        ("GET", ["payment_methods", id]) => {
            get::<PaymentMethod>(state, id, "payment_method", params)
        }

        ("POST", ["subscriptions"]) => subscription_start::create(state, context, params),
        ("GET", ["subscriptions"]) => subscription::list(state, params),
        ("GET", ["subscriptions", id]) => get::<Subscription>(state, id, "id", params),
        ("POST", ["subscriptions", id]) => subscription_update::update(state, context, id, params),
        ("DELETE", ["subscriptions", id]) => {
            subscription_cancel::cancel(state, context, id, params)
        }
        ("POST", ["subscriptions", id, "pause"]) => {
            subscription_update::pause(state, context, id, params)
        }
        ("POST", ["subscriptions", id, "resume"]) => {
            subscription_update::resume(state, context, id, params)
        }
        ("GET", ["subscription_items"]) => subscription::list_items(state, params),

        ("POST", ["subscription_schedules"]) => schedule::create(state, context, params),
        ("GET", ["subscription_schedules"]) => schedule::list(state, params),
        ("GET", ["subscription_schedules", id]) => get::<Schedule>(state, id, "schedule", params),
        ("POST", ["subscription_schedules", id]) => schedule::update(state, context, id, params),
        ("POST", ["subscription_schedules", id, "release"]) => {
            schedule::release(state, context, id)
        }
        ("POST", ["subscription_schedules", id, "cancel"]) => schedule::cancel(state, context, id),

        ("POST", ["invoices", "create_preview"]) => invoice_preview::create(state, context, params),
        ("GET", ["invoices"]) => invoice::list(state, params),
        ("GET", ["invoices", id]) => get::<Invoice>(state, id, "invoice", params),
        ("POST", ["invoices", id]) => invoice::update(state, context, id, params),
        ("GET", ["invoices", id, "lines"]) => invoice::lines(state, id, params),
        ("POST", ["invoices", id, "finalize"]) => invoice::finalize_draft(state, context, id),
        ("POST", ["invoices", id, "pay"]) => invoice::pay(state, context, id, params),
        ("POST", ["invoices", id, "void"]) => invoice::end(state, context, id, false),
        ("POST", ["invoices", id, "mark_uncollectible"]) => invoice::end(state, context, id, true),
        ("GET", ["invoice_payments"]) => invoice_payment::list(state, params),

        ("POST", ["payment_intents"]) => payment_intent_request::create(state, context, params),
        ("GET", ["payment_intents"]) => payment_intent::list(state, params),
        ("GET", ["payment_intents", id]) => get::<PaymentIntent>(state, id, "intent", params),
        ("POST", ["payment_intents", id]) => payment_intent::update(state, id, params),
        ("POST", ["payment_intents", id, "confirm"]) => {
            payment_intent_request::confirm(state, context, id, params)
        }
        ("POST", ["payment_intents", id, "cancel"]) => {
            payment_intent_request::cancel(state, context, id, params)
        }
        ("GET", ["charges"]) => charge::list(state, params),
        ("GET", ["charges", id]) => get::<Charge>(state, id, "charge", params),

        ("POST", ["refunds"]) => refund::create(state, context, params),
        ("GET", ["refunds"]) => refund::list(state, params),
        ("GET", ["refunds", id]) => get::<Refund>(state, id, "refund", params),
        ("POST", ["refunds", id]) => refund::update(state, context, id, params),

        ("GET", ["disputes"]) => dispute::list(state, params),
        ("GET", ["disputes", id]) => get::<Dispute>(state, id, "dispute", params),
        ("POST", ["disputes", id, "close"]) => dispute::close(state, context, id, params),

        ("POST", ["webhook_endpoints"]) => webhook_endpoint::create(state, context, params),
        ("GET", ["webhook_endpoints"]) => webhook_endpoint::list(state, params),
        ("GET", ["webhook_endpoints", id]) => {
            get::<WebhookEndpoint>(state, id, "webhook_endpoint", params)
        }
        ("POST", ["webhook_endpoints", id]) => webhook_endpoint::update(state, id, params),
        ("DELETE", ["webhook_endpoints", id]) => webhook_endpoint::delete(state, id),

        ("GET", ["events"]) => event::list(state, params),
        ("GET", ["events", id]) => get::<Event>(state, id, "id", params),

        _ => Err(ApiError::no_route(
            method,
            &format!("/v1/{}", path.join("/")),
        )),
    }
}

/// One object.
fn get<T: Record>(state: &State, id: &str, param: &str, params: &Params) -> Answer {
    params.only(&["expand"])?;
    Ok(state.find::<T>(id, param)?.to_json(state))
}
