//! Reading the text in a picture, by the `tesseract` command.

use axum::body::Bytes;
use std::ffi::OsString;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

/// How long one picture may take, waiting for its turn not counted.
const READ_SECONDS_MAX: u64 = 30;
/// How much text one picture may have.
const TEXT_BYTES_MAX: u64 = 256 * 1024;
/// How many pictures may wait for their turn.
const WAITING_MAX: usize = 256;
/// How much memory and processor time the command may use: a picture is a stranger's.
const MEMORY_KIB_MAX: u32 = 1_500_000;
const PROCESSOR_SECONDS_MAX: u32 = 30;

/// Why a picture was not read.
#[derive(Debug, thiserror::Error)]
pub enum OcrError {
    /// The command is not there.
    #[error("the tesseract command is not installed")]
    NotInstalled,
    /// Too many pictures wait.
    #[error("too many pictures are being read at the moment")]
    Busy,
    /// It took too long.
    #[error("reading the picture took too long")]
    TimedOut,
    /// The picture cannot be read.
    #[error("the picture cannot be read")]
    Unreadable,
    /// The command could not be run.
    #[error("the tesseract command could not be run")]
    Failed(#[source] std::io::Error),
}

/// Reads pictures, only so many at once.
#[derive(Clone, Debug)]
pub struct Ocr(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    program: OsString,
    time_max: Duration,
    running: Semaphore,
    places: Semaphore,
}

impl Ocr {
    /// Reads with `program` (`tesseract`, found by `PATH`, or a path), `running_max` at once.
    pub fn new(program: impl Into<OsString>, running_max: usize) -> Self {
        Self::with_limits(
            program,
            running_max,
            WAITING_MAX,
            Duration::from_secs(READ_SECONDS_MAX),
        )
    }

    fn with_limits(
        program: impl Into<OsString>,
        running_max: usize,
        waiting_max: usize,
        time_max: Duration,
    ) -> Self {
        let running_max = running_max.max(1);
        Self(Arc::new(Shared {
            program: program.into(),
            time_max,
            running: Semaphore::new(running_max),
            places: Semaphore::new(running_max + waiting_max),
        }))
    }

    /// The text in a picture. When the caller goes away, the command is killed.
    pub async fn read(&self, picture: Bytes) -> Result<String, OcrError> {
        let shared = &self.0;
        let _place = shared.places.try_acquire().map_err(|_| OcrError::Busy)?;
        let _turn = shared.running.acquire().await.map_err(|_| OcrError::Busy)?;
        match tokio::time::timeout(shared.time_max, run(self.command(), picture)).await {
            Ok(result) => result,
            Err(_) => Err(OcrError::TimedOut),
        }
    }

    /// Whether the command can be run.
    pub async fn check(&self) -> Result<(), OcrError> {
        let mut command = Command::new(&self.0.program);
        command
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        match command.kill_on_drop(true).status().await {
            Ok(status) if status.success() => Ok(()),
            Ok(_) | Err(_) => Err(OcrError::NotInstalled),
        }
    }

    /// The command, under limits of memory and time that a shell sets before it becomes it. It
    /// looks for text anywhere in the picture (`--psm 11`), as it stands on the doors of trucks.
    fn command(&self) -> Command {
        let mut command = Command::new("/bin/sh");
        command
            .arg("-c")
            .arg(format!(
                "ulimit -v {MEMORY_KIB_MAX} && ulimit -t {PROCESSOR_SECONDS_MAX} && exec \"$@\""
            ))
            .arg("sh")
            .arg(&self.0.program)
            .args(["stdin", "stdout", "-l", "eng", "--psm", "11"])
            .env("OMP_THREAD_LIMIT", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        command
    }
}

/// What a shell answers when there is no such command, or it may not be run.
const NOT_FOUND: i32 = 127;
const NOT_EXECUTABLE: i32 = 126;

async fn run(mut command: Command, picture: Bytes) -> Result<String, OcrError> {
    let mut child = command.spawn().map_err(OcrError::Failed)?;
    let text = exchange(&mut child, picture).await;
    let status = child.wait().await.map_err(OcrError::Failed)?;
    match status.code() {
        Some(0) => Ok(String::from_utf8_lossy(&text.map_err(OcrError::Failed)?).into_owned()),
        Some(NOT_FOUND | NOT_EXECUTABLE) => Err(OcrError::NotInstalled),
        _ => Err(OcrError::Unreadable),
    }
}

/// Gives the picture and takes the text, both at once, so that neither side waits for the other.
async fn exchange(child: &mut Child, picture: Bytes) -> std::io::Result<Vec<u8>> {
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(std::io::Error::other("the command has no pipes"));
    };
    let give = async move {
        // A command that reads no further has its reasons; its status tells them.
        let _ = stdin.write_all(&picture).await;
        let _ = stdin.shutdown().await;
    };
    let take = async move {
        let mut text = Vec::new();
        stdout
            .take(TEXT_BYTES_MAX)
            .read_to_end(&mut text)
            .await
            .map(|_| text)
    };
    let ((), text) = tokio::join!(give, take);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usdot;
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};

