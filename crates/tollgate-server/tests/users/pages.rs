//! The pages by plain HTTP: who gets in, which forms are taken, and what a page never shows.

use crate::support::{Answer, PASSWORD, Server, text};
use axum::body::Body;
use http::{Method, Request};
use serde_json::json;
use tollgate_server::auth::api_key::{Mode, Scope, Scopes};
use tollgate_server::identity::Actor;

/// The forms of the billing page: each path, with fields that it would take.
const BILLING_FORMS: [(&str, &str); 6] = [
    ("/billing/change", "plan=pro&price=monthly"),
    ("/billing/top-up", "topup=x&quantity=5"),
    ("/billing/cancel", "reason=unused"),
    ("/billing/undo", ""),
    ("/billing/portal", ""),
    ("/billing/sign-out", ""),
];

/// The owner's pages, and the paths of their forms.
const ADMIN_PAGES: [&str; 12] = [
    "/admin/",
    "/admin/customers",
    "/admin/customers/anna",
    "/admin/customers/anna/grant?meter=ats_scan&units=5&reason=sorry",
    "/admin/customers/anna/plan?plan=pro/monthly&when=now",
    "/admin/webhooks",
    "/admin/plans",
    "/admin/drift",
    "/admin/keys",
    "/admin/jobs",
    "/admin/audit",
    "/admin/health",
];
const ADMIN_FORMS: [(&str, &str); 7] = [
    (
        "/admin/customers/anna/grant",
        "meter=ats_scan&units=5&reason=sorry&key=1",
    ),
    ("/admin/customers/anna/plan", "plan=pro/monthly&when=now"),
    ("/admin/customers/anna/view", ""),
    ("/admin/webhooks/evt_1/replay", ""),
    ("/admin/drift", "act=look"),
    ("/admin/keys", "name=x&mode=live&read=yes"),
    ("/admin/sign-out", ""),
];

/// A browser: it keeps one cookie, and says that its forms come from this site.
struct Browser<'a> {
    server: &'a Server,
    cookie: String,
}

