//! The authorisation matrix: every route of the router, who may pass, and on what.
//!
//! A caller passes when the answer is neither 401 nor 403: what a handler says of things that are
//! not there comes after. A route that is not in the table fails the test, and so does a line of
//! the table without a route.

use crate::support::{Answer, PASSWORD, RESUME, Server, request, text};
use http::Method;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tollgate_core::id::{CustomerId, MeterId};
use tollgate_core::request::{Consume, Reserve, Uses};
use tollgate_core::reservation::OnExpiry;
use tollgate_server::auth::api_key::{Mode, Scope, Scopes};
use tollgate_server::config::Secret;
use tollgate_server::identity::Actor;

/// Who may pass.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Access {
    /// Everyone, also without any proof.
    Public,
    /// Whoever holds what the body must contain; nobody passes without.
    Proof,
    /// Every user, for themselves.
    User,
    /// Every user, for themselves or for an organisation that is theirs.
    Acting,
    /// Every user, for themselves or as an administrator of an organisation.
    Paying,
    /// Every user with an account here.
    Local,
    /// Members of the organisation with at least this role.
    Organization(Role),
    /// API keys with this scope.
    Key(Scope),
}

#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Role {
    Member,
    Admin,
    Owner,
}

use Access::{Acting, Key, Local, Organization, Paying, Proof, Public, User};
use Role::{Admin, Member, Owner};
use Scope::{Consume as Use, Manage, Read};

