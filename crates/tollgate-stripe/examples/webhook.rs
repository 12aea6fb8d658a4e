//! Signs a body from stdin as Stripe does, or verifies one: to hold our webhooks against Stripe's
//! own libraries.
//!
//! `webhook sign SECRET SECONDS` prints the header; `webhook verify SECRET SECONDS HEADER` prints
//! the event's id. A refusal is the exit code 1.

use std::env::args;
use std::error::Error;
use std::io::Read as _;
use tollgate_stripe::webhook::{TOLERANCE, WebhookSecret, sign, verify};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut body = Vec::new();
    std::io::stdin().read_to_end(&mut body)?;
    match arguments[..] {
        ["sign", secret, seconds] => {
            let secret = WebhookSecret::new(secret)?;
            println!("{}", sign(&body, &secret, seconds.parse()?));
        }
        ["verify", secret, seconds, header] => {
            let secrets = [WebhookSecret::new(secret)?];
            let event = verify(&body, header, &secrets, seconds.parse()?, TOLERANCE)?;
            println!("{}", event.id);
        }
        _ => return Err("webhook sign SECRET SECONDS | verify SECRET SECONDS HEADER".into()),
    }
    Ok(())
}
