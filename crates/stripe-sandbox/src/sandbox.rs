//! The sandbox: the state behind one lock, its clock, and the server around it.

use crate::config::{Config, SignatureTime, WebhookTarget};
use crate::http;
use crate::http::failures::Failures;
use crate::http::idempotency::Answers;
use crate::state::event::Cause;
use crate::state::id::Ids;
use crate::state::{Context, State, due};
use crate::webhook::delivery;
use crate::webhook::disorder::Disorder;
use axum::Router;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// How many things one move of the clock may bring about.
const STEPS_MAX: usize = 200_000;
/// How often a running clock is looked at.
const TICK: Duration = Duration::from_millis(500);
/// How long to wait for deliveries before giving up.
const SETTLE_MAX: Duration = Duration::from_secs(30);

/// All that is behind the lock.
pub(crate) struct Core {
    pub(crate) state: State,
    pub(crate) ids: Ids,
    pub(crate) targets: Vec<WebhookTarget>,
    pub(crate) disorder: Disorder,
    pub(crate) failures: Failures,
    pub(crate) answers: Answers,
    pub(crate) signature_time: SignatureTime,
    /// The time at which the clock stands still.
    frozen_at: Option<i64>,
    /// How far a running clock is ahead of the real time.
    ahead: i64,
}

impl Core {
    fn now(&self, real: i64) -> i64 {
        self.frozen_at.unwrap_or(real + self.ahead)
    }

    /// Moves the clock, which never goes back.
    fn set_now(&mut self, real: i64, at: i64) {
        match &mut self.frozen_at {
            Some(frozen) => *frozen = at.max(*frozen),
            None => self.ahead = self.ahead.max(at - real),
        }
    }

    /// Does what is due until a time.
    fn catch_up(&mut self, until: i64) -> usize {
        for steps in 0..STEPS_MAX {
            let mut context = Context {
                now: i64::MIN,
                ids: &mut self.ids,
                cause: Cause::default(),
            };
            if !due::step(&mut self.state, &mut context, until) {
                return steps;
            }
        }
        tracing::error!("sandbox, not Stripe: too much is due; the rest waits");
        STEPS_MAX
    }
}

/// What the server, its pages and the worker share.
pub(crate) struct Shared {
    core: Mutex<Core>,
    pub(crate) wake: Notify,
    pub(crate) redelivery_pauses: Vec<Duration>,
    pub(crate) delivery_timeout: Duration,
    under_way: AtomicUsize,
}

impl Shared {
    /// The state. A panic elsewhere does not take it away: this is for tests, which should see
    /// what is left.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The real time, in seconds since the epoch.
    #[expect(
        clippy::unused_self,
        clippy::disallowed_methods,
        reason = "the one place where the sandbox reads the wall clock"
    )]
    pub(crate) fn real_now(&self) -> i64 {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    /// The sandbox's time.
    pub(crate) fn now(&self) -> i64 {
        let real = self.real_now();
        self.lock().now(real)
    }

    /// Does something to the state at the sandbox's time, after all that is due until then.
    pub(crate) fn act<T>(
        &self,
        cause: Cause,
        act: impl FnOnce(&mut State, &mut Context<'_>) -> T,
    ) -> T {
        let real = self.real_now();
        let mut core = self.lock();
        let now = core.now(real);
        core.catch_up(now);
        let Core { state, ids, .. } = &mut *core;
        let mut context = Context { now, ids, cause };
        let result = act(state, &mut context);
        drop(core);
        self.wake.notify_one();
        result
    }

    /// Moves the clock forward as far as what is due next, but not beyond `until`. Says whether
    /// there is more to come.
    fn advance_once(&self, until: i64) -> bool {
        let real = self.real_now();
        let mut core = self.lock();
        let next = due::next_at(&core.state).filter(|at| *at <= until);
        let at = next.unwrap_or(until);
        core.catch_up(at);
        core.set_now(real, at);
        drop(core);
        self.wake.notify_one();
        next.is_some()
    }

    /// More deliveries are under way.
    pub(crate) fn count(&self, more: usize) {
        self.under_way.fetch_add(more, Ordering::SeqCst);
    }

    /// A delivery has ended.
    pub(crate) fn done(&self) {
        self.under_way.fetch_sub(1, Ordering::SeqCst);
    }

    /// How many deliveries are under way.
    pub(crate) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::SeqCst)
    }

    fn is_settled(&self) -> bool {
        let core = self.lock();
        let waits = !core.state.outbox.is_empty() && !core.disorder.paused;
        !waits && self.under_way() == 0
    }
}

