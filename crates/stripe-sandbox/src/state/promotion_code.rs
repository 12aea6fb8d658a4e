//! Promotion codes: the words that customers type to have a coupon.

use super::calendar::UnixSeconds;
use super::coupon::Coupon;
use super::error::ApiError;
use super::list;
use super::params::{Metadata, Params};
use super::{Answer, Context, State};
use serde_json::{Value, json};

/// A promotion code.
#[derive(Clone, Debug)]
pub(crate) struct PromotionCode {
    pub(crate) id: String,
    pub(crate) created: UnixSeconds,
    pub(crate) code: String,
    pub(crate) coupon: String,
    active: bool,
    customer: Option<String>,
    expires_at: Option<UnixSeconds>,
    max_redemptions: Option<i64>,
    pub(crate) times_redeemed: i64,
    metadata: Metadata,
}

super::record!(PromotionCode, "promotion_code", promotion_codes);

impl PromotionCode {
    fn shown(&self, _: &State) -> Value {
        json!({
            "id": self.id,
            "object": "promotion_code",
            "active": self.active,
            "code": self.code,
            "created": self.created,
            "customer": self.customer,
            "customer_account": null,
            "expires_at": self.expires_at,
            "livemode": false,
            "max_redemptions": self.max_redemptions,
            "metadata": self.metadata,
            "promotion": { "coupon": self.coupon, "type": "coupon" },
            "restrictions": {
                "first_time_transaction": false,
                "minimum_amount": null,
                "minimum_amount_currency": null,
            },
            "times_redeemed": self.times_redeemed,
        })
    }

    /// Whether this customer can use it now.
    pub(crate) fn is_valid(&self, state: &State, customer: Option<&str>, now: UnixSeconds) -> bool {
        self.active
            && self.expires_at.is_none_or(|last| now <= last)
            && self
                .max_redemptions
                .is_none_or(|most| self.times_redeemed < most)
            && self
                .customer
                .as_deref()
                .is_none_or(|only| Some(only) == customer)
            && state
                .coupons
                .get(&self.coupon)
                .is_some_and(|coupon| coupon.is_valid(now))
    }
}

/// The code that a customer typed, in any case.
pub(crate) fn typed<'a>(
    state: &'a State,
    code: &str,
    customer: Option<&str>,
    now: UnixSeconds,
) -> Option<&'a PromotionCode> {
    state.promotion_codes.newest_first().find(|known| {
        known.code.eq_ignore_ascii_case(code.trim()) && known.is_valid(state, customer, now)
    })
}

/// `POST /v1/promotion_codes`.
pub(crate) fn create(state: &mut State, context: &mut Context<'_>, params: &Params) -> Answer {
    params.only(&[
        "active",
        "code",
        "customer",
        "customer_account",
        "expand",
        "expires_at",
        "max_redemptions",
        "metadata",
        "promotion",
        "restrictions",
    ])?;
    let promotion = params
        .inner("promotion")
        .ok_or_else(|| ApiError::missing("promotion"))?;
    let coupon = state
        .refer::<Coupon>(promotion.need("coupon")?, "promotion[coupon]")?
        .id
        .clone();
    let code = params
        .text("code")
        .map_or_else(|| context.ids.letters(8).to_uppercase(), str::to_owned);
    let taken = |known: &PromotionCode| known.active && known.code.eq_ignore_ascii_case(&code);
    if state.promotion_codes.newest_first().any(taken) {
        return Err(
            ApiError::invalid("An active promotion code with this code already exists.")
                .param("code"),
        );
    }
    let promotion_code = PromotionCode {
        id: context.ids.object("promo"),
        created: context.now,
        code,
        coupon,
        active: params.boolean("active")?.unwrap_or(true),
        customer: params.text("customer").map(str::to_owned),
        expires_at: params.integer("expires_at")?,
        max_redemptions: params.integer("max_redemptions")?,
        times_redeemed: 0,
        metadata: params.metadata(),
    };
    Ok(state.add(context, promotion_code, "promotion_code.created"))
}

/// `POST /v1/promotion_codes/{id}`.
pub(crate) fn update(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Answer {
    params.only(&["active", "expand", "metadata", "restrictions"])?;
    let mut changed = state.find::<PromotionCode>(id, "promotion_code")?.clone();
    params.metadata_into(&mut changed.metadata);
    if let Some(active) = params.boolean("active")? {
        changed.active = active;
    }
    Ok(
        state.change::<PromotionCode>(context, id, "promotion_code.updated", |code| {
            *code = changed;
        }),
    )
}

/// `GET /v1/promotion_codes`.
pub(crate) fn list(state: &State, params: &Params) -> Answer {
    params.only(&[
        "customer_account",
        "limit",
        "starting_after",
        "ending_before",
        "expand",
        "active",
        "code",
        "coupon",
        "created",
        "customer",
    ])?;
    let created = list::Created::from(params)?;
    let active = params.boolean("active")?;
    let (code, coupon) = (params.text("code"), params.text("coupon"));
    let wanted = |known: &PromotionCode| {
        created.contains(known.created)
            && active.is_none_or(|active| known.active == active)
            && code.is_none_or(|code| known.code.eq_ignore_ascii_case(code))
            && coupon.is_none_or(|coupon| known.coupon == coupon)
    };
    list::page(state, params, "/v1/promotion_codes", wanted)
}
