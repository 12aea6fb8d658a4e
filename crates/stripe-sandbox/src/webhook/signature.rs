//! The signature of a webhook, as receivers check it.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The value of the header `Stripe-Signature` for this body.
pub(crate) fn header(secret: &str, at: i64, body: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of every length");
    mac.update(format!("{at}.{body}").as_bytes());
    format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_covers_time_and_body() {
        let one = header("whsec_a", 1, "{}");
        assert!(one.starts_with("t=1,v1="));
        assert_eq!(one.len(), "t=1,v1=".len() + 64);
        assert_ne!(one, header("whsec_b", 1, "{}"));
        assert_ne!(one[7..], header("whsec_a", 2, "{}")[7..]);
    }
}
