//! Reads the transcripts in a Markdown text, and compares answers with what stands there. Pure.
//!
//! `<!-- server -->` before a shell block marks the command that starts a server; the shell blocks
//! after it, up to `<!-- end -->` or the next server, are typed against it, each paragraph by
//! itself. A JSON block is what the command before it printed last. `<!-- skip -->` before a block
//! leaves it out. `HTTP 429` in the line before a JSON block is the status it came with.

use serde_json::Value;

/// One thing to do or to compare.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// Start this server, in place of the one before.
    Server { line: usize, command: String },
    /// Type this.
    Command { line: usize, command: String },
    /// The last command printed this, with this status if the text names one.
    Answer {
        line: usize,
        expected: Value,
        status: Option<u16>,
    },
}

/// The steps of a text; or the line that cannot be read, and why.
pub(crate) fn read(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let (mut is_running, mut mark, mut said) = (false, "", "");
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let trimmed = line.trim();
        if let Some(comment) = trimmed
            .strip_prefix("<!--")
            .and_then(|rest| rest.strip_suffix("-->"))
        {
            mark = comment.trim();
            is_running &= mark != "end";
        }
        let Some(language) = trimmed.strip_prefix("```") else {
            said = if trimmed.is_empty() { said } else { trimmed };
            continue;
        };
        let first = number + 2;
        let block: Vec<&str> = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| line.trim() != "```")
            .collect();
        let block = block.join("\n");
        match (language.trim(), mark) {
            (_, "skip") => {}
            ("sh" | "bash", "server") => {
                is_running = true;
                steps.push(Step::Server {
                    line: first,
                    command: block,
                });
            }
            ("sh" | "bash", _) if is_running => steps.extend(paragraphs(first, &block)),
            ("json", _) if is_running => {
                let expected = serde_json::from_str(&block);
                let expected =
                    expected.map_err(|error| format!("line {first}: not JSON: {error}"))?;
                steps.push(Step::Answer {
                    line: first,
                    expected,
                    status: status_in(said),
                });
            }
            _ => {}
        }
        (mark, said) = ("", "");
    }
    Ok(steps)
}

/// The paragraphs of a block, without those that are only comments.
fn paragraphs(first: usize, block: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut is_open = false;
    for (number, text) in block.lines().enumerate() {
        if text.trim().is_empty() {
            is_open = false;
            continue;
        }
        match steps.last_mut() {
            Some(Step::Command { command, .. }) if is_open => {
                command.push('\n');
                command.push_str(text);
            }
            _ => steps.push(Step::Command {
                line: first + number,
                command: text.to_owned(),
            }),
        }
        is_open = true;
    }
    let says_something = |step: &Step| match step {
        Step::Command { command, .. } => command
            .lines()
            .any(|line| !line.trim_start().starts_with('#')),
        _ => true,
    };
    steps.retain(says_something);
    steps
}

/// The number in `… (HTTP 429) …`.
fn status_in(text: &str) -> Option<u16> {
    let (_, after) = text.split_once("HTTP ")?;
    after.get(..3)?.parse().ok()
}

/// The last JSON document in what a command printed.
pub(crate) fn last_document(printed: &str) -> Option<Value> {
    let mut last = None;
    for document in serde_json::Deserializer::from_str(printed).into_iter::<Value>() {
        last = Some(document.ok()?);
    }
    last
}

