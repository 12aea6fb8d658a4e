//! What may be on the disk after a power loss: built from a trace of every write and fsync. Pure,
//! but for the words of strace's command line.
//!
//! All that was written to a file before an fsync of it began is there once that fsync has
//! returned. Of what came later any subset of 512-byte sectors may be there, the file may have any
//! of its lengths since, and no file waits for another.

use super::history::{Answer, Limits, Recorded, Violation, judge};
use super::load::Noted;
use super::random::Random;
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

const SECTOR: usize = 512;

/// The words before a program that record all that it does to these files.
pub(crate) fn recorder(trace: &Path, files: &[PathBuf]) -> Vec<OsString> {
    let calls = "trace=write,pwrite64,writev,pwritev,fsync,fdatasync,ftruncate,fallocate,unlink";
    let mut words: Vec<OsString> = [
        "strace",
        "-D",
        "-f",
        "-qq",
        "-ttt",
        "-T",
        "-y",
        "-xx",
        "--seccomp-bpf",
    ]
    .map(OsString::from)
    .into();
    // Whole writes, in hexadecimal digits.
    words.extend(["-s", "10000000", "-e", "signal=none", "-e", calls, "-o"].map(OsString::from));
    words.push(trace.as_os_str().to_owned());
    for file in files {
        words.extend(["-P".into(), file.as_os_str().to_owned()]);
    }
    words
}

/// Everything that a process did to its files, in the order in which it began.
pub(crate) struct Recording {
    steps: Vec<Step>,
}

struct Step {
    file: PathBuf,
    began_at: Duration,
    /// None when the process ended first.
    ended_at: Option<Duration>,
    action: Action,
}

#[derive(Debug, PartialEq, Eq)]
enum Action {
    Write { offset: usize, bytes: Vec<u8> },
    Append { bytes: Vec<u8> },
    Truncate { length: usize },
    Sync,
    Remove,
}

/// The content of files, by their paths.
pub(crate) type Files = BTreeMap<PathBuf, Vec<u8>>;

impl Recording {
    /// Reads a trace that [`recorder`] made.
    pub(crate) fn read(trace: &str) -> Result<Self> {
        let mut steps: Vec<Step> = Vec::new();
        let mut open: Vec<(&str, usize)> = Vec::new();
        for line in trace.lines() {
            let (thread, began_at, call) = super::trace::parts(line)
                .with_context(|| format!("a strange line: {line:.100}"))?;
            if call.starts_with("+++") {
                continue;
            }
            if call.starts_with("<... ") {
                let index = open.iter().position(|(opener, _)| *opener == thread);
                let (_, index) = open.swap_remove(index.context("a call ends that never began")?);
                steps[index].ended_at = Some(began_at);
                if call.contains(") = -1 ") {
                    bail!("a call failed while recording: {line:.200}");
                }
                continue;
            }
            if call.contains(") = -1 ") {
                bail!("a call failed while recording: {line:.200}");
            }
            let took = call
                .rsplit_once(" <")
                .and_then(|(_, took)| took.strip_suffix('>'));
            let took = took
                .and_then(|took| took.parse().ok())
                .map(Duration::from_secs_f64);
            let Some((file, action)) = read_call(call).with_context(|| format!("{call:.200}"))?
            else {
                continue;
            };
            if call.ends_with("<unfinished ...>") {
                open.push((thread, steps.len()));
            }
            let ended_at = took.map(|took| began_at + took);
            steps.push(Step {
                file,
                began_at,
                ended_at,
                action,
            });
        }
        Ok(Self { steps })
    }

    /// How many calls there were.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// A moment worth looking at: just before a call began, or just after one ended.
    pub(crate) fn moment(&self, random: &mut Random) -> Duration {
        let step = random.pick(&self.steps);
        match step.ended_at {
            Some(ended_at) if random.below(3) == 0 => ended_at,
            _ => step.began_at,
        }
    }

    /// What may be on the disk if the power fails at this moment, having started with `files`.
    pub(crate) fn image(&self, files: &Files, moment: Duration, random: &mut Random) -> Files {
        let mut paths: Vec<&Path> = files.keys().map(PathBuf::as_path).collect();
        paths.extend(self.steps.iter().map(|step| step.file.as_path()));
        paths.sort_unstable();
        paths.dedup();
        let image_of = |path: &&Path| {
            let start = files.get(*path);
            Some((
                (*path).to_path_buf(),
                self.file(path, start, moment, random)?,
            ))
        };
        paths.iter().filter_map(image_of).collect()
    }

