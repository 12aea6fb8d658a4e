//! `POST /jd/parse`: what a job description says, read out of its text by rules.

use crate::text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Titles longer than this are sentences.
const TITLE_CHARACTERS_MAX: usize = 80;
/// Nobody asks for more years than this.
const YEARS_MAX: u32 = 40;

/// What is read.
#[derive(Clone, Debug, Deserialize)]
pub struct ParseRequest {
    /// The job description as plain text.
    pub jd_text: String,
}

/// What was found; what the text does not say is absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobDescription {
    /// The position.
    pub title: Option<String>,
    /// How senior.
    pub seniority: Option<Seniority>,
    /// Skills that it asks for, in order.
    pub skills_required: Vec<String>,
    /// Skills that would be nice.
    pub skills_preferred: Vec<String>,
    /// Years of experience.
    pub years_required: Option<Years>,
    /// The pay.
    pub salary: Option<Salary>,
    /// Full-time, part-time and so on.
    pub employment_types: Vec<EmploymentType>,
    /// Where the work is done.
    pub workplace: Option<Workplace>,
    /// The lowest degree that it names.
    pub education: Option<Degree>,
}

/// How senior a position is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Seniority {
    Intern,
    Junior,
    Mid,
    Senior,
    Lead,
    Staff,
    Principal,
    Director,
}

/// Years of experience.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Years {
    /// At least.
    pub min: u32,
    /// At most, where a range is given.
    pub max: Option<u32>,
}

/// The pay, in whole units of the currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Salary {
    /// At least.
    pub min: u64,
    /// At most, where a range is given.
    pub max: Option<u64>,
    /// ISO 4217.
    pub currency: &'static str,
    /// For how long.
    pub period: PayPeriod,
}

/// What a salary is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum PayPeriod {
    Hour,
    Day,
    Month,
    Year,
}

/// The kind of contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum EmploymentType {
    FullTime,
    PartTime,
    Contract,
    Temporary,
    Internship,
}

/// Where the work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Workplace {
    Remote,
    Hybrid,
    OnSite,
}

/// A degree, the lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Degree {
    Bachelor,
    Master,
    Doctorate,
}

/// Reads a job description.
pub fn parse(request: &ParseRequest) -> JobDescription {
    let jd = request.jd_text.as_str();
    let words = text::words(jd);
    let title = title(jd);
    let years_required = years(jd);
    let (skills_required, skills_preferred) = skills(jd);
    JobDescription {
        seniority: title
            .as_deref()
            .and_then(seniority_of_title)
            .or_else(|| years_required.map(seniority_of_years)),
        title,
        skills_required,
        skills_preferred,
        years_required,
        salary: jd.lines().find_map(salary),
        employment_types: employment_types(&words),
        workplace: workplace(&words),
        education: education(jd),
    }
}

/// The position: after a label, or in a sentence that announces it, or the first short line.
fn title(jd: &str) -> Option<String> {
    const LABELS: [&str; 5] = ["job title", "title", "position", "role", "job"];
    const ANNOUNCEMENTS: [&str; 8] = [
        "looking for a ",
        "looking for an ",
        "hiring a ",
        "hiring an ",
        "seeking a ",
        "seeking an ",
        "as a ",
        "as an ",
    ];
    let lines = || jd.lines().map(str::trim).filter(|line| !line.is_empty());
    let labelled = lines().find_map(|line| {
        let (label, rest) = line.split_once(':')?;
        let label = label.trim_matches(|c: char| !c.is_alphanumeric());
        LABELS
            .iter()
            .any(|known| label.eq_ignore_ascii_case(known))
            .then(|| clean_title(rest))?
    });
    let announced = || {
        lines().find_map(|line| {
            ANNOUNCEMENTS.iter().find_map(|announcement| {
                let begin = find_ignoring_case(line, announcement)? + announcement.len();
                let rest = &line[begin..];
                let end = [
                    ",", ".", ";", " to ", " who ", " with ", " for ", " in ", " at ", " you ",
                ]
                .iter()
                .filter_map(|end| rest.find(end))
                .min()
                .unwrap_or(rest.len());
                clean_title(&rest[..end])
            })
        })
    };
    let first = || {
        lines()
            .next()
            .filter(|line| !line.ends_with(['.', ':', '!', '?']))
            .and_then(clean_title)
    };
    labelled.or_else(first).or_else(announced)
}

