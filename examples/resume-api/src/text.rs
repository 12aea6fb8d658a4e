//! Words of a text, and the skills that it names.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Words that say nothing about what a job asks for or what somebody can do.
const STOP_WORDS: &str = "\
a about above across after again against all also although always am among an and any are around as \
ask at be because been before being below between both but by can could did do does doing down during \
each either else etc ever every few for from further get give had has have having he her here hers him \
his how however i if in into is it its itself just let like ll make many may me might more most much \
must my myself need needs new no nor not now of off on once one only or other our ours out over own per \
please plus re same she should since so some such take than that the their theirs them then there these \
they this those through to together too two under until up upon us use used using ve very was we well \
were what when where whether which while who whom whose why will with within without would yes yet you \
your yours \
ability able applicant applicants application apply asap benefit benefits bonus candidate candidates \
career company competitive day days degree desirable desired e.g employee employees employer environment \
equal excellent experience experienced expertise familiar familiarity fast-paced full-time good great \
help hire hiring ideal ideally include includes including increase interview job join knowledge \
looking minimum month months nice offer opportunity opportunities part part-time passion passionate \
perk perks position preferred prior proficiency proficient proven qualification qualifications \
requirement requirements required responsibility responsibilities responsible role salary seeking skill \
skills solid status strong succeed success successful team teams understanding week weeks work worked \
working works world year years";

/// Skills by the name that is shown, each with the other ways to write it.
const SKILLS: &[&[&str]] = &[
    &["agile"],
    &["ansible"],
    &["angular", "angularjs"],
    &["aws", "amazon web services"],
    &["azure", "microsoft azure"],
    &["bash", "shell scripting"],
    &["c"],
    &["c++", "cpp"],
    &["c#", "csharp", "c-sharp"],
    &[
        "ci/cd",
        "cicd",
        "continuous integration",
        "continuous delivery",
        "continuous deployment",
    ],
    &["communication"],
    &["css", "css3"],
    &["customer service"],
    &["data analysis", "data analytics"],
    &["data engineering"],
    &["data science"],
    &["deep learning"],
    &["django"],
    &["docker"],
    &["elasticsearch"],
    &["excel", "microsoft excel"],
    &["fastapi"],
    &["figma"],
    &["flask"],
    &["gcp", "google cloud", "google cloud platform"],
    &["git"],
    &["go", "golang"],
    &["graphql"],
    &["grpc"],
    &["html", "html5"],
    &["java"],
    &["javascript", "js", "ecmascript"],
    &["jenkins"],
    &["jira"],
    &["kafka", "apache kafka"],
    &["kotlin"],
    &["kubernetes", "k8s"],
    &["leadership"],
    &["linux"],
    &["machine learning", "ml"],
    &["mentoring", "mentorship"],
    &["microservices", "micro-services"],
    &["mongodb", "mongo"],
    &["mysql"],
    &["natural language processing", "nlp"],
    &["negotiation"],
    &["next.js", "nextjs"],
    &["node.js", "nodejs", "node"],
    &["numpy"],
    &["oauth", "oauth2"],
    &["pandas"],
    &["php"],
    &["postgresql", "postgres"],
    &["power bi", "powerbi"],
    &["product management"],
    &["project management"],
    &["python"],
    &["pytorch"],
    &["rabbitmq"],
    &["react", "react.js", "reactjs"],
    &["redis"],
    &["rest", "rest api", "rest apis", "restful"],
    &["ruby"],
    &["ruby on rails", "rails"],
    &["rust"],
    &["sales"],
    &["salesforce"],
    &["scala"],
    &["scrum"],
    &["security"],
    &["seo"],
    &["spark", "apache spark", "pyspark"],
    &["spring", "spring boot"],
    &["sql"],
    &["stakeholder management"],
    &["stripe"],
    &["swift"],
    &["tableau"],
    &["tensorflow"],
    &["terraform"],
    &["testing", "test automation", "automated testing"],
    &["typescript", "ts"],
    &["unit testing", "unit tests"],
    &["vue", "vue.js", "vuejs"],
];

static STOP_WORD_SET: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| STOP_WORDS.split_whitespace().collect());

/// The words of `text` in lower case, as they stand: letters and digits, and within or after them
/// the signs of names like `c++`, `c#`, `node.js` and `ci/cd`.
pub fn words(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '+' | '#' | '.' | '-' | '/' | '\'');
    text.split(|c: char| !is_part(c))
        .flat_map(split_alternatives)
        .map(|word| {
            let word = word.replace('\u{2019}', "'").to_lowercase();
            let word = word.strip_suffix("'s").unwrap_or(&word);
            word.trim_start_matches(['+', '#', '.', '-', '/', '\''])
                .trim_end_matches(['.', '-', '/', '\''])
                .to_owned()
        })
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .collect()
}

