//! The programs that suites need besides Rust: found, or installed where we may.

use crate::command::{self, find};
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a suite needs besides Rust and a C compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tool {
    /// A running PostgreSQL server.
    Postgres,
    /// The OCR program that the USDOT example calls.
    Tesseract,
    /// Injects failures of system calls.
    Strace,
    /// Reads and changes a database file behind the server's back.
    Sqlite,
    /// The seeds' transcripts are shell commands.
    Curl,
    /// Judges that need nothing but the language.
    PlainPython,
    /// The packages of `xtask/python/requirements.txt`.
    Python,
    /// The packages of `xtask/node/package.json`.
    Node,
    /// The browser that looks at the pages, with a font for them.
    Chromium,
}

/// Makes all of them available, installing what is missing.
pub(crate) fn provide(root: &Path, tools: &BTreeSet<Tool>) -> Result<()> {
    for tool in tools {
        match tool {
            Tool::Postgres => {
                if postgres_programs().is_err() {
                    install(&["postgresql"])?;
                    postgres_programs()?;
                }
            }
            Tool::Tesseract => provide_program("tesseract", &["tesseract-ocr"])?,
            Tool::Strace => provide_program("strace", &["strace"])?,
            Tool::Sqlite => provide_program("sqlite3", &["sqlite3"])?,
            Tool::Curl => provide_program("curl", &["curl"])?,
            Tool::PlainPython => provide_program("python3", &["python3"])?,
            Tool::Python => provide_python(root)?,
            Tool::Node => provide_node(root)?,
            Tool::Chromium => provide_program("chromium", &["chromium", "fonts-dejavu-core"])?,
        }
    }
    Ok(())
}

/// The folder with PostgreSQL's server programs, the newest version's first.
pub(crate) fn postgres_programs() -> Result<PathBuf> {
    let version = |folder: &PathBuf| {
        let name = folder
            .parent()
            .and_then(Path::file_name)
            .unwrap_or_default();
        name.to_string_lossy().parse::<u32>().unwrap_or(0)
    };
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| {
            entries
                .flatten()
                .map(|entry| entry.path().join("bin"))
                .collect()
        })
        .unwrap_or_default();
    folders.sort_by_key(|folder| std::cmp::Reverse(version(folder)));
    // The server's own folder: `initdb` looks for `postgres` beside itself.
    let initdb = find("initdb", &folders).context(
        "PostgreSQL's server programs are missing (initdb, postgres): `apt-get install postgresql`, \
         or put their folder into PATH",
    )?;
    let initdb = initdb.canonicalize()?;
    Ok(initdb
        .parent()
        .context("a program lies in a folder")?
        .to_path_buf())
}

/// Where [`Tool::Python`]'s programs are.
pub(crate) fn python_programs(root: &Path) -> PathBuf {
    root.join("target/tools/python/bin")
}

/// Where [`Tool::Node`]'s packages are.
pub(crate) fn node_packages(root: &Path) -> PathBuf {
    root.join("target/tools/node/node_modules")
}

/// Where [`Tool::Node`]'s programs are.
pub(crate) fn node_programs(root: &Path) -> PathBuf {
    node_packages(root).join(".bin")
}

/// Whether this program runs as root.
pub(crate) fn is_root() -> Result<bool> {
    Ok(fs::metadata("/proc/self").context("/proc is needed")?.uid() == 0)
}

fn provide_program(program: &str, packages: &[&str]) -> Result<()> {
    if find(program, &[]).is_none() {
        install(packages)?;
    }
    find(program, &[])
        .map(drop)
        .with_context(|| format!("{program} is still missing"))
}

