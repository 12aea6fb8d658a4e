//! The seeds' own transcripts and bodies.

use crate::support::{PASSWORD, Server, USDOT, text};
use serde_json::json;
use tollgate_core::grant::Source;
use tollgate_core::id::{CustomerId, FeatureId, MeterId, PlanId};
use tollgate_core::request::{ChangeTime, Consume, GrantUnits, Subscribe, Uses};

fn use_of(feature: &str, amount: u64) -> Consume {
    Consume {
        uses: Uses::one(FeatureId::new(feature).unwrap(), amount).unwrap(),
        member: None,
        metadata: None,
    }
}

#[tokio::test]
async fn register_login_and_usage_answer_as_the_first_seed_shows() {
    let server = Server::resume().await;
    let user = server.register("test@example.com").await;
    assert_eq!(user["email"], "test@example.com");
    assert_eq!(user["customer_id"], user["id"]);

    let tokens = server.login("test@example.com", PASSWORD).await.expect(200);
    assert_eq!(tokens["token_type"], "bearer");
    assert_eq!(tokens["expires_in"], 900);
    let token = text(&tokens["access_token"]);

    let usage = server.get("/me/usage", &token).await.expect(200);
    assert_eq!(
        usage,
        json!({
            "plan": "free",
            "month_key": "2026-01",
            "features": {
                "ats_scan": {"limit": 2, "used": 0, "remaining": 2, "unlimited": false},
                "resume_tailor": {"limit": 3, "used": 0, "remaining": 3, "unlimited": false},
                "cover_letter": {"limit": 3, "used": 0, "remaining": 3, "unlimited": false},
                "jd_parse": {"limit": 5, "used": 0, "remaining": 5, "unlimited": false}
            }
        })
    );

    let customer = CustomerId::new(&text(&user["id"])).unwrap();
    let consumed = server
        .state
        .tollgate
        .consume(&customer, use_of("ats_scan", 2), None);
    assert!(consumed.await.unwrap().into_result().is_ok());
    let usage = server.get("/me/usage", &token).await.expect(200);
    assert_eq!(
        usage["features"]["ats_scan"],
        json!({"limit": 2, "used": 2, "remaining": 0, "unlimited": false})
    );
}

#[tokio::test]
async fn an_unlimited_plan_shows_no_limits() {
    let server = Server::resume().await;
    let (id, token) = server.user("elite@example.com").await;
    let elite = Subscribe {
        plan: PlanId::new("elite").unwrap(),
        price: None,
        when: ChangeTime::Now,
    };
    let customer = CustomerId::new(&id).unwrap();
    let subscribed = server
        .state
        .tollgate
        .subscribe(&customer, elite, None)
        .await;
    assert!(subscribed.unwrap().into_result().is_ok());
    let usage = server.get("/me/usage", &token).await.expect(200);
    assert_eq!(usage["plan"], "elite");
    assert_eq!(
        usage["features"]["ats_scan"],
        json!({"limit": null, "used": 0, "remaining": null, "unlimited": true})
    );
}