/// Every route. The pages of `/docs` are not in the OpenAPI document: they show it.
const TABLE: &[(&str, &str, Access)] = &[
    ("post", "/auth/register", Public),
    ("post", "/auth/login", Proof),
    ("post", "/auth/refresh", Proof),
    ("post", "/auth/logout", Local),
    ("get", "/auth/me", User),
    ("get", "/.well-known/jwks.json", Public),
    ("get", "/me/usage", Acting),
    ("get", "/billing/plans", Public),
    ("get", "/billing/subscription", Acting),
    ("get", "/billing/usage", Acting),
    ("get", "/billing/status", Public),
    ("post", "/billing/create-checkout-session", Paying),
    ("get", "/billing/checkout-sessions/{session}", Acting),
    ("post", "/billing/create-portal-session", Paying),
    ("post", "/billing/subscribe/{plan_id}", Paying),
    ("post", "/billing/change-plan", Paying),
    ("post", "/billing/preview-change", Acting),
    ("post", "/billing/cancel-subscription", Paying),
    ("post", "/billing/undo-cancellation", Paying),
    ("post", "/billing/purchase-quota", Paying),
    ("get", "/billing/payments", Acting),
    ("get", "/billing/invoices", Acting),
    // Stripe's signature is the proof.
    ("post", "/billing/webhook", Public),
    ("post", "/webhooks/stripe", Public),
    ("post", "/v1/organizations", Local),
    ("get", "/v1/organizations", Local),
    ("post", "/v1/invitations/accept", Local),
    (
        "get",
        "/v1/organizations/{organization}",
        Organization(Member),
    ),
    (
        "patch",
        "/v1/organizations/{organization}",
        Organization(Admin),
    ),
    (
        "get",
        "/v1/organizations/{organization}/members",
        Organization(Member),
    ),
    (
        "put",
        "/v1/organizations/{organization}/members/{member}",
        Organization(Admin),
    ),
    (
        "delete",
        "/v1/organizations/{organization}/members/{member}",
        Organization(Admin),
    ),
    (
        "get",
        "/v1/organizations/{organization}/caps",
        Organization(Member),
    ),
    (
        "put",
        "/v1/organizations/{organization}/members/{member}/caps/{meter}",
        Organization(Admin),
    ),
    (
        "delete",
        "/v1/organizations/{organization}/members/{member}/caps/{meter}",
        Organization(Admin),
    ),
    (
        "post",
        "/v1/organizations/{organization}/invitations",
        Organization(Admin),
    ),
    (
        "get",
        "/v1/organizations/{organization}/invitations",
        Organization(Admin),
    ),
    (
        "delete",
        "/v1/organizations/{organization}/invitations/{invitation}",
        Organization(Admin),
    ),
    ("get", "/v1/plans", Key(Read)),
    ("get", "/v1/catalog", Key(Read)),
    ("post", "/v1/consume", Key(Use)),
    ("post", "/v1/customers", Key(Manage)),
    ("get", "/v1/customers", Key(Read)),
    ("get", "/v1/customers/{customer}", Key(Read)),
    ("patch", "/v1/customers/{customer}", Key(Manage)),
    ("post", "/v1/customers/{customer}/check", Key(Use)),
    ("post", "/v1/customers/{customer}/consume", Key(Use)),
    ("post", "/v1/customers/{customer}/reservations", Key(Use)),
    ("get", "/v1/customers/{customer}/reservations", Key(Read)),
    (
        "post",
        "/v1/customers/{customer}/reservations/{reservation}/settle",
        Key(Use),
    ),
    (
        "post",
        "/v1/customers/{customer}/reservations/{reservation}/release",
        Key(Use),
    ),
    (
        "post",
        "/v1/customers/{customer}/reservations/{reservation}/extend",
        Key(Use),
    ),
    ("get", "/v1/customers/{customer}/usage", Key(Read)),
    ("get", "/v1/customers/{customer}/why", Key(Read)),
    ("get", "/v1/customers/{customer}/events", Key(Read)),
    ("get", "/v1/customers/{customer}/events/{event}", Key(Read)),
    (
        "post",
        "/v1/customers/{customer}/events/{event}/reverse",
        Key(Manage),
    ),
    ("get", "/v1/customers/{customer}/grants", Key(Read)),
    ("post", "/v1/customers/{customer}/grants", Key(Manage)),
    ("post", "/v1/customers/{customer}/page-links", Key(Manage)),
    (
        "post",
        "/v1/customers/{customer}/widget-tokens",
        Key(Manage),
    ),
    (
        "post",
        "/v1/customers/{customer}/grants/{grant}/revoke",
        Key(Manage),
    ),
    ("get", "/v1/customers/{customer}/subscription", Key(Read)),
    ("post", "/v1/customers/{customer}/subscription", Key(Manage)),
    (
        "post",
        "/v1/customers/{customer}/subscription/preview",
        Key(Read),
    ),
    (
        "post",
        "/v1/customers/{customer}/subscription/cancel",
        Key(Manage),
    ),
    (
        "post",
        "/v1/customers/{customer}/subscription/undo",
        Key(Manage),
    ),
    (
        "put",
        "/v1/customers/{customer}/members/{member}/caps/{meter}",
        Key(Manage),
    ),
    (
        "delete",
        "/v1/customers/{customer}/members/{member}/caps/{meter}",
        Key(Manage),
    ),
    ("get", "/v1/report", Key(Scope::Admin)),
    ("post", "/v1/keys", Key(Scope::Admin)),
    ("get", "/v1/keys", Key(Scope::Admin)),
    ("delete", "/v1/keys/{key}", Key(Scope::Admin)),
    ("get", "/v1/stripe/events", Key(Scope::Admin)),
    ("get", "/v1/stripe/events/{event}", Key(Scope::Admin)),
    (
        "post",
        "/v1/stripe/events/{event}/replay",
        Key(Scope::Admin),
    ),
    ("get", "/healthz/live", Public),
    ("get", "/healthz/ready", Public),
    ("get", "/metrics", Public),
    ("get", "/openapi.json", Public),
];

