//! Lines of an invoice: what is charged or given back, and for which time.

use super::calendar::{self, UnixSeconds};
use super::price::Price;
use super::product::Product;
use super::subscription::{Item, Subscription};
use super::{Context, State};
use serde_json::{Value, json};

/// A line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) id: String,
    /// Before discounts; negative when it gives something back.
    pub(crate) amount: i64,
    pub(crate) description: String,
    pub(crate) price: String,
    pub(crate) quantity: i64,
    pub(crate) start: UnixSeconds,
    pub(crate) end: UnixSeconds,
    pub(crate) subscription: Option<String>,
    pub(crate) subscription_item: Option<String>,
    pub(crate) proration: bool,
    /// What each discount takes off.
    pub(crate) off: Vec<(String, i64)>,
}

impl Line {
    /// It, as the API shows it.
    pub(crate) fn shown(&self, state: &State, invoice: &str, currency: &str) -> Value {
        let price = state.prices.get(&self.price);
        let off: Vec<Value> = self
            .off
            .iter()
            .map(|(discount, amount)| json!({ "amount": amount, "discount": discount }))
            .collect();
        let discounts: Vec<&str> = self
            .off
            .iter()
            .map(|(discount, _)| discount.as_str())
            .collect();
        json!({
            "id": self.id,
            "object": "line_item",
            "amount": self.amount,
            "currency": currency,
            "description": self.description,
            "discount_amounts": off,
            "discountable": !self.proration,
            "discounts": discounts,
            "invoice": invoice,
            "livemode": false,
            "metadata": {},
            "parent": self.subscription_item.as_ref().map(|item| json!({
                "invoice_item_details": null,
                "subscription_item_details": {
                    "invoice_item": null,
                    "proration": self.proration,
                    "proration_details": { "credited_items": null },
                    "subscription": self.subscription,
                    "subscription_item": item,
                },
                "type": "subscription_item_details",
            })),
            "period": { "end": self.end, "start": self.start },
            "pretax_credit_amounts": [],
            "pricing": {
                "price_details": { "price": self.price, "product": price.map(|price| &price.product) },
                "type": "price_details",
                "unit_amount_decimal": price.map_or(0, |price| price.unit_amount).to_string(),
            },
            "quantity": self.quantity,
            "quantity_decimal": self.quantity.to_string(),
            "subscription": self.subscription,
            "subtotal": self.amount,
            "taxes": [],
        })
    }
}

/// The name of what a price sells.
pub(crate) fn product_name(state: &State, price: &Price) -> String {
    state.products.get(&price.product).map_or_else(
        || price.product.clone(),
        |product: &Product| product.name.clone(),
    )
}

/// The items of a subscription for a whole period; in a trial they cost nothing.
pub(crate) fn of_period(
    state: &State,
    context: &mut Context<'_>,
    subscription: &str,
    items: &[Item],
    (start, end): (UnixSeconds, UnixSeconds),
    trial: bool,
) -> Vec<Line> {
    let mut lines = Vec::new();
    for item in items {
        let Some(price) = state.prices.get(&item.price) else {
            continue;
        };
        let name = product_name(state, price);
        lines.push(Line {
            id: context.ids.object("il"),
            amount: if trial {
                0
            } else {
                price.unit_amount * item.quantity
            },
            description: if trial {
                format!("Trial period for {name}")
            } else {
                format!("{} × {name} (at {})", item.quantity, price.in_words())
            },
            price: price.id.clone(),
            quantity: item.quantity,
            start,
            end,
            subscription: Some(subscription.to_owned()),
            subscription_item: Some(item.id.clone()),
            proration: false,
            off: Vec::new(),
        });
    }
    lines
}

/// What is bought once, together with a subscription.
pub(crate) fn once(
    state: &State,
    context: &mut Context<'_>,
    subscription: &str,
    offers: &[(String, i64)],
) -> Vec<Line> {
    let mut lines = Vec::new();
    for (id, quantity) in offers {
        let Some(price) = state.prices.get(id) else {
            continue;
        };
        lines.push(Line {
            id: context.ids.object("il"),
            amount: price.unit_amount * quantity,
            description: product_name(state, price),
            price: id.clone(),
            quantity: *quantity,
            start: context.now,
            end: context.now,
            subscription: Some(subscription.to_owned()),
            subscription_item: None,
            proration: false,
            off: Vec::new(),
        });
    }
    lines
}

/// The part of an amount for `part` of `whole` seconds, rounded to the nearest minor unit, half
/// upwards.
pub(crate) fn prorated(amount: i64, part: UnixSeconds, whole: UnixSeconds) -> i64 {
    let (amount, part, whole) = (
        i128::from(amount),
        i128::from(part.max(0)),
        i128::from(whole.max(1)),
    );
    i64::try_from((amount * part * 2 + whole).div_euclid(whole * 2)).unwrap_or(i64::MAX)
}

/// What the rest of the period from `at` costs for these items, net of the percentages that stand:
/// given back (`credit`) or charged.
pub(crate) fn of_rest(
    state: &State,
    context: &mut Context<'_>,
    subscription: &Subscription,
    items: &[Item],
    at: UnixSeconds,
    credit: bool,
) -> Vec<Line> {
    let whole = subscription.period_end - subscription.period_start;
    let rest = subscription.period_end - at;
    let mut lines = Vec::new();
    let mut used = std::collections::BTreeMap::new();
    for item in items {
        let Some(price) = state.prices.get(&item.price) else {
            continue;
        };
        let full = prorated(price.unit_amount * item.quantity, rest, whole);
        let live: Vec<String> = subscription.live_discounts(state, at);
        let off: i64 = super::discount::amounts_off(state, &live, full, &mut used)
            .iter()
            .map(|(_, off)| off)
            .sum();
        let name = product_name(state, price);
        let date = calendar::date(at);
        lines.push(Line {
            id: context.ids.object("il"),
            amount: if credit { off - full } else { full - off },
            description: if credit {
                format!("Unused time on {name} after {date}")
            } else {
                format!("Remaining time on {name} after {date}")
            },
            price: price.id.clone(),
            quantity: item.quantity,
            start: at,
            end: subscription.period_end,
            subscription: Some(subscription.id.clone()),
            subscription_item: Some(item.id.clone()),
            proration: true,
            off: Vec::new(),
        });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::prorated;

    #[test]
    fn parts_are_rounded_to_the_nearest_unit() {
        assert_eq!(prorated(1_000, 1, 2), 500);
        assert_eq!(prorated(999, 1, 2), 500);
        assert_eq!(prorated(1_000, 1, 3), 333);
        assert_eq!(prorated(1_000, 0, 3), 0);
        assert_eq!(prorated(1_000, -5, 3), 0);
    }
}
