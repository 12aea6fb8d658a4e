//! Who looks at a page: from the cookie of a visit, or from that of an access token.

use super::form::HasMark;
use super::problem::PageError;
use crate::api::billing::payer::Payer;
use crate::api::problem::ApiError;
use crate::auth::extract::{ACCESS_COOKIE, ActingFor, cookie, new_cookie};
use crate::auth::limit::RateSlot;
use crate::config::auth::AuthConfig;
use crate::identity::{Principal, Purpose, VisitSecret, Visitor, is_owner_looking};
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use http::{HeaderMap, HeaderValue};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use tollgate_core::id::CustomerId;
use tollgate_store::id::{OrganizationId, UserId};
use tollgate_store::organization::{Organization, Role};
use tollgate_store::user::User;

/// The cookie with the secret of a visit.
pub(super) const VISIT_COOKIE: &str = "tollgate_visit";

/// How long a browser keeps it when the visit is over: so it can be said why they must sign in
/// again.
const REMEMBERED_SECONDS: i64 = 7 * 24 * 3_600;

/// Somebody who looks at the billing page.
#[derive(Clone, Debug)]
pub(super) struct PageVisitor {
    /// For whom they act, and what they may do there.
    pub(super) acting: ActingFor,
    /// Their account here, if they have one.
    pub(super) user: Option<User>,
    /// Their organisations.
    pub(super) organizations: Vec<(Organization, Role)>,
    /// The organisation that they act for, as the address of the page names it.
    pub(super) organization: Option<OrganizationId>,
    /// What their forms must carry: made of the cookie's secret, which no other site knows.
    pub(super) mark: String,
    /// Whether the owner of this server looks at the page of a customer. They change nothing.
    pub(super) is_owner_looking: bool,
    /// Whether they can sign out here.
    pub(super) can_sign_out: bool,
}

/// What the address of a page says of the visitor's wishes.
#[derive(Debug, Default, serde::Deserialize)]
struct Wishes {
    /// The organisation to act for.
    r#for: Option<String>,
}

impl FromRequestParts<AppState> for PageVisitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        let wishes = axum::extract::Query::<Wishes>::try_from_uri(&parts.uri);
        let named = wishes.ok().and_then(|wishes| wishes.0.r#for);
        let named = named.filter(|named| !named.is_empty());
        let Some(found) = find(&parts.headers, state).await? else {
            return Err(PageError::SignIn {
                next: if parts.method.is_safe() {
                    parts.uri.to_string()
                } else {
                    "/billing/".to_owned()
                },
            });
        };
        if let Some(figures) = state.identity.count_user_request(&found.who.name())? {
            RateSlot::of(parts).show("user", figures);
        }
        Self::new(state, found, named.as_deref()).await
    }
}

/// A visitor, before it is known for whom they act.
struct Found {
    who: Who,
    /// The value of the cookie.
    secret: String,
    is_visit: bool,
    is_owner_looking: bool,
}

enum Who {
    User(UserId),
    Customer { acting: ActingFor },
}

impl Who {
    fn name(&self) -> String {
        match self {
            Who::User(user) => user.to_string(),
            Who::Customer { acting } => format!("host {}", acting.customer),
        }
    }
}

async fn find(headers: &HeaderMap, state: &AppState) -> Result<Option<Found>, PageError> {
    if let Some(text) = cookie(headers, VISIT_COOKIE)
        && let Some(secret) = VisitSecret::parse(text)
        && let Some(visit) = state.identity.visit(&secret, Purpose::Session).await?
    {
        let is_looking = is_owner_looking(&visit);
        let who = match visit.visitor {
            Visitor::User(user) => Some(Who::User(user)),
            Visitor::Customer {
                customer,
                member,
                role,
            } => Some(Who::Customer {
                acting: ActingFor::of_customer(customer, member, Some(role), None)?,
            }),
            // The owner's own session is of no use here.
            Visitor::Owner => None,
        };
        if let Some(who) = who {
            return Ok(Some(Found {
                who,
                secret: text.to_owned(),
                is_visit: true,
                is_owner_looking: is_looking,
            }));
        }
    }
    let Some(token) = cookie(headers, ACCESS_COOKIE) else {
        return Ok(None);
    };
    let Ok(principal) = state.identity.authenticate(token).await else {
        return Ok(None);
    };
    let who = match principal {
        Principal::Local { user, .. } => Who::User(user),
        Principal::Host { customer, member } => Who::Customer {
            acting: ActingFor::of_customer(customer, member, None, None)?,
        },
    };
    Ok(Some(Found {
        who,
        secret: token.to_owned(),
        is_visit: false,
        is_owner_looking: false,
    }))
}

impl HasMark for PageVisitor {
    fn mark(&self) -> &str {
        &self.mark
    }
}

impl PageVisitor {
    async fn new(state: &AppState, found: Found, named: Option<&str>) -> Result<Self, PageError> {
        let mark = mark_of(&found.secret);
        let can_sign_out = found.is_visit && !found.is_owner_looking;
        let (acting, user, organizations) = match found.who {
            Who::User(id) => (
                ActingFor::of_user(state, id, named).await?,
                state.identity.user(id).await?,
                state.identity.organizations_of(id).await?,
            ),
            Who::Customer { acting } => {
                let acting = ActingFor::of_customer(
                    acting.customer,
                    acting.member,
                    Some(acting.role),
                    named,
                )?;
                (acting, None, Vec::new())
            }
        };
        let is_named = |id: &OrganizationId| named == Some(id.to_string().as_str());
        let organization = organizations
            .iter()
            .map(|(organization, _)| organization.id)
            .find(is_named);
        Ok(Self {
            acting,
            user,
            organizations,
            organization,
            mark,
            is_owner_looking: found.is_owner_looking,
            can_sign_out,
        })
    }

