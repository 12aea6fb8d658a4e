//! What can go wrong with identities, and what clients are told of it.

use crate::api::problem::ApiError;
use crate::auth::TokenError;
use crate::auth::host_token::HostTokenConfigError;
use crate::auth::password::{HashError, PasswordError};
use crate::auth::rate_limit::Outcome;
use crate::auth::token::KeyRingError;
use tollgate_store::StoreError;
use tollgate_store::organization::Role;

/// Why identities cannot be had of a database.
#[derive(Debug, thiserror::Error)]
pub enum OpenIdentityError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The signing keys in the database, or their algorithm in the settings, cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyRingError),
    /// The host's tokens cannot be checked as they are configured.
    #[error("the host's tokens: {0}")]
    Host(#[from] HostTokenConfigError),
    /// The HTTP client for the host's JWKS document could not be made.
    #[error("the client for the host's JWKS document")]
    Client(#[from] reqwest::Error),
}

/// Why something about identities was not done.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// No text with an `@` between a name and a domain.
    #[error("this is not an e-mail address")]
    Email,
    /// A name that nobody can read.
    #[error("a name must have 1 to {characters_max} characters, none of them a control character")]
    Name {
        /// The most characters that it may have.
        characters_max: usize,
    },
    /// The new password's length is out of bounds.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Another user has the e-mail address.
    #[error("there is an account with this e-mail address already")]
    EmailTaken,
    /// Only invited people may register.
    #[error("registration is closed; an invitation is needed")]
    RegistrationClosed,
    /// No such user, another password, or locked out: nobody is told which.
    #[error("wrong e-mail address or password")]
    WrongCredentials,
    /// The refresh token is unknown, expired, revoked or was used before.
    #[error("the refresh token is not valid; sign in again")]
    RefreshRefused,
    /// The access token is not valid.
    #[error("the access token is not valid")]
    Token(#[source] TokenError),
    /// The API key is unknown or revoked.
    #[error("the API key is not valid")]
    ApiKeyRefused,
    /// More scopes than the one who gives them has.
    #[error("nobody can give scopes that they do not have")]
    ScopesExceeded,
    /// Too many requests.
    #[error("too many requests")]
    Limited {
        /// The name of the limit.
        policy: &'static str,
        /// Its figures.
        outcome: Outcome,
    },
    /// There is no such organisation, or it is none of the user's: nobody is told which.
    #[error("there is no such organisation, or you are not a member of it")]
    NotMember,
    /// The user's role does not allow it.
    #[error("this takes the role {needed}", needed = .needed.as_str())]
    RoleTooLow {
        /// The least role that allows it.
        needed: Role,
    },
    /// The organisation would have no owner left.
    #[error("an organisation has at least one owner: make somebody else one first")]
    LastOwner,
    /// There is no such member.
    #[error("the organisation has no such member")]
    UnknownMember,
    /// There is no such invitation, or it is not open any more, or it is for somebody else.
    #[error("there is no such open invitation for you")]
    UnknownInvitation,
    /// There is no such API key, or it is revoked already.
    #[error("there is no such API key that is not revoked")]
    UnknownApiKey,
    /// There is no such user.
    #[error("there is no such user")]
    UnknownUser,
    /// Too many passwords wait to be hashed.
    #[error("too many sign-ins at once")]
    Busy,
    /// The hashing failed, or a stored hash cannot be read.
    #[error(transparent)]
    Hash(HashError),
    /// The signing keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyRingError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<HashError> for IdentityError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::Busy,
            HashError::Corrupt | HashError::Failed => Self::Hash(error),
        }
    }
}

impl From<IdentityError> for ApiError {
    fn from(error: IdentityError) -> Self {
        let message = error.to_string();
        let missing = |error| Self::NotFound {
            error,
            message: message.clone(),
        };
        match error {
            IdentityError::Email | IdentityError::Name { .. } | IdentityError::Password(_) => {
                Self::InvalidRequest(message)
            }
            IdentityError::EmailTaken => Self::Conflict {
                error: "email_taken",
                message,
            },
            IdentityError::LastOwner => Self::Conflict {
                error: "last_owner",
                message,
            },
            IdentityError::WrongCredentials
            | IdentityError::RefreshRefused
            | IdentityError::Token(_)
            | IdentityError::ApiKeyRefused => Self::Unauthenticated(message),
            IdentityError::RegistrationClosed
            | IdentityError::NotMember
            | IdentityError::RoleTooLow { .. }
            | IdentityError::ScopesExceeded => Self::Forbidden(message),
            IdentityError::UnknownMember => missing("unknown_member"),
            IdentityError::UnknownInvitation => missing("unknown_invitation"),
            IdentityError::UnknownApiKey => missing("unknown_api_key"),
            IdentityError::UnknownUser => missing("unknown_user"),
            IdentityError::Limited { policy, outcome } => limited(policy, outcome),
            IdentityError::Busy => Self::Busy {
                retry_after_seconds: 1,
            },
            IdentityError::Hash(error) => Self::internal(error),
            IdentityError::Keys(error) => Self::internal(error),
            IdentityError::Store(error) => error.into(),
        }
    }
}

fn limited(policy: &'static str, outcome: Outcome) -> ApiError {
    let retry_after_seconds = match outcome {
        Outcome::Limited {
            retry_after_seconds,
            ..
        } => retry_after_seconds.max(1),
        Outcome::Allowed(_) => 1,
    };
    ApiError::RateLimited {
        retry_after_seconds,
        policy: outcome.figures().policy_header(policy),
        state: outcome.figures().header(policy),
    }
}
