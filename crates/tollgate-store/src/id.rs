//! Ids of what does not belong to one customer: time-ordered, typed, random.

use std::fmt;
use std::str::FromStr;
use tollgate_core::Timestamp;

/// The digits of an id: no letters that are read as digits or as each other.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 26;
const RANDOM_BITS: u32 = 80;

/// Not an id of this kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind: it must read {prefix}_ and 26 digits and letters")]
pub struct IdError {
    /// The prefix of the kind.
    pub prefix: &'static str,
}

/// 48 bits of milliseconds, then 80 random bits.
fn compose(at: Timestamp, random: u128) -> u128 {
    u128::from(at.as_millis().unsigned_abs()) << RANDOM_BITS | random & ((1 << RANDOM_BITS) - 1)
}

fn write(number: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for digit in (0..LENGTH).rev() {
        let index = usize::try_from(number >> (5 * digit) & 31).expect("5 bits fit");
        fmt::Write::write_char(f, char::from(DIGITS[index]))?;
    }
    Ok(())
}

fn read(text: &str) -> Option<u128> {
    // The first digit holds only 3 of the 128 bits.
    if text.len() != LENGTH || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes().try_fold(0, |number, byte| {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        Some(number << 5 | u128::try_from(digit).expect("a digit fits"))
    })
}

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// What it begins with, before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// An id made at `at`; of `random` the low 80 bits are kept.
            pub fn new(at: Timestamp, random: u128) -> Self {
                Self(compose(at, random))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($prefix, "_"))?;
                write(self.0, f)
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
                    .and_then(read)
                    .map(Self)
                    .ok_or(IdError { prefix: $prefix })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl From<$name> for crate::sql::Value<'_> {
            fn from(id: $name) -> Self {
                id.to_string().into()
            }
        }
    };
}

random_id!(
    /// A person with an account of their own here.
    UserId, "usr"
);
random_id!(
    /// An organisation.
    OrganizationId, "org"
);
random_id!(
    /// An invitation into an organisation.
    InvitationId, "inv"
);
random_id!(
    /// An API key, as it is listed; the key itself is only stored hashed.
    ApiKeyId, "key"
);
random_id!(
    /// A line of the audit log.
    AuditId, "aud"
);
random_id!(
    /// A payment of units bought once.
    PaymentId, "pay"
);
random_id!(
    /// A checkout; Stripe's idempotency key for its session.
    CheckoutId, "chk"
);
random_id!(
    /// What a customer said when they left.
    CancellationId, "can"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_and_sort_by_time() {
        let first = UserId::new(Timestamp::from_seconds(1_700_000_000), u128::MAX);
        let later = UserId::new(Timestamp::from_seconds(1_700_000_001), 0);
        assert!(first < later && first.to_string() < later.to_string());
        for id in [first, later, UserId::new(Timestamp::MAX, 12_345)] {
            assert_eq!(id.to_string().parse(), Ok(id));
            assert_eq!(id.to_string().len(), 30);
        }
    }

    #[test]
    fn ids_of_another_kind_are_not_read() {
        let user = UserId::new(Timestamp::MAX, 1).to_string();
        assert_eq!(
            user.parse::<OrganizationId>(),
            Err(IdError { prefix: "org" })
        );
        for wrong in [
            "",
            "usr_",
            "usr_1",
            "usr_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "usr_0000000000000000000000000u",
        ] {
            assert!(wrong.parse::<UserId>().is_err(), "{wrong}");
        }
    }
}
