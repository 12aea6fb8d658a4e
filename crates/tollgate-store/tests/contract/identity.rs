//! Users, organisations, keys, tokens, settings, the audit log and payments.

use tollgate_core::Timestamp;
use tollgate_core::id::CustomerId;
use tollgate_store::api_key::{self, ApiKey};
use tollgate_store::audit::{self, AuditLine};
use tollgate_store::id::{ApiKeyId, AuditId, InvitationId, OrganizationId, UserId};
use tollgate_store::organization::{
    self, Invitation, MemberChange, Membership, Organization, Role,
};
use tollgate_store::refresh_token::{self, RefreshToken, Rotation};
use tollgate_store::setting;
use tollgate_store::signing_key::{self, SigningKey};
use tollgate_store::testing::TestDatabase;
use tollgate_store::user::{self, User};
use tollgate_store::{Engine, StoreError};

super::contract! {
    an_email_address_has_one_user,
    an_organization_keeps_an_owner,
    an_invitation_is_accepted_once,
    a_key_is_found_by_its_hash_until_it_is_revoked,
    a_token_is_used_once_and_reuse_revokes_the_family,
    two_uses_of_a_token_at_once_are_not_both_good,
    the_newest_signing_key_comes_first,
    a_setting_is_added_once,
    the_audit_log_is_read_backwards,
    a_corrupt_value_is_named,
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

fn user(number: u128, email: &str) -> User {
    User {
        id: UserId::new(at(0), number),
        email: email.to_owned(),
        name: None,
        password_hash: "$argon2id$…".to_owned(),
        customer: CustomerId::new(&format!("user_{number}")).unwrap(),
        created_at: at(0),
        disabled_at: None,
    }
}

async fn an_email_address_has_one_user(database: TestDatabase) {
    let store = database.open().await.unwrap();
    let first = user(1, "test@example.com");
    let mut transaction = store.begin().await.unwrap();
    user::insert(&mut transaction, &first).await.unwrap();
    user::insert(&mut transaction, &first)
        .await
        .expect("the same user again changes nothing");
    transaction.commit().await.unwrap();

    let mut transaction = store.begin().await.unwrap();
    let error = user::insert(&mut transaction, &user(2, "Test@Example.com"))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Conflict {
                table: "user_emails"
            }
        ),
        "{error:?}"
    );
    drop(transaction);

    let mut transaction = store.begin().await.unwrap();
    assert_eq!(
        user::find_by_email(&mut transaction, "TEST@example.com")
            .await
            .unwrap(),
        Some(first.clone())
    );
    assert_eq!(
        user::find(&mut transaction, first.id).await.unwrap(),
        Some(first.clone())
    );
    assert_eq!(
        user::find(&mut transaction, user(2, "").id).await.unwrap(),
        None
    );
    assert!(
        user::set_password(&mut transaction, first.id, "other")
            .await
            .unwrap()
    );
    assert!(
        user::set_disabled(&mut transaction, first.id, Some(at(5)))
            .await
            .unwrap()
    );
    assert!(
        !user::set_disabled(&mut transaction, user(2, "").id, None)
            .await
            .unwrap()
    );
    let changed = user::find(&mut transaction, first.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (&*changed.password_hash, changed.disabled_at),
        ("other", Some(at(5)))
    );
    user::insert(&mut transaction, &user(2, "b@example.com"))
        .await
        .unwrap();
    let all = user::list(&mut transaction, None, 10).await.unwrap();
    assert_eq!(
        all.iter().map(|user| user.id).collect::<Vec<_>>(),
        [first.id, user(2, "").id]
    );
    assert_eq!(
        user::list(&mut transaction, Some(first.id), 10)
            .await
            .unwrap()
            .len(),
        1
    );
}

fn organization() -> Organization {
    Organization {
        id: OrganizationId::new(at(0), 1),
        name: "Acme".to_owned(),
        customer: CustomerId::new("org_456").unwrap(),
        created_at: at(0),
    }
}

fn membership(user: UserId, role: Role) -> Membership {
    Membership {
        organization: organization().id,
        user,
        role,
        created_at: at(1),
    }
}

