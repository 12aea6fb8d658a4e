//! Registering, signing in, and locking out.

use super::{Actor, Identity, IdentityError, Tokens, passed, record};
use crate::auth::password::{Password, PasswordHash, Verification};
use crate::auth::rate_limit::Figures;
use crate::entropy;
use serde_json::json;
use std::net::IpAddr;
use tollgate_core::id::CustomerId;
use tollgate_store::id::UserId;
use tollgate_store::organization::Role;
use tollgate_store::user::{self, User};
use tollgate_store::{StoreError, organization, refresh_token, visit};

/// The most bytes of an e-mail address (RFC 5321), and the most characters of a name.
const EMAIL_BYTES_MAX: usize = 254;
pub(super) const NAME_CHARACTERS_MAX: usize = 100;

/// What somebody registers with.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Where they can be reached.
    pub email: String,
    /// What they will sign in with.
    pub password: String,
    /// What they want to be called.
    pub name: Option<String>,
    /// The token of an invitation to this address, if they have one.
    pub invitation: Option<String>,
}

impl Identity {
    /// Adds a user. Open their customer next; a user without one gets it with their first request.
    pub async fn register(&self, registration: Registration) -> Result<User, IdentityError> {
        let email = email(&registration.email)?;
        let name = registration.name.as_deref().map(name).transpose()?;
        let password = Password::new(registration.password)?;
        let invitation = match &registration.invitation {
            Some(token) => Some(self.open_invitation(token, &email).await?),
            None if self.0.config.registration_open => None,
            None => return Err(IdentityError::RegistrationClosed),
        };
        let now = self.now();
        let id = UserId::new(now, entropy::number());
        let hash = self.0.hasher.hash(password, entropy::bytes()).await?;
        let user = User {
            id,
            email,
            name,
            password_hash: hash.as_str().to_owned(),
            customer: CustomerId::new(&id.to_string()).expect("ids are visible ASCII"),
            created_at: now,
            disabled_at: None,
        };
        let added = user.clone();
        let inserted = self.0.store.transaction(move |transaction| {
            let (user, invitation) = (added.clone(), invitation.clone());
            Box::pin(async move {
                user::insert(transaction, &user).await?;
                if let Some(invitation) = &invitation {
                    organization::accept(transaction, invitation, user.id, now).await?;
                }
                let actor = Actor::User(user.id);
                record(
                    transaction,
                    now,
                    &actor,
                    "user.registered",
                    &user.id,
                    json!({}),
                )
                .await
            })
        });
        match inserted.await {
            Ok(()) => Ok(user),
            Err(StoreError::Conflict { .. }) => Err(IdentityError::EmailTaken),
            Err(error) => Err(error.into()),
        }
    }

    /// Signs in. Whatever is wrong, the answer is the same and takes the same time.
    pub async fn login(
        &self,
        address: IpAddr,
        email: &str,
        password: &str,
    ) -> Result<(Tokens, Figures), IdentityError> {
        let (user, figures) = self.authorize(address, email, password).await?;
        Ok((self.begin_session(user.id).await?, figures))
    }

    /// The user whose address and password these are.
    pub(super) async fn authorize(
        &self,
        address: IpAddr,
        email: &str,
        password: &str,
    ) -> Result<(User, Figures), IdentityError> {
        let now = self.now();
        let figures = passed("login", self.0.logins.attempt(address, email, now))?;
        let user = self.user_by_email(email).await?;
        let stored = user
            .as_ref()
            .map(|user| PasswordHash::from_stored(user.password_hash.as_str()));
        let verification = self.0.hasher.verify(password, stored).await?;
        let (Verification::Match { outdated }, Some(user)) = (verification, user) else {
            return Err(IdentityError::WrongCredentials);
        };
        if user.disabled_at.is_some() {
            return Err(IdentityError::WrongCredentials);
        }
        self.0.logins.succeeded(address, email, now);
        if outdated {
            self.hash_again(user.id, password).await?;
        }
        Ok((user, figures))
    }