    /// The customer whose page it is.
    pub(super) fn customer(&self) -> &CustomerId {
        &self.acting.customer
    }

    /// Whether they may pay.
    pub(super) fn may_pay(&self) -> bool {
        self.acting.role >= Role::Admin && !self.is_owner_looking
    }

    /// The customer, and how Stripe reaches who pays.
    pub(super) fn payer(&self) -> Payer {
        Payer::new(self.customer().clone(), self.user.clone())
    }

    /// Refuses who may not pay.
    pub(super) fn must_be_payer(&self) -> Result<(), PageError> {
        if self.is_owner_looking {
            let message = "this is a look at the page of a customer".to_owned();
            return Err(ApiError::Forbidden(message).into());
        }
        Ok(self.acting.at_least(Role::Admin)?)
    }

    /// An address of these pages, for the same organisation.
    pub(super) fn path(&self, path: &str) -> String {
        self.path_with(path, &[])
    }

    /// The same, with more behind the question mark.
    pub(super) fn path_with(&self, path: &str, query: &[(&str, &str)]) -> String {
        let organization = self.organization.map(|id| id.to_string());
        let organization = organization.iter().map(|id| ("for", id.as_str()));
        let mut text = path.to_owned();
        for (place, (name, value)) in organization.chain(query.iter().copied()).enumerate() {
            let sign = if place == 0 { '?' } else { '&' };
            // Ids and words only; anything else is left out.
            let value: String = value.chars().filter(|c| is_plain(*c)).collect();
            let _ = write!(text, "{sign}{name}={value}");
        }
        text
    }
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.' | '{' | '}')
}

/// What the forms of a session carry. Who knows it does not know the secret that it is made of.
pub(super) fn mark_of(secret: &str) -> String {
    let digest = Sha256::new()
        .chain_update("tollgate form mark\n")
        .chain_update(secret)
        .finalize();
    hex::encode(&digest[..16])
}

/// The sign-in page that leads to `next` afterwards.
pub(super) fn sign_in_path(next: &str) -> String {
    leading_to("/billing/sign-in", next)
}

/// The same for whoever has no account yet.
pub(super) fn sign_up_path(next: &str) -> String {
    leading_to("/billing/sign-up", next)
}

fn leading_to(page: &str, next: &str) -> String {
    let next = percent_encoded(safe_next(next), b"/-_.");
    format!("{page}?next={next}")
}

/// Whether a browser still has the cookie of a session that is over.
pub(super) async fn is_session_over(
    headers: &HeaderMap,
    state: &AppState,
) -> Result<bool, PageError> {
    let Some(secret) = cookie(headers, VISIT_COOKIE).and_then(VisitSecret::parse) else {
        return Ok(false);
    };
    let visit = state.identity.visit(&secret, Purpose::Session).await?;
    Ok(visit.is_none())
}

/// A path of these pages; anything else, an address of another site first of all, is the billing
/// page.
pub(super) fn safe_next(next: &str) -> &str {
    let is_ours = next.starts_with("/billing/")
        && !next.starts_with("/billing/sign-")
        && next.len() <= 512
        && next.bytes().all(|byte| byte.is_ascii_graphic())
        && !next.contains(['\\', '#', '<', '>', '"', '\'']);
    if is_ours { next } else { "/billing/" }
}

/// A text for an address: letters, digits and what is kept stand as they are.
pub(super) fn percent_encoded(text: &str, kept: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The cookie that begins or ends a visit.
pub(super) fn visit_cookie(
    secret: Option<&VisitSecret>,
    seconds: i64,
    config: &AuthConfig,
) -> HeaderValue {
    let (value, seconds) = match secret {
        Some(secret) => (secret.reveal(), seconds + REMEMBERED_SECONDS),
        None => ("", 0),
    };
    new_cookie((VISIT_COOKIE, "/", value), seconds, "Lax", config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_come_next() {
        for next in ["/billing/", "/billing/cancel?for=org_1"] {
            assert_eq!(safe_next(next), next);
        }
        for next in [
            "",
            "https://evil.example/",
            "//evil.example/billing/",
            "/\\evil.example",
            "/billing/\\evil",
            "/billing/\nset-cookie: a=b",
            "/billing/sign-in?next=/billing/",
            "/admin/",
            "javascript:alert(1)",
        ] {
            assert_eq!(safe_next(next), "/billing/", "{next}");
        }
    }

    #[test]
    fn the_way_back_survives_the_question_mark() {
        assert_eq!(
            sign_in_path("/billing/change?plan=pro&price=annual"),
            "/billing/sign-in?next=/billing/change%3Fplan%3Dpro%26price%3Dannual"
        );
    }

    #[test]
    fn a_mark_is_of_one_secret_alone() {
        assert_eq!(mark_of("a"), mark_of("a"));
        assert_ne!(mark_of("a"), mark_of("b"));
        assert_eq!(mark_of("a").len(), 32);
    }
}
