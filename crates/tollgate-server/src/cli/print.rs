//! What commands print: JSON for programs, lines for people.

use serde::Serialize;
use std::io::{self, Write as _};

/// Prints `value` as one line of JSON.
pub(super) fn json(value: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_string(value)?;
    line(&text)
}

/// Prints a line. A reader that has gone away is an error like any other.
pub(super) fn line(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{text}")?;
    output.flush()
}

/// Prints rows under a head, in columns as wide as their widest cell.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let show = |cells: Vec<&str>| {
        let padded = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        line(padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    show(head.to_vec())?;
    for row in rows {
        show(row.iter().map(String::as_str).collect())?;
    }
    Ok(())
}

/// Prints pairs of a name and a value, the values beneath each other.
pub(super) fn pairs(rows: &[Vec<String>]) -> io::Result<()> {
    let widths = rows.iter().filter_map(|row| row.first());
    let width = widths.map(|name| name.chars().count()).max().unwrap_or(0);
    for row in rows {
        let name = row.first().map_or("", String::as_str);
        let value = row.get(1).map_or("", String::as_str);
        line(format!("{name:width$}  {value}").trim_end())?;
    }
    Ok(())
}
