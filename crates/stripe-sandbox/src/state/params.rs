//! Parameters of a request: forms in bracket notation, read with Stripe's refusals.

use super::error::ApiError;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How deep brackets may nest.
const DEPTH_MAX: usize = 12;
/// How many parameters a request may have.
const COUNT_MAX: usize = 2_000;

/// Free-form labels of an object.
pub(crate) type Metadata = BTreeMap<String, String>;

/// The parameters of a request, or of one part of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params {
    fields: Map<String, Value>,
    /// What names in refusals begin with.
    prefix: String,
}

impl Params {
    /// Reads a form body or a query string.
    pub(crate) fn parse(text: &str) -> Result<Self, ApiError> {
        let mut fields = Map::new();
        for (count, pair) in text.split('&').filter(|pair| !pair.is_empty()).enumerate() {
            if count >= COUNT_MAX {
                return Err(ApiError::invalid("Too many parameters."));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let path = path_of(&decode(name))?;
            put(&mut fields, &path, decode(value))?;
        }
        for (name, value) in &mut fields {
            collapse(name, value);
        }
        Ok(Self {
            fields,
            prefix: String::new(),
        })
    }

    /// Refuses parameters that the call does not have.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), ApiError> {
        match self
            .fields
            .keys()
            .find(|name| !known.contains(&name.as_str()))
        {
            Some(name) => Err(ApiError::unknown(self.name(name))),
            None => Ok(()),
        }
    }

    /// The same, for calls that share a part of their parameters.
    pub(crate) fn only_of(&self, shared: &[&str], more: &[&str]) -> Result<(), ApiError> {
        self.only(&[shared, more].concat())
    }

    /// The full name of a parameter, for refusals.
    pub(crate) fn name(&self, name: &str) -> String {
        if self.prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{}[{name}]", self.prefix)
        }
    }

    /// Whether the parameter was given at all.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// Whether the parameter was given as an empty string, which takes the value away.
    pub(crate) fn cleared(&self, name: &str) -> bool {
        self.fields.get(name).and_then(Value::as_str) == Some("")
    }

    /// A text that is not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.fields
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }

    /// A text, or the refusal that it is missing.
    pub(crate) fn need(&self, name: &str) -> Result<&str, ApiError> {
        self.text(name)
            .ok_or_else(|| ApiError::missing(self.name(name)))
    }

    /// Puts a given text (or its absence) where it belongs.
    pub(crate) fn text_into(&self, name: &str, place: &mut Option<String>) {
        if self.has(name) {
            *place = self.text(name).map(str::to_owned);
        }
    }

    /// A whole number.
    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            ApiError::invalid(format!("Invalid integer: {text}"))
                .code("parameter_invalid_integer")
                .param(self.name(name))
        })
    }

    /// Yes or no.
    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.text(name) {
            None => Ok(None),
            Some("true" | "True") => Ok(Some(true)),
            Some("false" | "False") => Ok(Some(false)),
            Some(text) => {
                Err(ApiError::invalid(format!("Invalid boolean: {text}")).param(self.name(name)))
            }
        }
    }

    /// One of a few words.
    pub(crate) fn choice(
        &self,
        name: &str,
        words: &[&'static str],
    ) -> Result<Option<&'static str>, ApiError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        match words.iter().find(|word| **word == text) {
            Some(word) => Ok(Some(*word)),
            None => Err(ApiError::invalid(format!(
                "Invalid {}: must be one of {}",
                self.name(name),
                words.join(", ")
            ))
            .param(self.name(name))),
        }
    }

    /// A part that has parameters of its own.
    pub(crate) fn inner(&self, name: &str) -> Option<Params> {
        let fields = self.fields.get(name)?.as_object()?.clone();
        Some(Params {
            fields,
            prefix: self.name(name),
        })
    }

    /// A list of such parts.
    pub(crate) fn list(&self, name: &str) -> Vec<Params> {
        let Some(items) = self.fields.get(name).and_then(Value::as_array) else {
            return Vec::new();
        };
        let fields = items
            .iter()
            .map(|item| item.as_object().cloned().unwrap_or_default());
        fields
            .enumerate()
            .map(|(index, fields)| Params {
                fields,
                prefix: format!("{}[{index}]", self.name(name)),
            })
            .collect()
    }

    /// A list of texts.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        match self.fields.get(name) {
            Some(Value::Array(items)) => items
                .iter()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Merges the given labels; an empty value takes one away, an empty `metadata` all.
    pub(crate) fn metadata_into(&self, place: &mut Metadata) {
        if self.cleared("metadata") {
            place.clear();
        }
        let Some(given) = self.inner("metadata") else {
            return;
        };
        for (name, value) in given.fields {
            match value.as_str() {
                Some("") => {
                    place.remove(&name);
                }
                Some(text) => {
                    place.insert(name, text.to_owned());
                }
                None => {}
            }
        }
    }

    /// The given labels.
    pub(crate) fn metadata(&self) -> Metadata {
        let mut metadata = Metadata::new();
        self.metadata_into(&mut metadata);
        metadata
    }

    /// Amounts in minor units, which must not be negative.
    pub(crate) fn amount(&self, name: &str) -> Result<Option<i64>, ApiError> {
        match self.integer(name)? {
            Some(amount) if amount < 0 => Err(ApiError::invalid("Invalid non-negative integer")
                .code("parameter_invalid_integer")
                .param(self.name(name))),
            amount => Ok(amount),
        }
    }
}

