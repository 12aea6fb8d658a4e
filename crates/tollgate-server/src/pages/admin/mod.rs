//! The owner's pages: who the customers are, why they are refused, what comes from Stripe, and what
//! was done by whom.

mod audit;
pub(crate) mod block;
mod customer;
mod customers;
mod drift;
mod enter;
mod grant;
mod health;
mod job;
mod keys;
mod overview;
mod owner;
mod plan;
mod plans;
mod report;
mod sign_in;
mod sign_out;
mod timeline;
mod view;
mod webhooks;

pub use job::Jobs;

use crate::state::AppState;
use axum::Router;
use axum::response::Redirect;
use axum::routing::{get, post};

/// The sections, in the order of their links: where each is, and the name of its name.
pub(crate) const SECTIONS: [(&str, &str); 9] = [
    ("/admin/", "admin-overview"),
    ("/admin/customers", "admin-customers"),
    ("/admin/webhooks", "admin-webhooks"),
    ("/admin/plans", "admin-plans"),
    ("/admin/drift", "admin-drift"),
    ("/admin/keys", "admin-keys"),
    ("/admin/jobs", "admin-jobs"),
    ("/admin/audit", "admin-audit"),
    ("/admin/health", "admin-health"),
];

/// The pages, and the forms on them.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/admin", get(async || Redirect::permanent("/admin/")))
        .route("/admin/", get(overview::show))
        .route("/admin/report.csv", get(report::send))
        .route("/admin/customers", get(customers::show))
        .route("/admin/customers/{customer}", get(customer::show))
        .route(
            "/admin/customers/{customer}/grant",
            get(grant::ask).post(grant::submit),
        )
        .route(
            "/admin/customers/{customer}/plan",
            get(plan::ask).post(plan::submit),
        )
        .route("/admin/customers/{customer}/view", post(view::submit))
        .route("/admin/webhooks", get(webhooks::list))
        .route("/admin/webhooks/{event}", get(webhooks::show))
        .route("/admin/webhooks/{event}/replay", post(webhooks::replay))
        .route("/admin/plans", get(plans::show))
        .route("/admin/drift", get(drift::show).post(drift::submit))
        .route("/admin/keys", get(keys::show).post(keys::create))
        .route(
            "/admin/keys/{key}/revoke",
            get(keys::ask).post(keys::revoke),
        )
        .route("/admin/jobs", get(job::show))
        .route("/admin/audit", get(audit::show))
        .route("/admin/health", get(health::show))
        .route("/admin/sign-in", get(sign_in::ask).post(sign_in::submit))
        .route("/admin/enter", get(enter::ask).post(enter::submit))
        .route("/admin/sign-out", post(sign_out::submit))
}
