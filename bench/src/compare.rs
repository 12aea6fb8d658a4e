//! Runs contenders in turn, again and again, so that a noisy neighbour harms all of them alike.

use crate::load::{Load, Outcome, Requests, Until, run};
use crate::report::{Table, latency, median, rate, ratio, ratio_with_range};
use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::time::Duration;

/// How long and how often to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    pub(crate) rounds: usize,
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
}

/// What one contender did in one round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Operations each second.
    pub(crate) throughput: f64,
    /// p50, p99 and p99.9, where they are known.
    pub(crate) latency: Option<[Duration; 3]>,
}

impl From<Outcome> for Sample {
    fn from(outcome: Outcome) -> Self {
        let latency = [0.5, 0.99, 0.999].map(|quantile| outcome.latency.quantile(quantile));
        Self {
            throughput: outcome.throughput(),
            latency: Some(latency),
        }
    }
}

type Measure<'a> = Box<dyn Fn(&Timing) -> Result<Sample> + 'a>;

/// Something that can be measured for a while.
pub(crate) struct Contender<'a> {
    name: String,
    measure: Measure<'a>,
}

impl<'a> Contender<'a> {
    pub(crate) fn new(
        name: impl Into<String>,
        measure: impl Fn(&Timing) -> Result<Sample> + 'a,
    ) -> Self {
        Self {
            name: name.into(),
            measure: Box::new(measure),
        }
    }

    /// A server under closed-loop load; every answer must be a success.
    pub(crate) fn http(
        name: impl Into<String>,
        targets: Vec<SocketAddr>,
        requests: &'a Requests,
        connections: usize,
    ) -> Self {
        Self::new(name, move |timing| {
            http(&targets, requests, connections, false, timing)
        })
    }

    /// The same, with each customer always at the same replica.
    pub(crate) fn http_sticky(
        name: impl Into<String>,
        targets: Vec<SocketAddr>,
        requests: &'a Requests,
        connections: usize,
    ) -> Self {
        Self::new(name, move |timing| {
            http(&targets, requests, connections, true, timing)
        })
    }
}

fn http(
    targets: &[SocketAddr],
    requests: &Requests,
    connections: usize,
    sticky: bool,
    timing: &Timing,
) -> Result<Sample> {
    let until = Until::Elapsed {
        warm_up: timing.warm_up,
        measured: timing.measured,
    };
    Ok(run(&Load {
        targets,
        requests,
        connections,
        until,
        sticky,
    })?
    .all_good()?
    .into())
}

/// All rounds of one contender.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) samples: Vec<Sample>,
}

impl Series {
    pub(crate) fn throughput(&self) -> f64 {
        median(
            &self
                .samples
                .iter()
                .map(|sample| sample.throughput)
                .collect::<Vec<_>>(),
        )
    }

    /// The quotient of throughputs, round by round.
    pub(crate) fn throughput_ratios(&self, baseline: &Self) -> Vec<f64> {
        let pairs = self.samples.iter().zip(&baseline.samples);
        pairs
            .map(|(mine, theirs)| mine.throughput / theirs.throughput.max(1e-9))
            .collect()
    }

    /// The quotient of the latencies at p99, round by round; none where they are unknown.
    pub(crate) fn p99_ratios(&self, baseline: &Self) -> Option<Vec<f64>> {
        let p99 = |sample: &Sample| sample.latency.map(|[_, p99, _]| p99.as_secs_f64());
        let pairs = self.samples.iter().zip(&baseline.samples);
        pairs
            .map(|(mine, theirs)| Some(p99(mine)? / p99(theirs)?.max(1e-9)))
            .collect()
    }

    /// The median of p50, p99 or p99.9, as text.
    fn latency(&self, which: usize) -> String {
        let seconds: Option<Vec<f64>> = self
            .samples
            .iter()
            .map(|sample| Some(sample.latency?[which].as_secs_f64()))
            .collect();
        seconds.map_or_else(
            || "–".into(),
            |seconds| latency(Duration::from_secs_f64(median(&seconds))),
        )
    }
}

/// Measures all contenders in turn, as many rounds as asked.
pub(crate) fn interleave(timing: &Timing, contenders: &[Contender<'_>]) -> Result<Vec<Series>> {
    let mut all: Vec<Series> = contenders
        .iter()
        .map(|contender| Series {
            name: contender.name.clone(),
            samples: Vec::new(),
        })
        .collect();
    for round in 1..=timing.rounds {
        for (contender, series) in contenders.iter().zip(&mut all) {
            let sample = (contender.measure)(timing)
                .with_context(|| format!("{} in round {round}", contender.name))?;
            eprintln!(
                "  round {round}: {} {}/s",
                contender.name,
                rate(sample.throughput)
            );
            series.samples.push(sample);
        }
    }
    Ok(all)
}

/// A table whose ratios are to the first series.
pub(crate) fn print_against_first(title: impl Into<String>, all: &[Series]) {
    let mut table = Table::new(
        title,
        &[
            "",
            "per second",
            "p50",
            "p99",
            "p99.9",
            "throughput ratio (rounds)",
            "p99 ratio",
        ],
    );
    for (index, series) in all.iter().enumerate() {
        let (throughput, p99) = if index == 0 {
            ("1 (the baseline)".into(), "1".into())
        } else {
            let p99 = series.p99_ratios(&all[0]);
            (
                ratio_with_range(&series.throughput_ratios(&all[0])),
                p99.map_or_else(|| "–".into(), |ratios| ratio(median(&ratios))),
            )
        };
        table.row([
            series.name.clone(),
            rate(series.throughput()),
            series.latency(0),
            series.latency(1),
            series.latency(2),
            throughput,
            p99,
        ]);
    }
    table.print();
}
