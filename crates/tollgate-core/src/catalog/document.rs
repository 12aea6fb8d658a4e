//! A TOML text with its places: typed reading that collects every mistake with line and column.

use super::nearest::did_you_mean;
use super::problem::{Place, Problem, Severity};
use crate::plan::UNITS_MAX;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// How much of a wrong value is shown.
const SHOWN_CHARS_MAX: usize = 40;

/// What is being read, and all that was found wrong with it.
pub(super) struct Document<'a> {
    file_name: &'a str,
    text: &'a str,
    variable: &'a dyn Fn(&str) -> Option<String>,
    positions: BTreeMap<String, usize>,
    problems: RefCell<Vec<(usize, Problem)>>,
}

impl<'a> Document<'a> {
    pub(super) fn new(
        file_name: &'a str,
        text: &'a str,
        root: &DeTable<'_>,
        variable: &'a dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let mut positions = BTreeMap::new();
        note_positions("", root, &mut positions);
        Self {
            file_name,
            text,
            variable,
            positions,
            problems: RefCell::default(),
        }
    }

    /// Adds what was found wrong elsewhere, at the place of its path or of the nearest part of it
    /// that is written in the file.
    pub(super) fn add(&self, problem: Problem) {
        let mut path = problem.path.as_str();
        let at = loop {
            match (self.positions.get(path), path.rfind(['.', '['])) {
                (Some(at), _) => break *at,
                (None, Some(end)) => path = &path[..end],
                (None, None) => break 0,
            }
        };
        let place = Some(place(self.file_name, self.text, at));
        self.problems
            .borrow_mut()
            .push((at, Problem { place, ..problem }));
    }

    pub(super) fn wrong(&self, at: usize, message: String) {
        let place = Some(place(self.file_name, self.text, at));
        let problem = Problem {
            severity: Severity::Error,
            path: String::new(),
            place,
            message,
        };
        self.problems.borrow_mut().push((at, problem));
    }

    pub(super) fn has_errors(&self) -> bool {
        self.problems
            .borrow()
            .iter()
            .any(|(_, problem)| problem.severity == Severity::Error)
    }

    /// Everything that was found, in the order of the file.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|(at, _)| *at);
        problems.into_iter().map(|(_, problem)| problem).collect()
    }

    /// The value as it is written, when it is short enough to be shown.
    fn show(&self, value: &Spanned<DeValue<'_>>) -> String {
        match value.get_ref() {
            DeValue::Table(_) => "a table".to_owned(),
            DeValue::Array(_) => "a list".to_owned(),
            _ => {
                let written = self.text.get(value.span()).unwrap_or_default();
                let line = written.lines().next().unwrap_or_default();
                match line.char_indices().nth(SHOWN_CHARS_MAX) {
                    Some((end, _)) => format!("{}…", &line[..end]),
                    None => line.to_owned(),
                }
            }
        }
    }
}

/// Where each dotted path of the document is written.
fn note_positions(prefix: &str, table: &DeTable<'_>, positions: &mut BTreeMap<String, usize>) {
    for (key, value) in table {
        let path = join(prefix, key.get_ref());
        positions.insert(path.clone(), key.span().start);
        match value.get_ref() {
            DeValue::Table(table) => note_positions(&path, table, positions),
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    positions.insert(path.clone(), item.span().start);
                    if let DeValue::Table(table) = item.get_ref() {
                        note_positions(&path, table, positions);
                    }
                }
            }
            _ => {}
        }
    }
}

/// A path and one more key. Keys with a dot stand in quotes, as in TOML.
pub(super) fn join(prefix: &str, key: &str) -> String {
    let key = if key.contains('.') {
        format!("{key:?}")
    } else {
        key.to_owned()
    };
    if prefix.is_empty() {
        key
    } else {
        format!("{prefix}.{key}")
    }
}

