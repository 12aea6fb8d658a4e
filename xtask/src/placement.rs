//! Where a word may stand in the sources: what cargo's graph cannot say, because it knows crates and
//! not modules.

use anyhow::{Context as _, Result};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// A word that stands in few places.
struct Rule {
    word: &'static str,
    /// The sources that are looked through.
    folder: &'static str,
    /// The files and folders of them where it may stand.
    may_stand_in: &'static [&'static str],
}

/// The imitation of Stripe is in no path of production: `playground` alone knows it, and only what
/// is for playing knows `playground`.
const RULES: &[Rule] = &[
    Rule {
        word: "stripe_sandbox",
        folder: "crates/tollgate-server/src",
        may_stand_in: &["playground/"],
    },
    Rule {
        word: "playground",
        folder: "crates/tollgate-server/src",
        may_stand_in: &[
            "cli/dev.rs",
            "cli/tour.rs",
            "demo.rs",
            "lib.rs",
            "playground/",
        ],
    },
];

/// A word where it must not stand.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misplaced {
    file: String,
    line: usize,
    word: &'static str,
}

impl fmt::Display for Misplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, word } = self;
        write!(
            f,
            "{file}:{line}: {word} must not be named here: see xtask/src/placement.rs"
        )
    }
}

/// Every word of the workspace's sources that stands where it must not.
pub(crate) fn misplaced(root: &Path) -> Result<Vec<Misplaced>> {
    let mut found = Vec::new();
    for rule in RULES {
        let folder = root.join(rule.folder);
        let files = sources(&folder)?;
        anyhow::ensure!(!files.is_empty(), "{} has no sources", folder.display());
        for path in files {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let file = path.strip_prefix(&folder)?.to_string_lossy().into_owned();
            found.extend(rule.misplaced_in(&file, &text));
        }
    }
    Ok(found)
}

impl Rule {
    fn misplaced_in(&self, file: &str, text: &str) -> Vec<Misplaced> {
        let may_stand = self.may_stand_in.iter().any(|place| match place {
            folder if folder.ends_with('/') => file.starts_with(folder),
            one => file == *one,
        });
        if may_stand {
            return Vec::new();
        }
        let lines = text.lines().enumerate();
        lines
            .filter(|(_, line)| names(line, self.word))
            .map(|(index, _)| Misplaced {
                file: format!("{}/{file}", self.folder),
                line: index + 1,
                word: self.word,
            })
            .collect()
    }
}

/// Whether a line has the word as a whole.
fn names(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.split(|c| !is_part(c)).any(|part| part == word)
}

fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_keeps_its_words_in_place() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let found: Vec<String> = misplaced(root)
            .unwrap()
            .iter()
            .map(Misplaced::to_string)
            .collect();
        assert!(found.is_empty(), "{found:#?}");
    }

    #[test]
    fn a_word_out_of_place_is_found() {
        let check = |file: &str, text: &str, expected: &[(usize, &str)]| {
            let found = RULES.iter().flat_map(|rule| rule.misplaced_in(file, text));
            let found: Vec<_> = found.map(|found| (found.line, found.word)).collect();
            assert_eq!(found, expected, "{file}");
        };
        let imitation = "use std::fmt;\nuse stripe_sandbox::Sandbox;\n";
        check("serve.rs", imitation, &[(2, "stripe_sandbox")]);
        check("demo.rs", imitation, &[(2, "stripe_sandbox")]);
        check("playground/mod.rs", imitation, &[]);
        check("playground.rs", imitation, &[(2, "stripe_sandbox")]);
        let playground = "use crate::playground::Playground;\n";
        check("start.rs", playground, &[(1, "playground")]);
        check("cli/serve.rs", playground, &[(1, "playground")]);
        check("cli/dev.rs", playground, &[]);
        check("playground/clock.rs", playground, &[]);
        check(
            "serve.rs",
            "const KEY: &str = \"sk_test_playground\";\n",
            &[],
        );
    }

    #[test]
    fn it_is_said_where() {
        let found = RULES[0].misplaced_in("serve.rs", "stripe_sandbox");
        assert_eq!(
            found[0].to_string(),
            "crates/tollgate-server/src/serve.rs:1: stripe_sandbox must not be named here: see \
             xtask/src/placement.rs"
        );
    }
}
