//! PostgreSQL's own programs for backups, run with the database's address.

use anyhow::{Context as _, anyhow, bail};
use reqwest::Url;
use std::io::ErrorKind;
use std::path::Path;
use tokio::process::Command;

/// Writes a dump in PostgreSQL's custom format.
pub(super) async fn dump(address: &str, file: &Path) -> anyhow::Result<()> {
    let mut command = program("pg_dump", address)?;
    command.args(["--format=custom", "--no-owner", "--no-privileges", "--file"]);
    run(command.arg(file), "pg_dump").await
}

/// Brings a dump into the database, all or nothing. `clean` drops what is there before.
pub(super) async fn restore(address: &str, file: &Path, clean: bool) -> anyhow::Result<()> {
    let mut command = program("pg_restore", address)?;
    command.args([
        "--single-transaction",
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
    ]);
    if clean {
        command.args(["--clean", "--if-exists"]);
    }
    run(command.arg(file), "pg_restore").await
}

/// A program that is told the address, and the password where no other user can read it.
fn program(name: &str, address: &str) -> anyhow::Result<Command> {
    let mut url: Url = address
        .parse()
        .context("the database's address does not read")?;
    let mut command = Command::new(name);
    if let Some(password) = url.password() {
        command.env("PGPASSWORD", percent_decoded(password));
        url.set_password(None)
            .map_err(|()| anyhow!("the database's address has no host"))?;
    }
    command.arg("--dbname").arg(url.as_str());
    Ok(command)
}

async fn run(command: &mut Command, name: &str) -> anyhow::Result<()> {
    let output = match command.output().await {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "{name} is not here: install PostgreSQL's client programs, in the server's version or a newer one"
        ),
        Err(error) => return Err(error).with_context(|| format!("cannot run {name}")),
    };
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    bail!("{name} failed: {}", said.trim().replace('\n', "; "));
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = after.get(..2).filter(|_| *first == b'%');
        let digits = escaped.and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_decoded_as_addresses_write_them() {
        assert_eq!(percent_decoded("a%40b%2fc"), "a@b/c");
        assert_eq!(percent_decoded("100%"), "100%");
        assert_eq!(percent_decoded("%zz%4"), "%zz%4");
    }
}