async fn an_organization_keeps_an_owner(database: TestDatabase) {
    let store = database.open().await.unwrap();
    let mut transaction = store.begin().await.unwrap();
    let (ann, bob) = (user(1, "a@x").id, user(2, "b@x").id);
    let acme = organization();
    let absent = organization::set_member(&mut transaction, &membership(bob, Role::Admin))
        .await
        .unwrap();
    assert_eq!(absent, MemberChange::NotFound);
    organization::insert(&mut transaction, &acme, ann)
        .await
        .unwrap();
    assert!(
        organization::rename(&mut transaction, acme.id, "Acme Ltd")
            .await
            .unwrap()
    );

    let change = organization::set_member(&mut transaction, &membership(ann, Role::Admin))
        .await
        .unwrap();
    assert_eq!(change, MemberChange::LastOwner);
    let change = organization::remove_member(&mut transaction, acme.id, ann)
        .await
        .unwrap();
    assert_eq!(change, MemberChange::LastOwner);
    let change = organization::remove_member(&mut transaction, acme.id, bob)
        .await
        .unwrap();
    assert_eq!(change, MemberChange::NotFound);
    let change = organization::set_member(&mut transaction, &membership(bob, Role::Owner))
        .await
        .unwrap();
    assert_eq!(change, MemberChange::Done);
    let change = organization::set_member(&mut transaction, &membership(ann, Role::Member))
        .await
        .unwrap();
    assert_eq!(change, MemberChange::Done);

    let found = organization::find(&mut transaction, acme.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.name, "Acme Ltd");
    let of_ann = organization::of_user(&mut transaction, ann).await.unwrap();
    assert_eq!(of_ann, [(found, Role::Member)]);
    let members = organization::members(&mut transaction, acme.id, None, 10)
        .await
        .unwrap();
    assert_eq!(
        members.iter().map(|member| member.role).collect::<Vec<_>>(),
        [Role::Member, Role::Owner]
    );
    let change = organization::remove_member(&mut transaction, acme.id, ann)
        .await
        .unwrap();
    assert_eq!(change, MemberChange::Done);
    assert_eq!(
        organization::members(&mut transaction, acme.id, Some(ann), 10)
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        organization::list(&mut transaction, None, 10)
            .await
            .unwrap()
            .len(),
        1
    );
}

async fn an_invitation_is_accepted_once(database: TestDatabase) {
    let store = database.open().await.unwrap();
    let mut transaction = store.begin().await.unwrap();
    let (ann, bob) = (user(1, "a@x").id, user(2, "b@x").id);
    organization::insert(&mut transaction, &organization(), ann)
        .await
        .unwrap();
    let invitation = |number: u128| Invitation {
        id: InvitationId::new(at(0), number),
        organization: organization().id,
        email: "b@x".to_owned(),
        role: Role::Admin,
        token_hash: format!("hash {number}"),
        created_at: at(0),
        expires_at: at(100),
        accepted_at: None,
        revoked_at: None,
    };
    for number in [1, 2, 3] {
        organization::invite(&mut transaction, &invitation(number))
            .await
            .unwrap();
    }
    let found = organization::invitation_by_token(&mut transaction, "hash 1")
        .await
        .unwrap();
    assert_eq!(found, Some(invitation(1)));
    assert!(
        organization::accept(&mut transaction, &invitation(1), bob, at(50))
            .await
            .unwrap()
    );
    assert!(
        !organization::accept(&mut transaction, &invitation(1), bob, at(51))
            .await
            .unwrap()
    );
    let member = organization::member(&mut transaction, organization().id, bob)
        .await
        .unwrap();
    assert_eq!(member.map(|member| member.role), Some(Role::Admin));
    // An owner who accepts stays one.
    assert!(
        organization::accept(&mut transaction, &invitation(2), ann, at(99))
            .await
            .unwrap()
    );
    let member = organization::member(&mut transaction, organization().id, ann)
        .await
        .unwrap();
    assert_eq!(member.map(|member| member.role), Some(Role::Owner));
    // Late, or taken back.
    assert!(
        !organization::accept(&mut transaction, &invitation(3), bob, at(100))
            .await
            .unwrap()
    );
    let other = OrganizationId::new(at(0), 9);
    let id = invitation(3).id;
    assert!(
        !organization::revoke_invitation(&mut transaction, other, id, at(60))
            .await
            .unwrap()
    );
    let own = organization().id;
    assert!(
        organization::revoke_invitation(&mut transaction, own, id, at(60))
            .await
            .unwrap()
    );
    assert!(
        !organization::accept(&mut transaction, &invitation(3), bob, at(61))
            .await
            .unwrap()
    );
    let revoked = organization::invitation(&mut transaction, id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(revoked.revoked_at, Some(at(60)));
    assert_eq!(
        organization::invitations(&mut transaction, own, None, 10)
            .await
            .unwrap()
            .len(),
        3
    );
}

async fn a_key_is_found_by_its_hash_until_it_is_revoked(database: TestDatabase) {
    let store = database.open().await.unwrap();
    let mut transaction = store.begin().await.unwrap();
    let key = ApiKey {
        id: ApiKeyId::new(at(0), 1),
        hash: "00ff".to_owned(),
        name: "back end".to_owned(),
        scopes: vec!["consume".to_owned(), "customers:read".to_owned()],
        is_live: true,
        prefix: "tg_live_ab".to_owned(),
        created_at: at(0),
        last_used_at: None,
        revoked_at: None,
    };
    api_key::insert(&mut transaction, &key).await.unwrap();
    assert_eq!(
        api_key::find_by_hash(&mut transaction, "00ff")
            .await
            .unwrap(),
        Some(key.clone())
    );
    assert_eq!(
        api_key::find_by_hash(&mut transaction, "00fe")
            .await
            .unwrap(),
        None
    );
    api_key::touch(&mut transaction, "00ff", at(9))
        .await
        .unwrap();
    api_key::touch(&mut transaction, "00ff", at(8))
        .await
        .unwrap();
    assert!(
        api_key::revoke(&mut transaction, key.id, at(10))
            .await
            .unwrap()
    );
    assert!(
        !api_key::revoke(&mut transaction, key.id, at(11))
            .await
            .unwrap()
    );
    let listed = api_key::list(&mut transaction, None, 10).await.unwrap();
    assert_eq!(
        listed,
        [ApiKey {
            last_used_at: Some(at(9)),
            revoked_at: Some(at(10)),
            ..key.clone()
        }]
    );
    transaction.commit().await.unwrap();

    let mut transaction = store.begin().await.unwrap();
    let error = api_key::insert(&mut transaction, &key).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Conflict { table: "api_keys" }),
        "{error:?}"
    );
}