/// A body that each route takes for one; those that are not named take none.
fn body(method: &str, path: &str) -> Option<Value> {
    let one_use = json!({ "feature": "ats_scan" });
    let body = match (method, path.rsplit('/').next().unwrap_or_default()) {
        ("get" | "delete", _) => return None,
        ("post", "register") => json!({ "email": "nobody", "password": PASSWORD }),
        ("post", "organizations") | ("patch", "{organization}") => json!({ "name": "Acme" }),
        ("post", "accept") => json!({ "token": "tgi_nonsense" }),
        ("put", "{member}") => json!({ "role": "member" }),
        ("put", "{meter}") => json!({ "units": 1 }),
        ("post", "invitations") => json!({ "email": "guest@example.com", "role": "member" }),
        ("post", "customers") => json!({ "id": "made_by_the_matrix" }),
        ("patch", "{customer}") => json!({ "time_zone": "Europe/Berlin" }),
        ("post", "consume") if path == "/v1/consume" => {
            json!({ "items": [{ "customer": "shop_1", "feature": "ats_scan" }] })
        }
        ("post", "consume" | "check" | "reservations") => one_use,
        ("post", "extend") => json!({ "seconds": 60 }),
        ("post", "grants") => json!({ "meter": "ats_scan", "units": 1 }),
        ("post", "subscription" | "preview" | "change-plan" | "preview-change") => {
            json!({ "plan": "pro" })
        }
        ("post", "create-checkout-session") => {
            let url = "http://localhost:3000/";
            json!({ "plan": "pro", "success_url": url, "cancel_url": url })
        }
        ("post", "purchase-quota") => json!({ "quantity": 50 }),
        ("post", "keys") => json!({ "name": "made by the matrix", "scopes": ["read"] }),
        _ => json!({}),
    };
    Some(body)
}

/// Who asks, and with what.
struct Caller {
    name: &'static str,
    token: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Nobody,
    /// A user with an account here, and their role in the organisation that is asked about.
    Local(Option<Role>),
    Host,
    Key(Scope),
}

impl Access {
    fn lets_pass(self, kind: Kind) -> bool {
        match self {
            Public => true,
            Proof => false,
            User => matches!(kind, Kind::Local(_) | Kind::Host),
            Acting | Paying => matches!(kind, Kind::Local(_) | Kind::Host),
            Local => matches!(kind, Kind::Local(_)),
            Organization(needed) => {
                matches!(kind, Kind::Local(Some(role)) if role >= needed)
            }
            Key(scope) => matches!(kind, Kind::Key(own) if own == scope || own == Scope::Admin),
        }
    }
}

/// Everything that the table is tried on.
struct World {
    server: Server,
    organization: String,
    member: String,
    callers: Vec<Caller>,
    reservation: String,
    event: String,
    grant: String,
}

const SECRET: &str = "shared with the host: 32 bytes or more";

impl World {
    async fn new() -> Self {
        let server = Server::with(RESUME, |config| {
            config.auth.host_secret = Some(Secret::new(SECRET));
            config.auth.logins_per_address = 10_000;
        })
        .await;
        let (_, owner) = server.user("owner@example.com").await;
        let body = json!({ "name": "Acme" });
        let organization = server
            .post("/v1/organizations", &owner, body)
            .await
            .expect(201);
        let organization = text(&organization["id"]);
        let mut members = Vec::new();
        for role in ["admin", "member"] {
            let email = format!("{role}@example.com");
            let (id, token) = server.user(&email).await;
            let path = format!("/v1/organizations/{organization}/invitations");
            let body = json!({ "email": email, "role": role });
            let invitation = server.post(&path, &owner, body).await.expect(201);
            let body = json!({ "token": invitation["token"] });
            server
                .post("/v1/invitations/accept", &token, body)
                .await
                .expect(200);
            members.push((id, token));
        }
        // An owner, but of another organisation.
        let (_, stranger) = server.user("stranger@example.com").await;
        let body = json!({ "name": "Elsewhere" });
        server
            .post("/v1/organizations", &stranger, body)
            .await
            .expect(201);
        let claims = json!({ "sub": "host_user", "exp": server.clock.now().as_seconds() + 3_600 });
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        let host = jsonwebtoken::encode(&Header::default(), &claims, &key).unwrap();
        let caller = |name, token: &str, kind| Caller {
            name,
            token: token.to_owned(),
            kind,
        };
        let mut callers = vec![
            caller("nobody", "", Kind::Nobody),
            caller("stranger", &stranger, Kind::Local(None)),
            caller("member", &members[1].1, Kind::Local(Some(Member))),
            caller("admin", &members[0].1, Kind::Local(Some(Admin))),
            caller("owner", &owner, Kind::Local(Some(Owner))),
            caller("host", &host, Kind::Host),
        ];
        for scope in Scope::ALL {
            let token = key_of(&server, Mode::Live, scope).await;
            callers.push(caller(scope.as_str(), &token, Kind::Key(scope)));
        }
        let (reservation, event, grant) = live_customer(&server).await;
        Self {
            member: members[1].0.clone(),
            server,
            organization,
            callers,
            reservation,
            event,
            grant,
        }
    }

