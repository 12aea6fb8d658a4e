//! `POST /ats/score`: how well a résumé answers a job description, by counting.
//!
//! Four fifths of the score are the keywords of the description that the résumé has, by weight:
//! a skill counts three times a plain word, and a word that the description repeats counts up to
//! three times. One fifth is the sections that a résumé should have. All of it is whole numbers,
//! rounded down.

use crate::text;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The longest text that is analysed, in bytes.
pub const TEXT_BYTES_MAX: usize = 100_000;

const KEYWORDS_MAX: usize = 40;
const REPETITIONS_MAX: u32 = 3;
const SKILL_WEIGHT: u32 = 3;
const WORD_WEIGHT: u32 = 1;
const KEYWORD_POINTS: u32 = 80;
/// For each of the five sections.
const SECTION_POINTS: u32 = 4;
const WORDS_MIN: usize = 150;
const WORDS_MAX: usize = 1_200;
/// Missing keywords that the suggestions name.
const NAMED_MAX: usize = 5;

/// What is compared.
#[derive(Clone, Debug, Deserialize)]
pub struct ScoreRequest {
    /// The résumé as plain text.
    pub resume_text: String,
    /// The job description as plain text.
    pub jd_text: String,
}

/// How well they go together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Score {
    /// 0 to 100.
    pub score: u32,
    /// 0 to 100: the weight of the keywords that the résumé has, of all.
    pub keyword_coverage: u32,
    /// Keywords of the description that the résumé has, the weightiest first.
    pub matched: Vec<String>,
    /// Keywords that it has not, the weightiest first.
    pub missing: Vec<String>,
    /// Sections that the résumé has.
    pub sections_found: Vec<Section>,
    /// Sections that it should have too.
    pub sections_missing: Vec<Section>,
    /// What would make it better.
    pub suggestions: Vec<String>,
}

/// A part that a résumé is expected to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// How to reach the applicant: an e-mail address or a telephone number.
    Contact,
    /// Who they are in a few lines.
    Summary,
    /// Where they worked.
    Experience,
    /// What they studied.
    Education,
    /// What they can do.
    Skills,
}

impl Section {
    const ALL: [Self; 5] = [
        Self::Contact,
        Self::Summary,
        Self::Experience,
        Self::Education,
        Self::Skills,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Summary => "summary",
            Self::Experience => "experience",
            Self::Education => "education",
            Self::Skills => "skills",
        }
    }

    /// The headings under which it stands.
    const fn headings(self) -> &'static [&'static str] {
        match self {
            Self::Contact => &[
                "contact",
                "contact details",
                "contact information",
                "personal details",
            ],
            Self::Summary => &[
                "summary",
                "professional summary",
                "profile",
                "about",
                "about me",
                "objective",
                "career objective",
            ],
            Self::Experience => &[
                "experience",
                "work experience",
                "professional experience",
                "employment",
                "employment history",
                "work history",
                "career history",
            ],
            Self::Education => &[
                "education",
                "academic background",
                "qualifications",
                "education and training",
            ],
            Self::Skills => &[
                "skills",
                "technical skills",
                "key skills",
                "core skills",
                "core competencies",
                "technologies",
            ],
        }
    }
}

/// Compares the two texts.
pub fn score(request: &ScoreRequest) -> Score {
    let resume_words = text::words(&request.resume_text);
    let keywords = keywords(&request.jd_text);
    let has = terms(&resume_words);
    let (matched, missing): (Vec<_>, Vec<_>) = keywords
        .iter()
        .partition(|keyword| has.contains(&keyword.term));
    let weight = |keywords: &[&Keyword]| keywords.iter().map(|keyword| keyword.weight).sum::<u32>();
    let matched_weight = weight(&matched);
    let total_weight = matched_weight + weight(&missing);
    let part_of_total = |points: u32| {
        (points * matched_weight)
            .checked_div(total_weight)
            .unwrap_or(0)
    };

    let found = sections(&request.resume_text);
    let section_points: u32 = found.iter().map(|_| SECTION_POINTS).sum();
    let sections_missing: Vec<_> = Section::ALL
        .into_iter()
        .filter(|section| !found.contains(section))
        .collect();
    let suggestions = suggestions(
        &request.resume_text,
        resume_words.len(),
        &missing,
        &sections_missing,
    );
    let shown = |keywords: &[&Keyword]| {
        keywords
            .iter()
            .map(|keyword| keyword.shown.clone())
            .collect()
    };
    Score {
        score: part_of_total(KEYWORD_POINTS) + section_points,
        keyword_coverage: part_of_total(100),
        matched: shown(&matched),
        missing: shown(&missing),
        sections_found: found.into_iter().collect(),
        sections_missing,
        suggestions,
    }
}

