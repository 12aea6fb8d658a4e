//! The OpenAPI document: what the routes say of themselves, and what goes wrong everywhere.

use super::problem::{Problem, RefusalProblem};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Header, HeaderBuilder, OpenApi, Ref, RefOr};
use utoipa::openapi::{schema, tag::TagBuilder};
use utoipa::{IntoResponses, Modify, OpenApi as _, ToSchema as _};

/// What can go wrong when something is asked for.
#[derive(Debug)]
pub struct ReadProblems;

/// What can go wrong when something is sent.
#[derive(Debug)]
pub struct WriteProblems;

type Responses = BTreeMap<String, RefOr<Response>>;

impl IntoResponses for ReadProblems {
    fn responses() -> Responses {
        responses(&[
            ("400", "A part of the path or the query does not read"),
            ("401", "No API key or token, or one that does not hold"),
            (
                "403",
                "The API key has not the scope, or the user not the role, that this takes",
            ),
            ("404", "There is no such thing"),
            ("429", "Too many requests from this API key"),
            ("500", "A defect, or broken data"),
            (
                "503",
                "Too much at once, or the server is stopping; nothing happened",
            ),
        ])
    }
}

impl IntoResponses for WriteProblems {
    fn responses() -> Responses {
        let mut all = responses(&[
            (
                "400",
                "Not JSON, or a part of the path or a header does not read",
            ),
            ("401", "No API key or token, or one that does not hold"),
            (
                "403",
                "The API key has not the scope, or the user not the role, that this takes; or the plan has not the feature",
            ),
            ("404", "There is no such thing"),
            ("408", "The body did not arrive in time"),
            ("409", "It contradicts what is there"),
            ("413", "The body is too long"),
            ("415", "The body is of another kind than application/json"),
            (
                "422",
                "JSON, but not what is asked for; or the idempotency key came with another request before",
            ),
            (
                "429",
                "The quota or a cap is exceeded; or too many requests from this API key",
            ),
            (
                "500",
                "The outcome is unknown: retry with the same idempotency key; or a defect",
            ),
            (
                "503",
                "Too much at once, or the server is stopping; nothing happened",
            ),
        ]);
        for status in ["403", "429"] {
            if let Some(RefOr::T(response)) = all.get_mut(status) {
                let either = schema::OneOfBuilder::new()
                    .item(Ref::from_schema_name(RefusalProblem::name()))
                    .item(Ref::from_schema_name(Problem::name()));
                let content =
                    ContentBuilder::new().schema(Some(schema::Schema::from(either.build())));
                response
                    .content
                    .insert(PROBLEM.to_owned(), RefOr::T(content.build()));
            }
        }
        all
    }
}

const PROBLEM: &str = "application/problem+json";

fn responses(described: &[(&str, &str)]) -> Responses {
    let described = described.iter();
    described
        .map(|(status, description)| {
            let content = ContentBuilder::new()
                .schema(Some(RefOr::Ref(Ref::from_schema_name(Problem::name()))));
            let mut response = ResponseBuilder::new()
                .description(*description)
                .content(PROBLEM, content.build());
            if matches!(*status, "429" | "503") {
                response = response.header("Retry-After", seconds_header());
            }
            ((*status).to_owned(), RefOr::T(response.build()))
        })
        .collect()
}

fn seconds_header() -> Header {
    HeaderBuilder::new()
        .schema(Some(
            schema::ObjectBuilder::new().schema_type(schema::Type::Integer),
        ))
        .description(Some("Seconds to wait"))
        .build()
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Tollgate",
        description = "Exact, durable quotas: may this customer do this now, and what does it cost them?",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "This server")),
    components(schemas(Problem, RefusalProblem)),
    modifiers(&Names, &Security, &Tags),
)]
struct Document;

/// The document before the routes are added to it.
pub fn document() -> OpenApi {
    Document::openapi()
}

/// The text of the document, once the routes are in it.
pub fn text(mut document: OpenApi) -> String {
    for item in document.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            describe_head_limit(&mut operation.responses.responses);
        }
    }
    let mut value = serde_json::to_value(&document).expect("the document has string keys only");
    while remove_unused_schemas(&mut value) {}
    let mut text = serde_json::to_string_pretty(&value).expect("it is JSON already");
    text.push('\n');
    text
}

/// What the server answers before a request has reached its route.
fn describe_head_limit(responses: &mut Responses) {
    let response = ResponseBuilder::new()
        .description("The head of the request is too long")
        .build();
    responses.insert("431".to_owned(), RefOr::T(response));
}

/// Removes schemas that nothing refers to; what they alone referred to is next.
fn remove_unused_schemas(document: &mut Value) -> bool {
    let text = document.to_string();
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else {
        return false;
    };
    let count = schemas.len();
    schemas.retain(|name, _| text.contains(&format!("\"#/components/schemas/{name}\"")));
    schemas.len() < count
}

struct Names;

impl Modify for Names {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        components.schemas.extend(super::schema::all());
    }
}

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        let bearer = |description: &str| {
            let scheme = HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some(description))
                .build();
            SecurityScheme::Http(scheme)
        };
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(
            "api_key",
            bearer("An API key: tg_live_… or tg_test_…. A test key has customers of its own."),
        );
        components.add_security_scheme(
            "user",
            bearer("A user's access token, from /auth/login or from the host app"),
        );
    }
}

struct Tags;

impl Modify for Tags {
    fn modify(&self, document: &mut OpenApi) {
        let tags = [
            (
                "Users",
                "Accounts and sessions of the app's users, and what they used",
            ),
            ("Billing", "What is sold, and what a user has of it"),
            ("Organizations", "Several users who share a customer"),
            (
                "Consume",
                "May this customer do this now? Then take the units",
            ),
            (
                "Reservations",
                "Hold units for work of unknown outcome or size",
            ),
            ("Usage", "What was used, and why the answer is what it is"),
            ("Customers", "Who pays and holds quota"),
            (
                "Subscriptions",
                "Plans and changes of plan, without payment",
            ),
            ("Grants", "Units bought, given or put right"),
            (
                "Members",
                "Who acts for a customer, and how much each may use",
            ),
            ("Catalog", "What is sold and gated"),
            ("Pages", "Ways to the billing page, and tokens for widgets"),
            ("Reports", "What the record says of the business"),
            ("API keys", "What back ends prove themselves with"),
            (
                "Operations",
                "Whether the server lives, is ready, and what it counts",
            ),
        ];
        let tags = tags.map(|(name, description)| {
            TagBuilder::new()
                .name(name)
                .description(Some(description))
                .build()
        });
        document.tags = Some(tags.into());
    }
}
