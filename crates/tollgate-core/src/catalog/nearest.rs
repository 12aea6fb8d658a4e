//! Which known name was meant by one that is not known.

/// Names longer than this are not compared: nobody mistypes them by a letter or two.
const LENGTH_MAX: usize = 64;

/// The name among `known` that is nearest to `written`, when few letters differ.
pub(super) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // A third of the letters, rounded down, and one in short names.
    let tolerance = (written.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .filter(|name| *name != written && name.len() <= LENGTH_MAX && written.len() <= LENGTH_MAX)
        .map(|name| {
            (
                distance(&written.to_lowercase(), &name.to_lowercase()),
                name,
            )
        })
        .filter(|(distance, _)| *distance <= tolerance)
        .min()
        .map(|(_, name)| name)
}

/// `; did you mean "…"?` or nothing, to end a message with.
pub(super) fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(written, known).map_or_else(String::new, |name| format!("; did you mean {name:?}?"))
}

/// How many letters must be added, left out, changed, or swapped with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut before = Vec::new();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, to) in right.iter().enumerate() {
            let mut cost = (row[j] + usize::from(from != to))
                .min(row[j + 1] + 1)
                .min(next[j] + 1);
            if i > 0 && j > 0 && *from == right[j - 1] && left[i - 1] == *to {
                let before: &Vec<usize> = &before;
                cost = cost.min(before[j - 1] + 1);
            }
            next.push(cost);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_apart() {
        for (left, right, expected) in [
            ("", "", 0),
            ("limit", "limit", 0),
            ("limt", "limit", 1),
            ("lmiit", "limit", 1),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(left, right), expected, "{left} {right}");
            assert_eq!(distance(right, left), expected, "{right} {left}");
        }
    }

    #[test]
    fn only_near_names_are_meant() {
        let known = ["limit", "reset", "rollover"];
        assert_eq!(nearest("limits", known), Some("limit"));
        assert_eq!(nearest("Reset", known), Some("reset"));
        assert_eq!(nearest("roll_over", known), Some("rollover"));
        assert_eq!(nearest("amount", known), None);
        assert_eq!(did_you_mean("rest", known), "; did you mean \"reset\"?");
        assert_eq!(did_you_mean("x", known), "");
    }
}
