//! Who is asking, as an extractor in each handler's signature: [`CurrentUser`], [`LocalUser`],
//! [`ActingFor`] and [`BackEnd`]. A handler without one stands out.
//!
//! A user proves themselves by `Authorization: Bearer …` or by the cookie that signing in can
//! set. A user with an account here who acts for an organisation names it in the header
//! `X-Organization`; a token of the host names it in a claim.

use super::api_key::Scope;
use super::limit::RateSlot;
use super::token::SessionId;
use crate::api::problem::ApiError;
use crate::config::auth::AuthConfig;
use crate::identity::{Actor, BackEndKey, IdentityError, Principal};
use crate::serve::Peer;
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use std::convert::Infallible;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Deref;
use std::sync::Arc;
use tollgate_core::id::{CustomerId, MemberId};
use tollgate_store::id::{OrganizationId, UserId};
use tollgate_store::organization::Role;

/// The header in which a user names the organisation that they act for.
pub const ORGANIZATION: HeaderName = HeaderName::from_static("x-organization");
/// A header that no page of another site can send without being asked for permission first.
pub const REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");
/// What browsers say of the page that a request comes from.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The cookie with the access token.
pub const ACCESS_COOKIE: &str = "tollgate_access";
/// The cookie with the refresh token, sent to `/auth` only.
pub const REFRESH_COOKIE: &str = "tollgate_refresh";

/// The network address that a request comes from: the peer's, or what the configured number of
/// proxies before us says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<AppState> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let proxies = state.identity.config().proxies;
        Ok(Self::of(parts, proxies))
    }
}

impl ClientAddress {
    /// What counts when nothing is known, as for a request that came over no network.
    const UNKNOWN: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

    fn of(parts: &Parts, proxies: u32) -> Self {
        let peer = parts.extensions.get::<Peer>();
        let peer = peer.map_or(Self::UNKNOWN, |peer| peer.0.ip());
        let forwarded = proxies
            .checked_sub(1)
            .and_then(|others| forwarded_for(&parts.headers, others));
        Self(forwarded.unwrap_or(peer))
    }
}

/// The address that the first of our own proxies saw, which `others` of them stand behind.
fn forwarded_for(headers: &HeaderMap, others: u32) -> Option<IpAddr> {
    let values = headers.get_all(FORWARDED_FOR).iter();
    let addresses: Vec<_> = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let others = usize::try_from(others).ok()?;
    let place = addresses.len().checked_sub(1 + others)?;
    addresses[place].trim().parse().ok()
}

/// A user, of this server or of the host app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentUser {
    /// Who.
    pub principal: Principal,
}

impl FromRequestParts<AppState> for CurrentUser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let token = match bearer(&parts.headers) {
            Some(token) if token.starts_with("tg_") => {
                return Err(unauthenticated("this takes a user's token, not an API key"));
            }
            Some(token) => token,
            None => from_cookie(parts)?,
        };
        let principal = state.identity.authenticate(token).await.map_err(refused)?;
        if let Some(figures) = state.identity.count_user_request(&principal.name())? {
            RateSlot::of(parts).show("user", figures);
        }
        Ok(Self { principal })
    }
}

/// A user with an account here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalUser {
    /// Who.
    pub id: UserId,
    /// The session of their token.
    pub session: SessionId,
}

impl LocalUser {
    /// As the audit log names them.
    pub fn actor(&self) -> Actor {
        Actor::User(self.id)
    }
}

impl FromRequestParts<AppState> for LocalUser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        match CurrentUser::from_request_parts(parts, state)
            .await?
            .principal
        {
            Principal::Local { user, session } => Ok(Self { id: user, session }),
            Principal::Host { .. } => Err(ApiError::Forbidden(
                "this takes an account of this server; the host app manages its own users"
                    .to_owned(),
            )),
        }
    }
}

/// The customer that a user acts for: themselves, or one of their organisations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActingFor {
    /// Who pays.
    pub customer: CustomerId,
    /// Who acts, when the customer is an organisation: consumption is recorded for them.
    pub member: Option<MemberId>,
    /// What they may do there: owner of what is their own.
    pub role: Role,
}

impl FromRequestParts<AppState> for ActingFor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let principal = CurrentUser::from_request_parts(parts, state)
            .await?
            .principal;
        let organization = parts.headers.get(ORGANIZATION);
        let organization = organization.map(|value| value.to_str().unwrap_or_default());
        Self::of(state, principal, organization).await
    }
}

impl ActingFor {
    /// For whom somebody acts who names an organisation, or none.
    async fn of(
        state: &AppState,
        principal: Principal,
        organization: Option<&str>,
    ) -> Result<Self, ApiError> {
        match principal {
            Principal::Local { user, .. } => Self::of_user(state, user, organization).await,
            Principal::Host { customer, member } => {
                Self::of_customer(customer, member, None, organization)
            }
        }
    }

