//! What servers to play with begin with: a user whose password is known to everybody, an API key,
//! and a folder for their data; and apps that embed the server, from their settings to their end.

use crate::auth::api_key::{ApiKey, Mode, Scope, Scopes};
use crate::config::{Config, parse_catalog};
use crate::identity::{Actor, IdentityError, Registration};
use crate::start::{self, End, Signals};
use crate::state::AppState;
use anyhow::Context as _;
use axum::Router;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::SocketAddr;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::net::TcpListener;

/// Where everything of a server to play with lies, beneath the current folder.
pub const FOLDER: &str = ".tollgate";

/// The demo user's e-mail address.
pub const EMAIL: &str = "test@example.com";
/// The demo user's password.
pub const PASSWORD: &str = "testpass123";

/// An app around the server, ready to be served.
#[derive(Debug)]
pub struct App {
    /// Where it listens.
    pub address: SocketAddr,
    /// The server within.
    pub state: AppState,
    listener: TcpListener,
    router: Router,
    signals: Signals,
}

impl App {
    /// Opens the app with the catalog that its settings name, or else its own, given by name and
    /// text, and adds the demo user.
    pub async fn open(
        config: Config,
        (name, own): (&str, &str),
        router: impl FnOnce(&AppState) -> Router,
    ) -> anyhow::Result<Self> {
        let catalog = match config.read_catalog()? {
            Some(catalog) => catalog,
            None => parse_catalog(name, own)?,
        };
        let signals = Signals::take()?;
        let listener = start::listen(&config)?;
        let state = start::open(config, Some(catalog)).await?;
        add_user(&state).await?;
        Ok(Self {
            address: listener.local_addr()?,
            router: router(&state),
            state,
            listener,
            signals,
        })
    }

    /// Serves it until it is told to stop, or fails.
    pub async fn run(self) -> ExitCode {
        match start::run(self.listener, self.router, self.state, self.signals).await {
            End::Stopped => ExitCode::SUCCESS,
            End::Failed => ExitCode::FAILURE,
        }
    }
}

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

/// Makes [`FOLDER`], which keeps itself out of version control.
pub fn folder() -> anyhow::Result<PathBuf> {
    let folder = PathBuf::from(FOLDER);
    let make = || {
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(".gitignore"), "*\n")
    };
    make().with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// The API key of an earlier start if it still works, or a new one, kept in `path` for the next
/// start. It may do everything.
pub async fn api_key(state: &AppState, path: &Path) -> anyhow::Result<String> {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    if let Ok(text) = std::fs::read_to_string(path) {
        let text = text.trim_end();
        if ApiKey::parse(text).is_ok() && state.identity.verify_api_key(text, here).await.is_ok() {
            return Ok(text.to_owned());
        }
    }
    let actor = Actor::Command("dev");
    let scopes = Scopes::new([Scope::Admin]);
    let made = state
        .identity
        .create_api_key(actor, "dev", Mode::Live, scopes, None)
        .await?;
    let text = made.key.reveal().to_owned();
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| writeln!(file, "{text}"))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(text)
}
