//! A language model behind an OpenAI-compatible endpoint, if one is configured.

use crate::error::ApiError;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How long one answer may take.
const ANSWER_SECONDS_MAX: u64 = 60;
/// The largest answer that is read.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// Questions at once; more are told to come back.
const QUESTIONS_MAX: usize = 16;

/// Why there is no answer. In each case nothing is charged.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// No endpoint is configured.
    #[error(
        "no language model is configured: set OPENAI_BASE_URL and OPENAI_MODEL (and OPENAI_API_KEY where one is needed)"
    )]
    NotConfigured,
    /// Too many questions at once.
    #[error("the language model is busy")]
    Busy,
    /// It cannot be reached, or took too long.
    #[error("the language model cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// It refused.
    #[error("the language model answered with status {0}")]
    Status(u16),
    /// It answered something else than a text.
    #[error("the language model's answer cannot be used: {0}")]
    Answer(&'static str),
}

impl From<ModelError> for ApiError {
    fn from(error: ModelError) -> Self {
        let message = format!("{error}. Nothing was charged.");
        match error {
            ModelError::NotConfigured => Self::unavailable("model_unavailable", message),
            ModelError::Busy => Self::unavailable("model_busy", message).retry_after(5),
            ModelError::Unreachable(_) => {
                Self::unavailable("model_unreachable", message).retry_after(30)
            }
            ModelError::Status(_) | ModelError::Answer(_) => {
                Self::upstream("model_failed", message)
            }
        }
    }
}

/// Where the model is, as the environment says.
#[derive(Clone)]
pub struct ModelConfig {
    /// `OPENAI_BASE_URL`, for example `https://api.openai.com/v1`.
    pub base_url: Url,
    /// `OPENAI_API_KEY`.
    pub api_key: Option<String>,
    /// `OPENAI_MODEL`.
    pub model: String,
}

impl ModelConfig {
    /// Reads the three variables through `variable`; `None` when no endpoint is set.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Option<Self>> {
        let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let Some(base_url) = variable("OPENAI_BASE_URL") else {
            return Ok(None);
        };
        let model = variable("OPENAI_MODEL")
            .ok_or_else(|| anyhow::anyhow!("OPENAI_BASE_URL is set, but not OPENAI_MODEL"))?;
        let base_url: Url = base_url
            .parse()
            .map_err(|error| anyhow::anyhow!("OPENAI_BASE_URL is not an address: {error}"))?;
        anyhow::ensure!(
            matches!(base_url.scheme(), "http" | "https"),
            "OPENAI_BASE_URL must begin with https:// or http://"
        );
        Ok(Some(Self {
            base_url,
            api_key: variable("OPENAI_API_KEY"),
            model,
        }))
    }
}

impl fmt::Debug for ModelConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:?}", self.model, self.base_url.host_str())
    }
}

/// Asks the model, or says that there is none.
#[derive(Clone, Debug)]
pub struct Model(Option<Arc<Connected>>);

#[derive(Debug)]
struct Connected {
    config: ModelConfig,
    client: reqwest::Client,
    questions: Semaphore,
}

impl Model {
    /// The model of `config`.
    pub fn new(config: Option<ModelConfig>, client: reqwest::Client) -> Self {
        Self(config.map(|config| {
            Arc::new(Connected {
                config,
                client,
                questions: Semaphore::new(QUESTIONS_MAX),
            })
        }))
    }

    /// Its name, if there is one.
    pub fn name(&self) -> Option<&str> {
        self.0
            .as_ref()
            .map(|connected| connected.config.model.as_str())
    }

    /// The model's answer to `question`, under `instructions`.
    pub async fn ask(&self, instructions: &str, question: &str) -> Result<String, ModelError> {
        let connected = self.0.as_ref().ok_or(ModelError::NotConfigured)?;
        let _question = connected
            .questions
            .try_acquire()
            .map_err(|_| ModelError::Busy)?;
        connected.ask(instructions, question).await
    }
}