/// `python/django` are two words; `ci/cd` is one.
fn split_alternatives(word: &str) -> Vec<&str> {
    let is_one = word.trim_end_matches('.').eq_ignore_ascii_case("ci/cd");
    if is_one {
        vec![word]
    } else {
        word.split('/').collect()
    }
}

/// Whether a word says nothing by itself.
pub fn is_stop_word(word: &str) -> bool {
    STOP_WORD_SET.contains(word) || (word.chars().count() < 2 && !is_skill(word))
}

fn is_skill(word: &str) -> bool {
    SKILLS.iter().any(|names| names.contains(&word))
}

/// A word without the ending of its plural, so that `pipelines` and `pipeline` are one. Names
/// with signs (`node.js`) and short words (`aws`) stay as they are.
pub fn stem(word: &str) -> String {
    if word.len() < 5 || !word.chars().all(char::is_alphabetic) || is_skill(word) {
        return word.to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for (ending, kept) in [("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x")] {
        if let Some(stem) = word.strip_suffix(ending) {
            return format!("{stem}{kept}");
        }
    }
    match word.strip_suffix('s') {
        Some(stem) if !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// A skill found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundSkill {
    /// The name that is shown.
    pub name: &'static str,
    /// How many words it took.
    pub length: usize,
    /// The word at which it begins.
    pub position: usize,
}

/// The skills that `words` name, in order, the longest name first where several begin at one word
/// (`ruby on rails` is not also `ruby`).
pub fn skills(words: &[String]) -> Vec<FoundSkill> {
    let mut found = Vec::new();
    let mut position = 0;
    while position < words.len() {
        let skill = skill_at(words, position);
        position += skill.map_or(1, |skill| skill.length);
        found.extend(skill);
    }
    found
}

fn skill_at(words: &[String], position: usize) -> Option<FoundSkill> {
    SKILLS
        .iter()
        .flat_map(|names| names.iter().map(move |name| (names[0], *name)))
        .filter_map(|(shown, name)| {
            let length = name.split(' ').count();
            let candidate = words.get(position..position + length)?;
            let is_it = name
                .split(' ')
                .zip(candidate)
                .all(|(part, word)| part == word);
            is_it.then_some(FoundSkill {
                name: shown,
                length,
                position,
            })
        })
        .max_by_key(|skill| skill.length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(words(text), expected, "{text}");
    }

    #[test]
    fn words_keep_the_signs_of_names() {
        check("Rust, C++ and C#.", &["rust", "c++", "and", "c#"]);
        check("Node.js / React.js (ES6)", &["node.js", "react.js", "es6"]);
        check("CI/CD; python/django", &["ci/cd", "python", "django"]);
        check(
            "the candidate's résumé – \"full-time\"",
            &["the", "candidate", "résumé", "full-time"],
        );
        check("… -- ... //", &[]);
        check("", &[]);
    }

    #[test]
    fn plurals_are_one_word_with_their_singular() {
        for (word, stemmed) in [
            ("pipelines", "pipeline"),
            ("technologies", "technology"),
            ("processes", "process"),
            ("process", "process"),
            ("branches", "branch"),
            ("status", "status"),
            ("analysis", "analysis"),
            ("kubernetes", "kubernetes"),
            ("aws", "aws"),
            ("node.js", "node.js"),
        ] {
            assert_eq!(stem(word), stemmed);
        }
    }

    #[test]
    fn skills_are_named_by_any_of_their_names() {
        let names = |text: &str| {
            skills(&words(text))
                .iter()
                .map(|skill| skill.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names("Postgres, k8s and Golang"),
            ["postgresql", "kubernetes", "go"]
        );
        assert_eq!(names("Ruby on Rails"), ["ruby on rails"]);
        assert_eq!(
            names("Continuous Integration with Amazon Web Services"),
            ["ci/cd", "aws"]
        );
        assert_eq!(names("JavaScript is not Java"), ["javascript", "java"]);
        assert_eq!(names("a goal in a category"), [""; 0]);
    }

    #[test]
    fn single_letters_are_words_only_when_they_are_skills() {
        assert!(
            is_stop_word("x") && is_stop_word("the") && !is_stop_word("c") && !is_stop_word("go")
        );
    }
}
