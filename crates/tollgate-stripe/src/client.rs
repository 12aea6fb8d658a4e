//! The client: how requests are sent, tried again, and read.

use crate::answer::Answer;
use crate::config::{Config, ConfigError};
use crate::error::{NoAnswer, StripeError};
use crate::form;
use crate::idempotency::IdempotencyKey;
use crate::list::{Listing, Page, PageOf};
use crate::object::{ListRequest, Object};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use serde::Serialize;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The objects of a page when a whole list is read: as many as Stripe gives.
const PAGE_LIMIT: u8 = 100;

/// Stripe, with the key of one account. Cloning is cheap, and the clones share their connections.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    base: Url,
    config: Config,
    random: Box<dyn Fn() -> u64 + Send + Sync>,
}

/// One request, as it is sent at every try.
struct Call {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: String,
}

impl Client {
    /// A client; `random` gives the jitter of the pauses between tries.
    pub fn new(
        config: Config,
        random: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Result<Self, ConfigError> {
        // Fails only when a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base = config.base()?;
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT.min(config.timeout))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("tollgate/", env!("CARGO_PKG_VERSION")))
            .default_headers(default_headers(&config)?)
            .build()
            .map_err(ConfigError::Http)?;
        Ok(Self {
            inner: Arc::new(Inner {
                http,
                base,
                config,
                random: Box::new(random),
            }),
        })
    }

    /// Whether real money moves.
    pub fn is_live(&self) -> bool {
        self.inner.config.secret_key.is_live()
    }

    /// Gets an object. `path` is what follows `/v1`, in its parts.
    pub async fn get<T: Object>(
        &self,
        path: &[&str],
        query: &impl Serialize,
    ) -> Result<T, StripeError> {
        let (answer, tries) = self.send(self.reading(Method::GET, path, query)?).await?;
        answer.into_object(tries)
    }

    /// Deletes an object. Stripe takes no key here: what is gone is gone, and a try that comes
    /// second is told that the object is missing ([`StripeError::is_missing`]).
    pub async fn delete<T: Object>(
        &self,
        path: &[&str],
        query: &impl Serialize,
    ) -> Result<T, StripeError> {
        let call = self.reading(Method::DELETE, path, query)?;
        let (answer, tries) = self.send(call).await?;
        answer.into_object(tries)
    }

    /// Creates or changes an object, once for each key.
    pub async fn post<T: Object>(
        &self,
        path: &[&str],
        params: &impl Serialize,
        key: &IdempotencyKey,
    ) -> Result<T, StripeError> {
        let mut headers = HeaderMap::new();
        let key = HeaderValue::from_str(key.as_str()).expect("a key is visible ASCII");
        headers.insert("idempotency-key", key);
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        let call = Call {
            method: Method::POST,
            url: self.url(path)?,
            headers,
            body: encode(params)?,
        };
        let (answer, tries) = self.send(call).await?;
        answer.into_object(tries)
    }

    /// One page of a list.
    pub async fn list<R: ListRequest>(
        &self,
        request: &R,
        page: &Page,
    ) -> Result<PageOf<R::Item>, StripeError> {
        let mut call = self.reading(Method::GET, &request.path(), request)?;
        add_query(&mut call.url, &encode(page)?);
        let (answer, tries) = self.send(call).await?;
        answer.decode("a list", tries)
    }

    /// A list from its beginning, page after page, up to `items_max` objects.
    pub async fn list_all<R: ListRequest>(
        &self,
        request: &R,
        items_max: usize,
    ) -> Result<Listing<R::Item>, StripeError> {
        let mut items: Vec<R::Item> = Vec::new();
        while items.len() < items_max {
            let left = items_max - items.len();
            let page = Page {
                limit: Some(u8::try_from(left).unwrap_or(PAGE_LIMIT).min(PAGE_LIMIT)),
                starting_after: items.last().map(|item| item.id().to_owned()),
                ending_before: None,
            };
            let next = self.list(request, &page).await?;
            // A page that brings nothing new would be asked for without end.
            let is_stuck = next.data.is_empty();
            items.extend(next.data);
            if !next.has_more {
                let is_complete = items.len() <= items_max;
                items.truncate(items_max);
                return Ok(Listing { items, is_complete });
            }
            if is_stuck {
                break;
            }
        }
        items.truncate(items_max);
        Ok(Listing {
            items,
            is_complete: false,
        })
    }

    fn reading(
        &self,
        method: Method,
        path: &[&str],
        query: &impl Serialize,
    ) -> Result<Call, StripeError> {
        let mut url = self.url(path)?;
        add_query(&mut url, &encode(query)?);
        Ok(Call {
            method,
            url,
            headers: HeaderMap::new(),
            body: String::new(),
        })
    }

    /// The address below the base. Ids come from outside: none may lead to another path.
    fn url(&self, path: &[&str]) -> Result<Url, StripeError> {
        if path.iter().any(|part| !can_be_a_part(part)) {
            return Err(StripeError::NotAnId);
        }
        let mut url = self.inner.base.clone();
        url.path_segments_mut()
            .expect("the base was checked when the client was made")
            .pop_if_empty()
            .push("v1")
            .extend(path);
        Ok(url)
    }

    /// Tries until there is an answer that stays, or the limits are reached; gives the number of
    /// tries too.
    async fn send(&self, call: Call) -> Result<(Answer, u32), StripeError> {
        let retry = self.inner.config.retry;
        let deadline = Instant::now() + retry.total_max;
        let mut tries = 0;
        loop {
            tries += 1;
            let outcome = self.try_once(&call, deadline).await;
            let asked = match &outcome {
                Ok(answer) if !answer.is_worth_another_try() => None,
                Ok(answer) => Some(answer.retry_after()),
                Err(NoAnswer::TooLong) => None,
                Err(_) => Some(None),
            };
            let next = asked.map(|asked| {
                let pause = retry.pause(tries, asked, (self.inner.random)());
                Instant::now().checked_add(pause)
            });
            match next {
                Some(Some(next)) if tries < retry.tries_max && next < deadline => {
                    tokio::time::sleep_until(next).await;
                }
                _ => {
                    return outcome
                        .map(|answer| (answer, tries))
                        .map_err(|source| StripeError::Unreachable { tries, source });
                }
            }
        }
    }

    async fn try_once(&self, call: &Call, deadline: Instant) -> Result<Answer, NoAnswer> {
        let request = self
            .inner
            .http
            .request(call.method.clone(), call.url.clone())
            .headers(call.headers.clone())
            .body(call.body.clone());
        let until = deadline.min(Instant::now() + self.inner.config.timeout);
        tokio::time::timeout_at(until, async { Answer::read(request.send().await?).await })
            .await
            .unwrap_or(Err(NoAnswer::TimedOut))
    }
}

