//! Signatures as Standard Webhooks has them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bridge_types::{Secret, Timestamp};
use ring::hmac;
use std::fmt;

/// What secrets begin with that are written in base64.
const PREFIX: &str = "whsec_";
/// Fewest bytes of a secret, and most.
const BYTES: std::ops::RangeInclusive<usize> = 16..=512;
/// Most secrets at once: the one before and the one after, while receivers change over.
const SECRETS: usize = 4;

/// Why secrets cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretsError {
    /// Not base64 behind the prefix.
    #[error("what follows whsec_ is no base64")]
    Base64,
    /// It could be guessed, or is no secret at all.
    #[error("a secret has 16 to 512 bytes")]
    Length,
    /// None, or too many.
    #[error("1 to {SECRETS} secrets, one on a line")]
    Count,
}

/// The secrets that notices are signed with.
#[derive(Clone)]
pub struct Secrets(Vec<hmac::Key>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

impl Secrets {
    /// From a text with a secret on each line: `whsec_` and base64, or the bytes as they are.
    ///
    /// # Errors
    /// [`SecretsError`]
    pub fn read(text: &Secret) -> Result<Self, SecretsError> {
        let lines = text.expose().lines().map(str::trim).filter(|line| !line.is_empty());
        let key = |line: &str| {
            let bytes = match line.strip_prefix(PREFIX) {
                Some(encoded) => STANDARD.decode(encoded).map_err(|_| SecretsError::Base64)?,
                None => line.as_bytes().to_vec(),
            };
            if !BYTES.contains(&bytes.len()) {
                return Err(SecretsError::Length);
            }
            Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
        };
        let keys = lines.map(key).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() || keys.len() > SECRETS { Err(SecretsError::Count) } else { Ok(Self(keys)) }
    }

    /// `webhook-signature` of a body.
    pub(super) fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let head = format!("{id}.{}.", at.as_millis().div_euclid(1000));
        let one = |key: &hmac::Key| {
            let mut context = hmac::Context::with_key(key);
            context.update(head.as_bytes());
            context.update(body);
            format!("v1,{}", STANDARD.encode(context.sign()))
        };
        self.0.iter().map(one).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::{Secrets, SecretsError};
    use bridge_types::{Secret, Timestamp};

    /// The example of the specification's reference implementation.
    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        let secrets = Secrets::read(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")).unwrap();
        let signed = secrets.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            Timestamp::from_millis(1_614_265_330_000),
            b"{\"test\": 2432232314}",
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn two_secrets_sign_twice_and_what_is_none_is_told() {
        let secrets = Secrets::read(&Secret::new("0123456789abcdef\n\nfedcba9876543210\n")).unwrap();
        assert_eq!(secrets.sign("a", Timestamp::from_millis(0), b"").split(' ').count(), 2);
        assert!(!format!("{secrets:?}").contains("0123"));
        for (text, error) in [
            ("", SecretsError::Count),
            ("short", SecretsError::Length),
            ("whsec_***", SecretsError::Base64),
            (
                "0123456789abcdef\n0123456789abcdef\n0123456789abcdef\n0123456789abcdef\n0123456789abcdef",
                SecretsError::Count,
            ),
        ] {
            assert_eq!(Secrets::read(&Secret::new(text)).unwrap_err(), error, "{text}");
        }
    }
}
