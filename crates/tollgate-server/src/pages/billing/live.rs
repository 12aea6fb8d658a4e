//! `GET /billing/live`: tells the page when the customer's account has moved on, as server-sent
//! events. What has changed the page reads anew by itself.

use crate::api::problem::ApiError;
use crate::pages::problem::PageError;
use crate::pages::visitor::PageVisitor;
use crate::state::AppState;
use axum::extract::State;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Pages that are told at once, of one server. More of them ask by themselves.
const PAGES_MAX: usize = 1_000;
static PAGES: AtomicUsize = AtomicUsize::new(0);

/// How often it is looked. Accounts in use are in memory.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often something is sent, so that nobody on the way thinks that the line is dead.
const BEAT_EVERY: Duration = Duration::from_secs(15);
/// How long one line lasts; the page opens the next.
const LINE_MAX: Duration = Duration::from_mins(15);

/// A page that is told.
struct Told(());

impl Told {
    fn new() -> Option<Self> {
        let count = PAGES.fetch_add(1, Ordering::Relaxed);
        // Counted down again by the drop, whichever it is.
        let told = Self(());
        (count < PAGES_MAX).then_some(told)
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        PAGES.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Line {
    state: AppState,
    visitor: PageVisitor,
    seen: Option<u64>,
    began: Instant,
    beat: Instant,
    _told: Told,
}

/// Tells until the page is closed, the server stops, or the line's time is over.
pub(super) async fn follow(
    State(state): State<AppState>,
    visitor: PageVisitor,
) -> Result<Response, PageError> {
    let told = Told::new().ok_or(ApiError::Busy {
        retry_after_seconds: 30,
    })?;
    let line = Line {
        state,
        visitor,
        seen: None,
        began: Instant::now(),
        beat: Instant::now(),
        _told: told,
    };
    let events = stream::unfold(line, async |mut line| {
        let event = line.next().await?;
        Some((Ok::<_, Infallible>(event), line))
    });
    Ok(Sse::new(events).into_response())
}

impl Line {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.began.elapsed() > LINE_MAX || self.state.is_stopping() {
                return None;
            }
            let account = self.state.tollgate.account(self.visitor.customer()).await;
            // What cannot be read is looked at again with the next line.
            let version = account.ok()?.map_or(0, |account| account.version());
            if self.seen != Some(version) {
                self.seen = Some(version);
                self.beat = Instant::now();
                return Some(Event::default().event("account").data(version.to_string()));
            }
            if self.beat.elapsed() > BEAT_EVERY {
                self.beat = Instant::now();
                return Some(Event::default().comment("still here"));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