impl<'a> Browser<'a> {
    fn new(server: &'a Server) -> Self {
        Self {
            server,
            cookie: String::new(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header("cookie", &self.cookie);
        self.server.send(request.body(Body::empty()).unwrap()).await
    }

    async fn send(&self, path: &str, form: &str, site: &str) -> Answer {
        let request = Request::post(path)
            .header("cookie", &self.cookie)
            .header("sec-fetch-site", site)
            .header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(Body::from(form.to_owned())).unwrap();
        self.server.send(request).await
    }

    /// Sends a form, and keeps the cookie that comes back.
    async fn submit(&mut self, path: &str, form: &str) -> Answer {
        let answer = self.send(path, form, "same-origin").await;
        if let Some(cookie) = answer.header("set-cookie") {
            cookie
                .split(';')
                .next()
                .unwrap()
                .clone_into(&mut self.cookie);
        }
        answer
    }

    async fn sign_in(server: &'a Server, email: &str) -> Self {
        let mut browser = Self::new(server);
        let form = format!("email={email}&password={PASSWORD}&next=/billing/");
        let answer = browser.submit("/billing/sign-in", &form).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        assert_eq!(answer.header("location"), Some("/billing/"));
        browser
    }

    async fn owner(server: &'a Server) -> Self {
        let mut browser = Self::new(server);
        let link = server.state.identity.owner_link(&Actor::Command("test"));
        let link = link.await.unwrap();
        let (_, secret) = link.split_once('=').unwrap();
        let form = format!("link={secret}");
        let answer = browser.submit("/admin/enter", &form).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        browser
    }

    /// The mark that the forms of a page carry.
    async fn mark(&self, path: &str) -> String {
        let page = self.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        mark_of(&page).unwrap_or_else(|| panic!("{path} has no form: {}", page.text))
    }
}

fn mark_of(page: &Answer) -> Option<String> {
    let (_, rest) = page.text.split_once("name=\"mark\" value=\"")?;
    Some(rest.split('"').next()?.to_owned())
}

/// With the mark of a form before its fields.
fn marked(mark: &str, fields: &str) -> String {
    format!("mark={mark}&{fields}")
}

async fn key(server: &Server, scopes: &[Scope]) -> String {
    let scopes = Scopes::new(scopes.iter().copied());
    let identity = &server.state.identity;
    let actor = Actor::Command("test");
    let key = identity.create_api_key(actor, "test", Mode::Live, scopes, None);
    key.await.unwrap().key.reveal().to_owned()
}

async fn anna(server: &Server) -> String {
    let key = key(server, &[Scope::Admin]).await;
    let body = json!({ "id": "anna" });
    server.post("/v1/customers", &key, body).await.expect(201);
    key
}

#[tokio::test]
async fn nobody_sees_a_page_without_signing_in() {
    let server = Server::resume().await;
    anna(&server).await;
    let nobody = Browser::new(&server);
    for path in ["/billing/", "/billing/cancel", "/billing/change?plan=pro"] {
        let answer = nobody.get(path).await;
        assert_eq!(answer.status, 303, "{path}");
        let to = answer.header("location").unwrap();
        assert!(to.starts_with("/billing/sign-in?next=/billing/"), "{to}");
    }
    for path in ADMIN_PAGES {
        let answer = nobody.get(path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert_eq!(answer.header("location"), Some("/admin/sign-in"), "{path}");
    }
    for (path, form) in BILLING_FORMS.iter().chain(&ADMIN_FORMS) {
        let answer = nobody.send(path, form, "same-origin").await;
        assert_eq!(answer.status, 303, "{path}");
        let to = answer.header("location").unwrap();
        assert!(to.contains("/sign-in"), "{path} leads to {to}");
    }
}

#[tokio::test]
async fn every_page_is_strict_about_where_anything_comes_from() {
    let server = Server::resume().await;
    server.register("a@example.com").await;
    let user = Browser::sign_in(&server, "a@example.com").await;
    let owner = Browser::owner(&server).await;
    for (browser, path) in [
        (&user, "/billing/"),
        (&user, "/billing/sign-in"),
        (&user, "/billing/sign-up"),
        (&owner, "/admin/"),
        (&owner, "/admin/sign-in"),
        (&owner, "/admin/customers/nobody"),
    ] {
        let answer = browser.get(path).await;
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        let page = &answer.text;
        for inline in ["<style", " style=\"", " onclick", "<script>", "javascript:"] {
            assert!(!page.contains(inline), "{path} has {inline}");
        }
    }
}

#[tokio::test]
async fn the_cookie_of_a_visit_is_kept_from_scripts_and_other_sites() {
    let server = Server::resume().await;
    server.register("a@example.com").await;
    let mut browser = Browser::new(&server);
    let form = format!("email=a@example.com&password={PASSWORD}");
    let answer = browser.submit("/billing/sign-in", &form).await;
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("tollgate_visit=tgv_"), "{cookie}");
    assert!(
        cookie.ends_with("; HttpOnly; SameSite=Lax; Secure"),
        "{cookie}"
    );
    // Somebody signs in nobody else.
    let form = format!("email=a@example.com&password={PASSWORD}");
    let answer = browser.send("/billing/sign-in", &form, "cross-site").await;
    assert_eq!(answer.status, 403);
    // A wrong password is said in words, and the address stays in the field.
    let answer = browser
        .send(
            "/billing/sign-in",
            "email=a@example.com&password=wrong",
            "same-origin",
        )
        .await;
    assert_eq!(answer.status, 401);
    assert!(answer.text.contains("Wrong e-mail address or password."));
    assert!(answer.text.contains("value=\"a@example.com\""));
}

#[tokio::test]
async fn nothing_there_is_a_page_for_people_and_a_problem_for_programs() {
    let server = Server::resume().await;
    for (path, way) in [("/billing/x/y", "/billing/"), ("/admin/x", "/admin/")] {
        for method in [Method::GET, Method::POST] {
            let request = || Request::builder().method(&method).uri(path);
            let people = request().header("accept", "text/html,*/*;q=0.8");
            let page = server.send(people.body(Body::empty()).unwrap()).await;
            assert_eq!(page.status, 404, "{path}");
            assert!(page.text.contains("There is nothing at this address."));
            assert!(page.text.contains(&format!("href=\"{way}\"")), "{path}");
            let programs = request().header("accept", "application/json");
            let problem = server.send(programs.body(Body::empty()).unwrap()).await;
            assert_eq!(problem.status, 404, "{path}");
            let kind = problem.header("content-type").unwrap();
            assert_eq!(kind, "application/problem+json", "{path}");
        }
    }
}

#[tokio::test]
async fn whoever_must_sign_in_is_told_why_and_comes_back_to_where_they_were() {
    let server = Server::resume().await;
    server.register("a@example.com").await;
    let stranger = Browser::new(&server);
    let path = "/billing/sign-in?next=/billing/cancel";
    let page = stranger.get(path).await;
    assert!(!page.text.contains("Your session is over."));
    let way = "href=\"/billing/sign-up?next=/billing/cancel\"";
    assert!(page.text.contains(way), "{}", page.text);
    let page = stranger.get("/billing/sign-up?next=/billing/cancel").await;
    let way = "href=\"/billing/sign-in?next=/billing/cancel\"";
    assert!(page.text.contains(way), "{}", page.text);

    let user = Browser::sign_in(&server, "a@example.com").await;
    assert!(!user.get(path).await.text.contains("Your session is over."));
    let mark = user.mark("/billing/").await;
    let form = marked(&mark, "");
    let answer = user.send("/billing/sign-out", &form, "same-origin").await;
    assert_eq!(answer.status, 303);
    assert!(user.get(path).await.text.contains("Your session is over."));
}

#[tokio::test]
async fn an_open_redirect_leads_nowhere_else() {
    let server = Server::resume().await;
    server.register("a@example.com").await;
    for next in [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "/admin/",
    ] {
        let mut browser = Browser::new(&server);
        let form = format!("email=a@example.com&password={PASSWORD}&next={next}");
        let answer = browser.submit("/billing/sign-in", &form).await;
        assert_eq!(answer.header("location"), Some("/billing/"), "{next}");
    }
}

#[tokio::test]
async fn forged_forms_change_nothing() {
    let server = Server::resume().await;
    anna(&server).await;
    server.register("a@example.com").await;
    server.register("b@example.com").await;
    let user = Browser::sign_in(&server, "a@example.com").await;
    let other = Browser::sign_in(&server, "b@example.com").await;
    let owner = Browser::owner(&server).await;
    let mark = user.mark("/billing/").await;
    let foreign = other.mark("/billing/").await;
    let of_owner = owner.mark("/admin/").await;
    for (path, form) in BILLING_FORMS {
        for (mark, site) in [
            ("", "same-origin"),
            ("x", "same-origin"),
            (&*foreign, "same-origin"),
            (&*of_owner, "same-origin"),
            (&*mark, "cross-site"),
            (&*mark, "same-site"),
        ] {
            let answer = user.send(path, &marked(mark, form), site).await;
            assert_eq!(answer.status, 403, "{path} with {mark:?} from {site}");
        }
    }
    for (path, form) in ADMIN_FORMS {
        for (mark, site) in [
            ("", "same-origin"),
            (&*mark, "same-origin"),
            (&*of_owner, "cross-site"),
        ] {
            let answer = owner.send(path, &marked(mark, form), site).await;
            assert_eq!(answer.status, 403, "{path} with {mark:?} from {site}");
        }
    }
    // Both are still signed in, and nothing was given.
    assert_eq!(user.get("/billing/").await.status, 200);
    let page = owner.get("/admin/customers/anna").await;
    assert!(!page.text.contains("sorry"), "{}", page.text);
}

#[tokio::test]
async fn a_visit_that_was_ended_is_over_for_whoever_has_its_cookie() {
    let server = Server::resume().await;
    let (id, _) = server.user("a@example.com").await;
    let mut user = Browser::sign_in(&server, "a@example.com").await;
    let thief = Browser {
        server: &server,
        cookie: user.cookie.clone(),
    };
    assert_eq!(thief.get("/billing/").await.status, 200);
    let mark = user.mark("/billing/").await;
    let answer = user
        .submit("/billing/sign-out", &format!("mark={mark}"))
        .await;
    assert_eq!(answer.status, 303);
    assert_eq!(thief.get("/billing/").await.status, 303);
    // One of somebody who is locked out ends at once.
    let user = Browser::sign_in(&server, "a@example.com").await;
    let identity = &server.state.identity;
    let disabled = identity.set_disabled(Actor::Command("test"), id.parse().unwrap(), true);
    disabled.await.unwrap();
    assert_eq!(user.get("/billing/").await.status, 303);
}

#[tokio::test]
async fn what_people_wrote_stays_text() {
    let server = Server::resume().await;
    let name = "<script>alert(1)</script>\"'>";
    let mut browser = Browser::new(&server);
    let form = format!(
        "name={}&email=s@example.com&password={PASSWORD}",
        form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>()
    );
    let answer = browser.submit("/billing/sign-up", &form).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let page = browser.get("/billing/").await;
    assert!(!page.text.contains("<script>alert"), "{}", page.text);
    assert!(page.text.contains("&#60;script&#62;alert"), "{}", page.text);
    // And what is sent back into a field.
    let form = "email=\"><script>alert(2)</script>&password=wrong";
    let answer = browser.send("/billing/sign-in", form, "same-origin").await;
    assert!(!answer.text.contains("<script>alert"), "{}", answer.text);
}

#[tokio::test]
async fn members_look_and_whom_to_ask_is_said() {
    let server = Server::resume().await;
    let (_, boss) = server.user("boss@example.com").await;
    let (_, member) = server.user("member@example.com").await;
    let body = json!({ "name": "Acme" });
    let organization = server
        .post("/v1/organizations", &boss, body)
        .await
        .expect(201);
    let organization = text(&organization["id"]);
    let body = json!({ "email": "member@example.com", "role": "member" });
    let path = format!("/v1/organizations/{organization}/invitations");
    let invitation = server.post(&path, &boss, body).await.expect(201);
    let body = json!({ "token": invitation["token"] });
    let accepted = server.post("/v1/invitations/accept", &member, body).await;
    assert!(accepted.status.is_success(), "{}", accepted.text);
    server.register("stranger@example.com").await;

    let of = format!("?for={organization}");
    let browser = Browser::sign_in(&server, "member@example.com").await;
    let page = browser.get(&format!("/billing/{of}")).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Acme"));
    assert!(page.text.contains("ask a billing admin: boss@example.com"));
    let mark = mark_of(&page).unwrap();
    for (path, form) in &BILLING_FORMS[..5] {
        let path = format!("{path}{of}");
        let answer = browser
            .send(&path, &marked(&mark, form), "same-origin")
            .await;
        assert_eq!(answer.status, 403, "{path}");
    }
    // For themselves they may.
    let answer = browser
        .send("/billing/undo", &format!("mark={mark}"), "same-origin")
        .await;
    assert_ne!(answer.status, 403);

    let stranger = Browser::sign_in(&server, "stranger@example.com").await;
    let page = stranger.get(&format!("/billing/{of}")).await;
    assert_eq!(page.status, 403);
    assert!(!page.text.contains("Acme"), "{}", page.text);
}

#[tokio::test]
async fn links_work_once_and_lead_where_they_were_made_for() {
    let server = Server::resume().await;
    let key = anna(&server).await;
    let made = server.ask(Method::POST, "/v1/customers/anna/page-links", &key, None);
    let url = text(&made.await.expect(201)["url"]);
    let (_, secret) = url.split_once("link=").unwrap();
    let form = format!("link={secret}");
    let mut browser = Browser::new(&server);
    // Not where the owner goes; and looking at it does not use it up.
    assert_eq!(browser.submit("/admin/enter", &form).await.status, 410);
    let path = format!("/billing/enter?link={secret}");
    assert_eq!(browser.get(&path).await.status, 200);
    assert_eq!(browser.submit("/billing/enter", &form).await.status, 303);
    let page = browser.get("/billing/").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("anna"), "{}", page.text);
    let mut second = Browser::new(&server);
    assert_eq!(second.submit("/billing/enter", &form).await.status, 410);
    // The customer's cookie is none of the owner's.
    let cookie = browser.cookie.replace("tollgate_visit", "tollgate_owner");
    let forged = Browser {
        server: &server,
        cookie,
    };
    assert_eq!(forged.get("/admin/").await.status, 303);

    // The owner's link is not for the billing page, and its time ends.
    let identity = &server.state.identity;
    let link = identity.owner_link(&Actor::Command("test")).await.unwrap();
    let (_, secret) = link.split_once('=').unwrap();
    let form = format!("link={secret}");
    assert_eq!(second.submit("/billing/enter", &form).await.status, 410);
    server.clock.set(server.clock.now().plus_seconds(1_801));
    assert_eq!(second.submit("/admin/enter", &form).await.status, 410);
    // Only the first server on a database prints one.
    assert!(identity.first_owner_link().await.unwrap().is_some());
    assert!(identity.first_owner_link().await.unwrap().is_none());
}

#[tokio::test]
async fn a_widget_reads_one_customers_usage_and_nothing_else() {
    let server = Server::resume().await;
    let key = anna(&server).await;
    let body = json!({ "customer": "anna", "feature": "ats_scan" });
    server.post("/v1/consume", &key, body).await;
    let path = "/v1/customers/anna/widget-tokens";
    let made = server.ask(Method::POST, path, &key, None).await.expect(201);
    let token = text(&made["token"]);
    let data = server.get("/widgets/data?language=de", &token).await;
    assert_eq!(data.header("access-control-allow-origin"), Some("*"));
    let data = data.expect(200);
    assert_eq!(data["language"], "de");
    assert!(data["meters"].as_array().unwrap().len() == 4, "{data}");
    assert!(data["plans"].as_array().unwrap().len() == 3, "{data}");
    // It is no session, no key, and no access token.
    let browser = Browser {
        server: &server,
        cookie: format!("tollgate_visit={token}"),
    };
    assert_eq!(browser.get("/billing/").await.status, 303);
    assert_eq!(server.get("/v1/customers", &token).await.status, 401);
    assert_eq!(server.get("/me/usage", &token).await.status, 401);
    assert_eq!(server.get("/widgets/data", &key).await.status, 401);
    server.clock.set(server.clock.now().plus_seconds(901));
    assert_eq!(server.get("/widgets/data", &token).await.status, 401);
}

#[tokio::test]
async fn the_owner_signs_in_with_a_key_that_may_do_everything() {
    let server = Server::resume().await;
    let weak = key(&server, &[Scope::Read, Scope::Manage]).await;
    let strong = key(&server, &[Scope::Admin]).await;
    let mut browser = Browser::new(&server);
    let answer = browser
        .submit("/admin/sign-in", &format!("key={weak}"))
        .await;
    assert_eq!(answer.status, 403);
    let answer = browser
        .submit("/admin/sign-in", "key=tg_live_nonsense")
        .await;
    assert_eq!(answer.status, 401);
    assert_eq!(browser.get("/admin/").await.status, 303);
    let answer = browser
        .submit("/admin/sign-in", &format!("key={strong}"))
        .await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let cookie = answer.header("set-cookie").unwrap();
    assert!(
        cookie.contains("; Path=/admin; ") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    assert_eq!(browser.get("/admin/").await.status, 200);
}

#[tokio::test]
async fn the_owner_finds_explains_gives_once_and_looks() {
    let server = Server::resume().await;
    let key = anna(&server).await;
    for _ in 0..3 {
        let body = json!({ "feature": "ats_scan" });
        server.post("/v1/customers/anna/consume", &key, body).await;
    }
    let mut owner = Browser::owner(&server).await;
    for path in ADMIN_PAGES {
        let answer = owner.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    }
    let found = owner.get("/admin/customers?q=anna").await;
    assert!(
        found.text.contains("/admin/customers/anna"),
        "{}",
        found.text
    );
    let found = owner.get("/admin/customers?q=nobody").await;
    assert!(found.text.contains("Nobody was found."));
    let page = owner.get("/admin/customers/anna?feature=ats_scan").await;
    assert_eq!(
        page.text.matches("quota_exceeded").count(),
        2,
        "{}",
        page.text
    );

    let path = "/admin/customers/anna/grant";
    let preview = owner
        .get(&format!(
            "{path}?meter=ats_scan&units=5&reason=for+the+trouble"
        ))
        .await;
    assert!(preview.text.contains("for the trouble"), "{}", preview.text);
    let mark = mark_of(&preview).unwrap();
    let form = marked(
        &mark,
        "meter=ats_scan&units=5&reason=for+the+trouble&key=abc",
    );
    for _ in 0..2 {
        assert_eq!(owner.submit(path, &form).await.status, 303);
    }
    let usage = server
        .get("/v1/customers/anna/usage", &key)
        .await
        .expect(200);
    assert_eq!(usage["features"]["ats_scan"]["remaining"], 5, "{usage}");
    let wrong = marked(&mark, "meter=ats_scan&units=0&reason=x&key=abd");
    assert_eq!(owner.submit(path, &wrong).await.status, 422);

    // The page as the customer sees it, to look only; and it is written down.
    let form = format!("mark={mark}");
    let answer = owner
        .send("/admin/customers/anna/view", &form, "same-origin")
        .await;
    assert_eq!(answer.status, 303);
    let cookie = answer.header("set-cookie").unwrap();
    let looking = Browser {
        server: &server,
        cookie: cookie.split(';').next().unwrap().to_owned(),
    };
    let page = looking.get("/billing/").await;
    assert!(
        page.text.contains("as this customer sees it"),
        "{}",
        page.text
    );
    let audit = owner.get("/admin/audit").await;
    assert!(audit.text.contains("visit.opened"), "{}", audit.text);
    assert!(audit.text.contains("grant.given"), "{}", audit.text);
}