    /// One file of an image; none if it does not exist.
    fn file(
        &self,
        path: &Path,
        start: Option<&Vec<u8>>,
        moment: Duration,
        random: &mut Random,
    ) -> Option<Vec<u8>> {
        let steps: Vec<&Step> = self
            .steps
            .iter()
            .filter(|step| step.file == path && step.began_at < moment)
            .collect();
        // The last fsync that returned in time, and everything that had ended before it began.
        let has_ended =
            |step: &Step, by: Duration| step.ended_at.is_some_and(|ended_at| ended_at <= by);
        let syncs = steps
            .iter()
            .filter(|step| step.action == Action::Sync && has_ended(step, moment));
        let synced_at = syncs.map(|step| step.began_at).max();
        let is_durable =
            |step: &Step| synced_at.is_some_and(|synced_at| has_ended(step, synced_at));

        let luck = Luck::draw(random);
        let mut exists = start.is_some();
        let mut content = start.cloned().unwrap_or_default();
        // Appends go to the end that the process saw, whatever of it is there.
        let mut length_seen = content.len();
        for step in steps {
            let is_durable = is_durable(step);
            let (offset, bytes) = match &step.action {
                Action::Sync => continue,
                Action::Remove => {
                    if is_durable || luck.keeps(random) {
                        (exists, length_seen) = (false, 0);
                        content.clear();
                    }
                    continue;
                }
                Action::Truncate { length } => {
                    if is_durable || luck.keeps(random) {
                        content.resize(*length, 0);
                    }
                    length_seen = *length;
                    continue;
                }
                Action::Append { bytes } => (length_seen, bytes),
                Action::Write { offset, bytes } => (*offset, bytes),
            };
            let end = offset + bytes.len();
            length_seen = length_seen.max(end);
            exists |= is_durable || luck.keeps(random);
            if is_durable {
                put(&mut content, offset, bytes);
                continue;
            }
            let mut from = offset;
            while from < end {
                let to = end.min((from / SECTOR + 1) * SECTOR);
                if luck.keeps(random) {
                    put(&mut content, from, &bytes[from - offset..to - offset]);
                }
                from = to;
            }
            // The length may be on the disk without what lies within it.
            if content.len() < end && luck.keeps(random) {
                content.resize(end, 0);
            }
        }
        exists.then_some(content)
    }
}

fn put(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if content.len() < offset + bytes.len() {
        content.resize(offset + bytes.len(), 0);
    }
    content[offset..offset + bytes.len()].copy_from_slice(bytes);
}

/// How much of what was not made durable is there: all, nothing, or each part by chance.
#[derive(Clone, Copy)]
struct Luck {
    percent: u64,
}

impl Luck {
    fn draw(random: &mut Random) -> Self {
        Self {
            percent: *random.pick(&[0, 10, 50, 50, 90, 100]),
        }
    }

    fn keeps(self, random: &mut Random) -> bool {
        random.below(100) < self.percent
    }
}

/// File and action of a call; none for one that changes nothing.
fn read_call(call: &str) -> Result<Option<(PathBuf, Action)>> {
    let (name, arguments) = call.split_once('(').context("no call")?;
    if name == "unlink" {
        let path = between(arguments, "\"", "\"").context("no path")?;
        return Ok(Some((path_of(path)?, Action::Remove)));
    }
    let file = path_of(between(arguments, "<", ">").context("no file")?)?;
    let (_, rest) = arguments.split_once('>').context("no file")?;
    let rest = rest.trim_start_matches([',', ' ']);
    let action = match name {
        "fsync" | "fdatasync" => Action::Sync,
        "ftruncate" => Action::Truncate {
            length: number(rest)?,
        },
        "write" | "pwrite64" => {
            let text = between(rest, "\"", "\"").context("no bytes")?;
            let after = &rest[text.len() + 2..];
            if after.starts_with("...") {
                bail!("the trace holds only the beginning of a write");
            }
            let bytes = bytes_of(text)?;
            let mut numbers = after.trim_start_matches([',', ' ']).split(", ");
            if number(numbers.next().context("no length")?)? != bytes.len() {
                bail!("the trace holds another number of bytes than were written");
            }
            match name {
                "write" => Action::Append { bytes },
                _ => Action::Write {
                    offset: number(numbers.next().context("no offset")?)?,
                    bytes,
                },
            }
        }
        _ => bail!("a call that the replayer does not know"),
    };
    Ok(Some((file, action)))
}

/// What stands between the first `open` and the next `close`.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close).map(|(inside, _)| inside)
}

/// The number at the start.
fn number(text: &str) -> Result<usize> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end]
        .parse()
        .with_context(|| format!("no number: {text:.40}"))
}

/// The bytes of `\x2f\x74`.
fn bytes_of(text: &str) -> Result<Vec<u8>> {
    text.as_bytes()
        .chunks(4)
        .map(|chunk| {
            let digits = chunk
                .strip_prefix(b"\\x")
                .filter(|digits| digits.len() == 2);
            let digits = std::str::from_utf8(digits.context("no hexadecimal byte")?)?;
            Ok(u8::from_str_radix(digits, 16)?)
        })
        .collect()
}

fn path_of(text: &str) -> Result<PathBuf> {
    Ok(PathBuf::from(OsString::from_vec(bytes_of(text)?)))
}