/// A client for webhooks.
pub(crate) fn client(timeout: Duration) -> reqwest::Client {
    // Fails only when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("the settings of the client are constants")
}

/// A local imitation of Stripe. It is not Stripe, and no money ever moves.
#[derive(Clone)]
pub struct Sandbox {
    pub(crate) shared: Arc<Shared>,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sandbox").finish_non_exhaustive()
    }
}

impl Sandbox {
    /// An empty sandbox.
    pub fn new(config: Config) -> Self {
        let seed = config.seed.unwrap_or_else(random_seed);
        let state = State {
            base_url: config.base_url.unwrap_or_default(),
            dunning: config.dunning,
            ..State::default()
        };
        let core = Core {
            state,
            ids: Ids::new(seed),
            targets: config.webhooks,
            disorder: Disorder::none(seed),
            failures: Failures::default(),
            answers: Answers::default(),
            signature_time: config.signature_time,
            frozen_at: config.frozen_at,
            ahead: 0,
        };
        let shared = Shared {
            core: Mutex::new(core),
            wake: Notify::new(),
            redelivery_pauses: config.redelivery_pauses,
            delivery_timeout: config.delivery_timeout,
            under_way: AtomicUsize::new(0),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The API, the pages and the controls. Events are delivered once [`Sandbox::run`] runs.
    pub fn router(&self) -> Router {
        http::router(Arc::clone(&self.shared))
    }

    /// Serves everything on a listener and delivers events, until it is dropped.
    pub async fn serve(&self, listener: TcpListener) -> std::io::Result<()> {
        let address = listener.local_addr()?;
        self.set_base_url_if_none(&format!("http://{address}"));
        tracing::info!(%address, "sandbox, not Stripe: listening");
        tokio::select! {
            served = axum::serve(listener, self.router()) => served,
            () = self.run() => Ok(()),
        }
    }

    /// Delivers events and lets a running clock bring about what is due. Never ends.
    pub async fn run(&self) {
        let ticks = async {
            loop {
                tokio::time::sleep(TICK).await;
                self.shared.act(Cause::default(), |_, _| ());
            }
        };
        tokio::join!(delivery::run(Arc::clone(&self.shared)), ticks);
    }

    /// Where its pages are reached.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.shared.lock().state.base_url.clone()
    }

    /// Sets where its pages are reached, unless that is known already.
    pub fn set_base_url_if_none(&self, url: &str) {
        let mut core = self.shared.lock();
        if core.state.base_url.is_empty() {
            url.trim_end_matches('/')
                .clone_into(&mut core.state.base_url);
        }
    }

    /// The sandbox's time, in seconds since the epoch.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.shared.now()
    }

    /// When the next thing is due, in seconds since the epoch; nothing when nothing ever is.
    #[must_use]
    pub fn next_due_at(&self) -> Option<i64> {
        due::next_at(&self.shared.lock().state)
    }

    /// Moves the clock forward, bringing about all that is due until then, each at its own time.
    /// A time that is past changes nothing.
    pub fn advance_to(&self, until: i64) {
        while self.shared.advance_once(until) {}
    }

    /// The same, but everything is delivered before the next thing happens.
    pub async fn advance_to_and_settle(&self, until: i64) -> bool {
        let mut settled = self.settle().await;
        while self.shared.advance_once(until) {
            settled &= self.settle().await;
        }
        settled & self.settle().await
    }

    /// Waits until every event has been delivered or given up. Says whether it came to that in
    /// time.
    pub async fn settle(&self) -> bool {
        let settled = async {
            while !self.shared.is_settled() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(SETTLE_MAX, settled).await.is_ok()
    }

    /// Sends events to one more target.
    pub fn add_webhook(&self, target: WebhookTarget) {
        self.shared.lock().targets.push(target);
    }

    /// Every event so far, the oldest first, as the API shows them.
    #[must_use]
    pub fn events(&self) -> Vec<serde_json::Value> {
        use crate::state::table::Record as _;
        let core = self.shared.lock();
        let events = core.state.events.newest_first().rev();
        events.map(|event| event.to_json(&core.state)).collect()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where a seed is drawn"
)]
fn random_seed() -> u64 {
    let mut bytes = [0; 8];
    // Without randomness of the system, every run is the same, which does no harm here.
    let _ = getrandom::fill(&mut bytes);
    u64::from_le_bytes(bytes)
}
