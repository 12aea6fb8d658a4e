//! Failures on demand, for the tests of clients.

use serde_json::Value;

/// How many rules may stand at a time.
const RULES_MAX: usize = 100;
/// The longest delay.
const DELAY_MS_MAX: u64 = 120_000;

/// How matching requests fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    path: String,
    method: Option<String>,
    /// The status of the answer; nothing leaves the answer as it is.
    pub(crate) status: Option<u16>,
    pub(crate) delay_ms: u64,
    /// The request is carried out, and then the connection is cut.
    pub(crate) drop_after_effect: bool,
    times: u64,
}

/// The rules that stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failures {
    rules: Vec<Failure>,
}

impl Failures {
    /// Adds a rule. Says what is wrong with it.
    pub(crate) fn add(&mut self, wish: &Value) -> Result<(), &'static str> {
        if self.rules.len() >= RULES_MAX {
            return Err("too many rules stand already");
        }
        let path = wish["path"].as_str().ok_or("path is required")?.to_owned();
        let status = match wish.get("status") {
            None | Some(Value::Null) => None,
            Some(status) => {
                let status = status
                    .as_u64()
                    .filter(|status| (400..=599).contains(status));
                Some(
                    u16::try_from(status.ok_or("status must be between 400 and 599")?)
                        .unwrap_or(500),
                )
            }
        };
        self.rules.push(Failure {
            path,
            method: wish["method"].as_str().map(str::to_uppercase),
            status,
            delay_ms: wish["delay_ms"].as_u64().unwrap_or(0).min(DELAY_MS_MAX),
            drop_after_effect: wish["drop_after_effect"].as_bool().unwrap_or(false),
            times: wish["times"].as_u64().unwrap_or(1),
        });
        Ok(())
    }

    /// Takes all rules away.
    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// The failure for a request, which uses it up once. A path that ends in a star means all
    /// that begin so.
    pub(crate) fn take(&mut self, method: &str, path: &str) -> Option<Failure> {
        let matches = |rule: &&mut Failure| {
            let path_matches = match rule.path.strip_suffix('*') {
                Some(beginning) => path.starts_with(beginning),
                None => rule.path == path,
            };
            path_matches
                && rule.method.as_deref().is_none_or(|only| only == method)
                && rule.times > 0
        };
        let rule = self.rules.iter_mut().find(matches)?;
        rule.times -= 1;
        let taken = rule.clone();
        self.rules.retain(|rule| rule.times > 0);
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_rule_holds_as_often_as_it_says() {
        let mut failures = Failures::default();
        failures
            .add(&json!({ "path": "/v1/customers*", "method": "post", "status": 500, "times": 2 }))
            .unwrap();
        assert!(failures.take("GET", "/v1/customers").is_none());
        assert_eq!(
            failures.take("POST", "/v1/customers").unwrap().status,
            Some(500)
        );
        assert!(failures.take("POST", "/v1/customers/cus_1").is_some());
        assert!(failures.take("POST", "/v1/customers").is_none());
        assert!(
            failures
                .add(&json!({ "path": "/v1/x", "status": 200 }))
                .is_err()
        );
    }
}
