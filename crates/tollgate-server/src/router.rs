//! Every route, and nothing else.

use crate::api::problem::ApiError;
use crate::api::v1::{
    catalog, consume, customers, events, grants, keys, members, organizations, pages as page_links,
    plans, report, reservations, stripe_events, subscription, usage, why,
};
use crate::api::{auth, billing, me, openapi, ops, user_errors};
use crate::auth::limit;
use crate::observe::Observe;
use crate::pages;
use crate::state::AppState;
use axum::Router;
use axum::middleware::{from_fn, map_response};
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Every route of the server, to be served or mounted into the router of an app.
pub fn router(state: AppState) -> Router {
    let (mut router, _) = described().split_for_parts();
    if state.config.auth.api_rate().is_some() {
        router = router.layer(from_fn(limit::show_figures));
    }
    router
        .route("/docs", get(ops::docs::page))
        .route("/docs/settings.js", get(ops::docs::settings))
        .route("/docs/viewer.js", get(ops::docs::viewer))
        .merge(pages::router())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(Observe::new(state.clone()))
        .with_state(state)
}

/// The text of the OpenAPI document.
pub fn openapi_text() -> String {
    let (_, document) = described().split_for_parts();
    openapi::text(document)
}

/// The routes that describe themselves in the OpenAPI document.
fn described() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::document())
        .merge(users())
        .merge(organizations())
        .merge(back_ends())
        .merge(operations())
}

/// For the app's users, with errors in the shape that their apps know.
fn users() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(auth::register::register))
        .routes(routes!(auth::login::login))
        .routes(routes!(auth::refresh::refresh))
        .routes(routes!(auth::logout::logout))
        .routes(routes!(auth::me::me))
        .routes(routes!(auth::jwks::jwks))
        .routes(routes!(me::usage::usage))
        .routes(routes!(billing::plans::plans))
        .routes(routes!(billing::subscription::subscription))
        .routes(routes!(billing::usage::usage))
        .routes(routes!(billing::status::status))
        .routes(routes!(
            billing::create_checkout_session::create_checkout_session
        ))
        .routes(routes!(billing::checkout_session::checkout_session))
        .routes(routes!(
            billing::create_portal_session::create_portal_session
        ))
        .routes(routes!(billing::subscribe::subscribe))
        .routes(routes!(billing::change_plan::change_plan))
        .routes(routes!(billing::preview_change::preview_change))
        .routes(routes!(billing::cancel_subscription::cancel_subscription))
        .routes(routes!(billing::undo_cancellation::undo_cancellation))
        .routes(routes!(billing::purchase_quota::purchase_quota))
        .routes(routes!(billing::payments::payments))
        .routes(routes!(billing::invoices::invoices))
        .routes(routes!(billing::webhook::billing_webhook))
        .routes(routes!(billing::webhook::stripe_webhook))
        .layer(map_response(user_errors::shape))
        .layer(from_fn(limit::show_figures))
}

/// `/v1`: for users who manage their organisations, with their own tokens.
fn organizations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(
            organizations::create_organization,
            organizations::list_organizations
        ))
        .routes(routes!(
            organizations::get_organization,
            organizations::rename_organization
        ))
        .routes(routes!(organizations::list_organization_members))
        .routes(routes!(
            organizations::set_member_role,
            organizations::remove_organization_member
        ))
        .routes(routes!(organizations::list_organization_caps))
        .routes(routes!(
            organizations::set_organization_member_cap,
            organizations::remove_organization_member_cap
        ))
        .routes(routes!(
            organizations::invite,
            organizations::list_invitations
        ))
        .routes(routes!(organizations::revoke_invitation))
        .routes(routes!(organizations::accept_invitation))
        .layer(from_fn(limit::show_figures))
}

/// `/v1`: for back ends, with API keys.
fn back_ends() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(consume::consume))
        .routes(routes!(consume::consume_batch))
        .routes(routes!(consume::check))
        .routes(routes!(
            customers::create_customer,
            customers::list_customers
        ))
        .routes(routes!(customers::get_customer, customers::change_customer))
        .routes(routes!(
            reservations::reserve,
            reservations::list_reservations
        ))
        .routes(routes!(reservations::settle))
        .routes(routes!(reservations::release))
        .routes(routes!(reservations::extend))
        .routes(routes!(usage::get_usage))
        .routes(routes!(why::explain))
        .routes(routes!(events::list_events))
        .routes(routes!(events::get_event))
        .routes(routes!(events::reverse_event))
        .routes(routes!(grants::list_grants, grants::give_units))
        .routes(routes!(grants::revoke_grant))
        .routes(routes!(
            subscription::get_subscription,
            subscription::subscribe
        ))
        .routes(routes!(subscription::preview_subscription))
        .routes(routes!(subscription::cancel_subscription))
        .routes(routes!(subscription::undo_change))
        .routes(routes!(members::set_member_cap, members::remove_member_cap))
        .routes(routes!(plans::list_plans))
        .routes(routes!(catalog::get_catalog))
        .routes(routes!(page_links::create_page_link))
        .routes(routes!(page_links::create_widget_token))
        .routes(routes!(report::get_report))
        .routes(routes!(keys::create_key, keys::list_keys))
        .routes(routes!(keys::revoke_key))
        .routes(routes!(stripe_events::list_stripe_events))
        .routes(routes!(stripe_events::get_stripe_event))
        .routes(routes!(stripe_events::replay_stripe_event))
}

/// For whoever runs the server.
fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(ops::live::live))
        .routes(routes!(ops::ready::ready))
        .routes(routes!(ops::metrics::metrics))
        .routes(routes!(ops::openapi::openapi))
}

async fn not_found() -> ApiError {
    ApiError::nothing_there()
}

async fn method_not_allowed() -> ApiError {
    ApiError::MethodNotAllowed { allow: "" }
}