    /// A route's path with everything that is there filled in. What would do away with something
    /// that other lines need aims at what is not there.
    fn path(&self, method: &str, route: &str) -> String {
        let spare = "usr_00000000000000000000000000";
        let ends_at_member = route.ends_with("/members/{member}");
        let member = if ends_at_member && method != "get" {
            spare
        } else {
            &self.member
        };
        route
            .replace("{organization}", &self.organization)
            .replace("{member}", member)
            .replace("{meter}", "ats_scan")
            .replace("{invitation}", "inv_00000000000000000000000000")
            .replace("{customer}", "shop_1")
            .replace("{reservation}", &self.reservation)
            .replace("{event}", &self.event)
            .replace("{grant}", &self.grant)
            .replace("{session}", "cs_test_1")
            .replace("{plan_id}", "pro")
            .replace("{key}", "key_00000000000000000000000000")
    }

    async fn ask(&self, method: &str, route: &str, token: &str) -> Answer {
        let mut path = self.path(method, route);
        if route.ends_with("/why") {
            path.push_str("?feature=ats_scan");
        }
        let method_name = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        if route == "/auth/login" {
            let form = crate::support::login("nobody@example.com", "wrong password");
            return self.server.send(form).await;
        }
        self.server
            .ask(method_name, &path, token, body(method, route))
            .await
    }
}

async fn key_of(server: &Server, mode: Mode, scope: Scope) -> String {
    let actor = Actor::Command("test");
    let created =
        server
            .state
            .identity
            .create_api_key(actor, "matrix", mode, Scopes::new([scope]), None);
    created.await.unwrap().key.reveal().to_owned()
}

/// A live customer with a reservation, a usage event and a grant.
async fn live_customer(server: &Server) -> (String, String, String) {
    let tollgate = &server.state.tollgate;
    let customer = CustomerId::new("shop_1").unwrap();
    tollgate.open_customer(&customer, None).await.unwrap();
    let uses = |feature: &str| Uses::one(feature.parse().unwrap(), 1).unwrap();
    let consume = Consume {
        uses: uses("jd_parse"),
        member: None,
        metadata: None,
    };
    let receipt = tollgate
        .consume(&customer, consume, None)
        .await
        .unwrap()
        .into_result();
    let reserve = Reserve {
        uses: uses("cover_letter"),
        member: None,
        seconds: 3_600,
        on_expiry: OnExpiry::Release,
    };
    let held = tollgate
        .reserve(&customer, reserve, None)
        .await
        .unwrap()
        .into_result();
    let grant = tollgate_core::request::GrantUnits {
        meter: MeterId::new("jd_parse").unwrap(),
        units: 3,
        source: tollgate_core::grant::Source::TopUp,
        starts_at: None,
        expires_at: None,
        priority: 0,
        reference: "test".to_owned(),
    };
    let grant = tollgate
        .grant(&customer, grant, None)
        .await
        .unwrap()
        .into_result();
    (
        held.ok().unwrap().reservation.to_string(),
        receipt.ok().unwrap().event.to_string(),
        grant.ok().unwrap().to_string(),
    )
}

#[test]
fn every_route_is_in_the_table() {
    let document: Value = serde_json::from_str(&tollgate_server::router::openapi_text()).unwrap();
    let mut routes = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            routes.insert((method.clone(), path.clone()));
        }
    }
    let table = TABLE
        .iter()
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()));
    let table: BTreeSet<_> = table.collect();
    let missing: Vec<_> = routes.difference(&table).collect();
    let stale: Vec<_> = table.difference(&routes).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "not in the table: {missing:?}; not in the router: {stale:?}"
    );
    assert_eq!(TABLE.len(), table.len(), "a line stands twice");
}