/// Which references are sent whole.
#[derive(Serialize)]
pub(crate) struct Expand<'a> {
    pub(crate) expand: &'a [&'a str],
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("config", &self.inner.config)
            .finish_non_exhaustive()
    }
}

fn default_headers(config: &Config) -> Result<HeaderMap, ConfigError> {
    let mut headers = HeaderMap::new();
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", config.secret_key.expose()))
        .map_err(|_| ConfigError::SecretKey)?;
    bearer.set_sensitive(true);
    headers.insert(AUTHORIZATION, bearer);
    let version =
        HeaderValue::from_str(&config.api_version).map_err(|_| ConfigError::ApiVersion)?;
    headers.insert("stripe-version", version);
    Ok(headers)
}

fn encode(params: &impl Serialize) -> Result<String, StripeError> {
    form::encode(params).map_err(|error| StripeError::Parameters((&error).into()))
}

fn add_query(url: &mut Url, more: &str) {
    let query = match (url.query(), more) {
        (_, "") => return,
        (Some(query), more) if !query.is_empty() => format!("{query}&{more}"),
        _ => more.to_owned(),
    };
    url.set_query(Some(&query));
}

/// What else it may hold is escaped; these would be taken for a path.
fn can_be_a_part(part: &str) -> bool {
    !matches!(part, "" | "." | "..") && !part.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SecretKey;

    fn client(base_url: &str) -> Client {
        let config = Config {
            base_url: base_url.to_owned(),
            ..Config::new(SecretKey::new("sk_test_hidden").unwrap())
        };
        Client::new(config, || 0).unwrap()
    }

    #[test]
    fn addresses_stand_below_the_base_and_its_path() {
        for (base, url) in [
            ("http://host", "http://host/v1/customers/cus_1"),
            ("http://host/", "http://host/v1/customers/cus_1"),
            ("http://host/a/b", "http://host/a/b/v1/customers/cus_1"),
            ("http://host/a/b/", "http://host/a/b/v1/customers/cus_1"),
        ] {
            let made = client(base).url(&["customers", "cus_1"]).unwrap();
            assert_eq!(made.as_str(), url);
        }
    }

    #[test]
    fn an_id_from_outside_leads_to_no_other_path() {
        let client = client("http://host");
        for wrong in ["", ".", "..", "a\nb"] {
            let refused = client.url(&["customers", wrong]);
            assert!(matches!(refused, Err(StripeError::NotAnId)), "{wrong:?}");
        }
        let escaped = client.url(&["customers", "../prices?a=b#c"]).unwrap();
        assert_eq!(escaped.path(), "/v1/customers/..%2Fprices%3Fa=b%23c");
        assert_eq!((escaped.query(), escaped.fragment()), (None, None));
    }

    #[test]
    fn the_key_does_not_show() {
        let shown = format!("{:?}", client("http://host"));
        assert!(!shown.contains("hidden"), "{shown}");
    }
}