fn clean_title(text: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| !(c.is_alphanumeric() || matches!(c, '+' | '#' | ')')));
    let is_title =
        text.chars().any(char::is_alphabetic) && text.chars().count() <= TITLE_CHARACTERS_MAX;
    is_title.then(|| text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Where the ASCII `needle` stands in `text`, whatever its capitals.
fn find_ignoring_case(text: &str, needle: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(needle)
}

fn seniority_of_title(title: &str) -> Option<Seniority> {
    const NAMES: [(&str, Seniority); 23] = [
        ("director", Seniority::Director),
        ("vp", Seniority::Director),
        ("head", Seniority::Director),
        ("principal", Seniority::Principal),
        ("staff", Seniority::Staff),
        ("lead", Seniority::Lead),
        ("manager", Seniority::Lead),
        ("senior", Seniority::Senior),
        ("sr", Seniority::Senior),
        ("iii", Seniority::Senior),
        ("junior", Seniority::Junior),
        ("jr", Seniority::Junior),
        ("entry", Seniority::Junior),
        ("entry-level", Seniority::Junior),
        ("graduate", Seniority::Junior),
        ("associate", Seniority::Junior),
        ("intern", Seniority::Intern),
        ("internship", Seniority::Intern),
        ("trainee", Seniority::Intern),
        ("mid", Seniority::Mid),
        ("mid-level", Seniority::Mid),
        ("intermediate", Seniority::Mid),
        ("ii", Seniority::Mid),
    ];
    let words = text::words(title);
    NAMES
        .iter()
        .find(|(name, _)| words.iter().any(|word| word.trim_end_matches('.') == *name))
        .map(|(_, seniority)| *seniority)
}

const fn seniority_of_years(years: Years) -> Seniority {
    match years.min {
        0..=1 => Seniority::Junior,
        2..=4 => Seniority::Mid,
        5..=9 => Seniority::Senior,
        _ => Seniority::Principal,
    }
}

/// The highest demand for years of experience: `5+ years`, `3-5 years`, `at least three years`.
fn years(jd: &str) -> Option<Years> {
    let lower = jd.to_lowercase().replace(['–', '—'], "-");
    let words: Vec<&str> = lower
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')'))
        .filter(|word| !word.is_empty())
        .collect();
    words
        .iter()
        .enumerate()
        .filter(|(_, word)| {
            matches!(
                word.trim_end_matches(['.', ':', '\'']),
                "year" | "years" | "yrs" | "yr"
            )
        })
        .filter_map(|(position, _)| years_before(&words[..position]))
        .max_by_key(|years| years.min)
}

fn years_before(words: &[&str]) -> Option<Years> {
    let last = words.last()?;
    let bounded = |min: u32, max: Option<u32>| {
        (min <= YEARS_MAX && max.is_none_or(|max| min <= max && max <= YEARS_MAX))
            .then_some(Years { min, max })
    };
    if let Some((min, max)) = last.split_once('-') {
        return bounded(number(min)?, Some(number(max)?));
    }
    let number_last = number(last)?;
    match words {
        [.., min, "to" | "-", _] if number(min).is_some() => {
            bounded(number(min)?, Some(number_last))
        }
        _ => bounded(number_last, None),
    }
}

fn number(text: &str) -> Option<u32> {
    const WORDS: [&str; 11] = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    let text = text.trim_end_matches('+');
    match WORDS.iter().position(|word| *word == text) {
        Some(number) => u32::try_from(number).ok(),
        None => text.parse().ok(),
    }
}

/// Required and preferred skills: preferred are those below a heading or in a line that says so.
fn skills(jd: &str) -> (Vec<String>, Vec<String>) {
    let mut required: Vec<String> = Vec::new();
    let mut preferred: Vec<String> = Vec::new();
    let mut is_below_preferred = false;
    for line in jd.lines() {
        let lower = line.trim().to_lowercase();
        if is_heading(&lower) {
            is_below_preferred = says_preferred(&lower);
        }
        let target = if is_below_preferred || says_preferred(&lower) {
            &mut preferred
        } else {
            &mut required
        };
        for skill in text::skills(&text::words(line)) {
            if !target.iter().any(|known| known == skill.name) {
                target.push(skill.name.to_owned());
            }
        }
    }
    preferred.retain(|skill| !required.contains(skill));
    (required, preferred)
}

fn says_preferred(line: &str) -> bool {
    [
        "nice to have",
        "nice-to-have",
        "preferred",
        "bonus",
        "a plus",
        "desirable",
        "ideally",
        "advantage",
    ]
    .iter()
    .any(|phrase| line.contains(phrase))
}

