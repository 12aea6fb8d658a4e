//! For apps that embed the server: its routes beside the app's own, and its users as the callers
//! of the guard around them.

use crate::api::user_errors;
use crate::auth::extract::ActingFor;
use crate::auth::limit;
use crate::config::{Config, ConfigError, Layers};
use crate::observe::Observe;
use crate::router::router;
use crate::state::AppState;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn, from_fn_with_state, map_response};
use axum::response::Response;
use tollgate::guard::Caller;

/// The settings of an app: the defaults, this database, plain HTTP and logs for people, and over
/// them what `TOLLGATE_*` says.
pub fn config(database: &str) -> Result<Config, ConfigError> {
    let mut layers = Layers::default();
    layers.add_flag("database", "the app", database)?;
    layers.add_flag("auth.cookies_secure", "the app", "false")?;
    layers.add_flag("log.format", "the app", "text")?;
    layers.add_flag("log.filter", "the app", "warn")?;
    let variables = std::env::vars_os();
    layers.add_environment(
        variables.filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }),
    )?;
    Ok(layers.config().clone())
}

/// The app's own routes and the server's. Each of the app's takes a user's token, and its handlers
/// may name their quota: [`tollgate::guard::Quota`] and [`tollgate::guard::Gate`]. Errors of all of
/// them have the shape of the user-facing routes.
///
/// # Panics
///
/// When the app has no routes, or one of the server's.
pub fn mount(state: &AppState, own: Router) -> Router {
    own.route_layer(state.tollgate.guard())
        .route_layer(from_fn_with_state(state.clone(), authenticate))
        .route_layer(map_response(user_errors::shape))
        .route_layer(from_fn(limit::show_figures))
        .route_layer(Observe::new(state.clone()))
        .merge(router(state.clone()))
}

/// Tells the guard for whom the user acts.
async fn authenticate(acting: ActingFor, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Caller {
        customer: acting.customer,
        member: acting.member,
    });
    next.run(request).await
}