    /// For whom a user with an account here acts.
    pub async fn of_user(
        state: &AppState,
        user: UserId,
        organization: Option<&str>,
    ) -> Result<Self, ApiError> {
        let Some(text) = organization else {
            return Ok(Self {
                customer: CustomerId::new(&user.to_string()).map_err(ApiError::internal)?,
                member: None,
                role: Role::Owner,
            });
        };
        // An id that cannot be read is answered like one that is somebody else's.
        let id: OrganizationId = text.parse().map_err(|_| IdentityError::NotMember)?;
        let (organization, role) = state.identity.organization(user, id).await?;
        let member = MemberId::new(&user.to_string()).map_err(ApiError::internal)?;
        Ok(Self {
            customer: organization.customer,
            member: Some(member),
            role,
        })
    }

    /// For whom a user of the host acts: its word alone says it.
    pub fn of_customer(
        customer: CustomerId,
        member: Option<MemberId>,
        role: Option<Role>,
        named: Option<&str>,
    ) -> Result<Self, ApiError> {
        if named.is_some_and(|named| member.is_none() || named != customer.as_str()) {
            return Err(IdentityError::NotMember.into());
        }
        let role = role.unwrap_or(if member.is_some() {
            Role::Member
        } else {
            Role::Owner
        });
        Ok(Self {
            customer,
            member,
            role,
        })
    }

    /// Refuses roles below `needed`.
    pub fn at_least(&self, needed: Role) -> Result<(), ApiError> {
        if self.role >= needed {
            Ok(())
        } else {
            Err(IdentityError::RoleTooLow { needed }.into())
        }
    }

    /// The customer's account as of now. One that does not exist yet is begun on the default
    /// plan: a user of the host who is seen for the first time, or one whose registration was cut
    /// off half way.
    pub async fn account(
        &self,
        tollgate: &tollgate::Tollgate,
    ) -> Result<tollgate_core::account::Account, ApiError> {
        if let Some(account) = tollgate.account(&self.customer).await? {
            return Ok(account);
        }
        tollgate.open_customer(&self.customer, None).await?;
        let account = tollgate.account(&self.customer).await?;
        account.ok_or_else(ApiError::unknown_customer)
    }
}

/// What a handler demands of an API key.
pub trait RequiredScope: Send + Sync + 'static {
    /// The scope that the key must have.
    const SCOPE: Scope;
}

/// The scopes, as types.
pub mod scope {
    use super::{RequiredScope, Scope};

    macro_rules! scopes {
        ($($(#[$doc:meta])* $name:ident)*) => {$(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl RequiredScope for $name {
                const SCOPE: Scope = Scope::$name;
            }
        )*};
    }

    scopes! {
        /// Ask: customers, balances, usage, plans.
        Read
        /// Check, consume, reserve, settle, release.
        Consume
        /// Change customers: create, subscribe, grant, reverse.
        Manage
        /// Everything, also keys, webhooks, the catalog and the settings.
        Admin
    }
}

/// A back end, by an API key with the scope `S`.
#[derive(Clone, Debug)]
pub struct BackEnd<S> {
    key: Arc<BackEndKey>,
    scope: PhantomData<S>,
}

impl<S> BackEnd<S> {
    /// As the audit log names it.
    pub fn actor(&self) -> Actor {
        Actor::Key(self.key.id)
    }
}

impl<S> Deref for BackEnd<S> {
    type Target = BackEndKey;

    fn deref(&self) -> &BackEndKey {
        &self.key
    }
}

impl<S: RequiredScope> FromRequestParts<AppState> for BackEnd<S> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let identity = &state.identity;
        let Some(text) = bearer(&parts.headers) else {
            return Err(unauthenticated(
                "send an API key: Authorization: Bearer tg_live_… or tg_test_…",
            ));
        };
        let address = ClientAddress::of(parts, identity.config().proxies);
        let key = identity.verify_api_key(text, address.0).await?;
        if let Some(figures) = identity.count_back_end_request(&key)? {
            RateSlot::of(parts).show("api-key", figures);
        }
        if !key.scopes.allows(S::SCOPE) {
            return Err(ApiError::Forbidden(format!(
                "this takes an API key with the scope {}",
                S::SCOPE.as_str()
            )));
        }
        Ok(Self {
            key,
            scope: PhantomData,
        })
    }
}

fn unauthenticated(message: &str) -> ApiError {
    ApiError::Unauthenticated(message.to_owned())
}

/// Why a token is not accepted stands in the log only.
fn refused(error: IdentityError) -> ApiError {
    if let IdentityError::Token(cause) = &error {
        tracing::debug!(%cause, "an access token was not accepted");
    }
    error.into()
}

