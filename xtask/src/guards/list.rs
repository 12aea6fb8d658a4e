//! The list of guards, `xtask/guards/*.toml`, and whether it still fits the sources.

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the lists are.
const LISTS: &str = "xtask/guards";

/// Where guards may stand, from the bottom of the dependencies to the top.
pub(super) const FOLDERS: &[&str] = &[
    "crates/tollgate-core/",
    "crates/tollgate-store/",
    "crates/tollgate-stripe/",
    "crates/tollgate/",
    "crates/tollgate-server/",
];

/// What all files of the list say together.
#[derive(Debug, Default)]
pub(crate) struct List {
    /// What must be shown, each by one guard or several.
    promised: BTreeSet<String>,
    pub(super) guards: Vec<Guard>,
}

/// One file of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// Everything that must be shown, whether or not there is a guard of it below.
    promised: Vec<String>,
    guard: Vec<Guard>,
}

/// A guard, and the tests that must fail without it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Guard {
    /// What one types.
    pub(super) name: String,
    /// What it shows, of what is promised.
    pub(super) shows: Vec<String>,
    /// The tests' program, as cargo-nextest names it: `tollgate-core::rules`, or `tollgate-core` for
    /// the tests beside the code.
    pub(super) target: String,
    /// The tests, by the end of their paths; those that bear the names of what is shown when it does
    /// not say.
    #[serde(default)]
    tests: Vec<String>,
    /// Where it stands.
    file: String,
    /// Its text, which stands there once.
    take: String,
    /// What stands in its place without it.
    put: String,
    /// What else has to go where a second guard stands behind the first.
    #[serde(default)]
    also: Vec<Edit>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    /// The guard's own file when it does not say.
    file: Option<String>,
    take: String,
    put: String,
}

/// One text of one file that another takes the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EditOf<'g> {
    pub(super) file: &'g str,
    pub(super) take: &'g str,
    pub(super) put: &'g str,
}

impl Guard {
    /// Whether it is the guard of this name, or one of what bears it.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.shows.iter().any(|shown| shown == name)
    }

    /// The tests that must fail without it.
    pub(super) fn tests(&self) -> impl Iterator<Item = &str> {
        let tests = if self.tests.is_empty() {
            &self.shows
        } else {
            &self.tests
        };
        tests.iter().map(String::as_str)
    }

    /// What has to go, in this order.
    pub(super) fn edits(&self) -> Vec<EditOf<'_>> {
        let first = EditOf {
            file: &self.file,
            take: &self.take,
            put: &self.put,
        };
        let also = self.also.iter().map(|edit| EditOf {
            file: edit.file.as_ref().unwrap_or(&self.file),
            take: &edit.take,
            put: &edit.put,
        });
        std::iter::once(first).chain(also).collect()
    }
}

impl EditOf<'_> {
    /// The text without the guard. It must be there, once, or it is not known what was taken out.
    pub(super) fn made_in(&self, text: &str) -> Result<String> {
        let count = text.matches(self.take).count();
        ensure!(
            count == 1,
            "{}: this text must stand there once, not {count} times: {}",
            self.file,
            self.take.trim()
        );
        ensure!(self.take != self.put, "{}: nothing is taken out", self.file);
        Ok(text.replacen(self.take, self.put, 1))
    }
}

impl List {
    /// Every file of the list.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let folder = root.join(LISTS);
        let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        let mut files = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<Vec<PathBuf>>>()?;
        files.sort();
        let mut list = Self::default();
        for file in files {
            let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            list.add(&text)
                .with_context(|| file.display().to_string())?;
        }
        Ok(list)
    }

    fn add(&mut self, text: &str) -> Result<()> {
        let document: Document = toml::from_str(text)?;
        self.promised.extend(document.promised);
        self.guards.extend(document.guard);
        Ok(())
    }

    /// What does not fit: a text that is gone, a test that is not there, a promise without a guard.
    pub(crate) fn problems(&self, root: &Path) -> Result<Vec<String>> {
        let mut problems = self.problems_within();
        let mut sources = Sources::new(root);
        for guard in &self.guards {
            let name = &guard.name;
            let mut changed: BTreeMap<&str, String> = BTreeMap::new();
            for edit in guard.edits() {
                if !FOLDERS.iter().any(|it| edit.file.starts_with(it)) {
                    problems.push(format!("{name}: {} is in no crate", edit.file));
                    continue;
                }
                let text = match changed.remove(edit.file) {
                    Some(text) => text,
                    None => fs::read_to_string(root.join(edit.file)).unwrap_or_default(),
                };
                match edit.made_in(&text) {
                    Ok(text) => drop(changed.insert(edit.file, text)),
                    Err(error) => problems.push(format!("{name}: {error}")),
                }
            }
            for test in guard.tests() {
                if !sources.has_test(&guard.target, test)? {
                    problems.push(format!("{name}: {} has no test {test}", guard.target));
                }
            }
        }
        Ok(problems)
    }

    /// What does not fit, without a look at the sources.
    fn problems_within(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut names = BTreeSet::new();
        for guard in &self.guards {
            let name = &guard.name;
            if !names.insert(name) {
                problems.push(format!("{name}: it is there twice"));
            }
            if guard.shows.is_empty() {
                problems.push(format!("{name}: it shows nothing"));
            }
            let unknown = guard.shows.iter();
            let unknown = unknown.filter(|shown| !self.promised.contains(*shown));
            problems.extend(unknown.map(|shown| format!("{name}: nobody promises {shown}")));
        }
        let is_shown = |promised: &&String| {
            self.guards
                .iter()
                .any(|guard| guard.shows.contains(*promised))
        };
        let bare = self.promised.iter().filter(|promised| !is_shown(promised));
        problems.extend(bare.map(|promised| format!("{promised}: no guard shows it")));
        problems
    }
}