/// Percent signs and pluses decoded; bytes that are no text are replaced.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: Vec<u8> = rest.clone().take(2).collect();
                let code = std::str::from_utf8(&digits)
                    .ok()
                    .filter(|digits| digits.len() == 2)
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok());
                if let Some(code) = code {
                    bytes.push(code);
                    rest.nth(1);
                } else {
                    bytes.push(b'%');
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `a[b][]` as `a`, `b` and nothing.
fn path_of(name: &str) -> Result<Vec<String>, ApiError> {
    let mut parts = name.split('[');
    let mut path = vec![parts.next().unwrap_or_default().to_owned()];
    path.extend(parts.map(|part| part.trim_end_matches(']').to_owned()));
    if path.len() > DEPTH_MAX {
        return Err(ApiError::invalid("Parameters are nested too deeply."));
    }
    Ok(path)
}

fn put(fields: &mut Map<String, Value>, path: &[String], value: String) -> Result<(), ApiError> {
    let Some((first, rest)) = path.split_first() else {
        return Ok(());
    };
    // `name[]` takes the next place.
    let key = if first.is_empty() {
        fields.len().to_string()
    } else {
        first.clone()
    };
    if rest.is_empty() {
        fields.insert(key, Value::String(value));
        return Ok(());
    }
    let place = fields
        .entry(key)
        .or_insert_with(|| Value::Object(Map::new()));
    match place.as_object_mut() {
        Some(inner) => put(inner, rest, value),
        None => Err(ApiError::invalid(format!("Invalid object: {first}")).param(first.clone())),
    }
}

/// Makes lists of the objects whose keys are all numbers; labels stay as they are.
fn collapse(name: &str, value: &mut Value) {
    let Some(fields) = value.as_object_mut() else {
        return;
    };
    for (inner, value) in fields.iter_mut() {
        collapse(inner, value);
    }
    let numbers: Option<BTreeMap<usize, &String>> = fields
        .keys()
        .map(|key| key.parse().ok().map(|number| (number, key)))
        .collect();
    if name == "metadata" || fields.is_empty() {
        return;
    }
    if let Some(numbers) = numbers {
        let items = numbers
            .values()
            .map(|key| fields[key.as_str()].clone())
            .collect();
        *value = Value::Array(items);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_become_objects_and_lists() {
        let params = Params::parse(
            "items[0][price]=price_1&items[0][quantity]=2&expand[]=a&expand[]=b.c&metadata[1]=x%20y&email=a%2Bb%40c",
        )
        .unwrap();
        let items = params.list("items");
        assert_eq!(items[0].text("price"), Some("price_1"));
        assert_eq!(items[0].integer("quantity").unwrap(), Some(2));
        assert_eq!(items[0].name("price"), "items[0][price]");
        assert_eq!(params.texts("expand"), ["a", "b.c"]);
        assert_eq!(params.metadata()["1"], "x y");
        assert_eq!(params.text("email"), Some("a+b@c"));
    }

    #[test]
    fn empty_values_take_away() {
        let params = Params::parse("metadata[a]=&name=").unwrap();
        let mut metadata = Metadata::from([("a".to_owned(), "1".to_owned())]);
        params.metadata_into(&mut metadata);
        assert!(metadata.is_empty());
        let mut name = Some("old".to_owned());
        params.text_into("name", &mut name);
        assert_eq!(name, None);
        assert!(params.cleared("name"));
    }

    #[test]
    fn wrong_kinds_are_refused() {
        let params = Params::parse("limit=ten&on=maybe&mode=other").unwrap();
        assert!(params.integer("limit").is_err());
        assert!(params.boolean("on").is_err());
        assert!(params.choice("mode", &["payment"]).is_err());
        assert!(params.only(&["limit", "on"]).is_err());
        assert!(Params::parse("a=1&a[b]=2").is_err());
    }
}