#[derive(Serialize)]
struct Question<'a> {
    model: &'a str,
    messages: [Message<'a>; 2],
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'a str,
    content: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: AnswerMessage,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct AnswerMessage {
    content: Option<String>,
}

impl Connected {
    async fn ask(&self, instructions: &str, question: &str) -> Result<String, ModelError> {
        let question = Question {
            model: &self.config.model,
            messages: [
                Message {
                    role: "system",
                    content: instructions,
                },
                Message {
                    role: "user",
                    content: question,
                },
            ],
        };
        let address = format!(
            "{}/chat/completions",
            self.config.base_url.as_str().trim_end_matches('/')
        );
        let mut request = self
            .client
            .post(address)
            .timeout(Duration::from_secs(ANSWER_SECONDS_MAX));
        if let Some(key) = &self.config.api_key {
            request = request.bearer_auth(key);
        }
        let response = request.json(&question).send().await.map_err(unreachable)?;
        if !response.status().is_success() {
            return Err(ModelError::Status(response.status().as_u16()));
        }
        text_of(&read(response).await?)
    }
}

async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, ModelError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(ModelError::Answer("it is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn text_of(body: &[u8]) -> Result<String, ModelError> {
    let answer: Answer = serde_json::from_slice(body)
        .map_err(|_| ModelError::Answer("it is not a chat completion"))?;
    let choice = answer
        .choices
        .into_iter()
        .next()
        .ok_or(ModelError::Answer("it has no choice"))?;
    if choice.finish_reason.as_deref() == Some("length") {
        return Err(ModelError::Answer("it was cut off"));
    }
    let text = choice.message.content.unwrap_or_default();
    let text = text.trim();
    if text.is_empty() {
        Err(ModelError::Answer("it is empty"))
    } else {
        Ok(text.to_owned())
    }
}

/// The address may hold a secret, and does not help who reads the error.
fn unreachable(error: reqwest::Error) -> ModelError {
    ModelError::Unreachable(error.without_url())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use axum::http::{HeaderMap, StatusCode};
    use axum::response::IntoResponse;
    use serde_json::{Value, json};
    use std::sync::Mutex;

    /// The key in the header, and the body.
    type Asked = (Option<String>, Value);

    /// An endpoint that gives one answer and keeps what it was asked.
    pub(crate) struct Endpoint {
        pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
        pub(crate) model: Model,
    }

    impl Endpoint {
        pub(crate) async fn start(status: StatusCode, answer: impl Into<String>) -> Self {
            let asked = Arc::new(Mutex::new(Vec::new()));
            let (kept, answer) = (Arc::clone(&asked), answer.into());
            let app = axum::Router::new().route(
                "/v1/chat/completions",
                axum::routing::post(
                    move |headers: HeaderMap, body: axum::Json<Value>| async move {
                        let key = headers
                            .get("authorization")
                            .map(|key| key.to_str().unwrap().to_owned());
                        kept.lock().unwrap().push((key, body.0));
                        (status, answer).into_response()
                    },
                ),
            );
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let base_url = format!("http://{}/v1/", listener.local_addr().unwrap())
                .parse()
                .unwrap();
            tokio::spawn(async move { axum::serve(listener, app).await });
            let config = ModelConfig {
                base_url,
                api_key: Some("sk-secret".into()),
                model: "tiny".into(),
            };
            Self {
                asked,
                model: Model::new(Some(config), client()),
            }
        }

        pub(crate) async fn saying(text: &str) -> Self {
            Self::start(StatusCode::OK, completion(text).to_string()).await
        }
    }

    pub(crate) fn client() -> reqwest::Client {
        tollgate_server::outbound::client_builder().build().unwrap()
    }

    pub(crate) fn completion(text: &str) -> Value {
        json!({"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]})
    }

    #[tokio::test]
    async fn a_question_goes_out_as_a_chat_completion() {
        let endpoint = Endpoint::saying(" An answer.\n").await;
        assert_eq!(
            endpoint.model.ask("Be brief.", "Why?").await.unwrap(),
            "An answer."
        );
        let expected = json!({
            "model": "tiny",
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}],
        });
        assert_eq!(
            *endpoint.asked.lock().unwrap(),
            [(Some("Bearer sk-secret".to_owned()), expected)]
        );
    }

    #[tokio::test]
    async fn answers_that_are_none_are_errors() {
        let cut_off =
            json!({"choices": [{"message": {"content": "half"}, "finish_reason": "length"}]});
        for (status, answer, expected) in [
            (401, "{}".to_owned(), "answered with status 401"),
            (
                500,
                completion("text").to_string(),
                "answered with status 500",
            ),
            (302, String::new(), "answered with status 302"),
            (200, "not json".into(), "not a chat completion"),
            (200, json!({"choices": []}).to_string(), "has no choice"),
            (200, completion(" \n").to_string(), "is empty"),
            (
                200,
                json!({"choices": [{"message": {"content": null}}]}).to_string(),
                "is empty",
            ),
            (200, cut_off.to_string(), "was cut off"),
            (
                200,
                completion(&"x".repeat(ANSWER_BYTES_MAX)).to_string(),
                "is too long",
            ),
        ] {
            let endpoint = Endpoint::start(StatusCode::from_u16(status).unwrap(), answer).await;
            let error = endpoint.model.ask("", "").await.unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            let response = ApiError::from(error).into_response();
            assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
        }
    }

    #[tokio::test]
    async fn without_a_model_the_answer_is_503() {
        let none = Model::new(None, client());
        let error = none.ask("", "").await.unwrap_err();
        assert!(matches!(error, ModelError::NotConfigured));
        assert_eq!(
            ApiError::from(error).into_response().status(),
            StatusCode::SERVICE_UNAVAILABLE
        );

        let base_url = "http://127.0.0.1:9/v1".parse().unwrap();
        let config = ModelConfig {
            base_url,
            api_key: None,
            model: "tiny".into(),
        };
        let error = Model::new(Some(config), client())
            .ask("", "")
            .await
            .unwrap_err();
        assert!(matches!(error, ModelError::Unreachable(_)));
        let response = ApiError::from(error).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "30");
    }

    #[tokio::test]
    async fn more_questions_than_it_takes_are_sent_back() {
        let endpoint = Endpoint::saying("text").await;
        let connected = endpoint.model.0.as_ref().unwrap();
        let _all = connected.questions.try_acquire_many(16).unwrap();
        assert!(matches!(
            endpoint.model.ask("", "").await,
            Err(ModelError::Busy)
        ));
    }

    #[test]
    fn the_environment_says_where_it_is() {
        let read = |variables: &[(&str, &str)]| {
            ModelConfig::read(|name| {
                variables
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(read(&[]).unwrap().is_none());
        assert!(
            read(&[("OPENAI_BASE_URL", " "), ("OPENAI_API_KEY", "k")])
                .unwrap()
                .is_none()
        );
        let config = read(&[
            ("OPENAI_BASE_URL", "https://host/v1"),
            ("OPENAI_MODEL", "m"),
            ("OPENAI_API_KEY", "k"),
        ]);
        let config = config.unwrap().unwrap();
        assert_eq!(
            (config.model.as_str(), config.api_key.as_deref()),
            ("m", Some("k"))
        );
        assert_eq!(format!("{config:?}"), "m at Some(\"host\")");
        assert!(read(&[("OPENAI_BASE_URL", "https://host/v1")]).is_err());
        for address in ["host", "file:///etc/passwd", "ftp://host"] {
            assert!(
                read(&[("OPENAI_BASE_URL", address), ("OPENAI_MODEL", "m")]).is_err(),
                "{address}"
            );
        }
    }
}
