//! One answer of Stripe's: its status, what its headers ask for, and its body.

use crate::decode;
use crate::error::{NoAnswer, Refusal, StripeError};
use crate::object::Object;
use crate::retry;
use reqwest::Response;
use reqwest::header::HeaderMap;
use std::time::Duration;

/// The largest body that is read. A page of a hundred expanded invoices is far below it.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    status: u16,
    should_retry: Option<bool>,
    retry_after: Option<Duration>,
    request_id: Option<String>,
    body: Vec<u8>,
}

impl Answer {
    /// Reads the whole of a response, up to a limit.
    pub(crate) async fn read(mut response: Response) -> Result<Self, NoAnswer> {
        let headers = response.headers();
        let mut answer = Self {
            status: response.status().as_u16(),
            should_retry: text(headers, "stripe-should-retry").and_then(|text| text.parse().ok()),
            retry_after: text(headers, "retry-after")
                .and_then(|text| text.parse().ok())
                .map(Duration::from_secs),
            request_id: text(headers, "request-id").map(crate::scrub::scrub),
            body: Vec::new(),
        };
        while let Some(chunk) = response.chunk().await? {
            if answer.body.len() + chunk.len() > BODY_BYTES_MAX {
                return Err(NoAnswer::TooLong);
            }
            answer.body.extend_from_slice(&chunk);
        }
        Ok(answer)
    }

    pub(crate) fn is_worth_another_try(&self) -> bool {
        retry::is_worth_another_try(self.status, self.should_retry)
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The object that was asked for, or why there is none.
    pub(crate) fn into_object<T: Object>(self, tries: u32) -> Result<T, StripeError> {
        self.decode(T::WHAT, tries)
    }

    /// The value that was asked for, or why there is none.
    pub(crate) fn decode<T: serde::de::DeserializeOwned>(
        self,
        what: &'static str,
        tries: u32,
    ) -> Result<T, StripeError> {
        if (200..300).contains(&self.status) {
            return decode::from_slice(&self.body).map_err(|source| StripeError::Undecodable {
                what,
                request_id: self.request_id,
                source,
            });
        }
        let passes = self.status == 429
            || self.status >= 500
            || (self.status == 409 && self.should_retry != Some(false));
        let refusal = Box::new(Refusal::read(self.status, self.request_id, &self.body));
        Err(if passes {
            StripeError::Unavailable { tries, refusal }
        } else {
            StripeError::Refused(refusal)
        })
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
