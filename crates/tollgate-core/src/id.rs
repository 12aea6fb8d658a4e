//! Names given by the host or the catalog, and the ids that Tollgate makes itself.

use crate::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Why a name or an id was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Too short or too long.
    #[error("{what} must have 1 to {length_max} characters, this has {length}")]
    Length {
        /// What was read.
        what: &'static str,
        /// Characters it has.
        length: usize,
        /// Characters it may have.
        length_max: usize,
    },
    /// A character that is not allowed.
    #[error("{what} must consist of {allowed}; {found:?} is not")]
    Character {
        /// What was read.
        what: &'static str,
        /// What is allowed, in words.
        allowed: &'static str,
        /// The offending character.
        found: char,
    },
    /// Not an id of this kind.
    #[error("not an id of this kind: it must read {prefix}_ and 26 digits and letters")]
    Shape {
        /// The prefix of the kind.
        prefix: &'static str,
    },
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $length_max:literal, $allowed_words:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The most characters (bytes) that it may have.
            pub const LENGTH_MAX: usize = $length_max;

            /// Checks and keeps `text`.
            pub fn new(text: &str) -> Result<Self, IdError> {
                if text.is_empty() || text.len() > $length_max {
                    return Err(IdError::Length { what: $what, length: text.len(), length_max: $length_max });
                }
                let allowed: fn(char) -> bool = $allowed;
                match text.chars().find(|c| !allowed(*c)) {
                    Some(found) => Err(IdError::Character { what: $what, allowed: $allowed_words, found }),
                    None => Ok(Self(Arc::from(text))),
                }
            }

            /// The text of it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

fn is_slug(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.')
}

fn is_visible_ascii(c: char) -> bool {
    c.is_ascii_graphic()
}

name!(
    /// Who pays and holds quota; the host app's own id.
    CustomerId, "a customer id", 128, "visible ASCII characters without spaces", is_visible_ascii
);
name!(
    /// A user acting for a customer that is an organisation; the host app's own id.
    MemberId, "a member id", 128, "visible ASCII characters without spaces", is_visible_ascii
);
name!(
    /// What the app gates, as the catalog names it.
    FeatureId, "a feature", 64, "a-z, 0-9, '_', '-' and '.'", is_slug
);
name!(
    /// What is counted, as the catalog names it.
    MeterId, "a meter", 64, "a-z, 0-9, '_', '-' and '.'", is_slug
);
name!(
    /// What is sold, as the catalog names it.
    PlanId, "a plan", 64, "a-z, 0-9, '_', '-' and '.'", is_slug
);
name!(
    /// A price of a plan, as the catalog names it (`monthly`, `annual`).
    PriceId, "a price", 64, "a-z, 0-9, '_', '-' and '.'", is_slug
);
name!(
    /// Units that can be bought once, as the catalog names them.
    TopUpId, "a top-up", 64, "a-z, 0-9, '_', '-' and '.'", is_slug
);
name!(
    /// A caller's key that makes a retry harmless; unique per customer.
    IdempotencyKey, "an idempotency key", 255, "visible ASCII characters without spaces", is_visible_ascii
);

impl CustomerId {
    /// How many buckets there are; stored with every row, so it can never change.
    pub const BUCKETS: i64 = 1_024;

    /// What begins the ids of customers who are made to try things out: no report counts them.
    pub const TEST_PREFIX: &str = "test:";

    /// Whether it is a customer who is made to try things out.
    pub fn is_test(&self) -> bool {
        self.as_str().starts_with(Self::TEST_PREFIX)
    }

    /// The bucket of this customer: FNV-1a of its bytes (64 bit), modulo [`Self::BUCKETS`].
    pub fn bucket(&self) -> i64 {
        (self.hash64() % Self::BUCKETS.unsigned_abs()).cast_signed()
    }

    /// FNV-1a, 64 bit, with its upper half folded in: stable for ever, unlike the standard hasher.
    fn hash64(&self) -> u64 {
        let hash = self
            .0
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        hash ^ (hash >> 32)
    }
}

/// The number that a generated id carries: what it was made from, in 128 bits, so that ids sort by
/// time, differ between customers, and lead back to the customer's own numbering.
///
/// From the top: 48 bits milliseconds, 40 bits of the customer's hash, 40 bits of the number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Parts(u128);

const NUMBER_BITS: u32 = 40;
const NUMBER_MASK: u128 = (1 << NUMBER_BITS) - 1;
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const DIGITS_LENGTH: usize = 26;

impl Parts {
    fn new(at: Timestamp, customer: &CustomerId, number: u64) -> Self {
        let millis = u128::from(at.as_millis().unsigned_abs()) << 80;
        let owner = u128::from(customer.hash64() & 0xff_ffff_ffff) << NUMBER_BITS;
        Self(millis | owner | (u128::from(number) & NUMBER_MASK))
    }

