//! Reading what may be missing, and writing what may be cleared.

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;

/// Reads a field; one that is null or of another shape reads as if it were missing. Stripe moves
/// and reshapes fields between versions, and no such move may lose a whole event.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// A parameter that can be set or cleared; to leave it as it is, send none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clearable<T> {
    /// Set to this.
    Set(T),
    /// Cleared: Stripe takes an empty text for it.
    Clear,
}

impl<T: Serialize> Serialize for Clearable<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Set(value) => value.serialize(serializer),
            Self::Clear => serializer.serialize_str(""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    open_enum! {
        /// Two values.
        Light {
            /// Stop.
            Red = "red",
            /// Go.
            Green = "green",
        }
    }

    part! {
        /// A crossing.
        Crossing {
            /// The light.
            light: Light,
            /// How many wait.
            waiting: Option<i64>,
        }
    }

    fn read(text: &str) -> Crossing {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn missing_null_and_reshaped_fields_read_as_missing() {
        for text in [
            "{}",
            r#"{"light":null,"waiting":null}"#,
            r#"{"light":{"colour":"red"},"waiting":"many"}"#,
        ] {
            assert_eq!(read(text), Crossing::default(), "{text}");
        }
    }

    #[test]
    fn unknown_values_are_kept_and_written_back() {
        let crossing = read(r#"{"light":"amber","waiting":3,"lamps":[1,2]}"#);
        assert_eq!(crossing.light, Light::Other("amber".to_owned()));
        assert_eq!(crossing.waiting, Some(3));
        assert_eq!(serde_json::to_string(&crossing.light).unwrap(), "\"amber\"");
        assert_eq!(read(r#"{"light":"red"}"#).light, Light::Red);
        assert_eq!(Light::Green.to_string(), "green");
        assert_eq!(Light::KNOWN, ["red", "green"]);
    }

    #[test]
    fn clearing_is_an_empty_text() {
        let written = |value: Clearable<i64>| serde_json::to_string(&value).unwrap();
        assert_eq!(written(Clearable::Set(5)), "5");
        assert_eq!(written(Clearable::Clear), "\"\"");
    }
}
