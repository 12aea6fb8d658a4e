//! Lays the sources of settings over each other, and remembers which one won.

use super::{Config, ConfigError};
use serde::Deserialize as _;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// What every environment variable of ours begins with.
const PREFIX: &str = "TOLLGATE_";

/// Settings that are never shown, and that can be given as the name of a file that holds them.
const SECRETS: [&str; 4] = [
    "database",
    "auth.host_secret",
    "stripe.secret_key",
    "stripe.webhook_secret",
];

/// Variables by which apps already name their Stripe account, and what they set here; the later of
/// two wins, and `TOLLGATE_STRIPE_…` wins over all of them.
const STRIPE_VARIABLES: [(&str, &str); 6] = [
    ("STRIPE_SB_PK", "stripe.publishable_key"),
    ("STRIPE_SB_SK", "stripe.secret_key"),
    ("STRIPE_PUBLISHABLE_KEY", "stripe.publishable_key"),
    ("STRIPE_API_KEY", "stripe.secret_key"),
    ("STRIPE_SECRET_KEY", "stripe.secret_key"),
    ("STRIPE_WEBHOOK_SECRET", "stripe.webhook_secret"),
];

/// Where a setting was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere.
    Default,
    /// In the settings file.
    File(PathBuf),
    /// In the environment.
    Environment(String),
    /// On the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(variable) => f.write_str(variable),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// The settings, layer over layer.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    table: Table,
    config: Config,
    origins: BTreeMap<String, Origin>,
}

impl Layers {
    /// The settings in `path` over what is there.
    pub fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text = read(path)?;
        let syntax = |error: &toml::de::Error| ConfigError::Syntax {
            path: path.to_owned(),
            problem: located(&text, error),
        };
        let mut table: Table = toml::from_str(&text).map_err(|error| syntax(&error))?;
        let origin = Origin::File(path.to_owned());
        let mut replaced = false;
        for secret in SECRETS {
            replaced |= read_secret_file(&mut table, secret, path)?;
        }
        // Read as it stands first, where it can be: only then does an error have its line.
        if !replaced {
            toml::from_str::<Config>(&text).map_err(|error| syntax(&error))?;
        }
        for (key, value) in leaves(&table) {
            self.set(&key, &[value], &origin)?;
        }
        Ok(())
    }

    /// The variables that begin with `TOLLGATE_` over what is there. One that names neither a
    /// section nor a setting is somebody else's.
    pub fn add_environment(
        &mut self,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), ConfigError> {
        let known = Table::try_from(Config::default()).expect("the defaults are TOML");
        let variables: Vec<(String, String)> = variables.into_iter().collect();
        for (name, key) in STRIPE_VARIABLES {
            let found = variables.iter().find(|(variable, _)| variable == name);
            if let Some((variable, text)) = found.filter(|(_, text)| !text.is_empty()) {
                let origin = Origin::Environment(variable.clone());
                self.set(key, &[Value::from(text.as_str())], &origin)?;
            }
        }
        for (variable, text) in variables {
            let Some(name) = variable.strip_prefix(PREFIX) else {
                continue;
            };
            let Some(key) = key_of(&name.to_lowercase(), &known) else {
                continue;
            };
            let origin = Origin::Environment(variable.clone());
            match key
                .strip_suffix("_file")
                .filter(|key| SECRETS.contains(key))
            {
                Some(secret) => {
                    let text = read(Path::new(&text))?;
                    self.set(secret, &candidates(text.trim_end()), &origin)?;
                }
                None => self.set(&key, &candidates(&text), &origin)?,
            }
        }
        Ok(())
    }

    /// One flag over what is there.
    pub fn add_flag(
        &mut self,
        key: &str,
        flag: &'static str,
        text: &str,
    ) -> Result<(), ConfigError> {
        self.set(key, &candidates(text), &Origin::Flag(flag))
    }

    /// The settings as they stand.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Every setting with its value and its origin, secrets hidden.
    pub fn shown(&self) -> Vec<(String, String, Origin)> {
        let table = Table::try_from(&self.config).expect("settings are TOML");
        let shown = leaves(&table).into_iter().map(|(key, value)| {
            let text = match &value {
                Value::String(text) if key == "database" => {
                    Value::from(without_password(text)).to_string()
                }
                _ if SECRETS.contains(&key.as_str()) => "(hidden)".to_owned(),
                value => value.to_string(),
            };
            let origin = self.origins.get(&key).cloned().unwrap_or(Origin::Default);
            (key, text, origin)
        });
        shown.collect()
    }

    /// Sets `key` to the first of `values` that it can have.
    fn set(&mut self, key: &str, values: &[Value], origin: &Origin) -> Result<(), ConfigError> {
        let mut problem = String::new();
        for value in values {
            let mut table = self.table.clone();
            insert(&mut table, key, value.clone());
            match Config::deserialize(Value::Table(table.clone())) {
                Ok(config) => {
                    self.table = table;
                    self.config = config;
                    self.origins.insert(key.to_owned(), origin.clone());
                    return Ok(());
                }
                Err(error) => problem = first_line(error.message()),
            }
        }
        Err(ConfigError::Value {
            origin: origin.clone(),
            problem: format!("{key}: {problem}"),
        })
    }
}

