//! Webhook endpoints that are set up through the API, each with a secret of its own.

use super::calendar::UnixSeconds;
use super::error::ApiError;
use super::list;
use super::params::{Metadata, Params};
use super::{Answer, Context, State};
use crate::API_VERSION;
use crate::config::WebhookTarget;
use serde_json::{Value, json};

/// An endpoint.
#[derive(Clone, Debug)]
pub(crate) struct WebhookEndpoint {
    pub(crate) id: String,
    created: UnixSeconds,
    target: WebhookTarget,
    description: Option<String>,
    metadata: Metadata,
    enabled: bool,
    deleted: bool,
}

super::record!(WebhookEndpoint, "webhook_endpoint", webhook_endpoints);

impl WebhookEndpoint {
    fn shown(&self, _: &State) -> Value {
        if self.deleted {
            return json!({ "id": self.id, "object": "webhook_endpoint", "deleted": true });
        }
        json!({
            "id": self.id,
            "object": "webhook_endpoint",
            "api_version": API_VERSION,
            "application": null,
            "created": self.created,
            "description": self.description,
            "enabled_events": self.target.events,
            "livemode": false,
            "metadata": self.metadata,
            "status": if self.enabled { "enabled" } else { "disabled" },
            "url": self.target.url,
        })
    }

    fn read(&mut self, params: &Params) -> Result<(), ApiError> {
        params.text_into("description", &mut self.description);
        params.metadata_into(&mut self.metadata);
        if let Some(url) = params.text("url") {
            url.clone_into(&mut self.target.url);
        }
        if params.has("enabled_events") {
            self.target.events = params.texts("enabled_events");
        }
        if let Some(disabled) = params.boolean("disabled")? {
            self.enabled = !disabled;
        }
        Ok(())
    }
}

/// The targets of the endpoints that are on.
pub(crate) fn targets(state: &State) -> Vec<WebhookTarget> {
    state
        .webhook_endpoints
        .newest_first()
        .rev()
        .filter(|endpoint| endpoint.enabled && !endpoint.deleted)
        .map(|endpoint| endpoint.target.clone())
        .collect()
}

/// `POST /v1/webhook_endpoints`; only this answer shows the secret.
pub(crate) fn create(state: &mut State, context: &mut Context<'_>, params: &Params) -> Answer {
    params.only(&[
        "api_version",
        "connect",
        "description",
        "enabled_events",
        "expand",
        "metadata",
        "url",
    ])?;
    let url = params.need("url")?;
    if params.texts("enabled_events").is_empty() {
        return Err(ApiError::missing("enabled_events"));
    }
    let secret = format!("whsec_{}", context.ids.letters(32));
    let mut endpoint = WebhookEndpoint {
        id: context.ids.object("we"),
        created: context.now,
        target: WebhookTarget::new(url, secret.clone()),
        description: None,
        metadata: Metadata::new(),
        enabled: true,
        deleted: false,
    };
    endpoint.read(params)?;
    let mut shown = state.keep(endpoint);
    shown["secret"] = json!(secret);
    Ok(shown)
}

/// `POST /v1/webhook_endpoints/{id}`.
pub(crate) fn update(state: &mut State, id: &str, params: &Params) -> Answer {
    params.only(&[
        "description",
        "disabled",
        "enabled_events",
        "expand",
        "metadata",
        "url",
    ])?;
    let mut changed = state
        .find::<WebhookEndpoint>(id, "webhook_endpoint")?
        .clone();
    changed.read(params)?;
    state.quietly::<WebhookEndpoint>(id, |endpoint| *endpoint = changed);
    Ok(state.json::<WebhookEndpoint>(id))
}

/// `DELETE /v1/webhook_endpoints/{id}`.
pub(crate) fn delete(state: &mut State, id: &str) -> Answer {
    state.find::<WebhookEndpoint>(id, "webhook_endpoint")?;
    state.quietly::<WebhookEndpoint>(id, |endpoint| endpoint.deleted = true);
    Ok(state.json::<WebhookEndpoint>(id))
}

/// `GET /v1/webhook_endpoints`.
pub(crate) fn list(state: &State, params: &Params) -> Answer {
    params.only(&["limit", "starting_after", "ending_before", "expand"])?;
    let wanted = |endpoint: &WebhookEndpoint| !endpoint.deleted;
    list::page(state, params, "/v1/webhook_endpoints", wanted)
}
