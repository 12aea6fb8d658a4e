//! `/admin/webhooks`: the events that came from Stripe: what became of each, and again if need be.

use super::block::{Block, Cell, Field, Form, Kind, Page, Table};
use super::customer::columns;
use super::customers::{customer_path, path_segment};
use super::owner::{OwnerForm, OwnerVisitor};
use crate::api::extract::Path;
use crate::api::problem::ApiError;
use crate::pages::form::Nothing;
use crate::pages::form::PageQuery;
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::json;
use tollgate_store::stripe_event::{EventState, Filter, StripeEvent};

/// Events on one page.
const PAGE: u32 = 50;

/// The states, worst first, as the choice shows them.
const STATES: [EventState; 5] = [
    EventState::Quarantined,
    EventState::Parked,
    EventState::Waiting,
    EventState::Done,
    EventState::Ignored,
];

/// Which events are wanted.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    state: String,
    before: Option<String>,
}

/// Lists the inbox.
pub(super) async fn list(
    State(state): State<AppState>,
    owner: OwnerVisitor,
    PageQuery(wanted): PageQuery<Wanted>,
) -> Result<Response, PageError> {
    let t = owner.t;
    let mut page = Page::new(&owner, "admin-webhooks", t.text("admin-webhooks"));
    let Some(billing) = &state.billing else {
        page.add(Block::Notice(
            "info",
            t.text("problem-not-configured").into_owned(),
        ));
        return page.answer();
    };
    let now = state.tollgate.now();
    let backlog = billing.backlog().await?;
    let backlog = backlog.iter().map(|backlog| {
        let age = t.counted(
            "admin-seconds",
            u64::try_from(backlog.oldest.seconds_until(now)).unwrap_or(0),
        );
        (
            backlog.state.as_str().to_owned(),
            format!("{} · {age}", t.number(backlog.events)),
        )
    });
    let backlog: Vec<_> = backlog.collect();
    page.add(Block::Text(if backlog.is_empty() {
        t.text("admin-inbox-empty").into_owned()
    } else {
        t.text("admin-inbox-waiting").into_owned()
    }));
    page.add(Block::Facts(backlog));
    let all = std::iter::once((String::new(), t.text("admin-all").into_owned()));
    let states = STATES.map(|state| (state.as_str().to_owned(), state.as_str().to_owned()));
    page.add(Block::Form(
        Form::get("state", "/admin/webhooks", t.text("admin-show")).with(
            Field::new(
                "state",
                t.text("admin-status"),
                Kind::Choice(all.chain(states).collect()),
            )
            .value(&wanted.state),
        ),
    ));
    let before = match &wanted.before {
        Some(id) => billing.event(id).await?,
        None => None,
    };
    let filter = Filter {
        state: wanted.state.parse().ok(),
        customer: None,
        before: before.as_ref(),
    };
    let mut events = billing.events(&filter, PAGE + 1).await?;
    let has_more = events.len() > PAGE as usize;
    events.truncate(PAGE as usize);
    let next = events.last().filter(|_| has_more).map(|last| {
        let (state, id) = (path_segment(&wanted.state), path_segment(&last.id));
        format!("/admin/webhooks?state={state}&before={id}")
    });
    page.add(Block::Table(Table {
        caption: t.text("admin-webhooks").into_owned(),
        columns: columns(
            t,
            &[
                "admin-received",
                "admin-event",
                "admin-kind",
                "admin-status",
                "admin-attempts",
                "admin-customer",
                "admin-note",
            ],
        ),
        rows: events.iter().map(|event| row(&owner, event)).collect(),
        empty: t.text("admin-no-events").into_owned(),
        next,
    }));
    let now = owner.moment(now);
    page.as_of(&now).answer()
}

fn tone(state: EventState) -> &'static str {
    match state {
        EventState::Done => "good",
        EventState::Ignored => "info",
        EventState::Waiting | EventState::Parked => "warn",
        EventState::Quarantined => "bad",
    }
}

fn row(owner: &OwnerVisitor, event: &StripeEvent) -> Vec<Cell> {
    let customer = event.customer.as_ref().map(ToString::to_string);
    vec![
        Cell::text(owner.moment(event.received_at)),
        Cell::link(
            &event.id,
            format!("/admin/webhooks/{}", path_segment(&event.id)),
        )
        .narrow(),
        Cell::text(&event.kind).narrow(),
        Cell::state(event.state.as_str(), tone(event.state)),
        Cell::number(event.attempts.to_string()),
        match customer {
            Some(id) => Cell::link(&id, customer_path(&id)).narrow(),
            None => Cell::default(),
        },
        Cell::long(&event.note),
    ]
}

/// Shows one event, as Stripe sent it.
pub(super) async fn show(
    State(state): State<AppState>,
    owner: OwnerVisitor,
    Path(event): Path<String>,
) -> Result<Response, PageError> {
    let t = owner.t;
    let event = state.billing()?.event(&event).await?.ok_or_else(unknown)?;
    let mut page = Page::new(&owner, "admin-webhooks", event.id.clone());
    let lag = u64::try_from(event.created_at.seconds_until(event.received_at)).unwrap_or(0);
    let mut facts = vec![
        (t.text("admin-kind").into_owned(), event.kind.clone()),
        (
            t.text("admin-status").into_owned(),
            event.state.as_str().to_owned(),
        ),
        (
            t.text("admin-made").into_owned(),
            owner.moment(event.created_at),
        ),
        (
            t.text("admin-received").into_owned(),
            owner.moment(event.received_at),
        ),
        (
            t.text("admin-lag").into_owned(),
            t.counted("admin-seconds", lag),
        ),
        (
            t.text("admin-way").into_owned(),
            event.source.as_str().to_owned(),
        ),
        (
            t.text("admin-attempts").into_owned(),
            event.attempts.to_string(),
        ),
    ];
    if let Some(at) = event.finished_at {
        facts.push((t.text("admin-finished").into_owned(), owner.moment(at)));
    }
    if !event.note.is_empty() {
        facts.push((t.text("admin-note").into_owned(), event.note.clone()));
    }
    page.add(Block::Facts(facts));
    if let Some(customer) = &event.customer {
        let path = customer_path(customer.as_str());
        page.add(Block::Links(vec![(path, customer.to_string())]));
    }
    page.add(Block::Form(Form::post(
        "replay",
        format!("/admin/webhooks/{}/replay", path_segment(&event.id)),
        t.text("admin-replay"),
    )));
    page.add(Block::Heading(t.text("admin-payload").into_owned()));
    page.add(Block::Source(pretty(&event.payload)));
    page.answer()
}

/// JSON as people read it; what is none stays as it is.
fn pretty(text: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let pretty = value.and_then(|value| serde_json::to_string_pretty(&value).ok());
    pretty.unwrap_or_else(|| text.to_owned())
}

/// Has an event tried again.
pub(super) async fn replay(
    State(state): State<AppState>,
    Path(event): Path<String>,
    form: OwnerForm<Nothing>,
) -> Result<Response, PageError> {
    if !state.billing()?.replay(&event).await? {
        return Err(unknown().into());
    }
    let actor = form.visitor.actor();
    state
        .identity
        .note(actor, "stripe_event.replayed", &event, json!({}))
        .await;
    let path = format!("/admin/webhooks/{}", path_segment(&event));
    Ok(Redirect::to(&path).into_response())
}

fn unknown() -> ApiError {
    ApiError::NotFound {
        error: "unknown_event",
        message: "There is no such event in the inbox.".to_owned(),
    }
}