/// A short line that ends with a colon, or is made a heading by its signs.
fn is_heading(line: &str) -> bool {
    line.starts_with('#')
        || line.starts_with("**")
        || (line.ends_with(':') && line.split_whitespace().count() <= 6)
}

/// The pay that a line states: `$120,000 - $150,000`, `€60k–80k`, `USD 50/hour`, `£45,000`.
fn salary(line: &str) -> Option<Salary> {
    let line = line.replace(['–', '—'], "-");
    let (currency, begin) = currency(&line)?;
    let (min, rest) = amount(&line[begin..])?;
    let separated = rest.trim_start();
    let second = separated
        .strip_prefix('-')
        .or_else(|| separated.strip_prefix("to "))
        .and_then(|rest| {
            let rest = rest.trim_start();
            let rest = SIGNS
                .iter()
                .find_map(|(sign, _)| rest.strip_prefix(sign))
                .unwrap_or(rest);
            amount(rest.trim_start())
        });
    let (max, rest) = second.map_or((None, rest), |(max, rest)| (Some(max), rest));
    // In `60-80k` the thousands stand once for both.
    let min = match max {
        Some(max) if min.value < 1_000 && max.is_thousands && !min.is_thousands => {
            min.value * 1_000
        }
        _ => min.value,
    };
    let max = max.map(|max| max.value);
    let period = period(&rest.to_lowercase()).unwrap_or(if min < 1_000 {
        PayPeriod::Hour
    } else {
        PayPeriod::Year
    });
    let is_sensible =
        min > 0 && max.is_none_or(|max| max >= min) && (min >= 1_000 || says_pay(&line, period));
    is_sensible.then_some(Salary {
        min,
        max,
        currency,
        period,
    })
}

/// A small sum is pay only where the line says so: `$5 million in funding` is none.
fn says_pay(line: &str, period: PayPeriod) -> bool {
    let lower = line.to_lowercase();
    matches!(period, PayPeriod::Hour | PayPeriod::Day)
        && ["hour", "/hr", "hourly", "per day", "/day", "daily"]
            .iter()
            .any(|word| lower.contains(word))
}

const SIGNS: [(&str, &str); 9] = [
    ("US$", "USD"),
    ("$", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("USD", "USD"),
    ("EUR", "EUR"),
    ("GBP", "GBP"),
    ("CHF", "CHF"),
    ("CAD", "CAD"),
];

/// The first currency in the line, and where the amount after it begins.
fn currency(line: &str) -> Option<(&'static str, usize)> {
    SIGNS
        .iter()
        .filter_map(|(sign, currency)| {
            let position = line.find(sign)?;
            let after = position + sign.len();
            let spaces = line[after..].len() - line[after..].trim_start().len();
            line[after + spaces..]
                .starts_with(|c: char| c.is_ascii_digit())
                .then_some((position, after + spaces, *currency))
        })
        .min_by_key(|(position, _, _)| *position)
        .map(|(_, begin, currency)| (currency, begin))
}

#[derive(Clone, Copy)]
struct Amount {
    value: u64,
    is_thousands: bool,
}

/// The amount at the beginning of `text` in whole units (cents are left out), and what follows.
fn amount(text: &str) -> Option<(Amount, &str)> {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, ',' | '.')))
        .unwrap_or(text.len());
    let (figure, rest) = text.split_at(end);
    let figure = figure.trim_end_matches(['.', ',']);
    let is_thousands = rest.starts_with(['k', 'K']);
    let (whole, tenths) = match figure.rsplit_once(['.', ',']) {
        // Three digits after the last sign are thousands, fewer are a fraction.
        Some((whole, fraction)) if fraction.len() < 3 => (
            whole,
            fraction.get(..1).and_then(|digit| digit.parse().ok()),
        ),
        _ => (figure, None),
    };
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    let value: u64 = digits.parse().ok().filter(|value| *value < 1_000_000_000)?;
    let value = if is_thousands {
        value * 1_000 + tenths.unwrap_or(0) * 100
    } else {
        value
    };
    let rest = if is_thousands { &rest[1..] } else { rest };
    Some((
        Amount {
            value,
            is_thousands,
        },
        rest,
    ))
}

