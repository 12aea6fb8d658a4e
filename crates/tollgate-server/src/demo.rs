//! The user that demos begin with. Its password is known to everybody.

use crate::identity::{IdentityError, Registration};
use crate::state::AppState;

/// The demo user's e-mail address.
pub const EMAIL: &str = "test@example.com";
/// The demo user's password.
pub const PASSWORD: &str = "testpass123";

/// Adds the demo user; one that is there stays as it is.
pub async fn add_user(state: &AppState) -> Result<(), IdentityError> {
    let registered = state.identity.register(Registration {
        email: EMAIL.to_owned(),
        password: PASSWORD.to_owned(),
        name: Some("Test User".to_owned()),
        invitation: None,
    });
    match registered.await {
        Ok(user) => {
            let opened = state.tollgate.open_customer(&user.customer, None).await;
            if let Err(error) = opened {
                // It is begun when the user is first seen.
                tracing::warn!(%error, "the demo user's customer was not begun");
            }
            Ok(())
        }
        Err(IdentityError::EmailTaken | IdentityError::RegistrationClosed) => Ok(()),
        Err(error) => Err(error),
    }
}