/// Line and column, both counted from 1, of a byte.
pub(super) fn place(file_name: &str, text: &str, at: usize) -> Place {
    let before = &text[..text.floor_char_boundary(at)];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Place {
        file: file_name.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

/// One table of the document. Every key that is asked for is known; [`Section::finish`] complains
/// of all others.
pub(super) struct Section<'a> {
    document: &'a Document<'a>,
    /// What messages call it: `plan "pro"`.
    what: String,
    at: usize,
    table: &'a DeTable<'a>,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    pub(super) fn root(document: &'a Document<'a>, table: &'a DeTable<'a>) -> Self {
        Self::new(document, String::new(), 0, table)
    }

    fn new(document: &'a Document<'a>, what: String, at: usize, table: &'a DeTable<'a>) -> Self {
        Self {
            document,
            what,
            at,
            table,
            known: RefCell::default(),
        }
    }

    /// What messages call the part of this section under `key`.
    pub(super) fn describe(&self, key: &str) -> String {
        if self.what.is_empty() {
            key.to_owned()
        } else {
            format!("{}, {key}", self.what)
        }
    }

    /// Says what is wrong with the section as a whole.
    pub(super) fn wrong(&self, message: &str) {
        self.wrong_at(self.at, message);
    }

    /// Says what is wrong at one place in it.
    pub(super) fn wrong_at(&self, at: usize, message: &str) {
        if self.what.is_empty() {
            self.document.wrong(at, message.to_owned());
        } else {
            self.document.wrong(at, format!("{}: {message}", self.what));
        }
    }

    /// The value of `key` as it is written.
    pub(super) fn value(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.known.borrow_mut().push(key);
        self.table.get(key)
    }

    /// Where the value of `key` stands, or the section when there is none.
    pub(super) fn at_key(&self, key: &str) -> usize {
        self.table
            .get(key)
            .map_or(self.at, |value| value.span().start)
    }

    /// Complains of what `key` holds.
    pub(super) fn mistyped(&self, value: &Spanned<DeValue<'_>>, expected: &str) {
        let found = self.document.show(value);
        self.wrong_at(value.span().start, &format!("{expected}; found {found}"));
    }

    /// Says that `key` must be there, once per section and key.
    pub(super) fn missing(&self, key: &str, example: &str) {
        self.wrong(&format!(
            "{key} is missing; write for instance {key} = {example}"
        ));
    }

    /// A text with its variables filled in; may be empty.
    pub(super) fn text(&self, key: &'static str, example: &str) -> Option<String> {
        let value = self.value(key)?;
        self.text_of(key, value, example)
    }

    fn text_of(&self, key: &str, value: &Spanned<DeValue<'_>>, example: &str) -> Option<String> {
        let DeValue::String(written) = value.get_ref() else {
            self.mistyped(
                value,
                &format!("{key} must be a text, such as {key} = {example}"),
            );
            return None;
        };
        match substitute(written, self.document.variable) {
            Ok(text) => Some(text),
            Err(message) => {
                self.wrong_at(value.span().start, &format!("{key}: {message}"));
                None
            }
        }
    }

    /// A text that must not be empty.
    pub(super) fn filled(&self, key: &'static str, example: &str) -> Option<String> {
        let text = self.text(key, example)?;
        if text.trim().is_empty() {
            let message = format!("{key} must not be empty; write for instance {key} = {example}");
            self.wrong_at(self.at_key(key), &message);
            return None;
        }
        Some(text)
    }

    /// A text that must be there and not be empty.
    pub(super) fn required(&self, key: &'static str, example: &str) -> Option<String> {
        if self.value(key).is_none() {
            self.missing(key, example);
        }
        self.filled(key, example)
    }

    /// A text whose variable may be unset, which makes it none.
    pub(super) fn optional_variable(&self, key: &'static str, example: &str) -> Option<String> {
        let value = self.value(key)?;
        if let DeValue::String(written) = value.get_ref()
            && matches!(
                substitute(written, self.document.variable),
                Err(Unfilled::Unset(_))
            )
        {
            return None;
        }
        self.text_of(key, value, example)
            .filter(|text| !text.is_empty())
    }

    /// A text that `read` understands.
    pub(super) fn parsed<T, E: std::fmt::Display>(
        &self,
        key: &'static str,
        example: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(key, example)?;
        match read(&text) {
            Ok(value) => Some(value),
            Err(error) => {
                let message = format!("{key}: {error}; write for instance {key} = {example}");
                self.wrong_at(self.at_key(key), &message);
                None
            }
        }
    }

    pub(super) fn flag(&self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        if value.get_ref().as_bool().is_none() {
            self.mistyped(value, &format!("{key} must be true or false"));
        }
        value.get_ref().as_bool()
    }

    /// A whole number within `range`; `unit` says of what.
    pub(super) fn whole(
        &self,
        key: &'static str,
        unit: &str,
        range: RangeInclusive<u64>,
        example: u64,
    ) -> Option<u64> {
        let value = self.value(key)?;
        self.whole_of(key, value, unit, range, &format!("{key} = {example}"))
    }

    /// A whole number within `range` in `value`.
    pub(super) fn whole_of(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        unit: &str,
        range: RangeInclusive<u64>,
        example: &str,
    ) -> Option<u64> {
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|written| u64::from_str_radix(written.as_str(), written.radix()).ok())
            .filter(|number| range.contains(number));
        if number.is_none() {
            let bounds = if *range.end() >= UNITS_MAX && !is_above(value, *range.end()) {
                format!("at least {}", range.start())
            } else {
                format!("{} to {}", range.start(), range.end())
            };
            self.mistyped(
                value,
                &format!("{key} must be a whole number of {unit} of {bounds}, such as {example}"),
            );
        }
        number
    }

    /// One of several words.
    pub(super) fn choice<T: Copy>(
        &self,
        key: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let value = self.value(key)?;
        let text = match value.get_ref() {
            DeValue::String(_) => self.text_of(key, value, &format!("{:?}", choices[0].0))?,
            _ => String::new(),
        };
        let chosen = choices
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, chosen)| *chosen);
        if chosen.is_none() {
            let words: Vec<String> = choices
                .iter()
                .map(|(word, _)| format!("{word:?}"))
                .collect();
            let (last, others) = words.split_last().expect("there is a choice");
            let others = others.join(", ");
            let hint = did_you_mean(&text, choices.iter().map(|(word, _)| *word));
            let found = self.document.show(value);
            let message = format!("{key} must be {others} or {last}; found {found}{hint}");
            self.wrong_at(value.span().start, &message);
        }
        chosen
    }

    /// A list of texts, each with its place.
    pub(super) fn texts(&self, key: &'static str, example: &str) -> Vec<(usize, String)> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let expected = format!("{key} must be a list of texts, such as {key} = {example}");
        let Some(items) = value.get_ref().as_array() else {
            self.mistyped(value, &expected);
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items {
            if item.get_ref().is_str() {
                texts.extend(
                    self.text_of(key, item, example)
                        .map(|text| (item.span().start, text)),
                );
            } else {
                self.mistyped(item, &expected);
            }
        }
        texts
    }

    /// The table under `key`, which messages call `what`.
    pub(super) fn section(&self, key: &'static str, what: String) -> Option<Section<'a>> {
        let value = self.value(key)?;
        let at = self
            .table
            .get_key_value(key)
            .map_or(self.at, |(key, _)| key.span().start);
        self.section_of(value, what, at)
    }

    /// The table in `value`.
    pub(super) fn section_of(
        &self,
        value: &'a Spanned<DeValue<'a>>,
        what: String,
        at: usize,
    ) -> Option<Section<'a>> {
        if let Some(table) = value.get_ref().as_table() {
            return Some(Section::new(self.document, what, at, table));
        }
        let found = self.document.show(value);
        self.document.wrong(
            value.span().start,
            format!("{what} must be a table; found {found}"),
        );
        None
    }

    /// Each table under the table `key`: its name, the name's place and itself.
    pub(super) fn sections(
        &self,
        key: &'static str,
        what: impl Fn(&str) -> String,
    ) -> Vec<(String, Section<'a>)> {
        let Some(outer) = self.section(key, key.to_owned()) else {
            return Vec::new();
        };
        outer
            .entries()
            .filter_map(|(name, at, value)| {
                Some((name.to_owned(), outer.section_of(value, what(name), at)?))
            })
            .collect()
    }

    /// Every key with its place and value, for a section whose keys are names.
    pub(super) fn entries(
        &self,
    ) -> impl Iterator<Item = (&'a str, usize, &'a Spanned<DeValue<'a>>)> + use<'a> {
        self.table
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), key.span().start, value))
    }

    /// Each table of the list under `key`.
    pub(super) fn list(
        &self,
        key: &'static str,
        what: impl Fn(usize) -> String,
    ) -> Vec<Section<'a>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            self.mistyped(value, &format!("{key} must be a list of tables"));
            return Vec::new();
        };
        items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| self.section_of(item, what(index), item.span().start))
            .collect()
    }

    /// Complains of every key that nobody asked for.
    pub(super) fn finish(&self) {
        let known = self.known.borrow();
        for (key, at, _) in self.entries().filter(|(key, ..)| !known.contains(key)) {
            let mut names = known.clone();
            names.sort_unstable();
            names.dedup();
            let hint = did_you_mean(key, names.iter().copied());
            let hint = if hint.is_empty() {
                format!("; known here: {}", names.join(", "))
            } else {
                hint
            };
            self.wrong_at(at, &format!("{key:?} is not known here{hint}"));
        }
    }
}

