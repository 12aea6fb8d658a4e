//! Which language somebody is spoken to in: the one that they chose, or the first that their
//! browser names and that is known here.

use super::Locale;
use crate::auth::extract::cookie;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;
use std::convert::Infallible;

/// The cookie with the language that somebody chose.
pub const LANGUAGE_COOKIE: &str = "tollgate_language";

/// The language that the visitor is spoken to in.
#[derive(Clone, Copy, Debug)]
pub struct Spoken(pub &'static Locale);

impl<S: Send + Sync> FromRequestParts<S> for Spoken {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

impl Spoken {
    /// The language that a request asks for.
    pub fn of(headers: &HeaderMap) -> Self {
        let chosen = cookie(headers, LANGUAGE_COOKIE).and_then(known);
        let wanted = headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        Self(chosen.unwrap_or_else(|| best(wanted)))
    }
}

/// The language with this code, in whatever country it is spoken.
pub(super) fn known(code: &str) -> Option<&'static Locale> {
    let language = code.split(['-', '_']).next()?.trim();
    let mut all = Locale::all().iter();
    all.find(|locale| locale.code().eq_ignore_ascii_case(language))
}

/// The known language of the highest weight (RFC 9110, 12.5.4); of several the one named first.
fn best(wanted: &str) -> &'static Locale {
    let mut found: Option<(u32, &'static Locale)> = None;
    for part in wanted.split(',').take(32) {
        let (code, parameters) = part.split_once(';').unwrap_or((part, ""));
        let weight = weight(parameters);
        let Some(locale) = known(code).filter(|_| weight > 0) else {
            continue;
        };
        if found.is_none_or(|(best, _)| weight > best) {
            found = Some((weight, locale));
        }
    }
    found.map_or(&Locale::all()[0], |(_, locale)| locale)
}

/// In thousandths; what does not read is as good as not wanted.
fn weight(parameters: &str) -> u32 {
    let Some(text) = parameters.trim().strip_prefix("q=") else {
        return if parameters.trim().is_empty() {
            1_000
        } else {
            0
        };
    };
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = rest.chars().chain("000".chars()).take(3).collect();
    match (whole, digits.parse::<u32>()) {
        ("1", _) => 1_000,
        ("0", Ok(thousandths)) => thousandths,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_known_language_is_spoken() {
        for (wanted, spoken) in [
            ("", "en"),
            ("de", "de"),
            ("de-AT,de;q=0.9,en;q=0.8", "de"),
            ("en-US,en;q=0.9,de;q=0.8", "en"),
            ("fr, de;q=0.5, en;q=0.4", "de"),
            ("en;q=0.2, de;q=0.25", "de"),
            ("de;q=0, en;q=0.1", "en"),
            ("fr;q=1", "en"),
            ("de;q=x", "en"),
            ("*", "en"),
        ] {
            assert_eq!(best(wanted).code(), spoken, "{wanted}");
        }
    }

    #[test]
    fn what_somebody_chose_counts_first() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, "en".parse().unwrap());
        headers.insert("cookie", "a=b; tollgate_language=de".parse().unwrap());
        assert_eq!(Spoken::of(&headers).0.code(), "de");
        headers.insert("cookie", "tollgate_language=xx".parse().unwrap());
        assert_eq!(Spoken::of(&headers).0.code(), "en");
    }
}