    /// The user with this id.
    pub async fn user(&self, id: UserId) -> Result<Option<User>, IdentityError> {
        let mut connection = self.0.store.read().await?;
        Ok(user::find(&mut connection, id).await?)
    }

    /// The user with this e-mail address; `None` also for a text that is none.
    pub async fn user_by_email(&self, text: &str) -> Result<Option<User>, IdentityError> {
        // Looked for even if it cannot be there, so that the time tells nothing.
        let email = email(text).unwrap_or_default();
        let mut connection = self.0.store.read().await?;
        Ok(user::find_by_email(&mut connection, &email).await?)
    }

    /// Changes a password and ends every session of the user.
    pub async fn set_password(
        &self,
        actor: Actor,
        id: UserId,
        password: String,
    ) -> Result<(), IdentityError> {
        let password = Password::new(password)?;
        let hash = self.0.hasher.hash(password, entropy::bytes()).await?;
        let now = self.now();
        let changed = self.0.store.transaction(move |transaction| {
            let (actor, hash) = (actor.clone(), hash.clone());
            Box::pin(async move {
                if !user::set_password(transaction, id, hash.as_str()).await? {
                    return Ok(false);
                }
                refresh_token::revoke_user(transaction, id, now).await?;
                visit::end_of_user(transaction, id, now).await?;
                record(
                    transaction,
                    now,
                    &actor,
                    "user.password_changed",
                    &id,
                    json!({}),
                )
                .await?;
                Ok(true)
            })
        });
        found(changed.await?, IdentityError::UnknownUser)
    }

    /// Locks a user out and ends their sessions, or lets them in again.
    pub async fn set_disabled(
        &self,
        actor: Actor,
        id: UserId,
        disabled: bool,
    ) -> Result<(), IdentityError> {
        let now = self.now();
        let changed = self.0.store.transaction(move |transaction| {
            let actor = actor.clone();
            Box::pin(async move {
                if !user::set_disabled(transaction, id, disabled.then_some(now)).await? {
                    return Ok(false);
                }
                let action = if disabled {
                    refresh_token::revoke_user(transaction, id, now).await?;
                    visit::end_of_user(transaction, id, now).await?;
                    "user.disabled"
                } else {
                    "user.enabled"
                };
                record(transaction, now, &actor, action, &id, json!({})).await?;
                Ok(true)
            })
        });
        found(changed.await?, IdentityError::UnknownUser)
    }

    /// The stored hash was made with other parameters than today's.
    async fn hash_again(&self, id: UserId, password: &str) -> Result<(), IdentityError> {
        let Ok(password) = Password::new(password) else {
            return Ok(());
        };
        let hash = self.0.hasher.hash(password, entropy::bytes()).await?;
        let changed = self.0.store.transaction(move |transaction| {
            let hash = hash.clone();
            Box::pin(async move { user::set_password(transaction, id, hash.as_str()).await })
        });
        changed.await.map(drop).map_err(IdentityError::from)
    }
}

pub(super) fn found(is_found: bool, otherwise: IdentityError) -> Result<(), IdentityError> {
    if is_found { Ok(()) } else { Err(otherwise) }
}

/// A role that is not enough is refused.
pub(super) fn at_least(role: Role, needed: Role) -> Result<(), IdentityError> {
    found(role >= needed, IdentityError::RoleTooLow { needed })
}

/// An address in small letters, without spaces around it: a name, an `@`, a domain.
pub(super) fn email(text: &str) -> Result<String, IdentityError> {
    let email = text.trim().to_lowercase();
    let is_clean = email.len() <= EMAIL_BYTES_MAX
        && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    match email.split_once('@') {
        Some((name, domain))
            if is_clean && !name.is_empty() && !domain.is_empty() && !domain.contains('@') =>
        {
            Ok(email)
        }
        _ => Err(IdentityError::Email),
    }
}

