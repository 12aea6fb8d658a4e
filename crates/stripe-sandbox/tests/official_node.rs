//! Stripe's official Node library, as a real client of the sandbox, and its types as the judge of
//! every object that the sandbox shows. Without Node, or without a way to install the library,
//! the test says so and does nothing.

use std::path::{Path, PathBuf};
use std::process::Command;
use stripe_sandbox::{Config, Sandbox};

const PACKAGES: [&str; 3] = ["stripe@23.1.0", "typescript@5", "@types/node@22"];

fn installed() -> Option<PathBuf> {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("official-node");
    if place.join("node_modules/typescript").is_dir() {
        return Some(place);
    }
    std::fs::create_dir_all(&place).ok()?;
    let installed = Command::new("npm")
        .args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
        .arg(&place)
        .args(PACKAGES)
        .output()
        .ok()?;
    installed.status.success().then_some(place)
}

fn run(command: &mut Command) -> String {
    let outcome = command.output().unwrap();
    let said = String::from_utf8_lossy(&outcome.stdout).into_owned();
    let complained = String::from_utf8_lossy(&outcome.stderr);
    assert!(
        outcome.status.success(),
        "{command:?}\n{said}\n{complained}"
    );
    said
}

fn judge(place: &Path, url: &str) {
    // The module loader looks beside the script.
    for script in ["life.mjs", "types.mjs"] {
        let judges = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges");
        std::fs::copy(judges.join(script), place.join(script)).unwrap();
    }
    let life = run(Command::new("node").arg(place.join("life.mjs")).arg(url));
    assert!(life.contains("the life is complete"), "{life}");
    let values = place.join("values.ts");
    run(Command::new("node")
        .arg(place.join("types.mjs"))
        .arg(url)
        .arg(&values));
    run(Command::new("node")
        .arg(place.join("node_modules/typescript/bin/tsc"))
        .args([
            "--strict",
            "--noEmit",
            "--skipLibCheck",
            "--target",
            "es2022",
        ])
        .args(["--module", "nodenext", "--moduleResolution", "nodenext"])
        .arg(&values)
        .current_dir(place));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_life_with_the_official_library_and_its_types() {
    let Some(place) = installed() else {
        eprintln!("skipped: Node or {PACKAGES:?} cannot be had");
        return;
    };
    let sandbox = Sandbox::new(Config::for_testing());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { sandbox.serve(listener).await });
    tokio::task::spawn_blocking(move || judge(&place, &url))
        .await
        .unwrap();
    server.abort();
}
