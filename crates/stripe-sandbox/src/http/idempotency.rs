//! Idempotency keys: the same request again has the same answer and no second effect.

use crate::state::error::ApiError;
use serde_json::Value;
use std::collections::{HashMap, HashSet, VecDeque};

/// How many answers are kept.
const ANSWERS_MAX: usize = 100_000;
/// The longest key.
const KEY_MAX: usize = 255;

/// An answer as it was given.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) request_id: String,
}

/// The answers to requests that carried a key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    given: HashMap<String, (String, Given)>,
    order: VecDeque<String>,
    /// Keys whose requests are being carried out.
    under_way: HashSet<String>,
}

impl Answers {
    /// The answer that was given to this key; without one, the request is begun. Refused when the
    /// request is another one, or the same is being carried out.
    pub(crate) fn begin(&mut self, key: &str, request: &str) -> Result<Option<Given>, ApiError> {
        if key.len() > KEY_MAX {
            return Err(ApiError::invalid(format!(
                "Idempotency keys have at most {KEY_MAX} characters."
            )));
        }
        match self.given.get(key) {
            None if self.under_way.insert(key.to_owned()) => Ok(None),
            None => Err(ApiError::in_use(key)),
            Some((known, given)) if known == request => Ok(Some(given.clone())),
            Some(_) => Err(ApiError::idempotency(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than the one given if you meant to execute a different request.",
            )),
        }
    }

    /// The request was refused, and the key can be used again.
    pub(crate) fn forget(&mut self, key: &str) {
        self.under_way.remove(key);
    }

    /// Remembers an answer.
    pub(crate) fn remember(&mut self, key: &str, request: String, given: Given) {
        if self.order.len() >= ANSWERS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.given.remove(&oldest);
        }
        self.under_way.remove(key);
        self.order.push_back(key.to_owned());
        self.given.insert(key.to_owned(), (request, given));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_stands_for_one_request() {
        let mut answers = Answers::default();
        assert!(answers.begin("k", "a").unwrap().is_none());
        assert_eq!(answers.begin("k", "a").unwrap_err().status, 409);
        answers.forget("k");
        assert!(answers.begin("k", "a").unwrap().is_none());
        let given = Given {
            status: 200,
            body: json!({}),
            request_id: "req_1".to_owned(),
        };
        answers.remember("k", "a".to_owned(), given);
        assert_eq!(
            answers.begin("k", "a").unwrap().unwrap().request_id,
            "req_1"
        );
        assert_eq!(answers.begin("k", "b").unwrap_err().status, 400);
    }
}
