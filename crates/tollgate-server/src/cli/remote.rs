//! Asking a running server through its `/v1` routes, instead of opening its database.

use super::{Exit, Globals, print};
use crate::outbound;
use anyhow::Context as _;
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;
use std::process::ExitCode;

/// Which server to ask.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Remote {
    /// Ask the server there instead of opening the database
    #[arg(long, global = true, value_name = "URL", env = "TOLLGATE_URL")]
    url: Option<Url>,
    /// An API key of that server
    #[arg(
        long,
        global = true,
        value_name = "KEY",
        env = "TOLLGATE_KEY",
        hide_env_values = true
    )]
    key: Option<String>,
}

/// What to ask.
pub(super) struct Question {
    method: Method,
    path: Vec<String>,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
}

impl Question {
    /// Something to read.
    pub(super) fn get(path: &[&str]) -> Self {
        Self {
            method: Method::GET,
            path: path.iter().map(ToString::to_string).collect(),
            query: Vec::new(),
            body: None,
        }
    }

    /// Something to do.
    pub(super) fn post(path: &[&str], body: Value) -> Self {
        Self {
            method: Method::POST,
            body: Some(body),
            ..Self::get(path)
        }
    }

    /// With a parameter, if it is given.
    pub(super) fn with(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        self.query
            .extend(value.map(|value| (name, value.to_string())));
        self
    }
}

impl Remote {
    /// Asks the server that is named and prints its answer; `None` when none is named.
    pub(super) async fn ask(
        &self,
        globals: &Globals,
        question: impl FnOnce() -> Question,
    ) -> anyhow::Result<Option<ExitCode>> {
        let Some(server) = &self.url else {
            return Ok(None);
        };
        let question = question();
        let mut url = server.clone();
        url.path_segments_mut()
            .map_err(|()| Exit::Usage.error("--url must be like http://127.0.0.1:8000"))?
            .pop_if_empty()
            .push("v1")
            .extend(&question.path);
        if !question.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&question.query);
        }
        let client = outbound::client_builder().build()?;
        let mut request = client.request(question.method, url);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        if let Some(body) = &question.body {
            request = request.json(body);
        }
        let answered = request.send().await;
        let answer = answered.map_err(|error| {
            let error = anyhow::Error::new(error.without_url());
            Exit::Database.error(format!(
                "{server} cannot be asked: {}",
                super::one_line(&error)
            ))
        })?;
        let status = answer.status();
        let body: Value = answer.json().await.context("the answer is no JSON")?;
        if status.is_success() {
            show(globals, &body)?;
            return Ok(Some(ExitCode::SUCCESS));
        }
        Err(problem(globals, status, &body)?)
    }
}

fn show(globals: &Globals, body: &Value) -> anyhow::Result<()> {
    if globals.json {
        print::json(body)?;
    } else {
        print::line(&serde_json::to_string_pretty(body)?)?;
    }
    Ok(())
}

/// A problem as an error; a refusal with figures is printed in JSON as well.
fn problem(globals: &Globals, status: StatusCode, body: &Value) -> anyhow::Result<anyhow::Error> {
    let word = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let text = format!(
        "the server answers {status} ({}): {}",
        word("error"),
        word("message")
    );
    let is_refusal = body["detail"].is_object();
    if is_refusal && globals.json {
        print::json(&serde_json::json!({ "refusal": body }))?;
    }
    Ok(if is_refusal {
        Exit::Refused.error(text)
    } else {
        anyhow::Error::msg(text)
    })
}
