//! Prices: what a product costs, once or again and again.

use super::calendar::{Cadence, Interval, UnixSeconds};
use super::error::ApiError;
use super::list;
use super::params::{Metadata, Params};
use super::product::{self, Product};
use super::{Answer, Context, State};
use serde_json::{Value, json};

/// A price.
#[derive(Clone, Debug)]
pub(crate) struct Price {
    pub(crate) id: String,
    pub(crate) created: UnixSeconds,
    pub(crate) product: String,
    pub(crate) currency: String,
    pub(crate) unit_amount: i64,
    pub(crate) cadence: Option<Cadence>,
    pub(crate) active: bool,
    lookup_key: Option<String>,
    nickname: Option<String>,
    metadata: Metadata,
    tax_behavior: String,
}

super::record!(Price, "price", prices);

const FIELDS: &[&str] = &[
    "active",
    "billing_scheme",
    "currency",
    "currency_options",
    "custom_unit_amount",
    "expand",
    "lookup_key",
    "metadata",
    "nickname",
    "product",
    "product_data",
    "recurring",
    "tax_behavior",
    "tiers",
    "tiers_mode",
    "transfer_lookup_key",
    "transform_quantity",
    "unit_amount",
    "unit_amount_decimal",
];

impl Price {
    fn shown(&self, _: &State) -> Value {
        json!({
            "id": self.id,
            "object": "price",
            "active": self.active,
            "billing_scheme": "per_unit",
            "created": self.created,
            "currency": self.currency,
            "custom_unit_amount": null,
            "livemode": false,
            "lookup_key": self.lookup_key,
            "metadata": self.metadata,
            "nickname": self.nickname,
            "product": self.product,
            "recurring": self.cadence.map(|cadence| json!({
                "interval": cadence.interval.name(),
                "interval_count": cadence.count,
                "meter": null,
                "trial_period_days": null,
                "usage_type": "licensed",
            })),
            "tax_behavior": self.tax_behavior,
            "tiers_mode": null,
            "transform_quantity": null,
            "type": if self.cadence.is_some() { "recurring" } else { "one_time" },
            "unit_amount": self.unit_amount,
            "unit_amount_decimal": self.unit_amount.to_string(),
        })
    }

    /// The same as the older object `plan`, which subscription items still carry.
    pub(crate) fn as_plan(&self) -> Value {
        let interval = self.cadence.map(|cadence| cadence.interval.name());
        json!({
            "id": self.id,
            "object": "plan",
            "active": self.active,
            "amount": self.unit_amount,
            "amount_decimal": self.unit_amount.to_string(),
            "billing_scheme": "per_unit",
            "created": self.created,
            "currency": self.currency,
            "interval": interval.unwrap_or("month"),
            "interval_count": self.cadence.map_or(1, |cadence| cadence.count),
            "livemode": false,
            "metadata": self.metadata,
            "meter": null,
            "nickname": self.nickname,
            "product": self.product,
            "tiers_mode": null,
            "transform_usage": null,
            "trial_period_days": null,
            "usage_type": "licensed",
        })
    }

    /// The price for people.
    pub(crate) fn in_words(&self) -> String {
        let amount = money(self.unit_amount, &self.currency);
        match self.cadence {
            None => amount,
            Some(Cadence { interval, count: 1 }) => format!("{amount} a {}", interval.name()),
            Some(Cadence { interval, count }) => {
                format!("{amount} every {count} {}s", interval.name())
            }
        }
    }
}

/// An amount for people.
pub(crate) fn money(amount: i64, currency: &str) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let minor = amount.unsigned_abs();
    if currency == "jpy" || currency == "krw" {
        return format!("{sign}{minor} {}", currency.to_uppercase());
    }
    format!(
        "{sign}{}.{:02} {}",
        minor / 100,
        minor % 100,
        currency.to_uppercase()
    )
}

/// Refuses wrong parameters of a price before anything is kept.
pub(crate) fn check(params: &Params) -> Result<(), ApiError> {
    params.need("currency")?;
    amount_of(params)?;
    cadence_of(params)?;
    Ok(())
}

fn amount_of(params: &Params) -> Result<i64, ApiError> {
    if let Some(amount) = params.amount("unit_amount")? {
        return Ok(amount);
    }
    let Some(decimal) = params.text("unit_amount_decimal") else {
        return Err(ApiError::missing(params.name("unit_amount")));
    };
    decimal.parse().map_err(|_| {
        ApiError::invalid("The sandbox knows whole minor units only.")
            .param(params.name("unit_amount_decimal"))
    })
}

fn cadence_of(params: &Params) -> Result<Option<Cadence>, ApiError> {
    let Some(recurring) = params.inner("recurring") else {
        return Ok(None);
    };
    recurring.only(&[
        "interval",
        "interval_count",
        "usage_type",
        "meter",
        "trial_period_days",
    ])?;
    recurring.need("interval")?;
    let name = recurring.choice("interval", &["day", "week", "month", "year"])?;
    let interval = name.and_then(Interval::named).unwrap_or(Interval::Month);
    let count = recurring.integer("interval_count")?.unwrap_or(1);
    if !(1..=365).contains(&count) {
        return Err(
            ApiError::invalid("Invalid interval count.").param(recurring.name("interval_count"))
        );
    }
    Ok(Some(Cadence { interval, count }))
}