/// A name that people read, without spaces around it.
pub(super) fn name(text: &str) -> Result<String, IdentityError> {
    let name = text.trim();
    let characters = name.chars().take(NAME_CHARACTERS_MAX + 1).count();
    if (1..=NAME_CHARACTERS_MAX).contains(&characters) && !name.chars().any(char::is_control) {
        Ok(name.to_owned())
    } else {
        Err(IdentityError::Name {
            characters_max: NAME_CHARACTERS_MAX,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::password::Hasher;
    use crate::config::auth::AuthConfig;
    use std::net::Ipv4Addr;
    use tollgate::Clock;
    use tollgate_core::Timestamp;
    use tollgate_store::testing::TestDatabase;

    const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const KNOWN: &str = "known@example.com";
    const DISABLED: &str = "disabled@example.com";

    async fn identity(database: &TestDatabase, hasher: Hasher) -> Identity {
        let store = database.open().await.unwrap();
        let clock = Clock::fixed(Timestamp::from_seconds(1_700_000_000));
        let config = AuthConfig::for_testing();
        let opened = Identity::with_hasher(store, &config, clock, hasher);
        opened.await.unwrap()
    }

    /// Two users, one of them locked out.
    async fn database() -> TestDatabase {
        let database = TestDatabase::sqlite();
        let identity = identity(&database, Hasher::for_testing()).await;
        for email in [KNOWN, DISABLED] {
            let registration = Registration {
                email: email.to_owned(),
                password: "testpass123".to_owned(),
                name: None,
                invitation: None,
            };
            let user = identity.register(registration).await.unwrap();
            if email == DISABLED {
                let actor = Actor::Command("test");
                identity.set_disabled(actor, user.id, true).await.unwrap();
            }
        }
        let store = identity.0.store.clone();
        drop(identity);
        store.close().await;
        database
    }

    const NOBODIES: [&str; 4] = [KNOWN, DISABLED, "unknown@example.com", "no address"];

    #[tokio::test]
    async fn whoever_it_is_the_password_is_hashed() {
        let database = database().await;
        let identity = identity(&database, Hasher::occupied()).await;
        for email in NOBODIES {
            let refused = identity.login(ADDRESS, email, "testpass123").await;
            assert!(
                matches!(refused, Err(IdentityError::Busy)),
                "{email} was answered without hashing: {refused:?}"
            );
        }
    }

    #[tokio::test]
    async fn whatever_is_wrong_the_answer_is_the_same() {
        let database = database().await;
        let identity = identity(&database, Hasher::for_testing()).await;
        for email in NOBODIES {
            let refused = identity.login(ADDRESS, email, "wrong password").await;
            let message = refused.unwrap_err().to_string();
            assert_eq!(message, "wrong e-mail address or password", "{email}");
        }
        let refused = identity.login(ADDRESS, DISABLED, "testpass123").await;
        assert!(matches!(refused, Err(IdentityError::WrongCredentials)));
        assert!(
            identity
                .login(ADDRESS, " Known@Example.com ", "testpass123")
                .await
                .is_ok()
        );
    }

    #[tokio::test]
    async fn a_hash_of_other_days_is_made_anew() {
        let database = database().await;
        let today = Hasher::new(1, 8, [1; 16]);
        let identity = identity(&database, today).await;
        let before = identity.user_by_email(KNOWN).await.unwrap().unwrap();
        identity.login(ADDRESS, KNOWN, "testpass123").await.unwrap();
        let after = identity.user_by_email(KNOWN).await.unwrap().unwrap();
        assert_ne!(before.password_hash, after.password_hash);
        assert!(
            after
                .password_hash
                .starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
        );
        identity.login(ADDRESS, KNOWN, "testpass123").await.unwrap();
    }

    #[test]
    fn names_and_addresses() {
        assert_eq!(email(" A@B.test ").unwrap(), "a@b.test");
        let long = format!("{}@b.test", "a".repeat(EMAIL_BYTES_MAX));
        for wrong in [
            "",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a b@c",
            "a\n@b",
            long.as_str(),
        ] {
            assert!(email(wrong).is_err(), "{wrong}");
        }
        assert_eq!(name(" Ada ").unwrap(), "Ada");
        for wrong in ["", " ", "a\u{7}b", "a".repeat(101).as_str()] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
    }
}