/// Where the answer differs from what the text shows: in its first difference, in words.
///
/// `"…"` stands for anything and `"eyJ…"` for anything that begins so (three dots do as well). In
/// dates each digit stands for any digit.
pub(crate) fn difference(expected: &Value, answer: &Value) -> Option<String> {
    match (expected, answer) {
        (Value::Object(expected), Value::Object(answer)) => {
            let missing = expected.keys().find(|key| !answer.contains_key(*key));
            let added = answer.keys().find(|key| !expected.contains_key(*key));
            if let Some(key) = missing {
                return Some(format!("{key} is missing"));
            }
            if let Some(key) = added {
                return Some(format!("{key} is not in the text: {}", answer[key]));
            }
            expected.iter().find_map(|(key, expected)| {
                difference(expected, &answer[key]).map(|difference| format!("{key}: {difference}"))
            })
        }
        (Value::Array(expected), Value::Array(answer)) if expected.len() == answer.len() => {
            let pairs = expected.iter().zip(answer).enumerate();
            pairs.into_iter().find_map(|(index, (expected, answer))| {
                difference(expected, answer).map(|difference| format!("{index}: {difference}"))
            })
        }
        (Value::String(expected), answer) if matches_text(expected, answer) => None,
        _ if expected == answer => None,
        _ => Some(format!("{expected} in the text, {answer} in truth")),
    }
}

fn matches_text(expected: &str, answer: &Value) -> bool {
    if let Some(beginning) = expected
        .strip_suffix('…')
        .or_else(|| expected.strip_suffix("..."))
    {
        return beginning.is_empty()
            || answer
                .as_str()
                .is_some_and(|answer| answer.starts_with(beginning));
    }
    let Some(answer) = answer.as_str() else {
        return false;
    };
    let shape = |text: &str| {
        text.chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect::<String>()
    };
    let is_date = shape(expected).starts_with("0000-00");
    expected == answer || (is_date && shape(expected) == shape(answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TEXT: &str = "\
# Start

```sh
not run
```

<!-- server -->
```sh
cargo run -- dev
```

```sh
curl -X POST a \\
  -d b

# Save the token, then:
curl c
```

Expected (HTTP 429):

```json
{\"a\": 1}
```

<!-- skip -->
```sh
left out
```

<!-- end -->
```sh
not run
```
";

    #[test]
    fn the_steps_stand_in_the_order_of_the_text() {
        let command = |line, command: &str| Step::Command {
            line,
            command: command.to_owned(),
        };
        assert_eq!(
            read(TEXT).unwrap(),
            [
                Step::Server {
                    line: 9,
                    command: "cargo run -- dev".to_owned()
                },
                command(13, "curl -X POST a \\\n  -d b"),
                command(16, "# Save the token, then:\ncurl c"),
                Step::Answer {
                    line: 23,
                    expected: json!({ "a": 1 }),
                    status: Some(429)
                },
            ]
        );
        assert!(read("<!-- server -->\n```sh\na\n```\n```json\n{\n```\n").is_err());
    }

    #[test]
    fn answers_are_compared_to_the_last_figure() {
        let check = |expected: Value, answer: Value, is_same: bool| {
            assert_eq!(
                difference(&expected, &answer).is_none(),
                is_same,
                "{expected} and {answer}"
            );
        };
        check(
            json!({"a": [1, {"b": null}]}),
            json!({"a": [1, {"b": null}]}),
            true,
        );
        check(json!({"a": 1}), json!({"a": 2}), false);
        check(json!({"a": 1}), json!({"a": 1, "b": 2}), false);
        check(json!({"a": 1, "b": 2}), json!({"a": 1}), false);
        check(json!([1, 2]), json!([1]), false);
        check(json!("…"), json!(17), true);
        check(json!("eyJ..."), json!("eyJhbGciOi"), true);
        check(json!("eyJ…"), json!("abc"), false);
        check(json!("2026-01"), json!("2027-12"), true);
        check(json!("2026-01"), json!("2026-1"), false);
        check(
            json!("2026-02-01T00:00:00Z"),
            json!("2027-12-01T00:00:00Z"),
            true,
        );
        check(json!("free"), json!("pro"), false);
    }

    #[test]
    fn of_several_documents_the_last_counts() {
        assert_eq!(last_document("{\"a\":1}{\"a\":2}\n[3]"), Some(json!([3])));
        assert_eq!(last_document(""), None);
        assert_eq!(last_document("{\"a\":1} <html>"), None);
    }
}
