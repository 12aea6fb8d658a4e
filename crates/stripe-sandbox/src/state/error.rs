//! Refusals in the form of Stripe's error object.

use serde_json::{Value, json};

/// A refused request: its status and what the body says.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    /// The HTTP status.
    pub(crate) status: u16,
    detail: Box<Detail>,
}

/// What the body says.
#[derive(Clone, Debug)]
struct Detail {
    kind: &'static str,
    code: Option<String>,
    message: String,
    param: Option<String>,
    decline_code: Option<String>,
    payment_intent: Option<Value>,
}

impl ApiError {
    fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        let detail = Detail {
            kind,
            code: None,
            message: message.into(),
            param: None,
            decline_code: None,
            payment_intent: None,
        };
        Self {
            status,
            detail: Box::new(detail),
        }
    }

    /// The request cannot be carried out as it is.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message)
    }

    /// The key is missing or not a test key.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(401, "invalid_request_error", message)
    }

    /// The same idempotency key came with another request.
    pub(crate) fn idempotency(message: impl Into<String>) -> Self {
        Self::new(400, "idempotency_error", message)
    }

    /// A request with the same idempotency key is being carried out.
    pub(crate) fn in_use(key: &str) -> Self {
        Self::new(
            409,
            "idempotency_error",
            format!(
                "There is currently another in-progress request using this Idempotent Key: {key}."
            ),
        )
        .code("idempotency_key_in_use")
    }

    /// A failure that was asked for.
    pub(crate) fn on_demand(status: u16) -> Self {
        if status == 429 {
            Self::new(
                status,
                "invalid_request_error",
                "Too many requests (a failure on demand).",
            )
            .code("rate_limit")
        } else {
            Self::new(
                status,
                "api_error",
                "A failure on demand of the sandbox, which is not Stripe.",
            )
        }
    }

    /// No such route.
    pub(crate) fn no_route(method: &str, path: &str) -> Self {
        Self::new(
            404,
            "invalid_request_error",
            format!(
                "Unrecognized request URL ({method}: {path}). The sandbox knows a part of the API only."
            ),
        )
    }

    /// A required parameter is missing.
    pub(crate) fn missing(param: impl Into<String>) -> Self {
        let param = param.into();
        Self::invalid(format!("Missing required param: {param}."))
            .code("parameter_missing")
            .param(param)
    }

    /// A parameter that this call does not have.
    pub(crate) fn unknown(param: impl Into<String>) -> Self {
        let param = param.into();
        Self::invalid(format!("Received unknown parameter: {param}"))
            .code("parameter_unknown")
            .param(param)
    }

    /// An object that the path or a parameter names does not exist.
    pub(crate) fn no_such(status: u16, object: &str, id: &str, param: &str) -> Self {
        let noun = match object {
            "checkout.session" => "checkout session".to_owned(),
            name => name
                .replace('_', " ")
                .replace("payment intent", "payment_intent"),
        };
        Self::new(
            status,
            "invalid_request_error",
            format!("No such {noun}: '{id}'"),
        )
        .code("resource_missing")
        .param(param)
    }

    /// The card was declined.
    pub(crate) fn card(code: &str, decline_code: Option<&str>, message: &str) -> Self {
        let mut error = Self::new(402, "card_error", message).code(code);
        error.detail.decline_code = decline_code.map(str::to_owned);
        error
    }

    /// The same, with a code.
    pub(crate) fn code(mut self, code: &str) -> Self {
        self.detail.code = Some(code.to_owned());
        self
    }

    /// The same, with the parameter at fault.
    pub(crate) fn param(mut self, param: impl Into<String>) -> Self {
        self.detail.param = Some(param.into());
        self
    }

    /// The same, with the payment intent that was left behind.
    pub(crate) fn payment_intent(mut self, intent: Value) -> Self {
        self.detail.payment_intent = Some(intent);
        self
    }

    /// What it says.
    pub(crate) fn message(&self) -> &str {
        &self.detail.message
    }

    /// The body of the answer.
    pub(crate) fn to_json(&self) -> Value {
        let mut error = json!({ "type": self.detail.kind, "message": self.detail.message });
        if let Some(code) = &self.detail.code {
            error["code"] = json!(code);
            error["doc_url"] = json!(format!(
                "https://stripe.com/docs/error-codes/{}",
                code.replace('_', "-")
            ));
        }
        if let Some(param) = &self.detail.param {
            error["param"] = json!(param);
        }
        if let Some(decline_code) = &self.detail.decline_code {
            error["decline_code"] = json!(decline_code);
        }
        if let Some(intent) = &self.detail.payment_intent {
            error["payment_intent"] = intent.clone();
        }
        json!({ "error": error })
    }
}
