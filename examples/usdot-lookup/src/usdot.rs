//! USDOT numbers: reading those that somebody typed, and finding those that OCR saw.

use serde::Serialize;
use std::fmt;

/// The most digits that a number has.
const DIGITS_MAX: usize = 8;
/// The fewest digits that count in a picture: shorter ones are noise far more often than numbers.
/// They can still be typed in.
const SEEN_DIGITS_MIN: usize = 4;
/// How many signs, spaces and line ends may stand between the label and the number.
const GAP_MAX: usize = 12;

/// The number that a carrier is registered under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsdotNumber(u32);

impl UsdotNumber {
    /// From its digits, without signs; leading zeros do not count.
    pub fn from_digits(digits: &str) -> Option<Self> {
        let is_number = (1..=DIGITS_MAX).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        let value = digits
            .parse()
            .ok()
            .filter(|value| is_number && *value > 0)?;
        Some(Self(value))
    }
}

impl fmt::Display for UsdotNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Serialize for UsdotNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads numbers that somebody typed, separated by commas, semicolons, spaces or line ends, with or
/// without label (`USDOT 1234567, 298-7654`). Doubles are left out. The error is the first entry
/// that is no number.
pub fn parse_list(text: &str) -> Result<Vec<UsdotNumber>, String> {
    let mut numbers = Vec::new();
    for entry in text
        .split([',', ';', '\n'])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
    {
        let characters: Vec<char> = entry.chars().collect();
        let begin = label_end(&characters, 0)
            .and_then(|end| gap_end(&characters, end))
            .unwrap_or(0);
        let rest: String = characters[begin..].iter().collect();
        if rest.trim().is_empty() {
            return Err(shortened(entry));
        }
        for word in rest.split_whitespace() {
            let digits = word.trim_start_matches('#').replace('-', "");
            let number = UsdotNumber::from_digits(&digits).ok_or_else(|| shortened(word))?;
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
    }
    Ok(numbers)
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Finds the numbers that follow a label (`USDOT 1234567`, `US DOT # 123-4567`, `DOT: …`) in a text
/// that OCR made, in order and without doubles.
pub fn find(text: &str) -> Vec<UsdotNumber> {
    let characters: Vec<char> = text.chars().collect();
    let mut numbers = Vec::new();
    let mut position = 0;
    while position < characters.len() {
        let number = number_after_label(&characters, position);
        position = number.map_or(position + 1, |(_, end)| end);
        numbers.extend(
            number
                .map(|(number, _)| number)
                .filter(|number| !numbers.contains(number)),
        );
    }
    numbers
}

/// The number whose label begins at `begin`, and where it ends.
fn number_after_label(characters: &[char], begin: usize) -> Option<(UsdotNumber, usize)> {
    let is_inside_word = begin > 0 && characters[begin - 1].is_alphanumeric();
    if is_inside_word {
        return None;
    }
    let label_end = label_end(characters, begin)?;
    let (digits, end) = digits(characters, gap_end(characters, label_end)?)?;
    let number = UsdotNumber::from_digits(&digits).filter(|_| digits.len() >= SEEN_DIGITS_MIN)?;
    Some((number, end))
}

/// Where a label that begins at `begin` ends: `DOT`, before it perhaps `US`, with dots or spaces
/// between, the O perhaps seen as a zero and the S as a five.
fn label_end(characters: &[char], begin: usize) -> Option<usize> {
    let us = letters(characters, begin, &["U", "S5"], is_filler)
        .map(|end| skip(characters, end, is_filler));
    let end = [us, Some(begin)]
        .into_iter()
        .flatten()
        .find_map(|begin| letters(characters, begin, &["D", "O0Q", "T"], |c| c == '.'))?;
    let is_word = characters.get(end).is_none_or(|c| !c.is_alphabetic());
    is_word.then_some(end)
}

/// Where a word ends that begins at `begin`: for each letter one of those accepted, in capitals or
/// not, with nothing but fillers between them.
fn letters(
    characters: &[char],
    begin: usize,
    accepted: &[&str],
    is_filler: fn(char) -> bool,
) -> Option<usize> {
    let mut end = begin;
    for (index, accepted) in accepted.iter().enumerate() {
        let position = if index == 0 {
            begin
        } else {
            skip(characters, end, is_filler)
        };
        let seen = characters.get(position)?.to_ascii_uppercase();
        if !accepted.contains(seen) {
            return None;
        }
        end = position + 1;
    }
    Some(end)
}

fn is_filler(c: char) -> bool {
    matches!(c, '.' | ' ' | '-' | '_')
}

fn skip(characters: &[char], begin: usize, is_skipped: impl Fn(char) -> bool) -> usize {
    characters[begin..]
        .iter()
        .position(|c| !is_skipped(*c))
        .map_or(characters.len(), |length| begin + length)
}

/// Where the number begins after its label: behind signs, and words like `No.` and `Number`.
fn gap_end(characters: &[char], begin: usize) -> Option<usize> {
    const WORDS: [&str; 6] = ["NUMBER", "NUMB", "NUM", "NBR", "NO", "N"];
    let is_sign = |c: char| {
        c.is_whitespace() || matches!(c, '#' | ':' | '.' | '-' | '=' | '_' | '*' | '\u{2116}')
    };
    let position = skip(characters, begin, is_sign);
    let position = WORDS
        .iter()
        .find_map(|word| {
            let end = position + word.len();
            let seen: String = characters
                .get(position..end)?
                .iter()
                .map(char::to_ascii_uppercase)
                .collect();
            let is_word = seen == *word && characters.get(end).is_none_or(|c| !c.is_alphabetic());
            is_word.then(|| skip(characters, end, is_sign))
        })
        .unwrap_or(position);
    (position - begin <= GAP_MAX + "NUMBER".len()).then_some(position)
}

/// The digits that begin at `begin`, in groups (`123-4567`, `1,234,567`, `123 4567`), and where
/// they end.
fn digits(characters: &[char], begin: usize) -> Option<(String, usize)> {
    let (mut digits, mut end) = group(characters, begin)?;
    while let Some((more, more_end)) = characters.get(end).and_then(|separator| {
        let (more, more_end) = group(characters, end + 1)?;
        let is_grouped = match separator {
            '-' => true,
            ',' | '.' => more.len() == 3,
            // Another figure may follow behind a space, so the groups must be those of a number.
            ' ' => digits.len() <= 4 && (3..=4).contains(&more.len()),
            _ => false,
        };
        (is_grouped && digits.len() + more.len() <= DIGITS_MAX).then_some((more, more_end))
    }) {
        digits.push_str(&more);
        end = more_end;
    }
    Some((digits, end))
}

/// A run of digits, with letters that OCR takes for digits among them as long as they are the
/// lesser part.
fn group(characters: &[char], begin: usize) -> Option<(String, usize)> {
    let run: Vec<char> = characters
        .get(begin..)?
        .iter()
        .copied()
        .take_while(|c| c.is_alphanumeric() || *c == '|')
        .collect();
    let real = run.iter().filter(|c| c.is_ascii_digit()).count();
    let digits: String = run.iter().map(|c| as_digit(*c)).collect::<Option<_>>()?;
    (!digits.is_empty() && digits.len() <= DIGITS_MAX && real * 2 > digits.len())
        .then_some((digits, begin + run.len()))
}

fn as_digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        'O' | 'o' | 'Q' | 'D' => Some('0'),
        'I' | 'l' | 'i' | '|' => Some('1'),
        'Z' | 'z' => Some('2'),
        'S' | 's' => Some('5'),
        'B' => Some('8'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[u32]) {
        let found: Vec<_> = find(text).iter().map(|number| number.0).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn labelled_numbers_are_found_however_they_are_written() {
        for text in [
            "USDOT 1234567",
            "USDOT1234567",
            "US DOT # 123-4567",
            "U.S. DOT NO. 1234567",
            "U.S.D.O.T. 1234567",
            "DOT: 1234567",
            "DOT#1234567",
            "Dot Number: 1,234,567",
            "usdot\n\n1234567",
            "USDOT 123 4567",
            "US-DOT 1234567.",
            "ACME LLC\nUSDOT 1234567\nMC 765432",
            "(USDOT 01234567)",
        ] {
            check(text, &[1_234_567]);
        }
    }

    #[test]
    fn what_ocr_mistakes_is_put_right() {
        check("USD0T 1234567", &[1_234_567]);
        check("U5DOT 1234567", &[1_234_567]);
        check("USDOT l23456O", &[1_234_560]);
        check("USDOT 12S45B7", &[1_254_587]);
        check("USDOT 1|34567", &[1_134_567]);
        check("USDOT SOIL", &[]);
        check("USDOT OOOl", &[]);
    }

    #[test]
    fn other_figures_are_left_alone() {
        for text in [
            "",
            "1234567",
            "MC 1234567",
            "ADOT 1234567",
            "DOTTED 1234567",
            "dot com 1234567",
            "USDOT",
            "USDOT approved since 1998",
            "USDOT 123",
            "USDOT 123456789",
            "USDOT 1234567A",
            "USDOT 0000",
            "USDOT ................ 1234567890",
            "the DOT is round",
        ] {
            check(text, &[]);
        }
        check("USDOT 1234567 2024", &[1_234_567]);
        check("USDOT 1234567 GVW 26,000 LB", &[1_234_567]);
        check("DOT 1234567, 2500", &[1_234_567]);
    }

    #[test]
    fn several_are_found_in_order_and_once_each() {
        check(
            "USDOT 7654321\nDOT 1234\nUS DOT 765-4321",
            &[7_654_321, 1_234],
        );
    }

    #[test]
    fn typed_lists_are_read_and_the_first_wrong_entry_is_named() {
        let list = |text: &str| {
            parse_list(text)
                .map(|numbers| numbers.iter().map(|number| number.0).collect::<Vec<_>>())
        };
        assert_eq!(list(""), Ok(vec![]));
        assert_eq!(list(" ,\n;"), Ok(vec![]));
        assert_eq!(
            list("1234567, 298-7654;7\n0000012 1234567"),
            Ok(vec![1_234_567, 2_987_654, 7, 12])
        );
        assert_eq!(
            list("USDOT 1234567, US DOT #298-7654, DOT: 5"),
            Ok(vec![1_234_567, 2_987_654, 5])
        );
        for (text, wrong) in [
            ("1234567, abc", "abc"),
            ("0", "0"),
            ("123456789", "123456789"),
            ("12.5", "12.5"),
            ("-", "-"),
            ("USDOT", "USDOT"),
            ("1234567 USDOT 5", "USDOT"),
            ("١٢٣٤", "١٢٣٤"),
        ] {
            assert_eq!(list(text), Err(wrong.to_owned()), "{text}");
        }
        assert_eq!(list(&"x".repeat(500)), Err("x".repeat(40)));
    }

    #[test]
    fn no_text_makes_it_fail() {
        let pieces = [
            "U", "S", ".", " ", "DOT", "D", "0", "T", "#", "-", "12", "345", "O", "\n", "é", "NO",
            ",",
        ];
        let mut state = 1_u64;
        for _ in 0..50_000 {
            let mut text = String::new();
            for _ in 0..16 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[usize::try_from(state >> 33).unwrap() % pieces.len()]);
            }
            assert!(
                find(&text)
                    .iter()
                    .all(|number| (1..100_000_000).contains(&number.0)),
                "{text:?}"
            );
            let _ = parse_list(&text);
        }
    }
}
