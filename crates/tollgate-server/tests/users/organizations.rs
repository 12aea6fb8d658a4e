//! Organisations: members, roles, invitations, caps, and whose quota is used.

use crate::support::{Answer, PASSWORD, RESUME, Server, request, text};
use http::Method;
use serde_json::{Value, json};
use tollgate_core::decision::Reason;
use tollgate_core::id::{CustomerId, FeatureId, MemberId};
use tollgate_core::request::{Consume, Uses};

/// An organisation of `token`'s user: its id.
async fn found(server: &Server, token: &str) -> String {
    let body = json!({ "name": "Acme Logistics" });
    text(
        &server
            .post("/v1/organizations", token, body)
            .await
            .expect(201)["id"],
    )
}

async fn invite(
    server: &Server,
    token: &str,
    organization: &str,
    email: &str,
    role: &str,
) -> Answer {
    let path = format!("/v1/organizations/{organization}/invitations");
    let body = json!({ "email": email, "role": role });
    server.post(&path, token, body).await
}

async fn accept(server: &Server, token: &str, invitation: &Value) -> Answer {
    let body = json!({ "token": invitation["token"] });
    server.post("/v1/invitations/accept", token, body).await
}

/// A new user who is a member: their id and token.
async fn join(
    server: &Server,
    owner: &str,
    organization: &str,
    email: &str,
    role: &str,
) -> (String, String) {
    let (id, token) = server.user(email).await;
    let invitation = invite(server, owner, organization, email, role)
        .await
        .expect(201);
    assert_eq!(
        accept(server, &token, &invitation).await.expect(200)["role"],
        role
    );
    (id, token)
}

async fn acting_for(server: &Server, organization: &str, token: &str, path: &str) -> Answer {
    let mut sent = request(Method::GET, path, token, None);
    sent.headers_mut()
        .insert("x-organization", organization.parse().unwrap());
    server.send(sent).await
}

#[tokio::test]
async fn an_organisation_has_a_customer_of_its_own_that_its_members_use() {
    let server = Server::resume().await;
    let (_, owner) = server.user("owner@example.com").await;
    let organization = found(&server, &owner).await;
    let (member_id, member) = join(
        &server,
        &owner,
        &organization,
        "member@example.com",
        "member",
    )
    .await;

    let mine = server.get("/v1/organizations", &member).await.expect(200);
    assert_eq!(mine["data"][0]["id"], organization.as_str());
    assert_eq!(mine["data"][0]["role"], "member");
    let me = server.get("/auth/me", &member).await.expect(200);
    assert_eq!(me["organizations"][0]["name"], "Acme Logistics");

    // Consumption is recorded for the member, on the organisation's quota.
    let customer = CustomerId::new(&organization).unwrap();
    let request = Consume {
        uses: Uses::one(FeatureId::new("ats_scan").unwrap(), 2).unwrap(),
        member: Some(MemberId::new(&member_id).unwrap()),
        metadata: None,
    };
    let consumed = server
        .state
        .tollgate
        .consume(&customer, request, None)
        .await
        .unwrap();
    assert!(consumed.into_result().is_ok());
    let usage = acting_for(&server, &organization, &member, "/me/usage")
        .await
        .expect(200);
    assert_eq!(usage["features"]["ats_scan"]["remaining"], 0);
    let usage = server.get("/me/usage", &member).await.expect(200);
    assert_eq!(
        usage["features"]["ats_scan"]["remaining"], 2,
        "their own is untouched"
    );
    let subscription = acting_for(&server, &organization, &owner, "/billing/subscription")
        .await
        .expect(200);
    assert_eq!(
        (&subscription["org_id"], &subscription["user_id"]),
        (&json!(organization), &json!(null))
    );
}

#[tokio::test]
async fn strangers_learn_nothing_of_an_organisation() {
    let server = Server::resume().await;
    let (_, owner) = server.user("owner@example.com").await;
    let (_, stranger) = server.user("stranger@example.com").await;
    let organization = found(&server, &owner).await;
    found(&server, &stranger).await;
    let nowhere = "org_00000000000000000000000000";
    for path in ["", "/members", "/caps", "/invitations"] {
        let real = server
            .get(
                &format!("/v1/organizations/{organization}{path}"),
                &stranger,
            )
            .await;
        let made_up = server
            .get(&format!("/v1/organizations/{nowhere}{path}"), &stranger)
            .await;
        let nonsense = server
            .get(&format!("/v1/organizations/nonsense{path}"), &stranger)
            .await;
        assert_eq!(real.status, 403, "{path}");
        assert_eq!(real.text, made_up.text, "{path}");
        assert_eq!(real.text, nonsense.text, "{path}");
    }
    for path in ["/me/usage", "/billing/subscription", "/billing/usage"] {
        acting_for(&server, &organization, &stranger, path)
            .await
            .expect(403);
        acting_for(&server, nowhere, &stranger, path)
            .await
            .expect(403);
    }
}