/// The setting that `name` (small letters, `_` between words) stands for.
fn key_of(name: &str, known: &Table) -> Option<String> {
    let is_root =
        |name: &str| name == "catalog" || known.get(name).is_some_and(|value| !value.is_table());
    if is_root(name)
        || name
            .strip_suffix("_file")
            .is_some_and(|root| SECRETS.contains(&root))
    {
        return Some(name.to_owned());
    }
    let (section, key) = name.split_once('_')?;
    known
        .get(section)
        .is_some_and(Value::is_table)
        .then(|| format!("{section}.{key}"))
}

/// What a text may stand for, likeliest last: its error is the one that is shown.
fn candidates(text: &str) -> Vec<Value> {
    let mut values = vec![Value::from(text)];
    let list = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    values.push(Value::Array(list.map(Value::from).collect()));
    if let Ok(flag) = text.parse::<bool>() {
        values.push(Value::from(flag));
    } else if let Ok(number) = text.parse::<i64>() {
        values.push(Value::from(number));
    } else {
        values.swap(0, 1);
    }
    values
}

fn insert(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((section, rest)) => {
            let section = table
                .entry(section)
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(section) = section {
                insert(section, rest, value);
            }
        }
    }
}

fn leaves(table: &Table) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (key, value) in table {
        match value {
            Value::Table(section) => {
                let inner = leaves(section).into_iter();
                found.extend(inner.map(|(inner, value)| (format!("{key}.{inner}"), value)));
            }
            value => found.push((key.clone(), value.clone())),
        }
    }
    found
}

/// Replaces `secret_file = "PATH"` by the secret in that file, if it stands there; a path is
/// relative to the settings. Answers whether it did.
fn read_secret_file(table: &mut Table, secret: &str, settings: &Path) -> Result<bool, ConfigError> {
    let (holder, key) = match secret.split_once('.') {
        None => (Some(table), secret),
        Some((section, key)) => (table.get_mut(section).and_then(Value::as_table_mut), key),
    };
    let Some(holder) = holder else {
        return Ok(false);
    };
    let Some(Value::String(file)) = holder.remove(&format!("{key}_file")) else {
        return Ok(false);
    };
    let folder = settings.parent().unwrap_or(Path::new("."));
    let text = read(&folder.join(file))?;
    holder.insert(key.to_owned(), Value::from(text.trim_end()));
    Ok(true)
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })
}