fn token(hash: &str) -> RefreshToken {
    RefreshToken {
        hash: hash.to_owned(),
        user: user(1, "").id,
        family: "family".to_owned(),
        created_at: at(0),
        expires_at: at(100),
        used_at: None,
        revoked_at: None,
    }
}

async fn a_token_is_used_once_and_reuse_revokes_the_family(database: TestDatabase) {
    let store = database.open().await.unwrap();
    let mut transaction = store.begin().await.unwrap();
    let owner = user(1, "").id;
    refresh_token::insert(&mut transaction, &token("a"))
        .await
        .unwrap();
    let rotation = refresh_token::rotate(&mut transaction, "a", "b", at(200), at(10))
        .await
        .unwrap();
    assert_eq!(rotation, Rotation::Rotated(owner));
    let rotation = refresh_token::rotate(&mut transaction, "b", "c", at(300), at(20))
        .await
        .unwrap();
    assert_eq!(rotation, Rotation::Rotated(owner));
    // Stolen: whoever comes second, thief or owner, ends the family.
    let rotation = refresh_token::rotate(&mut transaction, "a", "d", at(300), at(30))
        .await
        .unwrap();
    assert_eq!(rotation, Rotation::Reused(owner));
    let rotation = refresh_token::rotate(&mut transaction, "c", "d", at(300), at(31))
        .await
        .unwrap();
    assert_eq!(rotation, Rotation::Refused);
    assert!(
        refresh_token::find(&mut transaction, "d")
            .await
            .unwrap()
            .is_none()
    );
    // Unknown, and late.
    let rotation = refresh_token::rotate(&mut transaction, "x", "y", at(300), at(31))
        .await
        .unwrap();
    assert_eq!(rotation, Rotation::Refused);
    refresh_token::insert(
        &mut transaction,
        &RefreshToken {
            family: "other".to_owned(),
            ..token("e")
        },
    )
    .await
    .unwrap();
    let rotation = refresh_token::rotate(&mut transaction, "e", "f", at(300), at(100))
        .await
        .unwrap();
    assert_eq!(rotation, Rotation::Refused);
    assert_eq!(
        refresh_token::revoke_user(&mut transaction, owner, at(100))
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        refresh_token::prune(&mut transaction, at(250), 10)
            .await
            .unwrap(),
        3
    );
    assert!(
        refresh_token::find(&mut transaction, "c")
            .await
            .unwrap()
            .is_some()
    );
}