    fn number(self) -> u64 {
        u64::try_from(self.0 & NUMBER_MASK).expect("40 bits fit")
    }

    fn at_millis(self) -> i64 {
        i64::try_from(self.0 >> 80).expect("48 bits fit")
    }

    fn write(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0_u8; DIGITS_LENGTH];
        let mut rest = self.0;
        for digit in text.iter_mut().rev() {
            *digit = DIGITS[usize::try_from(rest & 31).expect("5 bits fit")];
            rest >>= 5;
        }
        f.write_str(std::str::from_utf8(&text).expect("the digits are ASCII"))
    }

    fn read(text: &str) -> Option<Self> {
        if text.len() != DIGITS_LENGTH || text.as_bytes()[0] > b'7' {
            return None;
        }
        text.bytes()
            .try_fold(0_u128, |value, byte| {
                let digit = DIGITS.iter().position(|candidate| *candidate == byte)?;
                Some((value << 5) | u128::try_from(digit).expect("a digit fits"))
            })
            .map(Self)
    }
}

macro_rules! generated_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Parts);

        impl $name {
            /// What it begins with, before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// The id of the customer's `number`th thing of this kind, made at `at`. Only the low
            /// 40 bits of the number are kept.
            pub fn new(at: Timestamp, customer: &CustomerId, number: u64) -> Self {
                Self(Parts::new(at, customer, number))
            }

            /// The customer's own number of it.
            pub fn number(self) -> u64 {
                self.0.number()
            }

            /// Milliseconds since the epoch at which it was made.
            pub fn at_millis(self) -> i64 {
                self.0.at_millis()
            }

            /// Whether it was made for this customer (a check by hash: a wrong customer passes
            /// once in 2^40).
            pub fn belongs_to(self, customer: &CustomerId) -> bool {
                let owner = (self.0.0 >> NUMBER_BITS) & 0xff_ffff_ffff;
                owner == u128::from(customer.hash64() & 0xff_ffff_ffff)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($prefix, "_"))?;
                self.0.write(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(Parts::read)
                    .map(Self)
                    .ok_or(IdError::Shape { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

generated_id!(
    /// A usage event; its number is that of the entry which records it.
    EventId, "evt"
);
generated_id!(
    /// A grant; its number counts the customer's grants.
    GrantId, "grt"
);
generated_id!(
    /// A reservation; its number is that of the entry which opened it.
    ReservationId, "res"
);
generated_id!(
    /// A subscription; its number is that of the entry which began it.
    SubscriptionId, "sub"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_ids_read_back_and_sort_by_time() {
        let customer = CustomerId::new("user_123").unwrap();
        let first = EventId::new(Timestamp::from_seconds(1_700_000_000), &customer, 7);
        let later = EventId::new(Timestamp::from_seconds(1_700_000_001), &customer, 3);
        assert_eq!(first.to_string().len(), 30);
        assert_eq!(first.to_string().parse::<EventId>(), Ok(first));
        assert_eq!((first.number(), first.at_millis()), (7, 1_700_000_000_000));
        assert!(first < later && first.to_string() < later.to_string());
        assert!(first.belongs_to(&customer));
        assert!(!first.belongs_to(&CustomerId::new("user_124").unwrap()));
    }

    #[test]
    fn ids_of_another_kind_are_not_read() {
        let customer = CustomerId::new("a").unwrap();
        let event = EventId::new(Timestamp::MAX, &customer, u64::MAX).to_string();
        assert!(event.parse::<GrantId>().is_err());
        for wrong in [
            "",
            "evt_",
            "evt_z",
            "evt_zzzzzzzzzzzzzzzzzzzzzzzzzz",
            "evt_0000000000000000000000000u",
        ] {
            assert!(wrong.parse::<EventId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_say_what_is_wrong_with_them() {
        assert_eq!(
            FeatureId::new("ATS scan").unwrap_err().to_string(),
            "a feature must consist of a-z, 0-9, '_', '-' and '.'; 'A' is not"
        );
        assert_eq!(
            CustomerId::new("").unwrap_err().to_string(),
            "a customer id must have 1 to 128 characters, this has 0"
        );
    }

    #[test]
    fn buckets_are_stable() {
        // Stored with every row: a change here would lose every customer.
        let bucket = |text: &str| CustomerId::new(text).unwrap().bucket();
        assert_eq!(
            [bucket("user_123"), bucket("a")],
            [bucket("user_123"), bucket("a")]
        );
        assert!((0..CustomerId::BUCKETS).contains(&bucket("org_456")));
    }
}