fn period(text: &str) -> Option<PayPeriod> {
    const NAMES: [(&str, PayPeriod); 14] = [
        ("per hour", PayPeriod::Hour),
        ("/hour", PayPeriod::Hour),
        ("/hr", PayPeriod::Hour),
        ("an hour", PayPeriod::Hour),
        ("hourly", PayPeriod::Hour),
        ("per day", PayPeriod::Day),
        ("/day", PayPeriod::Day),
        ("daily", PayPeriod::Day),
        ("per month", PayPeriod::Month),
        ("/month", PayPeriod::Month),
        ("monthly", PayPeriod::Month),
        ("per year", PayPeriod::Year),
        ("/year", PayPeriod::Year),
        ("annual", PayPeriod::Year),
    ];
    NAMES
        .iter()
        .filter_map(|(name, period)| text.find(name).map(|position| (position, *period)))
        .min_by_key(|(position, _)| *position)
        .map(|(_, period)| period)
}

fn employment_types(words: &[String]) -> Vec<EmploymentType> {
    let has = |name: &str| words.iter().any(|word| word == name);
    let follows = |first: &str, second: &str| {
        words
            .windows(2)
            .any(|pair| pair[0] == first && pair[1] == second)
    };
    let found: BTreeSet<_> = [
        (
            has("full-time") || follows("full", "time"),
            EmploymentType::FullTime,
        ),
        (
            has("part-time") || follows("part", "time"),
            EmploymentType::PartTime,
        ),
        (
            has("contractor")
                || has("freelance")
                || follows("contract", "position")
                || follows("contract", "role"),
            EmploymentType::Contract,
        ),
        (
            has("temporary") || has("fixed-term"),
            EmploymentType::Temporary,
        ),
        (
            has("internship") || has("intern"),
            EmploymentType::Internship,
        ),
    ]
    .into_iter()
    .filter_map(|(is_found, kind)| is_found.then_some(kind))
    .collect();
    found.into_iter().collect()
}

fn workplace(words: &[String]) -> Option<Workplace> {
    let has = |names: &[&str]| words.iter().any(|word| names.contains(&word.as_str()));
    if has(&["hybrid"]) {
        Some(Workplace::Hybrid)
    } else if has(&["remote", "remotely", "fully-remote", "work-from-home"]) {
        Some(Workplace::Remote)
    } else if has(&["on-site", "onsite", "in-office"]) {
        Some(Workplace::OnSite)
    } else {
        None
    }
}