fn located(text: &str, error: &toml::de::Error) -> String {
    let message = first_line(error.message());
    match error.span() {
        Some(span) => {
            let line = text[..span.start.min(text.len())].matches('\n').count() + 1;
            format!("line {line}: {message}")
        }
        None => message,
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// A database's address without a password in it.
fn without_password(address: &str) -> String {
    let parts = address.split_once("://").and_then(|(scheme, rest)| {
        let (user, host) = rest.rsplit_once('@')?;
        let (name, _) = user.split_once(':')?;
        Some(format!("{scheme}://{name}:(hidden)@{host}"))
    });
    parts.unwrap_or_else(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables<'a>(
        pairs: &'a [(&'a str, &'a str)],
    ) -> impl Iterator<Item = (String, String)> + 'a {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
    }

    fn write(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tollgate.toml");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn later_layers_win_and_are_remembered() {
        let (_folder, path) = write(
            "listen = \"127.0.0.1:1\"\ndatabase = \"sqlite:file.db\"\n[server]\nthreads = 1\nbody_bytes_max = 9",
        );
        let mut layers = Layers::default();
        layers.add_file(&path).unwrap();
        layers
            .add_environment(variables(&[
                ("TOLLGATE_LISTEN", "127.0.0.1:2"),
                ("TOLLGATE_SERVER_THREADS", "2"),
                ("TOLLGATE_CATALOG", "plans.toml"),
                // As Kubernetes sets for a service called tollgate.
                ("TOLLGATE_PORT", "tcp://10.0.0.1:80"),
                ("TOLLGATE_SERVICE_HOST", "10.0.0.1"),
                ("HOME", "/nowhere"),
            ]))
            .unwrap();
        layers
            .add_flag("listen", "--listen", "127.0.0.1:3")
            .unwrap();
        let config = layers.config();
        assert_eq!(config.listen.port(), 3);
        assert_eq!(
            (config.server.threads, config.server.body_bytes_max),
            (2, 9)
        );
        assert_eq!(config.catalog.as_deref(), Some(Path::new("plans.toml")));
        let origin = |wanted: &str| {
            let shown = layers.shown();
            let found = shown.into_iter().find(|(key, ..)| key == wanted);
            found.unwrap().2.to_string()
        };
        assert_eq!(origin("listen"), "--listen");
        assert_eq!(origin("server.threads"), "TOLLGATE_SERVER_THREADS");
        assert_eq!(origin("database"), path.display().to_string());
        assert_eq!(origin("log.format"), "default");
    }

    #[test]
    fn wrong_settings_are_named_with_their_place() {
        let cases = [
            ("listen = 5", "line 1: "),
            ("\n[server]\nthreadz = 1", "line 3: unknown field `threadz`"),
            ("[server", "line 1: "),
        ];
        for (text, expected) in cases {
            let (_folder, path) = write(text);
            let error = Layers::default().add_file(&path).unwrap_err().to_string();
            assert!(error.contains(expected), "{text:?} gave {error:?}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
        let environment = |name, value| {
            let error = Layers::default().add_environment(variables(&[(name, value)]));
            error.unwrap_err().to_string()
        };
        assert!(
            environment("TOLLGATE_SERVER_THREADZ", "1").starts_with("TOLLGATE_SERVER_THREADZ: ")
        );
        assert!(environment("TOLLGATE_SERVER_THREADS", "many").contains("server.threads: "));
        assert!(environment("TOLLGATE_LISTEN", "nowhere").contains("listen: "));
    }

    #[test]
    fn secrets_come_from_files_and_are_not_shown() {
        let (folder, path) = write("database_file = \"url\"");
        let address = "postgres://app:hunter2@db/tollgate";
        std::fs::write(folder.path().join("url"), format!("{address}\n")).unwrap();
        let mut layers = Layers::default();
        layers.add_file(&path).unwrap();
        assert_eq!(layers.config().database, address);
        let by_variable = folder.path().join("url").display().to_string();
        let mut layers = Layers::default();
        layers
            .add_environment(variables(&[("TOLLGATE_DATABASE_FILE", &by_variable)]))
            .unwrap();
        assert_eq!(layers.config().database, address);
        let shown = format!("{:?}", layers.shown());
        assert!(shown.contains("app:(hidden)@db") && !shown.contains("hunter2"));
    }
}
