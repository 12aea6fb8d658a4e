//! The lines of an invoice, in every version's shape.

use crate::expandable::Expandable;
use crate::period::Period;
use crate::price::Price;
use crate::subscription::{Subscription, SubscriptionItem};
use std::collections::BTreeMap;

object! {
    /// One line of an invoice.
    InvoiceLine = "a line of an invoice" {
        /// Minor units; negative for a credit.
        amount: Option<i64>,
        /// Its currency, three letters in lower case.
        currency: Option<String>,
        /// What it says.
        description: Option<String>,
        /// How many.
        quantity: Option<i64>,
        /// What it is paid for, from when to when.
        period: Option<Period>,
        /// What it costs; see [`Self::price_id`].
        pricing: Option<LinePricing>,
        /// What it costs, in versions before 2025-03-31; see [`Self::price_id`].
        price: Option<Expandable<Price>>,
        /// What it costs, in versions before prices; see [`Self::price_id`].
        plan: Option<Expandable<Price>>,
        /// Where it comes from; see [`Self::subscription_id`], [`Self::is_proration`].
        parent: Option<LineParent>,
        /// Whether it settles a change within a period, in versions before 2025-03-31.
        proration: Option<bool>,
        /// Its subscription.
        subscription: Option<Expandable<Subscription>>,
        /// Its item, in versions before 2025-03-31.
        subscription_item: Option<Expandable<SubscriptionItem>>,
        /// What was stored with it.
        metadata: BTreeMap<String, String>,
    }
}

part! {
    /// What a line costs.
    pub LinePricing {
        /// Its price.
        price_details: Option<LinePriceDetails>,
        /// Minor units for each, with decimals.
        unit_amount_decimal: Option<String>,
    }
}

part! {
    /// The price of a line.
    pub LinePriceDetails {
        /// The price.
        price: Option<Expandable<Price>>,
        /// The product.
        product: Option<String>,
    }
}

part! {
    /// Where a line comes from.
    pub LineParent {
        /// An item of a subscription.
        subscription_item_details: Option<LineSource>,
        /// An invoice item.
        invoice_item_details: Option<LineSource>,
    }
}

part! {
    /// The item that a line comes from.
    pub LineSource {
        /// Whether it settles a change within a period.
        proration: bool,
        /// The subscription.
        subscription: Option<String>,
        /// The item of the subscription.
        subscription_item: Option<String>,
    }
}

impl InvoiceLine {
    /// The price of it, from wherever the version has it.
    pub fn price_id(&self) -> Option<&str> {
        self.pricing
            .as_ref()
            .and_then(|pricing| pricing.price_details.as_ref())
            .and_then(|details| details.price.as_ref())
            .or(self.price.as_ref())
            .or(self.plan.as_ref())
            .map(Expandable::id)
    }

    fn source(&self) -> Option<&LineSource> {
        let parent = self.parent.as_ref()?;
        parent
            .subscription_item_details
            .as_ref()
            .or(parent.invoice_item_details.as_ref())
    }

    /// The subscription that it is for.
    pub fn subscription_id(&self) -> Option<&str> {
        self.source()
            .and_then(|source| source.subscription.as_deref())
            .or_else(|| self.subscription.as_ref().map(Expandable::id))
    }

    /// The item of the subscription that it is for.
    pub fn subscription_item_id(&self) -> Option<&str> {
        self.source()
            .and_then(|source| source.subscription_item.as_deref())
            .or_else(|| self.subscription_item.as_ref().map(Expandable::id))
    }

    /// Whether it settles a change within a period.
    pub fn is_proration(&self) -> bool {
        self.source()
            .map_or(self.proration == Some(true), |source| source.proration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) {
        let line: InvoiceLine = serde_json::from_str(text).unwrap();
        assert_eq!(line.price_id(), Some("price_1"));
        assert_eq!(line.subscription_id(), Some("sub_1"));
        assert_eq!(line.subscription_item_id(), Some("si_1"));
        assert!(line.is_proration());
        assert_eq!(line.period, Some(Period { start: 1, end: 2 }));
    }

    #[test]
    fn the_new_and_the_old_shape_read_alike() {
        check(
            r#"{"id":"il_1","period":{"start":1,"end":2},
            "pricing":{"type":"price_details","price_details":{"price":"price_1","product":"prod_1"}},
            "parent":{"type":"subscription_item_details","subscription_item_details":
                {"proration":true,"subscription":"sub_1","subscription_item":"si_1"}}}"#,
        );
        check(
            r#"{"id":"il_1","period":{"start":1,"end":2},"proration":true,
            "price":{"id":"price_1","object":"price"},"subscription":"sub_1",
            "subscription_item":"si_1"}"#,
        );
    }

    #[test]
    fn a_line_of_neither_shape_reads() {
        let line: InvoiceLine = serde_json::from_str(r#"{"id":"il_1"}"#).unwrap();
        assert_eq!(line.price_id(), None);
        assert_eq!(line.subscription_id(), None);
        assert!(!line.is_proration());
    }
}
