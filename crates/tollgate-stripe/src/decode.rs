//! Reading JSON, and what can be told of it when it does not read.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;
use std::fmt;

/// What is wrong with JSON that is something else.
const ANOTHER_SHAPE: &str = "it has another shape";

/// Reads an object. Only an object is one: the decoder would also take a list of its fields.
pub(crate) fn from_slice<T: DeserializeOwned>(text: &[u8]) -> Result<T, DecodeError> {
    if text.trim_ascii_start().first() == Some(&b'[') {
        return Err(DecodeError::of_shape());
    }
    serde_json::from_slice(text).map_err(|error| (&error).into())
}

/// Reads an object that is JSON already.
pub(crate) fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, DecodeError> {
    if !value.is_object() {
        return Err(DecodeError::of_shape());
    }
    T::deserialize(value).map_err(|error| (&error).into())
}

/// Why a text does not read as what it must be. The text itself is left out: it can hold anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    reason: String,
    line: usize,
    column: usize,
}

impl DecodeError {
    fn of_shape() -> Self {
        Self {
            reason: ANOTHER_SHAPE.to_owned(),
            line: 0,
            column: 0,
        }
    }
}

impl std::error::Error for DecodeError {}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        // What was JSON already has no lines.
        if self.line > 0 {
            write!(f, " (line {}, column {})", self.line, self.column)?;
        }
        Ok(())
    }
}

impl From<&serde_json::Error> for DecodeError {
    fn from(error: &serde_json::Error) -> Self {
        let reason = match error.classify() {
            Category::Eof => "it ends too early".to_owned(),
            Category::Syntax => "it is not JSON".to_owned(),
            Category::Io => "it could not be read".to_owned(),
            Category::Data => {
                missing_field(&error.to_string()).unwrap_or_else(|| ANOTHER_SHAPE.to_owned())
            }
        };
        Self {
            reason,
            line: error.line(),
            column: error.column(),
        }
    }
}

/// The one message of the decoder that names nothing but a field of ours.
fn missing_field(message: &str) -> Option<String> {
    let name = message.strip_prefix("missing field `")?.split('`').next()?;
    Some(format!("it has no field {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_s_error_never_repeats_the_text() {
        let error = serde_json::from_str::<Vec<u8>>(r#"["ada@example.com"]"#).unwrap_err();
        let shown = format!("{0} {0:?}", DecodeError::from(&error));
        assert!(!shown.contains("ada"), "{shown}");
        let error = serde_json::from_str::<crate::Customer>("{}").unwrap_err();
        assert_eq!(
            DecodeError::from(&error).to_string(),
            "it has no field id (line 1, column 2)"
        );
    }

    #[test]
    fn a_list_is_no_object() {
        let text = br#" ["cus_1"]"#;
        assert!(serde_json::from_slice::<crate::Customer>(text).is_ok());
        assert_eq!(
            from_slice::<crate::Customer>(text),
            Err(DecodeError::of_shape())
        );
        let value = serde_json::json!(["cus_1"]);
        assert_eq!(
            from_value::<crate::Customer>(&value),
            Err(DecodeError::of_shape())
        );
    }
}