#[derive(Debug)]
struct Keyword {
    /// As it is compared.
    term: String,
    /// As it is shown: how the description writes it.
    shown: String,
    weight: u32,
    is_skill: bool,
}

/// What a text names: its skills by their shown names, and its other words by their stems.
fn terms(words: &[String]) -> HashSet<String> {
    let skills = text::skills(words);
    let names = skills.iter().map(|skill| skill.name.to_owned());
    names
        .chain(words.iter().map(|word| text::stem(word)))
        .collect()
}

/// The weightiest keywords of a description, in order of weight, then of appearance.
fn keywords(jd_text: &str) -> Vec<Keyword> {
    let words = text::words(jd_text);
    let skills = text::skills(&words);
    let in_skill: HashSet<usize> = skills
        .iter()
        .flat_map(|skill| skill.position..skill.position + skill.length)
        .collect();
    let named = skills
        .iter()
        .map(|skill| (skill.position, skill.name.to_owned(), skill.name, true));
    let others = words
        .iter()
        .enumerate()
        .filter(|(position, word)| {
            !in_skill.contains(position)
                && !text::is_stop_word(word)
                && !word
                    .chars()
                    .all(|c| c.is_numeric() || matches!(c, '.' | '+' | '-'))
        })
        .map(|(position, word)| (position, text::stem(word), word.as_str(), false));

    let mut counted: BTreeMap<String, (usize, u32, String, bool)> = BTreeMap::new();
    for (position, term, shown, is_skill) in named.chain(others) {
        let entry = counted
            .entry(term)
            .or_insert_with(|| (position, 0, shown.to_owned(), is_skill));
        entry.0 = entry.0.min(position);
        entry.1 += 1;
    }
    let mut keywords: Vec<_> = counted
        .into_iter()
        .map(|(term, (position, count, shown, is_skill))| {
            let base = if is_skill { SKILL_WEIGHT } else { WORD_WEIGHT };
            (
                position,
                Keyword {
                    term,
                    shown,
                    weight: base * count.min(REPETITIONS_MAX),
                    is_skill,
                },
            )
        })
        .collect();
    keywords.sort_by_key(|(position, keyword)| (std::cmp::Reverse(keyword.weight), *position));
    keywords
        .into_iter()
        .map(|(_, keyword)| keyword)
        .take(KEYWORDS_MAX)
        .collect()
}

/// The sections of a résumé: by their headings, and the contact also by an address or a number.
fn sections(resume_text: &str) -> BTreeSet<Section> {
    let mut found = BTreeSet::new();
    for line in resume_text.lines() {
        let heading = heading_of(line);
        found.extend(
            Section::ALL
                .into_iter()
                .filter(|section| section.headings().contains(&heading.as_str())),
        );
    }
    if resume_text.split_whitespace().any(is_email) || has_telephone(resume_text) {
        found.insert(Section::Contact);
    }
    found
}

/// What stands before a colon, or the whole line, without the signs that decorate headings.
fn heading_of(line: &str) -> String {
    let heading = line.split(':').next().unwrap_or(line);
    let heading = heading
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase();
    heading
        .replace(" & ", " and ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn is_email(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    word.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && !host.contains('@')
            && host.split('.').count() > 1
            && host.split('.').all(|part| !part.is_empty())
    })
}

/// Nine to fifteen digits in a row, with nothing but the signs of telephone numbers between.
fn has_telephone(text: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '+' | '(' | ')' | ' ' | '-' | '.')))
        .map(|run| run.chars().filter(char::is_ascii_digit).count())
        .any(|digits| (9..=15).contains(&digits))
}