/// Every operation says in the OpenAPI document what proof it takes.
#[test]
fn the_document_says_the_same() {
    let document: Value = serde_json::from_str(&tollgate_server::router::openapi_text()).unwrap();
    for (method, path, access) in TABLE {
        let security = document["paths"][path][method]["security"].to_string();
        let named = match access {
            Public | Proof => !security.contains("api_key") && !security.contains("user"),
            User | Acting | Paying | Local | Organization(_) => security.contains("\"user\""),
            Key(scope) => security.contains(&format!("\"api_key\":[\"{}\"]", scope.as_str())),
        };
        assert!(
            named,
            "{method} {path} is {access:?}, the document says {security}"
        );
    }
}

#[tokio::test]
async fn each_caller_passes_where_the_table_says_and_nowhere_else() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    // Signing out ends the sessions that the other lines need.
    let is_last = |line: &&(&str, &str, Access)| line.1 == "/auth/logout";
    let lines = TABLE
        .iter()
        .filter(|line| !is_last(line))
        .chain(TABLE.iter().filter(is_last));
    for (method, route, access) in lines {
        for caller in &world.callers {
            let answer = world.ask(method, route, &caller.token).await;
            let passed = !matches!(answer.status.as_u16(), 401 | 403);
            if passed != access.lets_pass(caller.kind) {
                wrong.push(format!(
                    "{method} {route} as {}: {} {}",
                    caller.name, answer.status, answer.text
                ));
            }
            assert!(
                !answer.status.is_server_error(),
                "{method} {route} as {}: {}",
                caller.name,
                answer.text
            );
            let is_anonymous = caller.kind == Kind::Nobody;
            if is_anonymous && !passed {
                assert_eq!(
                    answer.header("www-authenticate"),
                    Some("Bearer"),
                    "{method} {route}"
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_organisation_of_others_is_nobodys_to_act_for() {
    let world = World::new().await;
    let acting = |line: &&(&str, &str, Access)| matches!(line.2, Acting | Paying);
    for (method, route, access) in TABLE.iter().filter(acting) {
        for caller in &world.callers {
            let method_name = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let body = body(method, route);
            let mut sent = request(method_name, route, &caller.token, body);
            let header = world.organization.parse().unwrap();
            sent.headers_mut().insert("x-organization", header);
            let status = world.server.send(sent).await.status.as_u16();
            let refused = match caller.kind {
                Kind::Local(Some(Member)) if *access == Paying => Some(403),
                Kind::Local(Some(_)) => None,
                Kind::Local(None) | Kind::Host => Some(403),
                Kind::Nobody | Kind::Key(_) => Some(401),
            };
            assert_eq!(
                Some(status).filter(|status| matches!(status, 401 | 403)),
                refused,
                "{method} {route} ({access:?}) as {}",
                caller.name
            );
        }
    }
}

/// A test key with every scope reaches no live customer, whatever it asks.
#[tokio::test]
async fn a_test_key_neither_reads_nor_changes_live_customers() {
    let world = World::new().await;
    let server = &world.server;
    let key = key_of(server, Mode::Test, Scope::Admin).await;
    let customer = CustomerId::new("shop_1").unwrap();
    let before = server
        .state
        .tollgate
        .account(&customer)
        .await
        .unwrap()
        .unwrap()
        .parts();
    for (method, route, _) in TABLE
        .iter()
        .filter(|(_, route, _)| route.contains("{customer}"))
    {
        let answer = world.ask(method, route, &key).await;
        assert_eq!(answer.status, 404, "{method} {route}: {}", answer.text);
    }
    let batch = world.ask("post", "/v1/consume", &key).await.expect(200);
    assert!(batch.to_string().contains("unknown_customer"), "{batch}");
    let listed = world.ask("get", "/v1/customers", &key).await.expect(200);
    assert_eq!(listed["data"], json!([]));
    let after = server
        .state
        .tollgate
        .account(&customer)
        .await
        .unwrap()
        .unwrap()
        .parts();
    assert_eq!(before, after);
}
