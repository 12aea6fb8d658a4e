//! Discounts: a coupon put to use on a subscription or a payment.

use super::calendar::{self, UnixSeconds};
use super::coupon::Coupon;
use super::error::ApiError;
use super::params::Params;
use super::promotion_code::PromotionCode;
use super::{Context, State};
use serde_json::{Value, json};

/// A discount.
#[derive(Clone, Debug)]
pub(crate) struct Discount {
    pub(crate) id: String,
    /// When it began.
    created: UnixSeconds,
    pub(crate) coupon: String,
    pub(crate) promotion_code: Option<String>,
    customer: Option<String>,
    subscription: Option<String>,
    checkout_session: Option<String>,
    end: Option<UnixSeconds>,
    /// A coupon for one invoice has had it.
    spent: bool,
}

super::record!(Discount, "discount", discounts);

impl Discount {
    fn shown(&self, _: &State) -> Value {
        json!({
            "id": self.id,
            "object": "discount",
            "checkout_session": self.checkout_session,
            "customer": self.customer,
            "customer_account": null,
            "end": self.end,
            "invoice": null,
            "invoice_item": null,
            "promotion_code": self.promotion_code,
            "source": { "coupon": self.coupon, "type": "coupon" },
            "start": self.created,
            "subscription": self.subscription,
            "subscription_item": null,
        })
    }

    /// Whether it takes something off an invoice of this time.
    pub(crate) fn is_live(&self, now: UnixSeconds) -> bool {
        !self.spent && self.end.is_none_or(|end| now < end)
    }
}

/// What a discount is made from, and for whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    /// The coupon.
    pub(crate) coupon: String,
    /// The code that stood for it.
    pub(crate) promotion_code: Option<String>,
}

/// The discounts that a request asks for.
pub(crate) fn wishes(
    state: &State,
    params: &Params,
    now: UnixSeconds,
) -> Result<Vec<Wish>, ApiError> {
    let mut wishes = Vec::new();
    for part in params.list("discounts") {
        part.only(&["coupon", "promotion_code", "discount", "coupon_data"])?;
        if let Some(id) = part.text("promotion_code") {
            let code = state.refer::<PromotionCode>(id, part.name("promotion_code"))?;
            if !code.is_valid(state, params.text("customer"), now) {
                return Err(ApiError::invalid(format!(
                    "This promotion code cannot be redeemed: {id}"
                ))
                .param(part.name("promotion_code")));
            }
            wishes.push(Wish {
                coupon: code.coupon.clone(),
                promotion_code: Some(code.id.clone()),
            });
            continue;
        }
        let coupon = state.refer::<Coupon>(part.need("coupon")?, part.name("coupon"))?;
        if !coupon.is_valid(now) {
            return Err(
                ApiError::invalid(format!("Coupon {} is expired.", coupon.id))
                    .code("coupon_expired")
                    .param(part.name("coupon")),
            );
        }
        wishes.push(Wish {
            coupon: coupon.id.clone(),
            promotion_code: None,
        });
    }
    Ok(wishes)
}

/// Puts coupons to use and returns the discounts.
pub(crate) fn redeem(
    state: &mut State,
    context: &mut Context<'_>,
    wishes: &[Wish],
    customer: Option<&str>,
    subscription: Option<&str>,
    checkout_session: Option<&str>,
) -> Vec<String> {
    let mut discounts = Vec::new();
    for wish in wishes {
        let months = state
            .coupons
            .get(&wish.coupon)
            .and_then(|coupon| coupon.months);
        let discount = Discount {
            id: context.ids.object("di"),
            created: context.now,
            coupon: wish.coupon.clone(),
            promotion_code: wish.promotion_code.clone(),
            customer: customer.map(str::to_owned),
            subscription: subscription.map(str::to_owned),
            checkout_session: checkout_session.map(str::to_owned),
            end: months.map(|months| calendar::months_later(context.now, months)),
            spent: false,
        };
        discounts.push(discount.id.clone());
        state.add(context, discount, "customer.discount.created");
        state.quietly::<Coupon>(&wish.coupon, |coupon| coupon.times_redeemed += 1);
        if let Some(code) = &wish.promotion_code {
            state.quietly::<PromotionCode>(code, |code| code.times_redeemed += 1);
        }
    }
    discounts
}

/// What each discount takes off a line of this amount, one after the other.
pub(crate) fn amounts_off(
    state: &State,
    discounts: &[String],
    amount: i64,
    used: &mut std::collections::BTreeMap<String, i64>,
) -> Vec<(String, i64)> {
    let mut left = amount;
    let mut result = Vec::new();
    for id in discounts {
        let coupon = state
            .discounts
            .get(id)
            .map_or(id.as_str(), |discount| discount.coupon.as_str());
        let Some(coupon) = state.coupons.get(coupon) else {
            continue;
        };
        let mut off = coupon.off.of(left);
        if let super::coupon::Off::Amount(most, _) = &coupon.off {
            // An amount is taken once from the whole, not from each line.
            off = off.min(most - used.get(id).copied().unwrap_or(0));
        }
        *used.entry(id.clone()).or_default() += off;
        left -= off;
        result.push((id.clone(), off));
    }
    result
}

/// Coupons for one invoice have had it now.
pub(crate) fn spend(state: &mut State, discounts: &[String]) {
    for id in discounts {
        let once = state
            .discounts
            .get(id)
            .and_then(|discount| state.coupons.get(&discount.coupon))
            .is_some_and(|coupon| coupon.duration == "once");
        if once {
            state.quietly::<Discount>(id, |discount| discount.spent = true);
        }
    }
}
