//! Money: whole minor units of a currency.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An ISO 4217 code in lower case, as Stripe writes it: `usd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// The dollar of the United States.
    pub const USD: Currency = Currency(*b"usd");

    /// Checks and keeps a three-letter code; upper case is accepted.
    pub fn new(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes
            .iter()
            .all(u8::is_ascii_alphabetic)
            .then(|| Self(bytes.map(|byte| byte.to_ascii_lowercase())))
    }

    /// The code in lower case.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("checked when it was made")
    }

    /// How many decimals its major unit has: 0 for the currencies that have no minor unit, 3 for
    /// those with thousandths, 2 for all others (<https://docs.stripe.com/currencies>).
    pub fn decimals(&self) -> u32 {
        match self.as_str() {
            "bif" | "clp" | "djf" | "gnf" | "jpy" | "kmf" | "krw" | "mga" | "pyg" | "rwf"
            | "ugx" | "vnd" | "vuv" | "xaf" | "xof" | "xpf" => 0,
            "bhd" | "jod" | "kwd" | "omr" | "tnd" => 3,
            _ => 2,
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = String;
    fn try_from(code: String) -> Result<Self, String> {
        Self::new(&code).ok_or_else(|| format!("{code:?} is not a currency of three letters"))
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

/// An amount of money in minor units (cents for `usd`); never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: 999 is $9.99.
    pub minor: u64,
    /// The currency they are of.
    pub currency: Currency,
}

impl Money {
    /// This price for `quantity` units; `None` when it would not fit.
    pub fn times(self, quantity: u64) -> Option<Money> {
        Some(Money {
            minor: self.minor.checked_mul(quantity)?,
            ..self
        })
    }
}

impl fmt::Display for Money {
    /// As `9.99 USD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.currency.as_str().to_ascii_uppercase();
        let decimals = self.currency.decimals();
        if decimals == 0 {
            return write!(f, "{} {code}", self.minor);
        }
        let scale = 10_u64.pow(decimals);
        let width = usize::try_from(decimals).expect("at most 3");
        write!(
            f,
            "{}.{:0width$} {code}",
            self.minor / scale,
            self.minor % scale
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_with_the_decimals_of_its_currency() {
        let show = |minor, code| {
            Money {
                minor,
                currency: Currency::new(code).unwrap(),
            }
            .to_string()
        };
        assert_eq!(show(999, "usd"), "9.99 USD");
        assert_eq!(show(5, "EUR"), "0.05 EUR");
        assert_eq!(show(500, "jpy"), "500 JPY");
        assert_eq!(show(1_005, "kwd"), "1.005 KWD");
    }

    #[test]
    fn only_three_letters_are_a_currency() {
        for wrong in ["", "us", "usdx", "u$d", "äb"] {
            assert_eq!(Currency::new(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_product_that_does_not_fit_is_none() {
        let price = Money {
            minor: u64::MAX,
            currency: Currency::new("usd").unwrap(),
        };
        assert_eq!(price.times(1), Some(price));
        assert_eq!(price.times(2), None);
    }
}