/// What is wrong with the record that a server finds on an image of this moment. What had been
/// acknowledged by then must be there, once; what had not may be there or not.
pub(crate) fn judge_image(
    noted: &[Noted],
    moment: Duration,
    record: &[Recorded],
    limits: &Limits,
) -> Vec<Violation> {
    let sent = noted
        .iter()
        .filter(|one| one.sent_at <= UNIX_EPOCH + moment);
    let told: Vec<_> = sent
        .map(|one| {
            let mut told = one.told.clone();
            if one.answered_at > UNIX_EPOCH + moment {
                told.answer = Answer::None { was_held: false };
            }
            told
        })
        .collect();
    let mut violations = judge(&told, record, limits);
    // Nobody has retried yet; and what filled the limit may be among what was not acknowledged.
    violations.retain(|one| {
        !matches!(
            one,
            Violation::Unresolved { .. } | Violation::RefusedWithRoom { .. }
        )
    });
    violations
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fmt::Write as _;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "\\x{byte:02x}").unwrap();
            text
        })
    }

    /// A trace of writes of single letters, 512 of each.
    fn trace(lines: &[&str]) -> Recording {
        let file = format!("3<{}>", hex(b"/d/f"));
        let mut text = String::new();
        for line in lines {
            let sector = |letter: &str| hex(&letter.as_bytes().repeat(SECTOR));
            let mut words = line.split(' ');
            let (time, name) = (words.next().unwrap(), words.next().unwrap());
            let call = match name {
                "pwrite64" => {
                    let (letter, offset) = (words.next().unwrap(), words.next().unwrap());
                    format!(
                        "pwrite64({file}, \"{}\", {SECTOR}, {offset}) = {SECTOR}",
                        sector(letter)
                    )
                }
                "write" => format!(
                    "write({file}, \"{}\", {SECTOR}) = {SECTOR}",
                    sector(words.next().unwrap())
                ),
                "ftruncate" => format!("ftruncate({file}, {}) = 0", words.next().unwrap()),
                _ => format!("fdatasync({file}) = 0"),
            };
            writeln!(text, "7 {time}.000000 {call} <0.500000>").unwrap();
        }
        Recording::read(&text).unwrap()
    }

    /// Every image of many that can be there at the moment, one letter a sector.
    fn images(recording: &Recording, seconds: u64) -> BTreeSet<String> {
        let mut random = Random::new(1);
        let path = PathBuf::from("/d/f");
        let start = Files::from([(path.clone(), b"a".repeat(SECTOR))]);
        (0..2_000)
            .map(|_| {
                let image = recording.image(&start, Duration::from_secs(seconds), &mut random);
                image[&path]
                    .chunks(SECTOR)
                    .map(|sector| char::from(sector[0]).to_string().replace('\0', "0"))
                    .collect()
            })
            .collect()
    }

    fn set(images: &[&str]) -> BTreeSet<String> {
        images.iter().map(|&image| image.to_owned()).collect()
    }

    #[test]
    fn what_was_synced_is_there_and_of_the_rest_any_part() {
        let recording = trace(&[
            "1 pwrite64 b 0",
            "2 pwrite64 c 512",
            "3 fdatasync",
            "4 pwrite64 d 0",
            "5 write e",
        ]);
        assert_eq!(images(&recording, 1), set(&["a"]));
        assert_eq!(images(&recording, 2), set(&["a", "b"]));
        // The fsync has begun and not returned: nothing of it counts.
        assert_eq!(
            images(&recording, 3),
            set(&["a", "b", "a0", "b0", "ac", "bc"])
        );
        assert_eq!(images(&recording, 4), set(&["bc"]));
        assert_eq!(
            images(&recording, 9),
            set(&["bc", "dc", "bc0", "dc0", "bce", "dce"])
        );
    }

    #[test]
    fn a_truncation_waits_for_its_sync() {
        let recording = trace(&[
            "1 pwrite64 b 512",
            "2 fdatasync",
            "3 ftruncate 512",
            "4 fdatasync",
        ]);
        assert_eq!(images(&recording, 3), set(&["ab"]));
        assert_eq!(images(&recording, 4), set(&["ab", "a"]));
        assert_eq!(images(&recording, 5), set(&["a"]));
    }

    #[test]
    fn a_write_that_the_sync_overtook_is_not_durable() {
        let (file, bytes) = (hex(b"/d/f"), hex(&b"b".repeat(SECTOR)));
        let text = format!(
            "7 1.000000 pwrite64(3<{file}>, \"{bytes}\", {SECTOR}, 0 <unfinished ...>\n\
             8 2.000000 fsync(3<{file}>) = 0 <0.100000>\n\
             7 3.000000 <... pwrite64 resumed>) = {SECTOR} <2.000000>\n"
        );
        assert_eq!(
            images(&Recording::read(&text).unwrap(), 9),
            set(&["a", "b"])
        );
    }

    #[test]
    fn a_trace_that_is_not_whole_is_refused() {
        let file = hex(b"/d/f");
        for call in [
            format!("pwrite64(3<{file}>, \"\\x01\"..., 512, 0) = 512 <0.1>"),
            format!("pwrite64(3<{file}>, \"\\x01\", 512, 0) = 512 <0.1>"),
            format!("pwrite64(3<{file}>, \"\\x01\", 1, 0) = -1 EIO (Input/output error) <0.1>"),
            format!("pwritev(3<{file}>, [], 1, 0) = 1 <0.1>"),
        ] {
            assert!(
                Recording::read(&format!("7 1.000000 {call}\n")).is_err(),
                "{call}"
            );
        }
    }
}