fn suggestions(
    resume_text: &str,
    words: usize,
    missing: &[&Keyword],
    sections_missing: &[Section],
) -> Vec<String> {
    let mut suggestions = Vec::new();
    let named = |is_skill: bool| {
        let names = missing
            .iter()
            .filter(|keyword| keyword.is_skill == is_skill);
        names
            .take(NAMED_MAX)
            .map(|keyword| keyword.shown.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (skills, others) = (named(true), named(false));
    if !skills.is_empty() {
        suggestions.push(format!("The description asks for skills that the résumé does not name: {skills}. Name those you have."));
    }
    if !others.is_empty() {
        suggestions.push(format!(
            "Words of the description that the résumé does not use: {others}."
        ));
    }
    for section in sections_missing {
        suggestions.push(match section {
            Section::Contact => "Add an e-mail address or a telephone number.".to_owned(),
            section => format!("Add a section with the heading \"{}\".", section.name()),
        });
    }
    if words < WORDS_MIN {
        suggestions.push(format!(
            "The résumé has {words} words; {WORDS_MIN} or more say enough to judge by."
        ));
    }
    if words > WORDS_MAX {
        suggestions.push(format!(
            "The résumé has {words} words; more than {WORDS_MAX} are rarely read."
        ));
    }
    if !resume_text.contains('%') && resume_text.chars().filter(char::is_ascii_digit).count() < 8 {
        suggestions.push("Say how much: figures make achievements believable.".to_owned());
    }
    suggestions
}

#[cfg(test)]
mod tests {
    use super::*;

    const JD: &str = "Senior Rust Engineer\n\
        We need strong Rust and PostgreSQL. You build billing pipelines in Rust on Kubernetes.\n\
        Requirements: 5+ years, CI/CD, stakeholder management.";

    const RESUME: &str = "Ann Example\nann@example.com\n\nSUMMARY\nEngineer of billing pipelines.\n\n\
        Work Experience:\nBuilt a billing pipeline in Rust on k8s, 40 % cheaper, 2019-2024.\n\n\
        Education\nBSc\n\n== Skills ==\nRust, Postgres, continuous integration";

    fn run(resume_text: &str, jd_text: &str) -> Score {
        score(&ScoreRequest {
            resume_text: resume_text.into(),
            jd_text: jd_text.into(),
        })
    }

    #[test]
    fn a_resume_is_scored_by_keywords_and_sections() {
        let score = run(RESUME, JD);
        assert_eq!(
            score.matched,
            [
                "rust",
                "postgresql",
                "kubernetes",
                "ci/cd",
                "engineer",
                "billing",
                "pipelines"
            ]
        );
        assert_eq!(score.missing, ["stakeholder management", "senior", "build"]);
        assert_eq!(score.sections_found, Section::ALL);
        // Weights: rust 9, postgresql 3, kubernetes 3, ci/cd 3, three words 1 each = 21 of 26.
        assert_eq!((score.keyword_coverage, score.score), (80, 64 + 20));
    }

    #[test]
    fn the_seeds_own_call_has_an_answer() {
        let score = run("Test", "Test");
        assert_eq!(
            (score.score, score.matched, score.missing.len()),
            (80, vec!["test".to_owned()], 0)
        );
        assert_eq!(score.sections_found, []);
        assert_eq!(score.suggestions.len(), 7);
    }

    #[test]
    fn a_text_without_keywords_matches_nothing() {
        for jd in ["", "the and of", "5+ 2024 10"] {
            let score = run(RESUME, jd);
            assert_eq!(
                (score.score, score.keyword_coverage, score.matched.len()),
                (20, 0, 0),
                "{jd}"
            );
        }
        assert_eq!(run("", JD).score, 0);
    }

    #[test]
    fn the_score_stays_in_bounds_and_never_falls_when_a_keyword_is_added() {
        let mut resume = String::new();
        let mut last = 0;
        for keyword in run("", JD).missing {
            resume = format!("{resume} {keyword}");
            let score = run(&resume, JD);
            assert!(
                score.score > last && score.score <= 100,
                "{keyword}: {} after {last}",
                score.score
            );
            last = score.score;
        }
        assert_eq!(last, 80);
    }

    #[test]
    fn contact_is_recognised_by_address_or_number() {
        for (text, is_contact) in [
            ("ann@example.com", true),
            ("<ann.b@mail.example.com>,", true),
            ("+49 (30) 1234-5678", true),
            ("555 123 4567", true),
            ("ann@example", false),
            ("@example.com", false),
            ("2019-2024", false),
            ("1 2 3", false),
        ] {
            assert_eq!(
                sections(text).contains(&Section::Contact),
                is_contact,
                "{text}"
            );
        }
    }

    #[test]
    fn headings_are_whole_lines() {
        assert_eq!(sections("I have experience and education.").len(), 0);
        assert_eq!(sections("## EXPERIENCE ##\n* Education: BSc *").len(), 2);
    }

    #[test]
    fn keywords_are_bounded_and_the_weightiest_stay() {
        let words: Vec<_> = (0..500).map(|number| format!("word{number}")).collect();
        let jd = words.join(" ") + " rust rust";
        let missing = run("", &jd).missing;
        assert_eq!((missing.len(), missing[0].as_str()), (KEYWORDS_MAX, "rust"));
    }
}
