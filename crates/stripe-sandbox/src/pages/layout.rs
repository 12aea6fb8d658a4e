//! What all pages share: the notice that this is not Stripe, the frame, and escaped text.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use std::fmt::Write as _;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:0 auto;padding:0 1rem 3rem;color:#1b1b1f;background:#fff}\
.not-stripe{background:#7a1f00;color:#fff;margin:0 -1rem 1.5rem;padding:.75rem 1rem;font-weight:600}\
label{display:block;margin:.75rem 0}input,select,textarea{display:block;font:inherit;width:100%;box-sizing:border-box;padding:.45rem;border:1px solid #777;border-radius:4px}\
button{font:inherit;padding:.5rem 1rem;border:1px solid #1b1b1f;border-radius:4px;background:#1b1b1f;color:#fff;cursor:pointer}\
button.second{background:#fff;color:#1b1b1f}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .5rem .35rem 0;border-bottom:1px solid #ccc}\
.error{border-left:4px solid #b00020;padding:.5rem .75rem;background:#fdecef}code{font-size:.9em}form{margin:1rem 0}";

/// Text that is safe between tags and in attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A whole page.
pub(crate) fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let title = escape(title);
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
<title>{title} (not Stripe)</title><style>{STYLE}</style></head><body>\
<p class=\"not-stripe\" role=\"note\">This is NOT Stripe. It is a local sandbox for tests: no money moves. \
Never type a real card number here.</p><main><h1>{title}</h1>{body}</main></body></html>"
    );
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}

/// A page that says why something cannot be.
pub(crate) fn sorry(message: &str) -> Response {
    let body = format!("<p class=\"error\" role=\"alert\">{}</p>", escape(message));
    page(StatusCode::NOT_FOUND, "This page cannot be shown", &body)
}

/// What went wrong, above a form.
pub(crate) fn error(message: Option<&str>) -> String {
    message.map_or_else(String::new, |message| {
        format!("<p class=\"error\" role=\"alert\">{}</p>", escape(message))
    })
}

/// The way on, after a form.
pub(crate) fn redirect(to: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(to) else {
        return sorry("The address to return to is not valid.");
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    response
}

/// The fields for a card.
pub(crate) fn card_fields() -> String {
    let mut numbers = String::new();
    for (number, does) in crate::state::payment_method::test_numbers() {
        let _ = write!(
            numbers,
            "<tr><td><code>{number}</code></td><td>{does}</td></tr>"
        );
    }
    format!(
        "<label>Card number <input name=\"number\" inputmode=\"numeric\" autocomplete=\"off\" \
placeholder=\"4242 4242 4242 4242\" required></label>\
<label>Expiry (month / year) <input name=\"expiry\" autocomplete=\"off\" placeholder=\"12 / 34\" required></label>\
<label>Security code <input name=\"cvc\" inputmode=\"numeric\" autocomplete=\"off\" placeholder=\"123\" required></label>\
<details><summary>Test cards</summary><table>{numbers}</table></details>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(
            escape("<a href='x'>&\""),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot;"
        );
    }
}
