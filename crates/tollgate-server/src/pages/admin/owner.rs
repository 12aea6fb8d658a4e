//! Whoever runs this server, at its pages: by a cookie of their own, which goes to these pages
//! only.

use crate::auth::extract::{cookie, new_cookie};
use crate::config::auth::AuthConfig;
use crate::identity::{Actor, Purpose, Visit, VisitSecret, Visitor};
use crate::pages::form::{HasMark, SignedForm};
use crate::pages::locale::{Locale, Spoken};
use crate::pages::problem::PageError;
use crate::pages::visitor::mark_of;
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use http::HeaderValue;
use tollgate_core::Timestamp;
use tollgate_core::period::TimeZone;

/// The cookie with the secret of the owner's visit.
pub(super) const OWNER_COOKIE: &str = "tollgate_owner";

/// Whoever runs this server.
#[derive(Clone, Debug)]
pub(crate) struct OwnerVisitor {
    /// The language that they are spoken to in.
    pub(crate) t: &'static Locale,
    /// What their forms must carry.
    pub(crate) mark: String,
    /// The catalog's name.
    pub(crate) catalog_name: String,
    /// The time zone of the times that they see: the catalog's.
    pub(crate) zone: TimeZone,
    opened_by: String,
}

impl OwnerVisitor {
    /// As the audit log names them.
    pub(super) fn actor(&self) -> Actor {
        Actor::Owner(self.opened_by.clone())
    }

    /// A moment, as it is shown here.
    pub(super) fn moment(&self, at: Timestamp) -> String {
        self.t.moment(at, &self.zone)
    }
}

impl FromRequestParts<AppState> for OwnerVisitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        let secret = cookie(&parts.headers, OWNER_COOKIE).and_then(VisitSecret::parse);
        let visit = match &secret {
            Some(secret) => state.identity.visit(secret, Purpose::Session).await?,
            None => None,
        };
        let visit = visit.filter(|visit| visit.visitor == Visitor::Owner);
        let (Some(secret), Some(Visit { opened_by, .. })) = (secret, visit) else {
            return Err(PageError::OwnerSignIn);
        };
        let catalog = state.tollgate.catalog();
        Ok(Self {
            t: Spoken::of(&parts.headers).0,
            mark: mark_of(secret.reveal()),
            catalog_name: catalog.name.clone(),
            zone: catalog.time_zone.clone(),
            opened_by,
        })
    }
}

/// A form of the owner's.
pub(super) type OwnerForm<T> = SignedForm<T, OwnerVisitor>;

impl HasMark for OwnerVisitor {
    fn mark(&self) -> &str {
        &self.mark
    }
}

/// The cookie that begins or ends the owner's visit.
pub(super) fn owner_cookie(
    secret: Option<&VisitSecret>,
    seconds: i64,
    config: &AuthConfig,
) -> HeaderValue {
    let value = secret.map_or("", VisitSecret::reveal);
    new_cookie((OWNER_COOKIE, "/admin", value), seconds, "Strict", config)
}