#[tokio::test]
async fn billing_shows_the_fields_of_the_second_seed() {
    let server = Server::with(USDOT, |_| {}).await;
    let (id, token) = server.user("driver@example.com").await;
    let customer = CustomerId::new(&id).unwrap();

    let plans = server.get("/billing/plans", "").await.expect(200);
    let shown: Vec<_> = plans
        .as_array()
        .unwrap()
        .iter()
        .map(|plan| {
            (
                text(&plan["name"]),
                plan["price_cents"].clone(),
                plan["monthly_quota"].clone(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("Free".to_owned(), json!(0), json!(20)),
            ("Basic".to_owned(), json!(999), json!(150)),
            ("Professional".to_owned(), json!(2_999), json!(500)),
            ("Enterprise".to_owned(), json!(9_999), json!(2_000)),
        ]
    );
    assert_eq!(plans[0]["is_active"], true);
    assert_eq!(plans[0]["created_at"], "2026-01-15T12:00:00Z");
    assert_eq!(
        plans[0]["features"],
        json!(["Image OCR", "Salesforce sync", "Manual USDOT input"])
    );

    let subscription = server
        .get("/billing/subscription", &token)
        .await
        .expect(200);
    for (field, expected) in [
        ("user_id", json!(id)),
        ("org_id", json!(null)),
        ("plan_id", json!("free")),
        ("status", json!("active")),
        ("stripe_subscription_id", json!(null)),
        ("current_period_start", json!("2026-01-15T12:00:00Z")),
        ("current_period_end", json!("2026-02-15T12:00:00Z")),
        ("created_at", json!("2026-01-15T12:00:00Z")),
    ] {
        assert_eq!(subscription[field], expected, "{field}");
    }

    // 10 left and 20 new are 30: the seed's carry-over.
    let consumed = server
        .state
        .tollgate
        .consume(&customer, use_of("image_ocr", 10), None);
    assert!(consumed.await.unwrap().into_result().is_ok());
    server.clock.advance(31 * 86_400);
    let token = server
        .login("driver@example.com", PASSWORD)
        .await
        .expect(200);
    let token = text(&token["access_token"]);
    let bought = GrantUnits {
        meter: MeterId::new("operations").unwrap(),
        units: 5,
        source: Source::TopUp,
        starts_at: None,
        expires_at: None,
        priority: 0,
        reference: "test".to_owned(),
    };
    let granted = server.state.tollgate.grant(&customer, bought, None).await;
    assert!(granted.unwrap().into_result().is_ok());
    let usage = server.get("/billing/usage", &token).await.expect(200);
    for (field, expected) in [
        ("id", json!(format!("{id}/2026-02-15T12:00:00Z"))),
        ("subscription_id", subscription["id"].clone()),
        ("user_id", json!(id)),
        ("org_id", json!(null)),
        ("period_start", json!("2026-02-15T12:00:00Z")),
        ("period_end", json!("2026-03-15T12:00:00Z")),
        ("quota_limit", json!(35)),
        ("quota_used", json!(0)),
        ("quota_remaining", json!(35)),
        ("carryover_from_previous", json!(10)),
        ("quota_purchased", json!(5)),
    ] {
        assert_eq!(usage[field], expected, "{field}");
    }
    assert_eq!(usage["meters"][0]["meter"], "operations");

    let status = server.get("/billing/status", "").await.expect(200);
    assert_eq!(
        (&status["status"], &status["stripe_configured"]),
        (&json!("ok"), &json!(false))
    );
    assert_eq!(
        status["plans"],
        json!(["free", "basic", "professional", "enterprise"])
    );
}

#[tokio::test]
async fn several_meters_are_summed_up() {
    let server = Server::resume().await;
    let (_, token) = server.user("sums@example.com").await;
    let usage = server.get("/billing/usage", &token).await.expect(200);
    assert_eq!(
        (&usage["quota_limit"], &usage["quota_remaining"]),
        (&json!(13), &json!(13))
    );
    assert_eq!(usage["period_end"], "2026-02-01T00:00:00Z");
    assert_eq!(usage["meters"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn errors_carry_what_both_seeds_look_for() {
    let server = Server::resume().await;
    let answer = server.get("/me/usage", "").await;
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let message = "send an access token: Authorization: Bearer …";
    assert_eq!(
        answer.expect(401),
        json!({"error": "unauthenticated", "message": message,
            "detail": {"error": "unauthenticated", "detail": message}})
    );
    // Back ends are answered with problems.
    let answer = server.get("/v1/organizations", "").await;
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(answer.expect(401)["status"], 401);
}

#[tokio::test]
async fn unfit_registrations_say_what_is_wrong() {
    let server = Server::resume().await;
    server.register("taken@example.com").await;
    for (email, password, status, error) in [
        ("Taken@Example.com", PASSWORD, 409, "email_taken"),
        ("no-address", PASSWORD, 422, "invalid_request"),
        ("@example.com", PASSWORD, 422, "invalid_request"),
        ("a b@example.com", PASSWORD, 422, "invalid_request"),
        ("new@example.com", "short", 422, "invalid_request"),
    ] {
        let body = json!({ "email": email, "password": password });
        let answer = server.post("/auth/register", "", body).await.expect(status);
        assert_eq!(answer["error"], error, "{email}");
    }
    let closed = Server::with(crate::support::RESUME, |config| {
        config.auth.registration_open = false;
    });
    let body = json!({ "email": "new@example.com", "password": PASSWORD });
    let answer = closed
        .await
        .post("/auth/register", "", body)
        .await
        .expect(403);
    assert_eq!(answer["error"], "forbidden");
}
