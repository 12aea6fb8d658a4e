//! Coupons: how much is taken off, and for how long.

use super::calendar::UnixSeconds;
use super::error::ApiError;
use super::list;
use super::params::{Metadata, Params};
use super::{Answer, Context, State};
use serde_json::{Number, Value, json};

/// What a coupon takes off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Off {
    /// A share, in hundredths of a percent.
    Share(i64),
    /// An amount in minor units.
    Amount(i64, String),
}

impl Off {
    /// What it takes off `subtotal`; half a unit is rounded up, and never more than all is taken.
    pub(crate) fn of(&self, subtotal: i64) -> i64 {
        match self {
            Self::Share(hundredths) => {
                ((subtotal * hundredths + 5_000).div_euclid(10_000)).clamp(0, subtotal.max(0))
            }
            Self::Amount(amount, _) => (*amount).min(subtotal.max(0)),
        }
    }
}

/// A coupon.
#[derive(Clone, Debug)]
pub(crate) struct Coupon {
    pub(crate) id: String,
    pub(crate) created: UnixSeconds,
    pub(crate) off: Off,
    /// `once`, `forever` or `repeating`.
    pub(crate) duration: &'static str,
    pub(crate) months: Option<i64>,
    pub(crate) name: Option<String>,
    max_redemptions: Option<i64>,
    redeem_by: Option<UnixSeconds>,
    pub(crate) times_redeemed: i64,
    metadata: Metadata,
    deleted: bool,
}

super::record!(Coupon, "coupon", coupons);

impl Coupon {
    fn shown(&self, _: &State) -> Value {
        if self.deleted {
            return json!({ "id": self.id, "object": "coupon", "deleted": true });
        }
        let (percent_off, amount_off, currency) = match &self.off {
            Off::Share(hundredths) => (percent(*hundredths), Value::Null, Value::Null),
            Off::Amount(amount, currency) => (Value::Null, json!(amount), json!(currency)),
        };
        json!({
            "id": self.id,
            "object": "coupon",
            "amount_off": amount_off,
            "created": self.created,
            "currency": currency,
            "duration": self.duration,
            "duration_in_months": self.months,
            "livemode": false,
            "max_redemptions": self.max_redemptions,
            "metadata": self.metadata,
            "name": self.name,
            "percent_off": percent_off,
            "redeem_by": self.redeem_by,
            "times_redeemed": self.times_redeemed,
            "valid": self.is_exhausted_or_deleted().is_none(),
        })
    }

    fn is_exhausted_or_deleted(&self) -> Option<&'static str> {
        if self.deleted {
            return Some("deleted");
        }
        self.max_redemptions
            .is_some_and(|most| self.times_redeemed >= most)
            .then_some("used up")
    }

    /// Whether it can be used now.
    pub(crate) fn is_valid(&self, now: UnixSeconds) -> bool {
        self.is_exhausted_or_deleted().is_none() && self.redeem_by.is_none_or(|last| now <= last)
    }
}

/// Hundredths of a percent as the number that the API shows.
fn percent(hundredths: i64) -> Value {
    let text = if hundredths % 100 == 0 {
        (hundredths / 100).to_string()
    } else {
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    };
    text.parse::<Number>().map_or(Value::Null, Value::Number)
}

/// `12.5` as 1250; nothing when it is no percentage.
fn hundredths(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().chain("00".chars()).take(2).collect();
    let value = whole.parse::<i64>().ok()? * 100 + digits.parse::<i64>().ok()?;
    (1..=10_000).contains(&value).then_some(value)
}

fn off_of(params: &Params) -> Result<Off, ApiError> {
    match (params.text("percent_off"), params.amount("amount_off")?) {
        (Some(text), None) => hundredths(text).map(Off::Share).ok_or_else(|| {
            ApiError::invalid("Invalid percent_off: must be above 0 and at most 100")
                .param("percent_off")
        }),
        (None, Some(amount)) => Ok(Off::Amount(amount, params.need("currency")?.to_lowercase())),
        _ => Err(
            ApiError::invalid("You must pass either percent_off or amount_off")
                .code("parameter_missing")
                .param("percent_off"),
        ),
    }
}

/// `POST /v1/coupons`.
pub(crate) fn create(state: &mut State, context: &mut Context<'_>, params: &Params) -> Answer {
    params.only(&[
        "amount_off",
        "applies_to",
        "currency",
        "currency_options",
        "duration",
        "duration_in_months",
        "expand",
        "id",
        "max_redemptions",
        "metadata",
        "name",
        "percent_off",
        "redeem_by",
    ])?;
    let duration = params
        .choice("duration", &["forever", "once", "repeating"])?
        .unwrap_or("once");
    let months = params.integer("duration_in_months")?;
    if (duration == "repeating") != months.is_some() {
        return Err(ApiError::invalid(
            "duration_in_months is required when duration is repeating, and only then",
        )
        .param("duration_in_months"));
    }
    let id = params
        .text("id")
        .map_or_else(|| context.ids.letters(8), str::to_owned);
    if state.coupons.get(&id).is_some() {
        return Err(ApiError::invalid("Coupon already exists.")
            .code("resource_already_exists")
            .param("id"));
    }
    let coupon = Coupon {
        id,
        created: context.now,
        off: off_of(params)?,
        duration,
        months,
        name: params.text("name").map(str::to_owned),
        max_redemptions: params.integer("max_redemptions")?,
        redeem_by: params.integer("redeem_by")?,
        times_redeemed: 0,
        metadata: params.metadata(),
        deleted: false,
    };
    Ok(state.add(context, coupon, "coupon.created"))
}

/// `POST /v1/coupons/{id}`.
pub(crate) fn update(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Answer {
    params.only(&["currency_options", "expand", "metadata", "name"])?;
    let mut changed = state.find::<Coupon>(id, "coupon")?.clone();
    params.text_into("name", &mut changed.name);
    params.metadata_into(&mut changed.metadata);
    Ok(state.change::<Coupon>(context, id, "coupon.updated", |coupon| *coupon = changed))
}

/// `DELETE /v1/coupons/{id}`: discounts that stand stay.
pub(crate) fn delete(state: &mut State, context: &mut Context<'_>, id: &str) -> Answer {
    state.find::<Coupon>(id, "coupon")?;
    state.announce::<Coupon>(context, id, "coupon.deleted");
    state.quietly::<Coupon>(id, |coupon| coupon.deleted = true);
    Ok(state.json::<Coupon>(id))
}

/// `GET /v1/coupons`.
pub(crate) fn list(state: &State, params: &Params) -> Answer {
    params.only(&[
        "limit",
        "starting_after",
        "ending_before",
        "expand",
        "created",
    ])?;
    let created = list::Created::from(params)?;
    let wanted = |coupon: &Coupon| !coupon.deleted && created.contains(coupon.created);
    list::page(state, params, "/v1/coupons", wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_exact() {
        assert_eq!(hundredths("12.5"), Some(1_250));
        assert_eq!(hundredths("100"), Some(10_000));
        assert_eq!(hundredths("100.01"), None);
        assert_eq!(hundredths("ten"), None);
        assert_eq!(percent(1_250).to_string(), "12.5");
        assert_eq!(percent(2_500).to_string(), "25");
    }

    #[test]
    fn half_a_unit_is_rounded_up() {
        assert_eq!(Off::Share(5_000).of(999), 500);
        assert_eq!(Off::Amount(500, "usd".to_owned()).of(300), 300);
    }
}