fn education(jd: &str) -> Option<Degree> {
    let words: Vec<String> = jd
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '\'' | '’')))
        .map(|word| word.to_lowercase().replace(['.', '\'', '’'], ""))
        .collect();
    words
        .iter()
        .filter_map(|word| match word.as_str() {
            "bachelor" | "bachelors" | "bsc" | "undergraduate" => Some(Degree::Bachelor),
            "master" | "masters" | "msc" | "mba" => Some(Degree::Master),
            "phd" | "doctorate" | "doctoral" => Some(Degree::Doctorate),
            _ => None,
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(jd_text: &str) -> JobDescription {
        parse(&ParseRequest {
            jd_text: jd_text.into(),
        })
    }

    #[test]
    fn a_whole_description_is_read() {
        let jd = "Senior Backend Engineer (Rust)\n\nAcme is a payments company. Hybrid, full-time.\n\n\
            Requirements:\n- 5+ years of experience with Rust or Go\n- PostgreSQL and Kubernetes\n\
            - Bachelor's degree, or a Master's\n\n\
            Nice to have:\n- Kafka, Rust macros\n\nSalary: €80,000 – €100,000 per year";
        assert_eq!(
            read(jd),
            JobDescription {
                title: Some("Senior Backend Engineer (Rust)".into()),
                seniority: Some(Seniority::Senior),
                skills_required: ["rust", "go", "postgresql", "kubernetes"]
                    .map(String::from)
                    .into(),
                skills_preferred: vec!["kafka".into()],
                years_required: Some(Years { min: 5, max: None }),
                salary: Some(Salary {
                    min: 80_000,
                    max: Some(100_000),
                    currency: "EUR",
                    period: PayPeriod::Year
                }),
                employment_types: vec![EmploymentType::FullTime],
                workplace: Some(Workplace::Hybrid),
                education: Some(Degree::Bachelor),
            }
        );
    }

    #[test]
    fn a_text_that_says_nothing_gives_nothing() {
        for jd in ["", "\n\n", "We offer a lot.", "!!!"] {
            let found = read(jd);
            assert_eq!(
                (found.title, found.salary, found.years_required),
                (None, None, None),
                "{jd}"
            );
            assert!(found.skills_required.is_empty() && found.seniority.is_none());
        }
    }

    #[test]
    fn titles_are_found_where_they_stand() {
        for (jd, expected) in [
            (
                "Job Title: Data Analyst\nAbout us: we analyse.",
                "Data Analyst",
            ),
            ("About the job.\n**Position:** Staff Nurse", "Staff Nurse"),
            ("C++ Developer", "C++ Developer"),
            (
                "We are looking for a Product Manager who loves maps.",
                "Product Manager",
            ),
            (
                "Acme grows.\nWe're hiring an Account Executive in Berlin!",
                "Account Executive",
            ),
        ] {
            assert_eq!(read(jd).title.as_deref(), Some(expected), "{jd}");
        }
    }

    #[test]
    fn seniority_comes_from_the_title_or_else_the_years() {
        for (jd, expected) in [
            ("Sr. Engineer", Seniority::Senior),
            ("Director of Engineering", Seniority::Director),
            ("Lead Designer", Seniority::Lead),
            ("Software Engineer II", Seniority::Mid),
            ("Marketing Internship", Seniority::Intern),
            ("Junior Developer\n10+ years", Seniority::Junior),
            ("Engineer\n3+ years of Java", Seniority::Mid),
            ("Engineer\n12 years", Seniority::Principal),
        ] {
            assert_eq!(read(jd).seniority, Some(expected), "{jd}");
        }
        assert_eq!(read("Leading Company Engineer").seniority, None);
    }

    #[test]
    fn years_are_read_in_figures_words_and_ranges() {
        let years = |min, max| Some(Years { min, max });
        for (jd, expected) in [
            ("5+ years of Rust", years(5, None)),
            ("at least three years' experience", years(3, None)),
            ("3-5 years", years(3, Some(5))),
            ("3 – 5 years", years(3, Some(5))),
            ("2 to 4 yrs.", years(2, Some(4))),
            ("2 years of Go, 6 years of Java", years(6, None)),
            ("a 100 years old company", None),
            ("5-3 years", None),
            ("many years", None),
            ("years", None),
        ] {
            assert_eq!(read(jd).years_required, expected, "{jd}");
        }
    }

    #[test]
    fn salaries_are_read_as_they_are_written() {
        let pay = |min, max, currency, period| {
            Some(Salary {
                min,
                max,
                currency,
                period,
            })
        };
        for (jd, expected) in [
            (
                "$120,000 - $150,000",
                pay(120_000, Some(150_000), "USD", PayPeriod::Year),
            ),
            (
                "Salary: $120k-150k + equity",
                pay(120_000, Some(150_000), "USD", PayPeriod::Year),
            ),
            ("€60–80k", pay(60_000, Some(80_000), "EUR", PayPeriod::Year)),
            ("£45,500", pay(45_500, None, "GBP", PayPeriod::Year)),
            ("USD 52.5k", pay(52_500, None, "USD", PayPeriod::Year)),
            (
                "CHF 9.500 to 11.000 per month",
                pay(9_500, Some(11_000), "CHF", PayPeriod::Month),
            ),
            ("$45.50/hour", pay(45, None, "USD", PayPeriod::Hour)),
            (
                "$40 to $60 an hour",
                pay(40, Some(60), "USD", PayPeriod::Hour),
            ),
            ("€500 per day", pay(500, None, "EUR", PayPeriod::Day)),
            ("raised $5 million", None),
            ("a $20 voucher", None),
            ("150,000 customers", None),
            ("$", None),
            ("$99999999999999999999999", None),
            ("$150,000 - $20,000", None),
        ] {
            assert_eq!(read(jd).salary, expected, "{jd}");
        }
    }

    #[test]
    fn preferred_skills_are_told_from_required_ones() {
        let found = read(
            "Rust and Docker\nExperience with Terraform is a plus\n## Bonus\nKafka\nRedis\n## Must\nSQL",
        );
        assert_eq!(found.skills_required, ["rust", "docker", "sql"]);
        assert_eq!(found.skills_preferred, ["terraform", "kafka", "redis"]);
    }

    #[test]
    fn no_text_makes_it_fail() {
        let pieces = [
            "$", "€", "1", ",", ".", "k", "-", "–", " ", "\n", "to", "years", "é", ":", "as a ",
            "\u{130}", "USD",
        ];
        let mut state = 1_u64;
        for _ in 0..20_000 {
            let mut jd = String::new();
            for _ in 0..12 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                jd.push_str(pieces[usize::try_from(state >> 33).unwrap() % pieces.len()]);
            }
            let found = read(&jd);
            assert!(
                found
                    .salary
                    .is_none_or(|salary| salary.max.is_none_or(|max| max >= salary.min))
            );
        }
    }
}
