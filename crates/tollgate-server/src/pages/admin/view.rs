//! `POST /admin/customers/{customer}/view`: the billing page as the customer sees it, to look only.
//! That somebody looked stands in the audit log.

use super::customer::known;
use super::owner::OwnerForm;
use crate::api::extract::Path;
use crate::identity::{Purpose, Visitor};
use crate::pages::form::Nothing;
use crate::pages::problem::PageError;
use crate::pages::visitor::visit_cookie;
use crate::state::AppState;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use http::header::SET_COOKIE;
use tollgate_store::organization::Role;

/// How long a look lasts.
const LOOK_SECONDS: i64 = 900;

/// Leads there.
pub(super) async fn submit(
    State(state): State<AppState>,
    Path(customer): Path<String>,
    form: OwnerForm<Nothing>,
) -> Result<Response, PageError> {
    let (customer, _) = known(&state, &customer).await?;
    let visitor = Visitor::Customer {
        customer,
        member: None,
        role: Role::Member,
    };
    let identity = &state.identity;
    let actor = form.visitor.actor();
    let (secret, _) = identity
        .begin_visit(visitor, &actor, Purpose::Session, LOOK_SECONDS)
        .await?;
    let cookie = visit_cookie(Some(&secret), LOOK_SECONDS, identity.config());
    let headers = AppendHeaders([(SET_COOKIE, cookie)]);
    Ok((headers, Redirect::to("/billing/")).into_response())
}
