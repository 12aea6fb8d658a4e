//! Progress of long jobs, on stderr; nothing where that is no terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar up to `total`, or a count without one.
pub(super) fn bar(total: Option<u64>, what: &'static str) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total),
            "{bar:30} {percent:>3} %  {human_pos} of {human_len} {msg}, {per_sec:.0}, {eta} left",
        ),
        None => (
            ProgressBar::new_spinner(),
            "{spinner} {human_pos} {msg}, {per_sec:.0}, {elapsed}",
        ),
    };
    let style = ProgressStyle::with_template(template).expect("the template is well formed");
    bar.with_style(style).with_message(what)
}

/// A bar of bytes.
pub(super) fn bytes(total: u64, what: &'static str) -> ProgressBar {
    let template =
        "{bar:30} {percent:>3} %  {binary_bytes} of {binary_total_bytes} {msg}, {eta} left";
    let style = ProgressStyle::with_template(template).expect("the template is well formed");
    ProgressBar::new(total).with_style(style).with_message(what)
}