/// Keeps a new price of `product` and returns its identifier.
pub(crate) fn make(
    state: &mut State,
    context: &mut Context<'_>,
    params: &Params,
    product: &str,
) -> Result<String, ApiError> {
    let lookup_key = params.text("lookup_key").map(str::to_owned);
    release_lookup_key(state, context, params)?;
    let price = Price {
        id: context.ids.object("price"),
        created: context.now,
        product: product.to_owned(),
        currency: params.need("currency")?.to_lowercase(),
        unit_amount: amount_of(params)?,
        cadence: cadence_of(params)?,
        active: params.boolean("active")?.unwrap_or(true),
        lookup_key,
        nickname: params.text("nickname").map(str::to_owned),
        metadata: params.metadata(),
        tax_behavior: params
            .text("tax_behavior")
            .unwrap_or("unspecified")
            .to_owned(),
    };
    let id = price.id.clone();
    state.add(context, price, "price.created");
    Ok(id)
}

/// A lookup key names one price: it is taken over on request, else a second use is refused.
fn release_lookup_key(
    state: &mut State,
    context: &mut Context<'_>,
    params: &Params,
) -> Result<(), ApiError> {
    let Some(key) = params.text("lookup_key") else {
        return Ok(());
    };
    let holder = state
        .prices
        .newest_first()
        .find(|price| price.lookup_key.as_deref() == Some(key))
        .map(|price| price.id.clone());
    let Some(holder) = holder else {
        return Ok(());
    };
    if params.boolean("transfer_lookup_key")? == Some(true) {
        state.change::<Price>(context, &holder, "price.updated", |price| {
            price.lookup_key = None;
        });
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "A price (`{holder}`) already uses that lookup key."
    ))
    .param(params.name("lookup_key")))
}

/// `POST /v1/prices`.
pub(crate) fn create(state: &mut State, context: &mut Context<'_>, params: &Params) -> Answer {
    params.only(FIELDS)?;
    check(params)?;
    let product = match (params.text("product"), params.inner("product_data")) {
        (Some(product), _) => state.refer::<Product>(product, "product")?.id.clone(),
        (None, Some(data)) => product::make(state, context, &data)?,
        (None, None) => return Err(ApiError::missing("product")),
    };
    let id = make(state, context, params, &product)?;
    Ok(state.json::<Price>(&id))
}

/// A price that a request describes on the spot; it cannot be used again.
pub(crate) fn on_the_spot(
    state: &mut State,
    context: &mut Context<'_>,
    data: &Params,
) -> Result<String, ApiError> {
    data.only(&[
        "currency",
        "product",
        "product_data",
        "recurring",
        "tax_behavior",
        "unit_amount",
        "unit_amount_decimal",
    ])?;
    check(data)?;
    let product = match (data.text("product"), data.inner("product_data")) {
        (Some(product), _) => state
            .refer::<Product>(product, data.name("product"))?
            .id
            .clone(),
        (None, Some(product)) => product::make(state, context, &product)?,
        (None, None) => return Err(ApiError::missing(data.name("product"))),
    };
    let id = make(state, context, data, &product)?;
    state.quietly::<Price>(&id, |price| price.active = false);
    Ok(id)
}

/// `POST /v1/prices/{id}`.
pub(crate) fn update(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Answer {
    params.only(&[
        "active",
        "currency_options",
        "expand",
        "lookup_key",
        "metadata",
        "nickname",
        "tax_behavior",
        "transfer_lookup_key",
    ])?;
    let mut changed = state.find::<Price>(id, "price")?.clone();
    if changed.lookup_key.as_deref() != params.text("lookup_key") {
        release_lookup_key(state, context, params)?;
    }
    params.text_into("lookup_key", &mut changed.lookup_key);
    params.text_into("nickname", &mut changed.nickname);
    params.metadata_into(&mut changed.metadata);
    if let Some(active) = params.boolean("active")? {
        changed.active = active;
    }
    Ok(state.change::<Price>(context, id, "price.updated", |price| *price = changed))
}

/// `GET /v1/prices`.
pub(crate) fn list(state: &State, params: &Params) -> Answer {
    params.only(&[
        "limit",
        "starting_after",
        "ending_before",
        "expand",
        "active",
        "created",
        "currency",
        "lookup_keys",
        "product",
        "recurring",
        "type",
    ])?;
    let created = list::Created::from(params)?;
    let active = params.boolean("active")?;
    let keys = params.texts("lookup_keys");
    let kind = params.choice("type", &["one_time", "recurring"])?;
    let (currency, product) = (params.text("currency"), params.text("product"));
    let wanted = |price: &Price| {
        created.contains(price.created)
            && active.is_none_or(|active| price.active == active)
            && currency.is_none_or(|currency| price.currency == currency)
            && product.is_none_or(|product| price.product == product)
            && kind.is_none_or(|kind| (kind == "recurring") == price.cadence.is_some())
            && (keys.is_empty()
                || price
                    .lookup_key
                    .as_ref()
                    .is_some_and(|key| keys.contains(key)))
    };
    list::page(state, params, "/v1/prices", wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_for_people() {
        assert_eq!(money(999, "usd"), "9.99 USD");
        assert_eq!(money(-5, "eur"), "-0.05 EUR");
        assert_eq!(money(500, "jpy"), "500 JPY");
    }
}