    const DOOR: &[u8] = include_bytes!("../testdata/door.png");
    const DOOR_TILTED: &[u8] = include_bytes!("../testdata/door-tilted.jpg");
    const NO_NUMBER: &[u8] = include_bytes!("../testdata/no-number.png");

    #[tokio::test]
    async fn the_numbers_on_pictures_are_read() {
        let ocr = Ocr::new("tesseract", 2);
        ocr.check().await.expect("tests need the tesseract command");
        for (picture, expected) in [
            (DOOR, vec!["1234567"]),
            (DOOR_TILTED, vec!["2987654"]),
            (NO_NUMBER, vec![]),
        ] {
            let text = ocr.read(Bytes::from_static(picture)).await.unwrap();
            let found: Vec<_> = usdot::find(&text).iter().map(ToString::to_string).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[tokio::test]
    async fn what_is_no_picture_is_unreadable() {
        let ocr = Ocr::new("tesseract", 2);
        for picture in [&b""[..], b"not a picture", &DOOR[..200], &[0; 4_096]] {
            let result = ocr.read(Bytes::copy_from_slice(picture)).await;
            assert!(matches!(result, Err(OcrError::Unreadable)), "{result:?}");
        }
    }

    /// A command that stands in for tesseract.
    fn command(folder: &Path, script: &str) -> PathBuf {
        let path = folder.join("command");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[tokio::test]
    async fn a_command_that_is_not_there_is_told_from_a_bad_picture() {
        let ocr = Ocr::new("/nowhere/tesseract", 1);
        assert!(matches!(ocr.check().await, Err(OcrError::NotInstalled)));
        assert!(matches!(
            ocr.read(Bytes::new()).await,
            Err(OcrError::NotInstalled)
        ));
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let pid_file = folder.path().join("pid");
        let script = format!("echo $$ > {}; exec sleep 600", pid_file.display());
        let ocr = Ocr::with_limits(
            command(folder.path(), &script),
            1,
            1,
            Duration::from_secs(2),
        );
        assert!(matches!(
            ocr.read(Bytes::from_static(DOOR)).await,
            Err(OcrError::TimedOut)
        ));
        let pid = std::fs::read_to_string(&pid_file).unwrap();
        let process = PathBuf::from(format!("/proc/{}", pid.trim()));
        // A killed process stands in the list until it is waited for.
        let is_running = || {
            std::fs::read_to_string(process.join("stat")).is_ok_and(|stat| !stat.contains(") Z "))
        };
        let gone = async {
            while is_running() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(10), gone).await;
        assert!(waited.is_ok(), "it was not killed");
    }

    #[tokio::test]
    async fn a_flood_of_text_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let ocr = Ocr::new(command(folder.path(), "exec head -c 300000 /dev/zero"), 1);
        // The command meets a closed pipe, or its text is cut: never more than the limit.
        let limit = usize::try_from(TEXT_BYTES_MAX).unwrap();
        match ocr.read(Bytes::from_static(DOOR)).await {
            Ok(text) => assert_eq!(text.len(), limit),
            Err(error) => assert!(matches!(error, OcrError::Unreadable), "{error}"),
        }
    }

    #[tokio::test]
    async fn only_so_many_run_and_wait() {
        let folder = tempfile::tempdir().unwrap();
        let ocr = Ocr::with_limits(
            command(folder.path(), "exec sleep 600"),
            1,
            1,
            Duration::from_mins(1),
        );
        let busy: Vec<_> = (0..2)
            .map(|_| {
                let ocr = ocr.clone();
                tokio::spawn(async move { ocr.read(Bytes::new()).await })
            })
            .collect();
        while ocr.0.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(ocr.read(Bytes::new()).await, Err(OcrError::Busy)));
        for task in busy {
            task.abort();
            let _ = task.await;
        }
        assert_eq!(
            ocr.0.places.available_permits(),
            2,
            "callers that leave give their places back"
        );
        assert_eq!(ocr.0.running.available_permits(), 1);
    }

    #[tokio::test]
    async fn the_command_has_limits() {
        let folder = tempfile::tempdir().unwrap();
        let ocr = Ocr::new(
            command(
                folder.path(),
                "cat > /dev/null; ulimit -v; ulimit -t; echo $OMP_THREAD_LIMIT",
            ),
            1,
        );
        let text = ocr.read(Bytes::from_static(DOOR)).await.unwrap();
        assert_eq!(
            text,
            format!("{MEMORY_KIB_MAX}\n{PROCESSOR_SECONDS_MAX}\n1\n")
        );
    }
}
