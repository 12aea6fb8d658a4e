//! The axum extractors: a handler's quota in its signature.

use super::rejection::Rejection;
use super::reserved::{Gate, Reserved};
use super::ticket::uses_of;
use crate::error::Error;
use axum::extract::FromRequestParts;
use http::request::Parts;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// A feature as a type, so that a handler's signature can name it; made by
/// [`features!`](crate::features).
pub trait Feature: Send + Sync + 'static {
    /// Its name in the catalog.
    const NAME: &'static str;
    /// How much of it one request takes.
    const AMOUNT: u64 = 1;
}

/// A quota that the request has: the extractor reserves it, and refuses the request when there is
/// none. A [`Guard`](super::Guard) around the router settles it when the handler succeeds, and
/// gives it back when the handler fails.
///
/// It belongs before the arguments that read the body, so that a request which is refused is not
/// read; a body that cannot be read then gives the quota back.
pub struct Quota<F> {
    reserved: Reserved,
    feature: PhantomData<F>,
}

impl<F> Deref for Quota<F> {
    type Target = Reserved;

    fn deref(&self) -> &Reserved {
        &self.reserved
    }
}

impl<F> fmt::Debug for Quota<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Quota").field(&self.reserved).finish()
    }
}

impl<F: Feature, S: Sync> FromRequestParts<S> for Quota<F> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let gate = gate(parts)?;
        let uses = uses_of(&[(F::NAME, F::AMOUNT)], 1).map_err(Error::from)?;
        Ok(Self {
            reserved: gate.reserve_uses(uses).await?,
            feature: PhantomData,
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Gate {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        gate(parts)
    }
}

/// What the guard around the route has reserved.
impl<S: Sync> FromRequestParts<S> for Reserved {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let reserved = parts.extensions.get::<Self>();
        reserved.cloned().ok_or(Rejection::NotGuarded)
    }
}

fn gate(parts: &Parts) -> Result<Gate, Rejection> {
    let gate = parts.extensions.get::<Gate>();
    gate.cloned().ok_or(Rejection::NotGuarded)
}

/// Makes types of features, for [`Quota`](crate::guard::Quota):
///
/// ```
/// tollgate::features! {
///     /// One scan.
///     pub AtsScan = "ats_scan";
///     /// Ten pages at once.
///     pub TenPages = "page" * 10;
/// }
/// use tollgate::guard::Feature as _;
/// assert_eq!((AtsScan::NAME, AtsScan::AMOUNT), ("ats_scan", 1));
/// assert_eq!((TenPages::NAME, TenPages::AMOUNT), ("page", 10));
/// ```
#[macro_export]
macro_rules! features {
    ($($(#[$doc:meta])* $visibility:vis $name:ident = $feature:literal $(* $amount:literal)?;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        $visibility struct $name;

        impl $crate::guard::Feature for $name {
            const NAME: &'static str = $feature;
            $(const AMOUNT: u64 = $amount;)?
        }
    )*};
}
