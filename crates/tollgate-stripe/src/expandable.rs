//! A reference to another object that Stripe sends as an id, or as the whole object when asked to.

use crate::object::Object;
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Value;

/// Another object: always its id, and the object itself when it was expanded.
#[derive(Clone, Debug, PartialEq)]
pub struct Expandable<T> {
    id: String,
    object: Option<Box<T>>,
}

impl<T> Expandable<T> {
    /// The id of the object.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The object, when it was expanded and reads as one.
    pub fn object(&self) -> Option<&T> {
        self.object.as_deref()
    }
}

impl<'de, T: Object> Deserialize<'de> for Expandable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(id) => Ok(Self { id, object: None }),
            value => {
                let Some(id) = value.get("id").and_then(Value::as_str) else {
                    return Err(D::Error::custom("neither an id nor an object with an id"));
                };
                Ok(Self {
                    id: id.to_owned(),
                    object: serde_json::from_value(value).ok().map(Box::new),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Customer;

    fn read(text: &str) -> Expandable<Customer> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn an_id_an_object_and_a_deleted_object_are_read() {
        assert_eq!(read(r#""cus_1""#).id(), "cus_1");
        assert!(read(r#""cus_1""#).object().is_none());

        let expanded = read(r#"{"id":"cus_1","object":"customer","name":"Ada"}"#);
        assert_eq!(expanded.id(), "cus_1");
        assert!(!expanded.object().unwrap().deleted);

        let deleted = read(r#"{"id":"cus_1","object":"customer","deleted":true}"#);
        assert_eq!(deleted.id(), "cus_1");
        assert!(deleted.object().unwrap().deleted);
    }

    #[test]
    fn what_has_no_id_is_not_a_reference() {
        assert!(serde_json::from_str::<Expandable<Customer>>("{}").is_err());
        assert!(serde_json::from_str::<Expandable<Customer>>("7").is_err());
    }
}
