//! What people read, in their language: texts, numbers, money and dates.
//!
//! A language is one file in `locales/`, in Fluent's format; a test holds them to the same
//! messages. Numbers, money and dates follow patterns that stand in the same file, so that a new
//! language is a new file and nothing else.

mod negotiate;

pub use negotiate::{LANGUAGE_COOKIE, Spoken};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::LazyLock;
use tollgate_core::Timestamp;
use tollgate_core::money::{Currency, Money};
use tollgate_core::period::TimeZone;
use tollgate_core::plan::{BillingInterval, Price};
use unic_langid::LanguageIdentifier;

/// The files of each language: what customers read, and what the owner reads.
const TEXTS_EN: [&str; 2] = [
    include_str!("../../../locales/en.ftl"),
    include_str!("../../../locales/en.admin.ftl"),
];
const TEXTS_DE: [&str; 2] = [
    include_str!("../../../locales/de.ftl"),
    include_str!("../../../locales/de.admin.ftl"),
];

/// Every language, the first of which is spoken to those who speak none of them.
static LOCALES: LazyLock<[Locale; 2]> =
    LazyLock::new(|| [Locale::read("en", TEXTS_EN), Locale::read("de", TEXTS_DE)]);

/// A language.
pub struct Locale {
    code: &'static str,
    bundle: FluentBundle<FluentResource>,
}

impl fmt::Debug for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Locale({})", self.code)
    }
}

impl Locale {
    fn read(code: &'static str, texts: [&str; 2]) -> Self {
        let language: LanguageIdentifier = code.parse().expect("it is the code of a language");
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // Both are written from left to right, and the marks would stand in attributes, too.
        bundle.set_use_isolating(false);
        for text in texts {
            let resource = FluentResource::try_new(text.to_owned());
            let resource = resource.unwrap_or_else(|(_, errors)| panic!("{code}.ftl: {errors:?}"));
            bundle
                .add_resource(resource)
                .unwrap_or_else(|errors| panic!("{code}.ftl: {errors:?}"));
        }
        Self { code, bundle }
    }

