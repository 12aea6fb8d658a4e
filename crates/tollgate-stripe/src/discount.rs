//! Coupons, the promotion codes that stand for them, and the discounts that they give.

use crate::client::Client;
use crate::error::StripeError;
use crate::expandable::Expandable;
use crate::object::ListRequest;
use serde::Serialize;
use std::collections::BTreeMap;

object! {
    /// What is taken off a price.
    Coupon = "a coupon" {
        /// Whether it was deleted.
        deleted: bool,
        /// Minor units that it takes off.
        amount_off: Option<i64>,
        /// The currency of what it takes off.
        currency: Option<String>,
        /// `once`, `repeating` or `forever`.
        duration: Option<String>,
        /// Months for which it repeats.
        duration_in_months: Option<u32>,
        /// Its name, which customers see.
        name: Option<String>,
        /// Hundredths that it takes off, as Stripe writes the number.
        percent_off: Option<serde_json::Number>,
        /// Whether it can still be used.
        valid: bool,
        /// What the host stored with it.
        metadata: BTreeMap<String, String>,
    }
}

object! {
    /// A code that a customer types to use a coupon.
    PromotionCode = "a promotion code" {
        /// Whether it can be used.
        active: bool,
        /// The code.
        code: Option<String>,
        /// The coupon, where versions before 2025-09-30 have it.
        coupon: Option<Expandable<Coupon>>,
        /// What it gives.
        promotion: Promotion,
        /// The only customer who may use it.
        customer: Option<Expandable<crate::Customer>>,
        /// When it ends.
        expires_at: Option<i64>,
        /// Whether it is one of real money.
        livemode: bool,
        /// How often it may be used.
        max_redemptions: Option<i64>,
        /// How often it was used.
        times_redeemed: Option<i64>,
    }
}

part! {
    /// What a promotion code gives.
    pub Promotion {
        /// The coupon.
        coupon: Option<Expandable<Coupon>>,
    }
}

impl PromotionCode {
    /// The coupon that it stands for.
    pub fn coupon(&self) -> Option<&Expandable<Coupon>> {
        self.promotion.coupon.as_ref().or(self.coupon.as_ref())
    }
}

object! {
    /// A coupon at work on a customer, a subscription or an invoice.
    Discount = "a discount" {
        /// Whether it was taken away.
        deleted: bool,
        /// The coupon, where versions before 2025-09-30 have it.
        coupon: Option<Expandable<Coupon>>,
        /// Where it comes from.
        source: Promotion,
        /// The promotion code that was typed.
        promotion_code: Option<Expandable<PromotionCode>>,
        /// When it began.
        start: Option<i64>,
        /// When it ends.
        end: Option<i64>,
    }
}

impl Discount {
    /// The coupon at work.
    pub fn coupon(&self) -> Option<&Expandable<Coupon>> {
        self.source.coupon.as_ref().or(self.coupon.as_ref())
    }
}

/// Which promotion codes to list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListPromotionCodes {
    /// Those that can be used, or those that cannot.
    pub active: Option<bool>,
    /// The one that reads so; case does not matter.
    pub code: Option<String>,
    /// Those for this coupon.
    pub coupon: Option<String>,
    /// Those that only this customer may use.
    pub customer: Option<String>,
    /// Which references are sent whole, such as `data.promotion.coupon`.
    pub expand: Vec<String>,
}

impl ListRequest for ListPromotionCodes {
    type Item = PromotionCode;

    fn path(&self) -> Vec<&str> {
        vec!["promotion_codes"]
    }
}

impl Client {
    /// The promotion code of this id.
    pub async fn promotion_code(&self, id: &str) -> Result<PromotionCode, StripeError> {
        self.get(&["promotion_codes", id], &()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coupon_is_read_from_both_places() {
        for text in [
            r#"{"id":"promo_1","code":"SAVE","promotion":{"type":"coupon","coupon":"twenty"}}"#,
            r#"{"id":"promo_1","code":"SAVE","coupon":{"id":"twenty","percent_off":20.5}}"#,
        ] {
            let code: PromotionCode = serde_json::from_str(text).unwrap();
            assert_eq!(code.coupon().unwrap().id(), "twenty");
        }
        for text in [
            r#"{"id":"di_1","source":{"type":"coupon","coupon":"twenty"}}"#,
            r#"{"id":"di_1","coupon":{"id":"twenty"}}"#,
        ] {
            let discount: Discount = serde_json::from_str(text).unwrap();
            assert_eq!(discount.coupon().unwrap().id(), "twenty");
        }
    }
}
