//! Prices: what a product costs, once or every so often.

use crate::client::Client;
use crate::error::StripeError;
use crate::expandable::Expandable;
use crate::idempotency::IdempotencyKey;
use crate::object::ListRequest;
use crate::period::Created;
use crate::product::Product;
use crate::tolerant::Clearable;
use serde::Serialize;
use std::collections::BTreeMap;

open_enum! {
    /// Whether a price is paid once or again and again.
    pub PriceKind {
        /// Once.
        OneTime = "one_time",
        /// Again and again.
        Recurring = "recurring",
    }
}

open_enum! {
    /// A span of the calendar.
    pub Interval {
        /// A day.
        Day = "day",
        /// A week.
        Week = "week",
        /// A month.
        Month = "month",
        /// A year.
        Year = "year",
    }
}

object! {
    /// What a product costs.
    Price = "a price" {
        /// Whether it was deleted.
        deleted: bool,
        /// Whether it can be bought; who has it keeps it.
        active: bool,
        /// When it was created.
        created: Option<i64>,
        /// Its currency, three letters in lower case.
        currency: Option<String>,
        /// Whether it is paid once or again and again.
        #[serde(rename = "type")]
        kind: PriceKind,
        /// Whether it is one of real money.
        livemode: bool,
        /// A name of ours by which it is found.
        lookup_key: Option<String>,
        /// What the host stored with it.
        metadata: BTreeMap<String, String>,
        /// Its name, which no customer sees.
        nickname: Option<String>,
        /// What it is the price of.
        product: Option<Expandable<Product>>,
        /// How often it is paid.
        recurring: Option<Recurring>,
        /// Minor units for each; `None` for fractions of them, and for tiers.
        unit_amount: Option<i64>,
        /// Minor units for each, with decimals.
        unit_amount_decimal: Option<String>,
    }
}

impl Price {
    /// The product that it is the price of.
    pub fn product_id(&self) -> Option<&str> {
        self.product.as_ref().map(Expandable::id)
    }
}

part! {
    /// How often a price is paid.
    pub Recurring {
        /// Every so many of these.
        interval: Interval,
        /// How many of them.
        interval_count: Option<u32>,
    }
}

/// A new price.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CreatePrice {
    /// Its currency, three letters in lower case.
    pub currency: String,
    /// Minor units for each.
    pub unit_amount: Option<i64>,
    /// Minor units for each, with up to twelve decimals.
    pub unit_amount_decimal: Option<String>,
    /// What it is the price of.
    pub product: Option<String>,
    /// How often it is paid; `None`: once.
    pub recurring: Option<RecurringParams>,
    /// Whether it can be bought.
    pub active: Option<bool>,
    /// A name of ours by which it is found.
    pub lookup_key: Option<String>,
    /// Whether the lookup key is taken from the price that has it.
    pub transfer_lookup_key: Option<bool>,
    /// What is stored with it.
    pub metadata: BTreeMap<String, String>,
    /// Its name, which no customer sees.
    pub nickname: Option<String>,
    /// Whether it holds the tax: `exclusive`, `inclusive`, `unspecified`.
    pub tax_behavior: Option<String>,
}

/// How often a new price is paid.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RecurringParams {
    /// Every so many of these.
    pub interval: Interval,
    /// How many of them; 1 when nothing is said.
    pub interval_count: Option<u32>,
}

/// A change of a price; what is `None` stays. What it costs never changes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UpdatePrice {
    /// Whether it can be bought.
    pub active: Option<bool>,
    /// A name of ours by which it is found.
    pub lookup_key: Option<String>,
    /// Whether the lookup key is taken from the price that has it.
    pub transfer_lookup_key: Option<bool>,
    /// What is stored with it: the keys that are named; an empty text removes one.
    pub metadata: Option<Clearable<BTreeMap<String, String>>>,
    /// Its name, which no customer sees.
    pub nickname: Option<String>,
}

/// Which prices to list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListPrices {
    /// Those that can be bought, or those that cannot.
    pub active: Option<bool>,
    /// Those created then.
    pub created: Option<Created>,
    /// Those of this currency.
    pub currency: Option<String>,
    /// Those with these lookup keys, ten at most.
    pub lookup_keys: Vec<String>,
    /// Those of this product.
    pub product: Option<String>,
    /// Those that are paid once, or again and again.
    #[serde(rename = "type")]
    pub kind: Option<PriceKind>,
    /// Which references are sent whole, such as `data.product`.
    pub expand: Vec<String>,
}

impl ListRequest for ListPrices {
    type Item = Price;

    fn path(&self) -> Vec<&str> {
        vec!["prices"]
    }
}

impl Client {
    /// Creates a price.
    pub async fn create_price(
        &self,
        params: &CreatePrice,
        key: &IdempotencyKey,
    ) -> Result<Price, StripeError> {
        self.post(&["prices"], params, key).await
    }

    /// The price of this id.
    pub async fn price(&self, id: &str) -> Result<Price, StripeError> {
        self.get(&["prices", id], &()).await
    }

    /// Changes a price.
    pub async fn update_price(
        &self,
        id: &str,
        params: &UpdatePrice,
        key: &IdempotencyKey,
    ) -> Result<Price, StripeError> {
        self.post(&["prices", id], params, key).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expanded_product_and_an_unknown_interval_read() {
        let text = r#"{"id":"price_1","object":"price","type":"recurring","unit_amount":999,
            "unit_amount_decimal":"999","recurring":{"interval":"decade","interval_count":1},
            "product":{"id":"prod_1","object":"product","deleted":true}}"#;
        let price: Price = serde_json::from_str(text).unwrap();
        assert_eq!(price.product_id(), Some("prod_1"));
        assert_eq!(price.unit_amount, Some(999));
        let interval = price.recurring.unwrap().interval;
        assert_eq!(interval, Interval::Other("decade".to_owned()));
    }
}