/// Installs Debian packages, as root or by `sudo` where that asks nothing.
fn install(packages: &[&str]) -> Result<()> {
    let advice = format!(
        "please install {0}: `apt-get install {0}`",
        packages.join(" ")
    );
    let apt = find("apt-get", &[]).with_context(|| advice.clone())?;
    let prefix: &[&str] = if is_root()? {
        &["env"]
    } else if find("sudo", &[]).is_some()
        && command::output(Command::new("sudo").args(["-n", "true"])).is_ok()
    {
        &["sudo", "-n", "env"]
    } else {
        bail!(advice);
    };
    eprintln!("installing {}", packages.join(" "));
    let apt_get = |arguments: &[&str]| {
        let mut command = Command::new(prefix[0]);
        command
            .args(&prefix[1..])
            .arg("DEBIAN_FRONTEND=noninteractive")
            .arg(&apt)
            .args(arguments);
        command
    };
    // Old lists name packages that are gone; a mirror that cannot be reached fails the next step.
    let _ = command::succeeds(&mut apt_get(&["-qq", "update"]))?;
    let arguments: Vec<&str> = ["-qq", "-y", "--no-install-recommends", "install"]
        .iter()
        .chain(packages)
        .copied()
        .collect();
    command::must(&mut apt_get(&arguments)).context(advice)
}

/// A virtual environment with exactly the packages of the requirements file.
fn provide_python(root: &Path) -> Result<()> {
    let requirements = root.join("xtask/python/requirements.txt");
    let folder = root.join("target/tools/python");
    if is_current(&folder, &requirements) {
        return Ok(());
    }
    provide_program("python3", &["python3", "python3-venv"])?;
    remove_folder(&folder)?;
    if !command::succeeds(Command::new("python3").args(["-m", "venv"]).arg(&folder))? {
        // Debian keeps this module in a package of its own.
        remove_folder(&folder)?;
        install(&["python3-venv"])?;
        command::must(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    }
    command::must(
        Command::new(folder.join("bin/pip"))
            .args([
                "--quiet",
                "--disable-pip-version-check",
                "install",
                "--requirement",
            ])
            .arg(&requirements),
    )?;
    mark_current(&folder, &requirements)
}

/// What the package `stripe` asks for.
const NODE_MAJOR_MIN: u32 = 20;

/// The 20 of `v20.20.2`.
fn major_version(version: &str) -> Option<u32> {
    let (major, _) = version.trim().strip_prefix('v')?.split_once('.')?;
    major.parse().ok()
}

/// A `node_modules` with exactly the packages of the lock file.
fn provide_node(root: &Path) -> Result<()> {
    let source = root.join("xtask/node");
    let folder = root.join("target/tools/node");
    let lock = source.join("package-lock.json");
    provide_program("node", &["nodejs", "npm"])?;
    let version = command::output(Command::new("node").arg("--version"))?;
    if major_version(&version).is_none_or(|major| major < NODE_MAJOR_MIN) {
        bail!(
            "Node {} is too old for Stripe's library: version {NODE_MAJOR_MIN} or later is needed",
            version.trim()
        );
    }
    if is_current(&folder, &lock) {
        return Ok(());
    }
    provide_program("npm", &["npm"])?;
    remove_folder(&folder)?;
    fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(source.join(file), folder.join(file))?;
    }
    command::must(Command::new("npm").current_dir(&folder).args([
        "ci",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--loglevel=error",
    ]))?;
    mark_current(&folder, &lock)
}

const STAMP: &str = "installed-from";

/// Whether the folder was made from the list as it is now.
fn is_current(folder: &Path, list: &Path) -> bool {
    match (fs::read(folder.join(STAMP)), fs::read(list)) {
        (Ok(installed), Ok(wanted)) => installed == wanted,
        _ => false,
    }
}

fn mark_current(folder: &Path, list: &Path) -> Result<()> {
    fs::copy(list, folder.join(STAMP))?;
    Ok(())
}

fn remove_folder(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_the_first_number() {
        for (version, expected) in [
            ("v20.20.2\n", Some(20)),
            ("v8.1.0", Some(8)),
            ("20.1.0", None),
            ("", None),
        ] {
            assert_eq!(major_version(version), expected, "{version:?}");
        }
    }
}
