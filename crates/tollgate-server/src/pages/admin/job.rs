//! Work that takes longer than a page: begun by a form, watched by a page, one of each kind at a
//! time.

use super::block::{Block, Cell, Page, Table};
use super::customer::columns;
use super::owner::OwnerVisitor;
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tollgate::billing::DriftReport;
use tollgate_core::Timestamp;

/// Jobs that are remembered.
const REMEMBERED: usize = 50;

/// The jobs of this server, since it began.
#[derive(Debug, Default)]
pub struct Jobs(Mutex<VecDeque<Arc<Job>>>);

/// A job.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) kind: JobKind,
    pub(super) begun_at: Timestamp,
    pub(super) done: AtomicU64,
    end: Mutex<Option<JobEnd>>,
}

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JobKind {
    /// Compares every customer with Stripe.
    Drift,
    /// Applies what Stripe says where something differs.
    Repair,
}

/// How a job ended.
#[derive(Clone, Debug)]
pub(super) struct JobEnd {
    pub(super) at: Timestamp,
    pub(super) outcome: Result<Arc<DriftReport>, String>,
}

impl JobKind {
    /// The name of its name.
    pub(super) const fn key(self) -> &'static str {
        match self {
            JobKind::Drift => "admin-job-drift",
            JobKind::Repair => "admin-job-repair",
        }
    }
}

impl Jobs {
    /// Begins a job, unless one is running.
    pub(super) fn begin(&self, kind: JobKind, now: Timestamp) -> Option<Arc<Job>> {
        let mut jobs = self.lock();
        if jobs.iter().any(|job| job.end().is_none()) {
            return None;
        }
        let job = Arc::new(Job {
            kind,
            begun_at: now,
            done: AtomicU64::new(0),
            end: Mutex::new(None),
        });
        jobs.push_front(Arc::clone(&job));
        jobs.truncate(REMEMBERED);
        Some(job)
    }

    /// The latest job that has found something, or looks for it.
    pub(super) fn latest(&self) -> Option<Arc<Job>> {
        self.lock().front().cloned()
    }

    fn all(&self) -> Vec<Arc<Job>> {
        self.lock().iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Job>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    /// How it ended, if it has.
    pub(super) fn end(&self) -> Option<JobEnd> {
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        end.clone()
    }

    /// It is over.
    pub(super) fn finish(&self, at: Timestamp, outcome: Result<DriftReport, String>) {
        let outcome = outcome.map(Arc::new);
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        *end = Some(JobEnd { at, outcome });
    }
}

/// Shows them.
pub(super) async fn show(
    State(state): State<AppState>,
    owner: OwnerVisitor,
) -> Result<Response, PageError> {
    let t = owner.t;
    let jobs = state.jobs.all();
    let mut page = Page::new(&owner, "admin-jobs", t.text("admin-jobs"));
    if jobs.iter().any(|job| job.end().is_none()) {
        page.refresh(2);
    }
    let rows = jobs.iter().map(|job| {
        let end = job.end();
        let (word, tone) = match &end {
            None => ("admin-job-running", "warn"),
            Some(JobEnd { outcome: Ok(_), .. }) => ("admin-job-done", "good"),
            Some(JobEnd {
                outcome: Err(_), ..
            }) => ("admin-job-failed", "bad"),
        };
        let found = match end.as_ref().map(|end| &end.outcome) {
            Some(Ok(report)) => {
                let differences = u64::try_from(report.differences.len()).unwrap_or(u64::MAX);
                t.counted("admin-differences", differences)
            }
            Some(Err(error)) => error.clone(),
            None => String::new(),
        };
        vec![
            Cell::text(t.text(job.kind.key())),
            Cell::text(owner.moment(job.begun_at)),
            Cell::state(t.text(word), tone),
            Cell::number(t.number(job.done.load(Ordering::Relaxed))),
            Cell::text(end.map_or_else(String::new, |end| owner.moment(end.at))),
            Cell::text(found),
        ]
    });
    page.add(Block::Table(Table {
        caption: t.text("admin-jobs").into_owned(),
        columns: columns(
            t,
            &[
                "admin-what",
                "admin-begun",
                "admin-status",
                "admin-customers-done",
                "admin-finished",
                "admin-found",
            ],
        ),
        rows: rows.collect(),
        empty: t.text("admin-no-jobs").into_owned(),
        next: None,
    }));
    page.answer()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_the_oldest_are_forgotten() {
        let jobs = Jobs::default();
        for round in 0..60 {
            let at = Timestamp::from_seconds(round);
            let job = jobs.begin(JobKind::Drift, at).expect("none is running");
            assert!(jobs.begin(JobKind::Repair, at).is_none());
            job.finish(at, Ok(DriftReport::default()));
        }
        assert_eq!(jobs.all().len(), REMEMBERED);
        assert_eq!(jobs.latest().unwrap().begun_at, Timestamp::from_seconds(59));
    }
}
