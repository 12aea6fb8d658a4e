//! `/admin/keys`: the API keys of back ends: made, shown once, revoked.

use super::block::{Block, Cell, Field, Form, Kind, Page, Table};
use super::customer::columns;
use super::customers::path_segment;
use super::owner::{OwnerForm, OwnerVisitor};
use crate::api::extract::Path;
use crate::api::problem::ApiError;
use crate::auth::api_key::{Mode, Scope, Scopes};
use crate::pages::form::Nothing;
use crate::pages::form::PageQuery;
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use tollgate_store::id::ApiKeyId;

/// Keys on one page.
const PAGE: u32 = 50;

/// Where the list goes on.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    after: Option<String>,
}

/// Lists them.
pub(super) async fn show(
    State(state): State<AppState>,
    owner: OwnerVisitor,
    PageQuery(wanted): PageQuery<Wanted>,
) -> Result<Response, PageError> {
    page(&state, &owner, wanted.after.as_deref(), None).await
}

async fn page(
    state: &AppState,
    owner: &OwnerVisitor,
    after: Option<&str>,
    secret: Option<String>,
) -> Result<Response, PageError> {
    let t = owner.t;
    let after = after.and_then(|after| after.parse().ok());
    let mut keys = state.identity.api_keys(after, PAGE + 1).await?;
    let has_more = keys.len() > PAGE as usize;
    keys.truncate(PAGE as usize);
    let next = keys.last().filter(|_| has_more);
    let next = next.map(|last| format!("/admin/keys?after={}", last.id));
    let mut page = Page::new(owner, "admin-keys", t.text("admin-keys"));
    if let Some(secret) = secret {
        page.add(Block::Notice("good", t.text("admin-key-once").into_owned()));
        page.add(Block::Secret(t.text("admin-key").into_owned(), secret));
    }
    page.add(Block::Table(Table {
        caption: t.text("admin-keys").into_owned(),
        columns: columns(
            t,
            &[
                "admin-name",
                "admin-key",
                "admin-scopes",
                "admin-mode",
                "admin-made",
                "admin-last-used",
                "admin-status",
            ],
        ),
        rows: keys
            .iter()
            .map(|key| {
                vec![
                    Cell::text(&key.name),
                    Cell::text(format!("{}…", key.prefix)),
                    Cell::text(key.scopes.join(", ")),
                    Cell::text(if key.is_live { "live" } else { "test" }),
                    Cell::text(owner.moment(key.created_at)),
                    Cell::text(
                        key.last_used_at
                            .map_or_else(String::new, |at| owner.moment(at)),
                    ),
                    match key.revoked_at {
                        Some(_) => Cell::state(t.text("admin-revoked"), "info"),
                        None => Cell::link(
                            t.text("admin-revoke"),
                            format!("/admin/keys/{}/revoke", key.id),
                        ),
                    },
                ]
            })
            .collect(),
        empty: t.text("admin-no-keys").into_owned(),
        next,
    }));
    page.add(Block::Heading(t.text("admin-new-key").into_owned()));
    let modes = ["live", "test"].map(|word| (word.to_owned(), word.to_owned()));
    let tick = |name, key: &str| Field::new(name, t.text(key), Kind::Tick).optional();
    page.add(Block::Form(
        Form::post("key", "/admin/keys", t.text("admin-make-key"))
            .with(Field::new("name", t.text("admin-name"), Kind::Text))
            .with(Field::new(
                "mode",
                t.text("admin-mode"),
                Kind::Choice(modes.into()),
            ))
            .with(tick("read", "admin-scope-read"))
            .with(tick("consume", "admin-scope-consume"))
            .with(tick("manage", "admin-scope-manage"))
            .with(tick("admin", "admin-scope-admin")),
    ));
    page.answer()
}

/// A key that is wanted.
#[derive(Debug, Deserialize)]
pub(super) struct NewKey {
    name: String,
    mode: String,
    read: Option<String>,
    consume: Option<String>,
    manage: Option<String>,
    admin: Option<String>,
}

/// Makes one, and shows it this once.
pub(super) async fn create(
    State(state): State<AppState>,
    form: OwnerForm<NewKey>,
) -> Result<Response, PageError> {
    let OwnerForm { visitor, fields } = form;
    let scopes = [
        (fields.read, Scope::Read),
        (fields.consume, Scope::Consume),
        (fields.manage, Scope::Manage),
        (fields.admin, Scope::Admin),
    ];
    let scopes: Vec<Scope> = scopes
        .into_iter()
        .filter_map(|(tick, scope)| tick.map(|_| scope))
        .collect();
    if scopes.is_empty() {
        let message = "name at least one scope".to_owned();
        return Err(ApiError::InvalidRequest(message).into());
    }
    let mode = match fields.mode.as_str() {
        "test" => Mode::Test,
        _ => Mode::Live,
    };
    let new = state
        .identity
        .create_api_key(
            visitor.actor(),
            &fields.name,
            mode,
            Scopes::new(scopes),
            None,
        )
        .await?;
    page(&state, &visitor, None, Some(new.key.reveal().to_owned())).await
}

/// Asks before a key is revoked.
pub(super) async fn ask(
    owner: OwnerVisitor,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    let t = owner.t;
    let mut page = Page::new(&owner, "admin-keys", t.text("admin-revoke-key"));
    page.add(Block::Text(t.with("admin-revoke-about", &[("key", &key)])));
    let path = format!("/admin/keys/{}/revoke", path_segment(&key));
    let mut form = Form::post("revoke", path, t.text("admin-revoke"));
    form.is_danger = true;
    form.back = Some(("/admin/keys".to_owned(), t.text("admin-back").into_owned()));
    page.add(Block::Form(form));
    page.answer()
}

/// Revokes it.
pub(super) async fn revoke(
    State(state): State<AppState>,
    Path(key): Path<String>,
    form: OwnerForm<Nothing>,
) -> Result<Response, PageError> {
    let id: ApiKeyId = key.parse().map_err(|_| ApiError::NotFound {
        error: "unknown_api_key",
        message: "There is no such API key.".to_owned(),
    })?;
    state
        .identity
        .revoke_api_key(form.visitor.actor(), id)
        .await?;
    Ok(Redirect::to("/admin/keys").into_response())
}
