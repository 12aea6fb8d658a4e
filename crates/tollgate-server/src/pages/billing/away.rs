//! The step to the payment page: a page that goes on by itself, so that a form of ours never has
//! to be allowed to lead to another site.

use crate::pages::locale::Locale;
use crate::pages::problem::{PageError, html};
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "billing/away.html")]
struct Page<'a> {
    t: &'a Locale,
    url: &'a str,
}

/// Leads to an address that Stripe has named.
pub(super) fn lead(t: &Locale, url: &str) -> Result<Response, PageError> {
    html(&Page { t, url })
}
