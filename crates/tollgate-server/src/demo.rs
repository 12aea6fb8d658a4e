//! What servers to play with begin with: a user whose password is known to everybody, an API key,
//! a folder for their data, and a Stripe that moves no money; and apps that embed the server, from
//! their settings to their end.

use crate::auth::api_key::{ApiKey, Mode, Scope, Scopes};
use crate::config::{Config, parse_catalog};
use crate::identity::{Actor, IdentityError, Registration};
use crate::playground::Playground;
use crate::start::{self, End, Signals};
use crate::state::AppState;
use anyhow::Context as _;
use axum::Router;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::net::TcpListener;
use tollgate_store::{StoreError, sqlite_path};

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
    /// Where its imitation of Stripe is, unless its settings name a Stripe account.
    pub stripe: Option<SocketAddr>,
    /// The server within.
    pub state: AppState,
    listener: TcpListener,
    router: Router,
    signals: Signals,
}

/// What an app brings along for settings that name nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Own<'a> {
    /// Its database. It is begun anew where Stripe is only imitated: what was paid there is
    /// forgotten with every end. A database that the settings name stays as it is.
    pub database: &'a str,
    /// The name of its catalog.
    pub catalog_name: &'a str,
    /// The text of its catalog.
    pub catalog: &'a str,
}

impl App {
    /// Opens the app, with an imitation of Stripe unless its settings have a key, and adds the
    /// demo user.
    pub async fn open(
        mut config: Config,
        own: Own<'_>,
        router: impl FnOnce(&AppState) -> Router,
    ) -> anyhow::Result<Self> {
        config.stripe.refuse_live()?;
        let mut catalog = match config.read_catalog()? {
            Some(catalog) => catalog,
            None => parse_catalog(own.catalog_name, own.catalog)?,
        };
        let signals = Signals::take()?;
        let listener = start::listen(&config)?;
        let address = listener.local_addr()?;
        let playground = Playground::begin(&mut config, address).await?;
        playground.adapt(&mut catalog);
        if playground.stripe().is_some() && config.database == own.database {
            remove_database(own.database)?;
        }
        let state = start::open_at(config, Some(catalog), playground.clock()).await?;
        add_user(&state).await?;
        let router = playground.furnish(&state, router(&state)).await?;
        Ok(Self {
            address,
            stripe: playground.stripe(),
            router,
            state,
            listener,
            signals,
        })
    }

    /// Says in a line what pays here.
    pub fn about_stripe(&self) -> String {
        about_stripe(&self.state, self.stripe)
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

/// Says in a line what pays here; `stripe` is where the imitation is, if there is one.
pub fn about_stripe(state: &AppState, stripe: Option<SocketAddr>) -> String {
    match (stripe, &state.billing) {
        (Some(stripe), _) => {
            format!("an imitation, not Stripe: no money moves; http://{stripe}")
        }
        (None, Some(_)) => "the account of the key in the settings, in test mode".to_owned(),
        (None, None) => "none: this build has no imitation, and the settings no key".to_owned(),
    }
}

/// Removes the files of an earlier server's database, and nothing else; those of one that runs
/// stay.
pub fn remove_database(address: &str) -> anyhow::Result<()> {
    let Some(database) = sqlite_path(address) else {
        return Ok(());
    };
    let beside = |suffix: &str| {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        PathBuf::from(path)
    };
    if let Ok(lock) = File::open(beside(".lock"))
        && lock.try_lock().is_err()
    {
        let path = database.to_owned();
        return Err(StoreError::InUse { path }.into());
    }
    for path in ["", "-wal", "-shm"].map(beside) {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
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
