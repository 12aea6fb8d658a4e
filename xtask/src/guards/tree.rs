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
    /// has not changed since the last run is left alone, so that nothing of it is built again.
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
        for file in wanted {
            let (from, to) = (root.join(file), tree.folder.join(file));
            if fs::read(&to).ok() != Some(fs::read(&from)?) {
                fs::create_dir_all(to.parent().unwrap_or(&tree.folder))?;
                fs::copy(&from, &to).with_context(|| to.display().to_string())?;
            }
        }
        Ok(tree)
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
        let mut taken_out = TakenOut::default();
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
#[derive(Default)]
pub(super) struct TakenOut {
    before: Vec<(PathBuf, String)>,
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
        Ok(())
    }
}

impl Drop for TakenOut {
    fn drop(&mut self) {
        if let Err(error) = self.restore() {
            eprintln!("a guard could not be put back: {error:#}; the next run copies it anew");
        }
    }
}
