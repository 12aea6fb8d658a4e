//! The pure state machine: objects, their changes and the events that changes make. The time and
//! the source of identifiers are arguments; nothing here reads a clock or the network.

pub(crate) mod calendar;
pub(crate) mod charge;
pub(crate) mod checkout;
pub(crate) mod checkout_payment;
pub(crate) mod coupon;
pub(crate) mod customer;
pub(crate) mod discount;
pub(crate) mod dispute;
pub(crate) mod due;
pub(crate) mod error;
pub(crate) mod event;
pub(crate) mod expand;
pub(crate) mod id;
pub(crate) mod invoice;
pub(crate) mod invoice_line;
pub(crate) mod invoice_payment;
pub(crate) mod invoice_preview;
pub(crate) mod list;
pub(crate) mod params;
pub(crate) mod payment_intent;
pub(crate) mod payment_intent_request;
pub(crate) mod payment_method;
pub(crate) mod portal;
pub(crate) mod price;
pub(crate) mod product;
pub(crate) mod promotion_code;
pub(crate) mod refund;
pub(crate) mod schedule;
pub(crate) mod subscription;
pub(crate) mod subscription_cancel;
pub(crate) mod subscription_cycle;
pub(crate) mod subscription_start;
pub(crate) mod subscription_update;
pub(crate) mod table;
pub(crate) mod webhook_endpoint;

#[cfg(test)]
mod lifecycle_tests;
#[cfg(test)]
mod random_tests;
#[cfg(test)]
mod world;

use crate::config::Dunning;
use calendar::UnixSeconds;
use error::ApiError;
use event::Cause;
use id::Ids;
use serde_json::Value;
use table::{Record, Table};

/// Everything the sandbox knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// Where its pages are reached.
    pub(crate) base_url: String,
    /// How failed payments are tried again.
    pub(crate) dunning: Dunning,
    pub(crate) customers: Table<customer::Customer>,
    pub(crate) products: Table<product::Product>,
    pub(crate) prices: Table<price::Price>,
    pub(crate) coupons: Table<coupon::Coupon>,
    pub(crate) promotion_codes: Table<promotion_code::PromotionCode>,
    pub(crate) discounts: Table<discount::Discount>,
    pub(crate) payment_methods: Table<payment_method::PaymentMethod>,
    pub(crate) payment_intents: Table<payment_intent::PaymentIntent>,
    pub(crate) charges: Table<charge::Charge>,
    pub(crate) refunds: Table<refund::Refund>,
    pub(crate) disputes: Table<dispute::Dispute>,
    pub(crate) invoices: Table<invoice::Invoice>,
    pub(crate) subscriptions: Table<subscription::Subscription>,
    pub(crate) schedules: Table<schedule::Schedule>,
    pub(crate) sessions: Table<checkout::Session>,
    pub(crate) portal_sessions: Table<portal::PortalSession>,
    pub(crate) webhook_endpoints: Table<webhook_endpoint::WebhookEndpoint>,
    pub(crate) events: Table<event::Event>,
    /// Events that wait to be handed to the webhooks.
    pub(crate) outbox: Vec<String>,
}

/// What a step is given from outside: the time, the source of identifiers and the request.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// The sandbox's time.
    pub(crate) now: UnixSeconds,
    /// The source of identifiers.
    pub(crate) ids: &'a mut Ids,
    /// The request that the step answers; nothing when the clock or a page brought it about.
    pub(crate) cause: Cause,
}

/// An answer of the API.
pub(crate) type Answer = Result<Value, ApiError>;

impl State {
    /// The object that a path names.
    pub(crate) fn find<T: Record>(&self, id: &str, param: &str) -> Result<&T, ApiError> {
        T::table(self)
            .get(id)
            .ok_or_else(|| ApiError::no_such(404, T::OBJECT, id, param))
    }

    /// The object that a parameter names.
    pub(crate) fn refer<T: Record>(
        &self,
        id: &str,
        param: impl AsRef<str>,
    ) -> Result<&T, ApiError> {
        T::table(self)
            .get(id)
            .ok_or_else(|| ApiError::no_such(400, T::OBJECT, id, param.as_ref()))
    }

    /// An object as the API shows it; null when there is none.
    pub(crate) fn json<T: Record>(&self, id: &str) -> Value {
        T::table(self)
            .get(id)
            .map_or(Value::Null, |record| record.to_json(self))
    }

    /// Keeps a new object and tells of it.
    pub(crate) fn add<T: Record>(
        &mut self,
        context: &mut Context<'_>,
        record: T,
        event: &'static str,
    ) -> Value {
        let object = record.to_json(self);
        T::table_mut(self).insert(record);
        self.tell(context, event, &object, None);
        object
    }

    /// Keeps a new object without an event.
    pub(crate) fn keep<T: Record>(&mut self, record: T) -> Value {
        let object = record.to_json(self);
        T::table_mut(self).insert(record);
        object
    }

    /// Changes an object and tells of it, if anything that is shown has changed.
    pub(crate) fn change<T: Record>(
        &mut self,
        context: &mut Context<'_>,
        id: &str,
        event: &'static str,
        change: impl FnOnce(&mut T),
    ) -> Value {
        let before = self.json::<T>(id);
        self.quietly(id, change);
        let after = self.json::<T>(id);
        if let Some(previous) = event::difference(&before, &after) {
            self.tell(context, event, &after, Some(previous));
        }
        after
    }

    /// Changes an object without an event.
    pub(crate) fn quietly<T: Record>(&mut self, id: &str, change: impl FnOnce(&mut T)) {
        if let Some(record) = T::table_mut(self).get_mut(id) {
            change(record);
        }
    }

    /// Tells of an object as it is now.
    pub(crate) fn announce<T: Record>(
        &mut self,
        context: &mut Context<'_>,
        id: &str,
        event: &'static str,
    ) {
        let object = self.json::<T>(id);
        self.tell(context, event, &object, None);
    }

    fn tell(
        &mut self,
        context: &mut Context<'_>,
        kind: &'static str,
        object: &Value,
        previous: Option<Value>,
    ) {
        let event = event::Event::new(context, kind, object, previous);
        self.outbox.push(event.id().to_owned());
        self.events.insert(event);
    }
}

/// Writes the part of [`Record`] that is the same for every kind.
macro_rules! record {
    ($kind:ty, $object:literal, $table:ident) => {
        impl $crate::state::table::Record for $kind {
            const OBJECT: &'static str = $object;
            fn id(&self) -> &str {
                &self.id
            }
            fn to_json(&self, state: &$crate::state::State) -> serde_json::Value {
                self.shown(state)
            }
            fn table(state: &$crate::state::State) -> &$crate::state::table::Table<Self> {
                &state.$table
            }
            fn table_mut(
                state: &mut $crate::state::State,
            ) -> &mut $crate::state::table::Table<Self> {
                &mut state.$table
            }
        }
    };
}
pub(crate) use record;