async fn two_uses_of_a_token_at_once_are_not_both_good(database: TestDatabase) {
    let store = database.open().await.unwrap();
    let mut transaction = store.begin().await.unwrap();
    refresh_token::insert(&mut transaction, &token("a"))
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let uses: Vec<_> = (0..4)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .transaction(|transaction| {
                        Box::pin(async move {
                            let successor = format!("successor {number}");
                            refresh_token::rotate(transaction, "a", &successor, at(300), at(10))
                                .await
                        })
                    })
                    .await
                    .unwrap()
            })
        })
        .collect();
    let mut rotated = 0;
    for one in uses {
        match one.await.unwrap() {
            Rotation::Rotated(_) => rotated += 1,
            Rotation::Reused(_) => {}
            Rotation::Refused => panic!("the token is known"),
        }
    }
    assert_eq!(rotated, 1);
}

async fn the_newest_signing_key_comes_first(database: TestDatabase) {
    let store = database.open().await.unwrap();
    let mut transaction = store.begin().await.unwrap();
    let key = |id: &str, seconds| SigningKey {
        id: id.to_owned(),
        algorithm: "HS256".to_owned(),
        secret: "5ec2e7".to_owned(),
        created_at: at(seconds),
        retired_at: None,
    };
    signing_key::insert(&mut transaction, &key("old", 1))
        .await
        .unwrap();
    signing_key::insert(&mut transaction, &key("new", 2))
        .await
        .unwrap();
    assert!(
        signing_key::retire(&mut transaction, "old", at(3))
            .await
            .unwrap()
    );
    assert!(
        !signing_key::retire(&mut transaction, "old", at(4))
            .await
            .unwrap()
    );
    let keys = signing_key::list(&mut transaction).await.unwrap();
    assert_eq!(
        keys,
        [
            key("new", 2),
            SigningKey {
                retired_at: Some(at(3)),
                ..key("old", 1)
            }
        ]
    );
    assert!(
        !format!("{keys:?}").contains("5ec2e7"),
        "secrets are not shown"
    );
    assert_eq!(
        signing_key::prune(&mut transaction, at(3)).await.unwrap(),
        0
    );
    assert_eq!(
        signing_key::prune(&mut transaction, at(4)).await.unwrap(),
        1
    );
}

async fn a_setting_is_added_once(database: TestDatabase) {
    let store = database.open().await.unwrap();
    let mut transaction = store.begin().await.unwrap();
    assert_eq!(setting::find(&mut transaction, "a").await.unwrap(), None);
    assert_eq!(
        setting::find_or_add(&mut transaction, "a", "1")
            .await
            .unwrap(),
        "1"
    );
    assert_eq!(
        setting::find_or_add(&mut transaction, "a", "2")
            .await
            .unwrap(),
        "1"
    );
    setting::set(&mut transaction, "a", "3").await.unwrap();
    assert_eq!(
        setting::find(&mut transaction, "a")
            .await
            .unwrap()
            .as_deref(),
        Some("3")
    );
}

async fn the_audit_log_is_read_backwards(database: TestDatabase) {
    let store = database.open().await.unwrap();
    let mut transaction = store.begin().await.unwrap();
    let line = |number: i64| AuditLine {
        id: AuditId::new(at(number), 7),
        at: at(number),
        actor: "usr_1".to_owned(),
        action: "api_key.revoked".to_owned(),
        subject: "key_1".to_owned(),
        detail: serde_json::json!({"reason": "leaked", "number": number}),
    };
    for number in 0..3 {
        audit::insert(&mut transaction, &line(number))
            .await
            .unwrap();
    }
    assert_eq!(
        audit::list(&mut transaction, None, 2).await.unwrap(),
        [line(2), line(1)]
    );
    assert_eq!(
        audit::list(&mut transaction, Some(line(1).id), 2)
            .await
            .unwrap(),
        [line(0)]
    );
}

async fn a_corrupt_value_is_named(database: TestDatabase) {
    let store = database.open().await.unwrap();
    let mut transaction = store.begin().await.unwrap();
    let first = user(1, "a@x");
    user::insert(&mut transaction, &first).await.unwrap();
    let spoil = "UPDATE users SET customer_id = 'not an id'";
    match store.engine() {
        Engine::Sqlite => sqlx::query(spoil)
            .execute(transaction.as_sqlite().unwrap())
            .await
            .map(drop),
        Engine::Postgres => sqlx::query(spoil)
            .execute(transaction.as_postgres().unwrap())
            .await
            .map(drop),
    }
    .unwrap();
    match user::find(&mut transaction, first.id).await.unwrap_err() {
        StoreError::Corrupt {
            table: "users",
            column: "customer_id",
            id,
            ..
        } => {
            assert_eq!(id, first.id.to_string());
        }
        error => panic!("{error:?}"),
    }
}