    /// Every language.
    pub fn all() -> &'static [Locale] {
        &*LOCALES
    }

    /// The language with this code, in whatever country it is spoken.
    pub fn known(code: &str) -> Option<&'static Self> {
        negotiate::known(code)
    }

    /// Its code: `en`.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// A text without blanks to fill in.
    pub fn text(&self, key: &str) -> Cow<'_, str> {
        self.format(key, None)
    }

    /// Whether there is such a text.
    pub fn has(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }

    /// A word of ours or of Stripe's, in this language: `word("standing", "past_due")`. One that
    /// is not known stays as it is.
    pub fn word(&self, kind: &str, word: &str) -> String {
        let key = format!("{kind}-{}", word.replace('_', "-"));
        if self.has(&key) {
            self.text(&key).into_owned()
        } else {
            word.to_owned()
        }
    }

    /// A text with its blanks filled in.
    pub fn with(&self, key: &str, blanks: &[(&str, &str)]) -> String {
        let mut arguments = FluentArgs::with_capacity(blanks.len());
        for (name, value) in blanks {
            arguments.set(*name, FluentValue::from(*value));
        }
        self.format(key, Some(&arguments)).into_owned()
    }

    /// A text about so many: `$count` decides its form, and `$number` shows it.
    pub fn counted(&self, key: &str, count: u64) -> String {
        let mut arguments = FluentArgs::with_capacity(2);
        arguments.set("count", FluentValue::from(count));
        arguments.set("number", FluentValue::from(self.number(count)));
        self.format(key, Some(&arguments)).into_owned()
    }

    fn format<'b>(&'b self, key: &str, arguments: Option<&FluentArgs<'_>>) -> Cow<'b, str> {
        let pattern = self.bundle.get_message(key).and_then(|text| text.value());
        let Some(pattern) = pattern else {
            tracing::error!(key, language = self.code, "a text is missing");
            return Cow::Owned(key.to_owned());
        };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, arguments, &mut errors);
        if !errors.is_empty() {
            tracing::error!(
                key,
                language = self.code,
                ?errors,
                "a text has a blank left"
            );
        }
        Cow::Owned(text.into_owned())
    }

    /// A number, with its thousands apart: `12,345`.
    pub fn number(&self, number: u64) -> String {
        let digits = number.to_string();
        let separator = self.text("group-separator");
        let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push_str(&separator);
            }
            text.push(digit);
        }
        text
    }

    /// A share in tenths of a percent: `12.5 %`, rounded down from parts per million.
    pub fn percent(&self, parts_per_million: u64) -> String {
        let tenths = parts_per_million / 1_000;
        let number = self.number(tenths / 10);
        let number = match tenths % 10 {
            0 => number,
            tenth => format!("{number}{}{tenth}", self.text("decimal-separator")),
        };
        self.with("percent", &[("number", &number)])
    }

    /// An amount of money, with as many decimals as its currency has: `$24.99`.
    pub fn money(&self, money: Money) -> String {
        self.signed_money(i128::from(money.minor), money.currency)
    }

    /// A price, as it is charged: `$99.90 a year`.
    pub fn price(&self, price: &Price) -> String {
        let key = match price.interval {
            BillingInterval::Month => "price-per-month",
            BillingInterval::Year => "price-per-year",
        };
        self.with(key, &[("amount", &self.money(price.amount))])
    }

    /// An amount that may be a credit: `−$9.99`.
    pub fn signed_money(&self, minor: i128, currency: Currency) -> String {
        let decimals = currency.decimals();
        let scale = 10_u128.pow(decimals);
        let (whole, rest) = (minor.unsigned_abs() / scale, minor.unsigned_abs() % scale);
        let mut amount = self.number(u64::try_from(whole).unwrap_or(u64::MAX));
        if decimals > 0 {
            let width = usize::try_from(decimals).expect("at most 3");
            amount.push_str(&self.text("decimal-separator"));
            let _ = write!(amount, "{rest:0width$}");
        }
        let shown = if let Some(symbol) = symbol(currency) {
            self.with("money", &[("symbol", symbol), ("amount", &amount)])
        } else {
            let code = currency.as_str().to_ascii_uppercase();
            self.with("money-of-code", &[("code", &code), ("amount", &amount)])
        };
        if minor < 0 {
            format!("\u{2212}{shown}")
        } else {
            shown
        }
    }

    /// A day in a time zone: `1 Dec 2026`.
    pub fn date(&self, at: Timestamp, zone: &TimeZone) -> String {
        let time = zoned(at, zone);
        let day = time.day().to_string();
        let month = self.text(&format!("month-{}", time.month()));
        let year = time.year().to_string();
        self.with("date", &[("day", &day), ("month", &month), ("year", &year)])
    }

    /// A minute in a time zone, with the zone: `1 Dec 2026, 14:05 UTC`.
    pub fn moment(&self, at: Timestamp, zone: &TimeZone) -> String {
        let time = zoned(at, zone);
        let clock = time.strftime("%H:%M").to_string();
        let zone_name = time.strftime("%Z").to_string();
        let date = self.date(at, zone);
        self.with(
            "moment",
            &[("date", &date), ("time", &clock), ("zone", &zone_name)],
        )
    }
}

fn zoned(at: Timestamp, zone: &TimeZone) -> jiff::Zoned {
    at.to_jiff().to_zoned(zone.as_jiff().clone())
}