/// The sources of the tests' programs, each read once.
struct Sources<'r> {
    root: &'r Path,
    of_targets: BTreeMap<String, String>,
}

impl<'r> Sources<'r> {
    fn new(root: &'r Path) -> Self {
        Self {
            root,
            of_targets: BTreeMap::new(),
        }
    }

    fn has_test(&mut self, target: &str, test: &str) -> Result<bool> {
        if !self.of_targets.contains_key(target) {
            let sources = self.read(target)?;
            self.of_targets.insert(target.to_owned(), sources);
        }
        let function = test.rsplit("::").next().unwrap_or(test);
        Ok(self.of_targets[target].contains(&format!("fn {function}(")))
    }

    fn read(&self, target: &str) -> Result<String> {
        let path = match target.split_once("::") {
            None => format!("crates/{target}/src"),
            Some((package, program)) => format!("crates/{package}/tests/{program}"),
        };
        let mut text = fs::read_to_string(self.root.join(format!("{path}.rs"))).unwrap_or_default();
        let mut folders = vec![self.root.join(path)];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    text.push_str(&fs::read_to_string(path)?);
                }
            }
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"
        promised = ["first", "second"]
        [[guard]]
        name = "one"
        shows = ["first"]
        target = "tollgate-core::rules"
        file = "crates/tollgate-core/src/lib.rs"
        take = "if broken {"
        put = "if false {"
    "#;

    fn list(text: &str) -> List {
        let mut list = List::default();
        list.add(text).unwrap();
        list
    }

    #[test]
    fn the_list_fits_the_sources() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let problems = List::read(root).unwrap().problems(root).unwrap();
        assert!(problems.is_empty(), "{problems:#?}");
    }

    #[test]
    fn a_promise_without_a_guard_and_a_guard_without_a_promise_are_found() {
        assert_eq!(list(LIST).problems_within(), ["second: no guard shows it"]);
        let twice = LIST.replace("promised = [\"first\", \"second\"]", "promised = []") + LIST;
        let twice = twice.replacen(LIST, &LIST[LIST.find("[[guard]]").unwrap()..], 1);
        assert_eq!(
            list(&twice).problems_within(),
            [
                "one: nobody promises first",
                "one: it is there twice",
                "one: nobody promises first"
            ]
        );
    }

    #[test]
    fn a_text_that_is_gone_or_stands_there_twice_and_a_test_that_is_gone_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let promised = LIST.replace(", \"second\"", "");
        let problems = || list(&promised).problems(folder.path()).unwrap();
        write("crates/tollgate-core/src/lib.rs", "if broken {}");
        write("crates/tollgate-core/tests/rules.rs", "fn first() {}");
        assert_eq!(problems(), [""; 0]);
        write(
            "crates/tollgate-core/tests/rules.rs",
            "fn first_of_all() {}",
        );
        assert_eq!(problems(), ["one: tollgate-core::rules has no test first"]);
        write("crates/tollgate-core/tests/rules.rs", "fn first() {}");
        for (text, count) in [("", 0), ("if broken {} if broken {}", 2)] {
            write("crates/tollgate-core/src/lib.rs", text);
            assert_eq!(
                problems(),
                [format!(
                    "one: crates/tollgate-core/src/lib.rs: this text must stand there once, \
                     not {count} times: if broken {{"
                )]
            );
        }
    }

    #[test]
    fn tests_bear_the_name_of_what_they_show_unless_it_is_said() {
        let list = list(LIST);
        assert_eq!(list.guards[0].tests().collect::<Vec<_>>(), ["first"]);
        let text = LIST.replace("target =", "tests = [\"sqlite::other\"]\ntarget =");
        let mut other = List::default();
        other.add(&text).unwrap();
        assert_eq!(
            other.guards[0].tests().collect::<Vec<_>>(),
            ["sqlite::other"]
        );
    }
}