/// The token in `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_start())
}

/// The value of a cookie.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let values = headers.get_all(COOKIE).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, value)| *found == name && !value.is_empty())
        .map(|(_, value)| value)
}

/// A cookie that no script can read, for `Set-Cookie`; 0 seconds let a browser forget it.
pub fn new_cookie(
    (name, path, value): (&str, &str, &str),
    seconds: i64,
    same_site: &str,
    config: &AuthConfig,
) -> HeaderValue {
    let secure = if config.cookies_secure {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!(
        "{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite={same_site}{secure}"
    );
    HeaderValue::from_str(&cookie).expect("tokens and secrets are visible ASCII")
}

/// The access token of the cookie. Browsers send it whoever made the page that asks, so a request
/// that changes something must show that it comes from a page of this site.
fn from_cookie(parts: &Parts) -> Result<&str, ApiError> {
    let Some(token) = cookie(&parts.headers, ACCESS_COOKIE) else {
        return Err(unauthenticated(
            "send an access token: Authorization: Bearer …",
        ));
    };
    if is_from_elsewhere(&parts.method, &parts.headers) {
        return Err(ApiError::Forbidden(
            "a request with cookies must come from this site, or carry X-Requested-With".to_owned(),
        ));
    }
    Ok(token)
}

/// Whether a request that changes something may have been made by a page of another site.
pub fn is_from_elsewhere(method: &Method, headers: &HeaderMap) -> bool {
    if method.is_safe() || headers.contains_key(REQUESTED_WITH) {
        return false;
    }
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(FETCH_SITE) {
        return !matches!(site, "same-origin" | "none");
    }
    let origin = text(ORIGIN).and_then(|origin| origin.split_once("://"));
    match (origin, text(HOST)) {
        (Some((_, origin)), Some(host)) => !origin.eq_ignore_ascii_case(host),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_address_is_that_which_our_own_proxies_saw() {
        let address = |proxies, pairs: &[(&str, &str)]| {
            let (mut parts, ()) = Request::new(()).into_parts();
            parts.headers = headers(pairs);
            let peer = std::net::SocketAddr::from(([10, 0, 0, 9], 1));
            parts.extensions.insert(Peer(peer));
            ClientAddress::of(&parts, proxies).0.to_string()
        };
        let forged = &[
            ("x-forwarded-for", "6.6.6.6, 1.2.3.4"),
            ("x-forwarded-for", "10.0.0.1"),
        ];
        assert_eq!(address(0, forged), "10.0.0.9", "not believed");
        assert_eq!(address(1, forged), "10.0.0.1");
        assert_eq!(address(2, forged), "1.2.3.4");
        assert_eq!(address(9, forged), "10.0.0.9", "fewer than there must be");
        assert_eq!(address(1, &[("x-forwarded-for", "nonsense")]), "10.0.0.9");
        assert_eq!(address(1, &[]), "10.0.0.9");
    }

    #[test]
    fn bearer_tokens_and_cookies_are_found() {
        let token = |value| bearer(&headers(&[("authorization", value)])).map(str::to_owned);
        assert_eq!(token("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(token("bearer  abc").as_deref(), Some("abc"));
        assert_eq!(token("Basic abc"), None);
        assert_eq!(token("abc"), None);
        let sent = headers(&[
            ("cookie", "a=1; tollgate_access=x.y.z; b=2"),
            ("cookie", "c=3"),
        ]);
        assert_eq!(cookie(&sent, ACCESS_COOKIE), Some("x.y.z"));
        assert_eq!(cookie(&sent, "c"), Some("3"));
        assert_eq!(cookie(&sent, "access"), None);
    }

    #[test]
    fn only_pages_of_this_site_change_things_with_cookies() {
        let host = ("host", "app.test");
        for (pairs, expected) in [
            (&[host, ("sec-fetch-site", "same-origin")][..], false),
            (&[host, ("sec-fetch-site", "same-site")], true),
            (&[host, ("sec-fetch-site", "cross-site")], true),
            (&[host, ("origin", "https://app.test")], false),
            (&[host, ("origin", "https://evil.test")], true),
            (&[host, ("origin", "null")], true),
            (&[host, ("origin", "https://app.test.evil.test")], true),
            (
                &[
                    host,
                    ("sec-fetch-site", "cross-site"),
                    ("x-requested-with", "fetch"),
                ],
                false,
            ),
            (&[host], true),
        ] {
            let sent = headers(pairs);
            assert_eq!(
                is_from_elsewhere(&Method::POST, &sent),
                expected,
                "{pairs:?}"
            );
            assert!(!is_from_elsewhere(&Method::GET, &sent), "{pairs:?}");
        }
    }
}
