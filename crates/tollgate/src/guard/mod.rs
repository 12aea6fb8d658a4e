//! The guard: a handler's quota in one line, as a tower layer and as an axum extractor.
//!
//! A [`Guard`] stands around a service. What a request needs is reserved before the service is
//! called: by the guard itself ([`Guard::feature`]), or by an extractor in the handler's signature
//! ([`Quota`], or [`Gate`] for amounts that only the handler knows). How the request ends decides
//! what becomes of the reservation:
//!
//! | the request ends with | |
//! | --- | --- |
//! | an answer below 400 (see [`Guard::settles_on`]) | settled before the answer leaves |
//! | the same with a streaming body | settled at the end of the body, which waits for it |
//! | any other answer, an error, a panic | given back |
//! | nobody who waits for it any more | given back |
//! | a stream that is cut off by the client | settled, or given back: [`CutOff`] |
//! | a stream that is cut off by an error of its own | given back |
//!
//! If the process dies, the reservation ends by itself after [`Guard::lasting`] and is given back.
//! What the engine is too busy to close at once is closed in the background, for up to half a
//! minute; end the requests before the engine is [shut down](crate::Tollgate::shutdown).
//!
//! Refusals are answered as [`Rejection`] and [`refusal`] say: 429, 402 or 403 with every figure.

mod body;
#[cfg(feature = "axum")]
mod extract;
pub mod refusal;
mod rejection;
mod reserved;
mod service;
mod slot;
mod ticket;

pub use body::GuardBody;
#[cfg(feature = "axum")]
pub use extract::{Feature, Quota};
pub use rejection::Rejection;
pub use reserved::{Gate, Reserved, Used};
pub use service::GuardService;

use crate::facade::Tollgate;
use http::request::Parts;
use http::{HeaderName, StatusCode};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use ticket::feature_id;
use tollgate_core::id::{CustomerId, MemberId};
use tollgate_core::request::{RESERVATION_SECONDS_MAX, Use, Uses};

/// How long a reservation lasts when nobody says so.
const SECONDS: u32 = 900;

/// Who asks. The host's authentication puts it into the extensions of the request, or
/// [`Guard::caller`] finds it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who pays.
    pub customer: CustomerId,
    /// Who acts for them.
    pub member: Option<MemberId>,
}

impl Caller {
    /// A customer who acts for themselves.
    pub fn new(customer: CustomerId) -> Self {
        Self {
            customer,
            member: None,
        }
    }

    /// A member who acts for the customer.
    pub fn with_member(self, member: MemberId) -> Self {
        Self {
            member: Some(member),
            ..self
        }
    }
}

/// What becomes of a reservation when the client does not read a stream to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CutOff {
    /// It is settled once the first frame was handed over: the work was done, and whoever stops
    /// reading one byte before the end must not have it for nothing.
    #[default]
    Settle,
    /// It is given back.
    Release,
}

/// A tower layer that lets a request through when its customer has the quota for it. See the
/// [module](self).
#[derive(Clone, Debug)]
pub struct Guard {
    settings: Settings,
}

#[derive(Clone)]
struct Settings {
    tollgate: Tollgate,
    uses: Vec<Use>,
    mode: Mode,
    seconds: u32,
    callers: Callers,
    settles_on: Arc<dyn Fn(StatusCode) -> bool + Send + Sync>,
    cut_off: CutOff,
    opens_customers: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Reserve,
    ConsumeFirst,
}

type FindCaller = dyn Fn(&Parts) -> Option<Caller> + Send + Sync;

/// Where the caller of a request is found.
#[derive(Clone)]
enum Callers {
    Extension,
    Function(Arc<FindCaller>),
}

impl Callers {
    fn find(&self, parts: &Parts) -> Option<Caller> {
        match self {
            Self::Extension => parts.extensions.get().cloned(),
            Self::Function(find) => find(parts),
        }
    }
}