/// What people write for a currency, where one sign is understood everywhere.
fn symbol(currency: Currency) -> Option<&'static str> {
    Some(match currency.as_str() {
        "usd" => "$",
        "eur" => "€",
        "gbp" => "£",
        "jpy" => "¥",
        "inr" => "₹",
        "krw" => "₩",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn locale(code: &str) -> &'static Locale {
        let mut all = Locale::all().iter();
        all.find(|locale| locale.code() == code).unwrap()
    }

    /// The names of the messages in a file, and of the blanks in each.
    fn messages(text: &str) -> BTreeSet<(String, BTreeSet<String>)> {
        let resource = FluentResource::try_new(text.to_owned()).unwrap();
        let entries = resource.entries().filter_map(|entry| match entry {
            fluent_syntax::ast::Entry::Message(message) => Some(message),
            _ => None,
        });
        entries
            .map(|message| {
                let shown = format!("{:?}", message.value);
                let mut blanks = BTreeSet::new();
                for part in shown
                    .split("VariableReference { id: Identifier { name: \"")
                    .skip(1)
                {
                    blanks.insert(part.split('"').next().unwrap().to_owned());
                }
                // Which form is taken may show the number or leave it out.
                blanks.remove("count");
                (message.id.name.to_owned(), blanks)
            })
            .collect()
    }

    #[test]
    fn every_language_has_the_same_texts_with_the_same_blanks() {
        let english = messages(&TEXTS_EN.concat());
        let german = messages(&TEXTS_DE.concat());
        assert!(english.len() > 50, "{}", english.len());
        assert_eq!(english, german);
    }

    /// Everything that shows texts.
    fn sources() -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders = vec![root.join("src/pages"), root.join("templates")];
        let mut text = String::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    text.push_str(&std::fs::read_to_string(path).unwrap());
                }
            }
        }
        text
    }

    #[test]
    fn every_text_that_is_shown_is_there_and_every_other_is_gone() {
        let sources = sources();
        let english = locale("en");
        let keys = [".text(\"", ".with(\"", ".counted(\"", "\"admin-"].map(|call| {
            let calls = sources.split(call).skip(1);
            let begin = if call.ends_with('-') { "admin-" } else { "" };
            calls
                .filter_map(move |rest| Some(format!("{begin}{}", rest.split('"').next()?)))
                .collect::<Vec<_>>()
        });
        for key in keys.concat() {
            let is_name = key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            assert!(
                !is_name || key.ends_with('-') || english.has(&key),
                "{key} is missing"
            );
        }
        // Made of what is shown: a month, an error's word, a reason.
        let made = [
            "month-",
            "problem-",
            "reason-",
            "about-",
            "cause-",
            "standing-",
            "payment-status-",
            "dispute-",
            "admin-when-",
        ];
        for (key, _) in messages(&TEXTS_EN.concat()) {
            let is_made = made.iter().any(|begin| key.starts_with(begin));
            let is_shown = sources.contains(&format!("\"{key}\""));
            assert!(is_made || is_shown, "{key} is shown nowhere");
        }
    }

    #[test]
    fn numbers_have_their_thousands_apart() {
        let english = locale("en");
        for (number, shown) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345_678, "12,345,678"),
        ] {
            assert_eq!(english.number(number), shown);
        }
        assert_eq!(locale("de").number(1_234_567), "1.234.567");
    }

    #[test]
    fn money_has_the_decimals_of_its_currency() {
        let show = |code: &str, minor, currency: &str| {
            locale(code).signed_money(minor, Currency::new(currency).unwrap())
        };
        assert_eq!(show("en", 2_499, "usd"), "$24.99");
        assert_eq!(show("en", 123_456_789, "eur"), "€1,234,567.89");
        assert_eq!(show("en", 5, "usd"), "$0.05");
        assert_eq!(show("en", 1_500, "jpy"), "¥1,500", "a yen has no cents");
        assert_eq!(show("en", 1_005, "kwd"), "KWD\u{a0}1.005", "thousandths");
        assert_eq!(show("en", -999, "usd"), "\u{2212}$9.99");
        assert_eq!(show("de", 123_456, "eur"), "1.234,56\u{a0}€");
        assert_eq!(show("de", 999, "chf"), "9,99\u{a0}CHF");
    }

    #[test]
    fn days_are_those_of_the_customers_zone() {
        let at: Timestamp = "2026-11-30T23:30:00Z".parse().unwrap();
        let berlin = TimeZone::new("Europe/Berlin").unwrap();
        assert_eq!(locale("en").date(at, &TimeZone::UTC), "30 Nov 2026");
        assert_eq!(locale("en").date(at, &berlin), "1 Dec 2026");
        assert_eq!(locale("de").date(at, &berlin), "1. Dez. 2026");
        assert_eq!(locale("en").moment(at, &berlin), "1 Dec 2026, 00:30 CET");
    }

    #[test]
    fn shares_are_rounded_down_to_tenths() {
        assert_eq!(locale("en").percent(125_999), "12.5%");
        assert_eq!(locale("en").percent(1_000_000), "100%");
        assert_eq!(locale("de").percent(125_999), "12,5\u{a0}%");
    }
}
