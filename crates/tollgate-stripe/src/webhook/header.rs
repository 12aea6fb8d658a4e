//! The header `Stripe-Signature`: when an event was signed, and the signatures.

use super::WebhookError;
use super::secret::{SIGNATURE_BYTES, WebhookSecret};
use subtle::{Choice, ConstantTimeEq};

/// The longest header that is read. Stripe's have one or two signatures of 64 characters.
const LENGTH_MAX: usize = 4_096;

/// The most signatures that are tried.
const SIGNATURES_MAX: usize = 16;

/// When an event was signed, and its signatures of the scheme `v1`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SignatureHeader<'a> {
    /// As it is written, because that is what was signed.
    at_text: &'a str,
    at: i64,
    signatures: Vec<[u8; SIGNATURE_BYTES]>,
}

impl<'a> SignatureHeader<'a> {
    /// Reads a header such as `t=1790000000,v1=…,v1=…,v0=…`.
    pub(super) fn parse(text: &'a str) -> Result<Self, WebhookError> {
        if text.len() > LENGTH_MAX {
            return Err(WebhookError::Header);
        }
        let mut at_text = None;
        let mut signatures = Vec::new();
        for part in text.split(',') {
            match part.trim().split_once('=') {
                Some(("t", value)) if at_text.is_none() => at_text = Some(value),
                // Two times: it would be unclear which one was signed.
                Some(("t", _)) => return Err(WebhookError::Header),
                Some(("v1", value)) => signatures.extend(read_signature(value)),
                _ => {}
            }
        }
        let at_text = at_text.ok_or(WebhookError::Header)?;
        if !at_text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(WebhookError::Header);
        }
        let at = at_text.parse().map_err(|_| WebhookError::Header)?;
        if signatures.is_empty() {
            return Err(WebhookError::NoSignature);
        }
        signatures.truncate(SIGNATURES_MAX);
        Ok(Self {
            at_text,
            at,
            signatures,
        })
    }

    /// The second at which it was signed, as it says.
    pub(super) fn at(&self) -> i64 {
        self.at
    }

    /// Whether one of the signatures is that of one of the secrets. All are compared with all, each
    /// in constant time.
    pub(super) fn is_signed_with_any(&self, body: &[u8], secrets: &[WebhookSecret]) -> bool {
        let mut is_signed = Choice::from(0);
        for secret in secrets {
            let expected = secret.signature(self.at_text, body);
            for signature in &self.signatures {
                is_signed |= signature.ct_eq(&expected);
            }
        }
        is_signed.into()
    }
}

/// A signature that is no signature is like one that is wrong: another one may be right.
fn read_signature(text: &str) -> Option<[u8; SIGNATURE_BYTES]> {
    let mut signature = [0; SIGNATURE_BYTES];
    hex::decode_to_slice(text, &mut signature).ok()?;
    Some(signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(byte: u8) -> String {
        hex::encode([byte; SIGNATURE_BYTES])
    }

    #[test]
    fn times_and_signatures_read_and_other_schemes_are_ignored() {
        let text = format!("t=17, v1={},v0={},v1={},v2=x", hex(1), hex(2), hex(3));
        let header = SignatureHeader::parse(&text).unwrap();
        assert_eq!((header.at_text, header.at()), ("17", 17));
        assert_eq!(header.signatures, [[1; 32], [3; 32]]);
    }

    #[test]
    fn what_is_not_stripes_header_is_refused() {
        let v1 = format!("v1={}", hex(1));
        for (wrong, error) in [
            (String::new(), WebhookError::Header),
            (v1.clone(), WebhookError::Header),
            (format!("t=,{v1}"), WebhookError::Header),
            (format!("t=now,{v1}"), WebhookError::Header),
            (format!("t=-5,{v1}"), WebhookError::Header),
            (format!("t=+5,{v1}"), WebhookError::Header),
            (format!("t=99999999999999999999,{v1}"), WebhookError::Header),
            (format!("t=1,t=2,{v1}"), WebhookError::Header),
            (
                format!("t=1,{v1}{}", " ".repeat(LENGTH_MAX)),
                WebhookError::Header,
            ),
            ("t=1".to_owned(), WebhookError::NoSignature),
            ("t=1,v1=".to_owned(), WebhookError::NoSignature),
            ("t=1,v1=zz".to_owned(), WebhookError::NoSignature),
            (format!("t=1,v0={}", hex(1)), WebhookError::NoSignature),
        ] {
            assert_eq!(SignatureHeader::parse(&wrong), Err(error), "{wrong:.60}");
        }
    }

    #[test]
    fn the_number_of_signatures_is_limited() {
        let many = format!("t=1{}", format!(",v1={}", hex(1)).repeat(50));
        assert_eq!(
            SignatureHeader::parse(&many).unwrap().signatures.len(),
            SIGNATURES_MAX
        );
    }
}
