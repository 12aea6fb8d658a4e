//! Stripe's official Python library, as a real client of the sandbox. Without Python, or without
//! a way to install the library, the test says so and does nothing.

use std::path::{Path, PathBuf};
use std::process::Command;
use stripe_sandbox::{Config, Sandbox};

const LIBRARY: &str = "stripe==16.1.0";

fn installed() -> Option<PathBuf> {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("official-python");
    if place.join("stripe").is_dir() {
        return Some(place);
    }
    let installed = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--target"])
        .arg(&place)
        .arg(LIBRARY)
        .output()
        .ok()?;
    installed.status.success().then_some(place)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_life_with_the_official_library() {
    let Some(library) = installed() else {
        eprintln!("skipped: Python or {LIBRARY} cannot be had");
        return;
    };
    let sandbox = Sandbox::new(Config::for_testing());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { sandbox.serve(listener).await });
    let judge = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges/life.py");
    let outcome = tokio::task::spawn_blocking(move || {
        Command::new("python3")
            .arg(judge)
            .arg(url)
            .env("PYTHONPATH", library)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .unwrap()
    })
    .await
    .unwrap();
    server.abort();
    let said = String::from_utf8_lossy(&outcome.stdout);
    let complained = String::from_utf8_lossy(&outcome.stderr);
    assert!(outcome.status.success(), "{said}\n{complained}");
    assert!(said.contains("the life is complete"), "{said}");
}