#[tokio::test]
async fn an_invitation_is_for_one_address_once_and_for_some_days() {
    let server = Server::resume().await;
    let (_, owner) = server.user("owner@example.com").await;
    let (_, guest) = server.user("guest@example.com").await;
    let (_, thief) = server.user("thief@example.com").await;
    let organization = found(&server, &owner).await;
    let invitation = invite(&server, &owner, &organization, "Guest@Example.com", "admin")
        .await
        .expect(201);
    accept(&server, &thief, &invitation).await.expect(404);
    accept(&server, &guest, &json!({ "token": "tgi_nonsense" }))
        .await
        .expect(404);
    assert_eq!(
        accept(&server, &guest, &invitation).await.expect(200)["role"],
        "admin"
    );
    accept(&server, &guest, &invitation).await.expect(404);

    server.clock.advance(1);
    let (_, late) = server.user("late@example.com").await;
    let invitation = invite(&server, &owner, &organization, "late@example.com", "member")
        .await
        .expect(201);
    server.clock.advance(8 * 86_400);
    let again = |email| server.login(email, PASSWORD);
    let owner = text(&again("owner@example.com").await.expect(200)["access_token"]);
    let late_again = text(&again("late@example.com").await.expect(200)["access_token"]);
    accept(&server, &late, &invitation).await.expect(401);
    accept(&server, &late_again, &invitation).await.expect(404);

    let invitation = invite(&server, &owner, &organization, "late@example.com", "member")
        .await
        .expect(201);
    let path = format!("/v1/organizations/{organization}/invitations");
    let one = format!("{path}/{}", text(&invitation["id"]));
    server.delete(&one, &owner).await.expect(204);
    server.delete(&one, &owner).await.expect(404);
    accept(&server, &late_again, &invitation).await.expect(404);
    let listed = server.get(&path, &owner).await.expect(200);
    let listed: Vec<_> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(&one["status"]))
        .collect();
    assert_eq!(listed, ["accepted", "expired", "revoked"]);
    let first = server
        .get(&format!("{path}?limit=2"), &owner)
        .await
        .expect(200);
    assert_eq!(
        (&first["has_more"], &first["data"].as_array().unwrap().len()),
        (&json!(true), &2)
    );
    let rest = format!("{path}?starting_after={}", text(&first["next"]));
    let rest = server.get(&rest, &owner).await.expect(200);
    assert_eq!(rest["data"][0]["id"], invitation["id"]);
}

#[tokio::test]
async fn an_invitation_lets_register_where_registration_is_closed() {
    let server = Server::with(RESUME, |config| config.auth.registration_open = false).await;
    let identity = &server.state.identity;
    // The first user of a closed server is made by its operator.
    let store = server.state.tollgate.store().clone();
    let mut config = server.state.config.auth.clone();
    config.registration_open = true;
    let operator = tollgate_server::identity::Identity::new(store, &config, server.clock.clone());
    let operator = operator.await.unwrap();
    let owner = operator.register(tollgate_server::identity::Registration {
        email: "owner@example.com".into(),
        password: PASSWORD.into(),
        name: None,
        invitation: None,
    });
    owner.await.unwrap();
    let owner = server
        .login("owner@example.com", PASSWORD)
        .await
        .expect(200);
    let owner = text(&owner["access_token"]);
    let organization = found(&server, &owner).await;
    let invitation = invite(&server, &owner, &organization, "new@example.com", "member")
        .await
        .expect(201);
    let body = |email: &str| json!({ "email": email, "password": PASSWORD, "invitation": invitation["token"] });
    server
        .post("/auth/register", "", body("other@example.com"))
        .await
        .expect(404);
    server.clock.advance(1);
    let user = server
        .post("/auth/register", "", body("new@example.com"))
        .await
        .expect(201);
    let path = format!("/v1/organizations/{organization}/members");
    let members = server.get(&path, &owner).await.expect(200);
    assert_eq!(members["data"][1]["user_id"], user["id"]);
    assert!(identity.audit_log(None, 100).await.unwrap().len() >= 4);
}