impl Tollgate {
    /// A guard that takes nothing by itself, for handlers with a [`Quota`] or [`Gate`].
    pub fn guard(&self) -> Guard {
        Guard {
            settings: Settings {
                tollgate: self.clone(),
                uses: Vec::new(),
                mode: Mode::Reserve,
                seconds: SECONDS,
                callers: Callers::Extension,
                settles_on: Arc::new(|status| status.as_u16() < 400),
                cut_off: CutOff::default(),
                opens_customers: true,
            },
        }
    }
}

impl Guard {
    /// Takes `amount` uses of a feature for each request; again for several features, all of which
    /// a request gets or none.
    ///
    /// # Panics
    ///
    /// When the amount is 0 or too large, the feature is named twice, or no feature could have this
    /// name.
    pub fn feature(mut self, feature: &str, amount: u64) -> Self {
        self.settings.uses.push(Use {
            feature: feature_id(feature),
            amount,
        });
        if let Err(error) = Uses::new(self.settings.uses.clone(), 1) {
            panic!("a guard cannot take {amount} of {feature}: {error}");
        }
        self
    }

    /// Finds out who asks from the head of the request, in place of the [`Caller`] in its
    /// extensions; inner guards and the handler find it there then. Nobody is answered with 401.
    pub fn caller(
        mut self,
        find: impl Fn(&Parts) -> Option<Caller> + Send + Sync + 'static,
    ) -> Self {
        self.settings.callers = Callers::Function(Arc::new(find));
        self
    }

    /// Takes the customer from a header: for apps behind a proxy that authenticates, sets it, and
    /// lets no client set it.
    ///
    /// # Panics
    ///
    /// When no header could have this name.
    pub fn caller_in_header(self, name: &'static str) -> Self {
        let name = HeaderName::from_static(name);
        self.caller(move |request| {
            let customer = request.headers.get(&name)?.to_str().ok()?;
            CustomerId::new(customer).ok().map(Caller::new)
        })
    }

    /// Which answers count as a success; at first those below 400.
    pub fn settles_on(
        mut self,
        is_success: impl Fn(StatusCode) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.settings.settles_on = Arc::new(is_success);
        self
    }

    /// What becomes of the reservation when the client does not read a stream to its end.
    pub fn on_cut_off(mut self, cut_off: CutOff) -> Self {
        self.settings.cut_off = cut_off;
        self
    }

    /// How long a reservation lasts if the process dies, at most 31 days; a quarter of an hour at
    /// first. Work that takes longer is charged at its end as long as there is enough left, or
    /// asks for more time by [`Reserved::extend`].
    pub fn lasting(mut self, time: Duration) -> Self {
        let seconds_max = u64::try_from(RESERVATION_SECONDS_MAX).unwrap_or(u64::MAX);
        let seconds = time.as_secs().clamp(1, seconds_max);
        self.settings.seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        self
    }

    /// Consumes before the service is called, and takes that back when the request fails: one
    /// write for each success in place of two, and a failure is seen in the record. If the process
    /// dies meanwhile, it stays consumed. The real amount cannot be told later. Extractors go on
    /// reserving.
    pub fn consume_first(mut self) -> Self {
        self.settings.mode = Mode::ConsumeFirst;
        self
    }

    /// Refuses customers whom the engine does not know. Without this, they are begun on the
    /// catalog's default plan when they are first seen.
    pub fn known_customers_only(mut self) -> Self {
        self.settings.opens_customers = false;
        self
    }
}

impl Settings {
    fn uses(&self) -> Option<Uses> {
        // They were checked as they were added, and there is at least one or nothing to take.
        Uses::new(self.uses.clone(), 1).ok()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("uses", &self.uses)
            .field("mode", &self.mode)
            .field("seconds", &self.seconds)
            .field("cut_off", &self.cut_off)
            .field("opens_customers", &self.opens_customers)
            .finish_non_exhaustive()
    }
}