/// Whether `value` is a whole number beyond `most`.
fn is_above(value: &Spanned<DeValue<'_>>, most: u64) -> bool {
    value.get_ref().as_integer().is_some_and(|written| {
        !written.as_str().starts_with('-')
            && u64::from_str_radix(written.as_str(), written.radix())
                .map_or(true, |number| number > most)
    })
}

/// Why a text's variables could not be filled in.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfilled {
    #[error("the variable {0} is not set; set it, or write ${{{0}:-something}} for when it is not")]
    Unset(String),
    #[error(
        "\"${{\" begins a variable, such as ${{NAME}} or ${{NAME:-default}}; write $${{ for the signs themselves"
    )]
    Malformed,
}

/// Fills in `${NAME}` and `${NAME:-default}`; `$${` stands for `${` itself.
pub(super) fn substitute(
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<String, Unfilled> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        if let Some(before) = before.strip_suffix('$') {
            filled.push_str(before);
            filled.push_str("${");
            rest = after;
            continue;
        }
        let end = after.find('}').ok_or(Unfilled::Malformed)?;
        let (name, default) = match after[..end].split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (&after[..end], None),
        };
        let is_name = !name.is_empty()
            && !name.as_bytes()[0].is_ascii_digit()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name {
            return Err(Unfilled::Malformed);
        }
        filled.push_str(before);
        match (variable(name), default) {
            (Some(value), Some(default)) if value.is_empty() => filled.push_str(default),
            (Some(value), _) => filled.push_str(&value),
            (None, Some(default)) => filled.push_str(default),
            (None, None) => return Err(Unfilled::Unset(name.to_owned())),
        }
        rest = &after[end + 1..];
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in() {
        let variable = |name: &str| match name {
            "A" => Some("1".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let check = |text: &str, expected: Result<&str, Unfilled>| {
            assert_eq!(
                substitute(text, &variable),
                expected.map(str::to_owned),
                "{text}"
            );
        };
        check("", Ok(""));
        check("x ${A} y ${A}", Ok("x 1 y 1"));
        check(
            "${NONE:-two} ${A:-two} ${EMPTY:-two}${EMPTY}.",
            Ok("two 1 two."),
        );
        check("${NONE:-}", Ok(""));
        check("$${A} costs $5", Ok("${A} costs $5"));
        check("${NONE}", Err(Unfilled::Unset("NONE".to_owned())));
        for wrong in ["${", "${A", "${}", "${1A}", "${A-b}", "${:-x}", "${Ä}"] {
            check(wrong, Err(Unfilled::Malformed));
        }
    }

    #[test]
    fn places_count_characters() {
        let text = "a = 1\nü = \"é\" # x";
        let at = |byte| {
            let place = place("f.toml", text, byte);
            (place.line, place.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(5), (1, 6));
        assert_eq!(at(6), (2, 1));
        assert_eq!(at(text.find('#').unwrap()), (2, 9));
        assert_eq!(at(text.len() + 10), (2, 12));
    }
}
