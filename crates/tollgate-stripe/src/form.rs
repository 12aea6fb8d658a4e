//! Parameters as a form in Stripe's bracket notation: `items[0][price]=price_1&metadata[k]=v`.

use serde::Serialize;
use serde_json::Value;

/// Writes `params` as `application/x-www-form-urlencoded`. What is `None` is left out. Names come
/// in a fixed order, so that a retry sends the same bytes.
pub(crate) fn encode(params: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    write(&mut form, "", serde_json::to_value(params)?);
    Ok(form.finish())
}

fn write(form: &mut form_urlencoded::Serializer<'_, String>, name: &str, value: Value) {
    match value {
        Value::Null => {}
        Value::Bool(yes) => {
            form.append_pair(name, if yes { "true" } else { "false" });
        }
        Value::Number(number) => {
            form.append_pair(name, &number.to_string());
        }
        Value::String(text) => {
            form.append_pair(name, &text);
        }
        Value::Array(values) => {
            for (index, value) in values.into_iter().enumerate() {
                write(form, &inner(name, &index.to_string()), value);
            }
        }
        Value::Object(fields) => {
            for (field, value) in fields {
                write(form, &inner(name, &field), value);
            }
        }
    }
}

fn inner(outer: &str, name: &str) -> String {
    if outer.is_empty() {
        name.to_owned()
    } else {
        format!("{outer}[{name}]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn decoded(params: &Value) -> Vec<(String, String)> {
        form_urlencoded::parse(encode(params).unwrap().as_bytes())
            .into_owned()
            .collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn nested_parameters_are_written_in_brackets() {
        let params = json!({
            "customer": "cus_1",
            "expand": ["latest_invoice", "customer"],
            "items": [{"price": "price_1", "quantity": 2}, {"deleted": true}],
            "metadata": {"a b": "c&d=e", "empty": ""},
        });
        assert_eq!(
            decoded(&params),
            pairs(&[
                ("customer", "cus_1"),
                ("expand[0]", "latest_invoice"),
                ("expand[1]", "customer"),
                ("items[0][price]", "price_1"),
                ("items[0][quantity]", "2"),
                ("items[1][deleted]", "true"),
                ("metadata[a b]", "c&d=e"),
                ("metadata[empty]", ""),
            ])
        );
    }

    #[test]
    fn nothing_is_written_for_nothing() {
        assert_eq!(encode(&()).unwrap(), "");
        assert_eq!(encode(&json!({"a": null, "b": [], "c": {}})).unwrap(), "");
    }
}
