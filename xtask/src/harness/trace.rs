//! What strace saw a server make durable, held against what it acknowledged.

use super::history::Answer;
use super::load::Noted;
use anyhow::{Context as _, Result};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

const GROWTH_CHECKS_MAX: u32 = 200;

/// The words before a program that trace its fsyncs into a file, and inject failures as `inject`
/// says (`fsync,fdatasync:error=EIO:when=3+`).
pub(crate) fn wrapper(trace: &Path, inject: Option<&str>) -> Vec<OsString> {
    // `-D`: the program is our own child, and the tracer one of nobody's.
    let mut words: Vec<OsString> = ["strace", "-D", "-f", "-qq", "-ttt", "-y", "--seccomp-bpf"]
        .map(OsString::from)
        .into();
    words.extend(["-e", "signal=none", "-e"].map(OsString::from));
    let calls = inject
        .and_then(|inject| inject.split(':').next())
        .unwrap_or_default();
    words.push(
        format!("trace=fsync,fdatasync,{calls}")
            .trim_end_matches(',')
            .into(),
    );
    if let Some(inject) = inject {
        words.extend(["-e".into(), format!("inject={inject}").into()]);
    }
    words.extend(["-o".into(), trace.as_os_str().to_owned()]);
    words
}

/// The whole trace. The tracer ends a moment after what it traces, so this waits until the file no
/// longer grows. Empty when nothing was traced.
pub(crate) fn read(trace: &Path) -> Result<String> {
    let mut length = None;
    for _ in 0..GROWTH_CHECKS_MAX {
        thread::sleep(Duration::from_millis(150));
        let now = trace.metadata().ok().map(|metadata| metadata.len());
        if now == length {
            break;
        }
        length = now;
    }
    match length {
        None => Ok(String::new()),
        Some(_) => fs::read_to_string(trace).context("the trace"),
    }
}

/// One traced fsync: when it began, since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Synced {
    pub(crate) began_at: Duration,
}

/// Every fsync of files with this ending that succeeded, in order.
pub(crate) fn synced(trace: &str, ending: &str) -> Vec<Synced> {
    let mut open: Vec<(&str, Duration)> = Vec::new();
    let mut synced = Vec::new();
    for line in trace.lines() {
        let Some((thread, began_at, call)) = parts(line) else {
            continue;
        };
        if call.starts_with("<... f") && call.contains("sync resumed>") {
            let Some(index) = open.iter().position(|(opener, _)| *opener == thread) else {
                continue;
            };
            let (_, began_at) = open.swap_remove(index);
            synced.extend(call.ends_with("= 0").then_some(Synced { began_at }));
        } else if (call.starts_with("fsync(") || call.starts_with("fdatasync("))
            && call.contains(&format!("{ending}>"))
        {
            if call.ends_with("<unfinished ...>") {
                open.push((thread, began_at));
            } else if call.ends_with("= 0") {
                synced.push(Synced { began_at });
            }
        }
    }
    synced.sort_by_key(|one| one.began_at);
    synced
}

/// How many calls were made to fail.
pub(crate) fn injected(trace: &str) -> usize {
    trace.matches("(INJECTED)").count()
}

/// Thread, time and call of a line of strace.
pub(super) fn parts(line: &str) -> Option<(&str, Duration, &str)> {
    let (thread, rest) = line.trim_start().split_once(' ')?;
    let (time, call) = rest.trim_start().split_once(' ')?;
    let (seconds, micros) = time.split_once('.')?;
    let micros = Duration::from_micros(micros.parse().ok()?);
    Some((
        thread,
        Duration::from_secs(seconds.parse().ok()?) + micros,
        call.trim(),
    ))
}

/// Every acknowledgement that no fsync stands behind: each needs one that began after its request
/// was sent and before its answer came.
pub(crate) fn judge_durability(noted: &[Noted], synced: &[Synced]) -> Vec<String> {
    let since_epoch =
        |time: std::time::SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let is_behind = |one: &Noted| {
        // strace cuts its times to whole microseconds.
        let sent_at = Duration::from_micros(
            u64::try_from(since_epoch(one.sent_at).as_micros()).unwrap_or(u64::MAX),
        );
        let next = synced.partition_point(|synced| synced.began_at < sent_at);
        synced
            .get(next)
            .is_some_and(|synced| synced.began_at <= since_epoch(one.answered_at))
    };
    noted
        .iter()
        .filter(|one| matches!(one.told.answer, Answer::Granted { .. }) && !is_behind(one))
        .map(|one| format!("not durable: {} was granted without an fsync", one.told.key))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::history::Told;

    const TRACE: &str = "\
12 100.000010 fsync(3</data/tollgate.db-wal>) = 0
12 100.000020 fsync(4</data/tollgate.db>) = 0
13 100.000030 fdatasync(3</data/tollgate.db-wal> <unfinished ...>
12 100.000035 fsync(3</data/tollgate.db-wal>) = -1 EIO (Input/output error) (INJECTED)
13 100.000040 <... fdatasync resumed>) = 0
14 100.000050 fsync(3</data/tollgate.db-wal> <unfinished ...>
14 100.000060 +++ killed by SIGKILL +++
";

    fn micros(trace: &str) -> Vec<u128> {
        synced(trace, "-wal")
            .iter()
            .map(|one| one.began_at.as_micros() - 100_000_000)
            .collect()
    }

    #[test]
    fn only_successful_fsyncs_of_the_file_count() {
        assert_eq!(micros(TRACE), [10, 30]);
        assert_eq!(injected(TRACE), 1);
        assert_eq!(micros(""), [0; 0]);
    }

    #[test]
    fn an_acknowledgement_needs_an_fsync_within_its_time() {
        let check = |sent: u64, answered: u64, answer: Answer, expected: usize| {
            let at = |micros| UNIX_EPOCH + Duration::from_micros(100_000_000 + micros);
            let told = Told {
                key: "a".into(),
                customer: "c".into(),
                feature: "scarce",
                amount: 1,
                answer,
            };
            let noted = Noted {
                told,
                sent_at: at(sent),
                answered_at: at(answered),
            };
            let found = judge_durability(&[noted], &synced(TRACE, "-wal"));
            assert_eq!(found.len(), expected, "{sent} to {answered}");
        };
        let granted = || Answer::Granted { event: "e".into() };
        check(5, 15, granted(), 0);
        check(20, 45, granted(), 0);
        // The fsync began before the request was sent, is another file's, failed, or never ended.
        check(11, 29, granted(), 1);
        check(31, 45, granted(), 1);
        check(46, 99, granted(), 1);
        check(46, 99, Answer::Refused, 0);
    }
}
