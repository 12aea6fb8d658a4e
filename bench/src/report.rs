//! Tables for people: aligned columns, and each figure with the ratio to its baseline.

use std::fmt::Write;
use std::time::Duration;

/// Rows of text under a heading.
#[derive(Debug)]
pub(crate) struct Table {
    title: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        let head = columns.iter().map(|column| (*column).to_owned()).collect();
        Self {
            title: title.into(),
            rows: vec![head],
        }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// As Markdown, with the columns aligned so that it reads well in a terminal too.
    pub(crate) fn print(&self) {
        println!("\n{}", self.render());
    }

    fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = format!("### {}\n\n", self.title);
        for (index, row) in self.rows.iter().enumerate() {
            for (column, width) in widths.iter().enumerate() {
                let cell = row.get(column).map_or("", String::as_str);
                let pad = " ".repeat(width - cell.chars().count());
                // The first column is words, the others are figures.
                let (left, right) = if column == 0 {
                    ("", pad.as_str())
                } else {
                    (pad.as_str(), "")
                };
                let _ = write!(text, "| {left}{cell}{right} ");
            }
            text.push_str("|\n");
            if index == 0 {
                for (column, width) in widths.iter().enumerate() {
                    let dashes = "-".repeat(*width);
                    let _ = write!(text, "| {dashes}{}", if column == 0 { " " } else { ":" });
                }
                text.push_str("|\n");
            }
        }
        text
    }
}

/// The middle value; the mean of the two middle ones when they are even in number.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        length if length % 2 == 1 => sorted[length / 2],
        length => f64::midpoint(sorted[length / 2 - 1], sorted[length / 2]),
    }
}

/// `12,345`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12,345` of each second.
pub(crate) fn rate(per_second: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded, not negative, and far below 2^64"
    )]
    let rounded = per_second.round() as u64;
    thousands(rounded)
}

/// Three significant digits: `0.843`, `15.2`, `133`.
pub(crate) fn ratio(ratio: f64) -> String {
    let decimals = match ratio {
        ratio if ratio < 1.0 => 3,
        ratio if ratio < 10.0 => 2,
        ratio if ratio < 100.0 => 1,
        _ => 0,
    };
    format!("{ratio:.decimals$} ×")
}

/// The middle ratio with the least and the greatest of the rounds.
pub(crate) fn ratio_with_range(ratios: &[f64]) -> String {
    let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = ratios.iter().copied().fold(0.0, f64::max);
    format!("{} ({least:.2}–{greatest:.2})", ratio(median(ratios)))
}

/// `1.25 ms`.
pub(crate) fn latency(latency: Duration) -> String {
    match latency.as_nanos() {
        0..1_000_000 => format!("{:.0} µs", latency.as_secs_f64() * 1e6),
        _ => format!("{:.2} ms", latency.as_secs_f64() * 1e3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(999), "999");
        assert_eq!(ratio(0.8431), "0.843 ×");
        assert_eq!(ratio(133.4), "133 ×");
        assert_eq!(latency(Duration::from_micros(1250)), "1.25 ms");
        assert!((median(&[3.0, 1.0, 2.0, 10.0]) - 2.5).abs() < 1e-9);
    }

    #[test]
    fn tables_are_markdown() {
        let mut table = Table::new("T", &["what", "n"]);
        table.row(["a".into(), "100".into()]);
        assert_eq!(
            table.render(),
            "### T\n\n| what |   n |\n| ---- | ---:|\n| a    | 100 |\n"
        );
    }
}