#[tokio::test]
async fn nobody_reaches_above_their_own_role_and_the_last_owner_stays() {
    let server = Server::resume().await;
    let (owner_id, owner) = server.user("owner@example.com").await;
    let organization = found(&server, &owner).await;
    let (admin_id, admin) =
        join(&server, &owner, &organization, "admin@example.com", "admin").await;
    let (member_id, member) = join(
        &server,
        &owner,
        &organization,
        "member@example.com",
        "member",
    )
    .await;
    let path = |id: &str| format!("/v1/organizations/{organization}/members/{id}");
    let role = |role: &str| json!({ "role": role });

    server
        .put(&path(&member_id), &member, role("admin"))
        .await
        .expect(403);
    server
        .put(&path(&member_id), &admin, role("owner"))
        .await
        .expect(403);
    server
        .put(&path(&owner_id), &admin, role("member"))
        .await
        .expect(403);
    server.delete(&path(&owner_id), &admin).await.expect(403);
    server.delete(&path(&admin_id), &member).await.expect(403);
    invite(&server, &admin, &organization, "x@example.com", "owner")
        .await
        .expect(403);
    invite(&server, &member, &organization, "x@example.com", "member")
        .await
        .expect(403);

    server
        .put(&path(&member_id), &admin, role("admin"))
        .await
        .expect(200);
    server
        .put(&path(&member_id), &admin, role("member"))
        .await
        .expect(200);
    let last = server
        .put(&path(&owner_id), &owner, role("admin"))
        .await
        .expect(409);
    assert_eq!(last["error"], "last_owner");
    server.delete(&path(&owner_id), &owner).await.expect(409);
    server
        .put(&path(&admin_id), &owner, role("owner"))
        .await
        .expect(200);
    server.delete(&path(&owner_id), &owner).await.expect(204);
    server
        .get(&format!("/v1/organizations/{organization}"), &owner)
        .await
        .expect(403);
    server.delete(&path(&member_id), &member).await.expect(204);
    acting_for(&server, &organization, &member, "/me/usage")
        .await
        .expect(403);
    server.delete(&path(&member_id), &admin).await.expect(404);

    let log = server.state.identity.audit_log(None, 100).await.unwrap();
    let of_admin = log
        .iter()
        .filter(|line| line.actor == admin_id)
        .map(|line| line.action.as_str());
    assert!(
        of_admin
            .clone()
            .any(|action| action == "member.role_changed")
    );
}

#[tokio::test]
async fn a_capped_member_cannot_use_up_what_is_everybodys() {
    let server = Server::resume().await;
    let (owner_id, owner) = server.user("owner@example.com").await;
    let organization = found(&server, &owner).await;
    let (member_id, member) = join(
        &server,
        &owner,
        &organization,
        "member@example.com",
        "member",
    )
    .await;
    let cap = format!("/v1/organizations/{organization}/members/{member_id}/caps/jd_parse");
    let units = |units: u64| json!({ "units": units });
    server.put(&cap, &member, units(5)).await.expect(403);
    server.put(&cap, &owner, units(2)).await.expect(200);
    let unknown = format!("/v1/organizations/{organization}/members/{member_id}/caps/nothing");
    server.put(&unknown, &owner, units(2)).await.expect(404);
    let nobody = format!(
        "/v1/organizations/{organization}/members/usr_00000000000000000000000000/caps/jd_parse"
    );
    server.put(&nobody, &owner, units(2)).await.expect(404);

    let customer = CustomerId::new(&organization).unwrap();
    let consume = async |member: &str, amount| {
        let request = Consume {
            uses: Uses::one(FeatureId::new("jd_parse").unwrap(), amount).unwrap(),
            member: Some(MemberId::new(member).unwrap()),
            metadata: None,
        };
        let decision = server
            .state
            .tollgate
            .consume(&customer, request, None)
            .await
            .unwrap();
        decision
            .into_result()
            .map(drop)
            .map_err(|refusal| refusal.reason)
    };
    assert_eq!(consume(&member_id, 1).await, Ok(()));
    assert_eq!(consume(&member_id, 2).await, Err(Reason::MemberCapExceeded));
    assert_eq!(consume(&owner_id, 2).await, Ok(()), "others are not capped");
    let path = format!("/v1/organizations/{organization}/caps");
    let caps = server.get(&path, &member).await.expect(200);
    assert_eq!(
        caps["data"],
        json!([{"member": member_id, "meter": "jd_parse", "units": 2, "every": "month",
            "anchor": "calendar", "used": 1}])
    );
    server.delete(&cap, &member).await.expect(403);
    server.delete(&cap, &owner).await.expect(204);
    assert_eq!(consume(&member_id, 2).await, Ok(()));
    let log = server.state.identity.audit_log(None, 100).await.unwrap();
    let set = log
        .iter()
        .filter(|line| line.action == "member.cap_set" && line.actor == owner_id);
    assert_eq!(set.count(), 2);
}
