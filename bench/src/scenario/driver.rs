//! Our load generator against `wrk`: the driver takes from the cores what the server could use.

use super::{Peer, Settings, customers, peer_consumes};
use crate::compare::{Contender, Sample, Timing, interleave, print_against_first};
use crate::http::TOKEN;
use crate::process::run as run_command;
use crate::server::CONSUME_BODY;
use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

const CONNECTIONS: usize = 64;

pub(crate) fn run(settings: &Settings) -> Result<()> {
    let (all, _) = customers();
    let noop = Peer::noop(&settings.folder, &" ".repeat(200))?;
    let requests = peer_consumes(&all, settings);
    let script = settings.folder.join("consume.lua");
    std::fs::write(&script, lua(all.len()))?;
    let contenders = [
        Contender::new("wrk", |timing| wrk(noop.address, &script, timing)),
        Contender::http("our own", vec![noop.address], &requests, CONNECTIONS),
    ];
    print_against_first(
        "Drivers on the no-op",
        &interleave(&settings.timing, &contenders)?,
    );
    Ok(())
}

/// The same requests, ready beforehand.
fn lua(customers: usize) -> String {
    format!(
        r#"
local requests = {{}}
init = function(args)
    wrk.headers["Authorization"] = "Bearer {TOKEN}"
    wrk.headers["Content-Type"] = "application/json"
    for n = 0, {customers} - 1 do
        local path = string.format("/v1/customers/customer-%06d/consume", n)
        requests[n] = wrk.format("POST", path, nil, '{CONSUME_BODY}')
    end
end
request = function() return requests[math.random(0, {customers} - 1)] end
done = function(summary, latency, _)
    local failed = summary.errors.status + summary.errors.connect + summary.errors.read
    print("RESULT", summary.requests / summary.duration * 1e6, failed,
        latency:percentile(50), latency:percentile(99), latency:percentile(99.9))
end
"#
    )
}

fn wrk(target: SocketAddr, script: &Path, timing: &Timing) -> Result<Sample> {
    let seconds = timing.measured.as_secs().max(1);
    let mut command = Command::new("wrk");
    command.args([
        "-t1",
        &format!("-c{CONNECTIONS}"),
        &format!("-d{seconds}s"),
        "-s",
    ]);
    command.arg(script).arg(format!("http://{target}"));
    let output = run_command(&mut command)?;
    let line = output
        .lines()
        .find_map(|line| line.strip_prefix("RESULT"))
        .context("no result from wrk")?;
    let numbers: Vec<f64> = line
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    let [throughput, failed, latencies @ ..] = numbers.as_slice() else {
        anyhow::bail!("odd result: {line}")
    };
    anyhow::ensure!(*failed == 0.0, "{failed} requests failed");
    let micros = |index: usize| std::time::Duration::from_secs_f64(latencies[index] / 1e6);
    Ok(Sample {
        throughput: *throughput,
        latency: Some([micros(0), micros(1), micros(2)]),
    })
}
