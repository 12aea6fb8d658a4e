//! A copy of the sources, in which guards are taken out and put back: the work tree is never
//! touched.

use super::list::Guard;
use crate::command;
use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The copy. What is built of it is kept, so that the next run builds little.
pub(super) struct Tree {
    folder: PathBuf,
    target: PathBuf,
}

impl Tree {
    /// Copies every file of the work tree as it is now, whether or not it is committed. A file that
    /// has not changed since the last run is left alone, so that nothing of it is built again; unless
    /// that run was cut off while a guard was out, and what it built may be without it.
    pub(super) fn copy(root: &Path) -> Result<Self> {
        let tree = Self {
            folder: root.join("target/guards/tree"),
            target: root.join("target/guards/target"),
        };
        let mut git = Command::new("git");
        git.current_dir(root).args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]);
        let listed = command::output(&mut git).context("the sources are listed by git")?;
        let wanted: Vec<&Path> = listed
            .split_terminator('\0')
            .map(Path::new)
            .filter(|file| root.join(file).is_file())
            .collect();
        tree.remove_all_but(&wanted)?;
        let was_cut_off = tree.mark().exists();
        if was_cut_off {
            let _ = fs::remove_dir_all(tree.target.join("debug/incremental"));
        }
        for file in wanted {
            let (from, to) = (root.join(file), tree.folder.join(file));
            if was_cut_off || fs::read(&to).ok() != Some(fs::read(&from)?) {
                fs::create_dir_all(to.parent().unwrap_or(&tree.folder))?;
                fs::copy(&from, &to).with_context(|| to.display().to_string())?;
            }
        }
        let _ = fs::remove_file(tree.mark());
        Ok(tree)
    }

    /// What lies there while a guard is out.
    fn mark(&self) -> PathBuf {
        self.target.join("guard-is-out")
    }

    /// Its root.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where what is built of it goes.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// What an earlier copy had and the sources have no more.
    fn remove_all_but(&self, wanted: &[&Path]) -> Result<()> {
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if !wanted.contains(&path.strip_prefix(&self.folder)?) {
                    fs::remove_file(path)?;
                }
            }
        }
        Ok(())
    }

    /// Takes a guard out.
    pub(super) fn take_out(&self, guard: &Guard) -> Result<TakenOut> {
        fs::create_dir_all(&self.target)?;
        fs::write(self.mark(), &guard.name)?;
        let mut taken_out = TakenOut {
            before: Vec::new(),
            mark: self.mark(),
        };
        let mut without: BTreeMap<PathBuf, String> = BTreeMap::new();
        for edit in guard.edits() {
            let path = self.folder.join(edit.file);
            if !without.contains_key(&path) {
                let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
                taken_out.before.push((path.clone(), text.clone()));
                without.insert(path.clone(), text);
            }
            let text = edit.made_in(&without[&path])?;
            without.insert(path, text);
        }
        for (path, text) in without {
            fs::write(path, text)?;
        }
        Ok(taken_out)
    }
}

/// A guard that is out. Cargo sees by the time of a file that it was written, and so both that the
/// guard went and that it came back.
pub(super) struct TakenOut {
    before: Vec<(PathBuf, String)>,
    mark: PathBuf,
}

impl TakenOut {
    /// Puts the guard back.
    pub(super) fn put_back(mut self) -> Result<()> {
        self.restore()
    }

    fn restore(&mut self) -> Result<()> {
        for (path, text) in self.before.drain(..) {
            fs::write(&path, text).with_context(|| path.display().to_string())?;
        }
        match fs::remove_file(&self.mark) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

impl Drop for TakenOut {
    fn drop(&mut self) {
        if let Err(error) = self.restore() {
            eprintln!("a guard could not be put back: {error:#}; the next run copies it anew");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUARD: &str = r#"
        name = "one"
        shows = ["first"]
        target = "tollgate-core"
        file = "first.rs"
        take = "one"
        put = "two"
        [[also]]
        take = "two three"
        put = "four"
        [[also]]
        file = "second.rs"
        take = "five"
        put = ""
    "#;

    #[test]
    fn a_guard_goes_with_all_that_stands_behind_it_and_comes_back() {
        let root = tempfile::tempdir().unwrap();
        let tree = Tree {
            folder: root.path().to_owned(),
            target: root.path().to_owned(),
        };
        let guard: Guard = toml::from_str(GUARD).unwrap();
        let write = |file: &str, text: &str| fs::write(root.path().join(file), text).unwrap();
        let texts = || {
            ["first.rs", "second.rs"]
                .map(|file| fs::read_to_string(root.path().join(file)).unwrap())
        };
        write("first.rs", "one three;");
        write("second.rs", "five;");
        let taken_out = tree.take_out(&guard).unwrap();
        assert_eq!(texts(), ["four;", ";"]);
        taken_out.put_back().unwrap();
        assert_eq!(texts(), ["one three;", "five;"]);
        // Forgotten, it comes back as well.
        drop(tree.take_out(&guard).unwrap());
        assert_eq!(texts(), ["one three;", "five;"]);
        // When a part of it is not there, nothing goes.
        write("second.rs", "six;");
        assert!(tree.take_out(&guard).is_err());
        assert_eq!(texts(), ["one three;", "six;"]);
    }

    #[test]
    fn a_copy_has_what_the_sources_have_and_no_more() {
        let root = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| fs::write(root.path().join(file), text).unwrap();
        let git = |words: &[&str]| {
            command::output(Command::new("git").current_dir(root.path()).args(words)).unwrap();
        };
        git(&["init", "--quiet"]);
        write(".gitignore", "/target\n");
        write("kept.rs", "as it is");
        write("gone.rs", "");
        git(&["add", "."]);
        let first = Tree::copy(root.path()).unwrap();
        let of = |file: &str| fs::read_to_string(first.folder().join(file)).ok();
        assert_eq!(of("gone.rs").as_deref(), Some(""));
        let written = || {
            fs::metadata(first.folder().join("kept.rs"))
                .unwrap()
                .modified()
        };
        let before = written().unwrap();
        // What a run that was killed left behind, what is new, and what is gone.
        fs::write(first.folder().join("gone.rs"), "without its guard").unwrap();
        write("new.rs", "new");
        fs::remove_file(root.path().join("gone.rs")).unwrap();
        Tree::copy(root.path()).unwrap();
        assert_eq!(of("new.rs").as_deref(), Some("new"));
        assert_eq!(of("gone.rs"), None);
        assert_eq!(of("kept.rs").as_deref(), Some("as it is"));
        assert_eq!(written().unwrap(), before, "what is the same is left alone");
        // A run that was killed while a guard was out may have built anything.
        fs::create_dir_all(first.target()).unwrap();
        fs::write(first.mark(), "a guard").unwrap();
        Tree::copy(root.path()).unwrap();
        assert!(written().unwrap() > before, "all of it is built anew");
        assert!(!first.mark().exists());
    }
}
