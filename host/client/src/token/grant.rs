//! Reads what a token endpoint answers (RFC 6749 sections 5.1 and 5.2).

use bridge_types::Secret;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// The life of a token whose answer does not tell it: the guide's.
const USUAL_LIFE: Duration = Duration::from_secs(300);

/// The longest life that is believed.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// Longest token, in bytes: what servers commonly accept as one header.
const LONGEST_TOKEN: usize = 8 << 10;

/// A token as it was granted.
pub(super) struct Grant {
    pub(super) secret: Secret,
    pub(super) life: Duration,
}

#[derive(Deserialize)]
struct GrantAnswer {
    access_token: String,
    #[serde(default)]
    token_type: Option<String>,
    #[serde(default)]
    expires_in: Option<Value>,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    error: String,
}

/// The bearer token of a 200 answer; none where it holds none that can be sent.
pub(super) fn read_grant(body: &str) -> Option<Grant> {
    let answer: GrantAnswer = serde_json::from_str(body).ok()?;
    let bearer = answer.token_type.is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    let token = answer.access_token;
    let sendable = (1..=LONGEST_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
    (bearer && sendable).then(|| Grant { secret: Secret::new(token), life: read_life(answer.expires_in.as_ref()) })
}

/// `expires_in` as a number, or as text as some servers write it. What cannot be read counts as missing.
fn read_life(value: Option<&Value>) -> Duration {
    let seconds = match value {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let seconds = seconds.filter(|seconds: &f64| seconds.is_finite());
    seconds.map_or(USUAL_LIFE, |seconds| {
        Duration::try_from_secs_f64(seconds.clamp(0.0, LONGEST_LIFE.as_secs_f64())).unwrap_or(USUAL_LIFE)
    })
}

/// The error code of a refusal, if it has the form of one. The description is not read: it may repeat what was sent.
pub(super) fn read_error(body: &str) -> Option<String> {
    let answer: ErrorAnswer = serde_json::from_str(body).ok()?;
    let word = answer.error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    (word && (1..=40).contains(&answer.error.len())).then_some(answer.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(answer: &str) -> Option<u64> {
        read_grant(answer).map(|grant| grant.life.as_secs())
    }

    #[test]
    fn a_grant_has_its_token_and_its_life() {
        let grant =
            read_grant(r#"{"access_token":"a.b.c","token_type":"bearer","expires_in":120,"scope":"x"}"#).unwrap();
        assert_eq!((grant.secret.expose(), grant.life.as_secs()), ("a.b.c", 120));
    }

    #[test]
    fn a_missing_or_odd_life_is_the_usual_one_within_bounds() {
        for (life_text, seconds) in
            [("\"600\"", 600), ("null", 300), ("\"soon\"", 300), ("-5", 0), ("1e12", 86_400), ("0", 0), ("{}", 300)]
        {
            assert_eq!(
                life(&format!(r#"{{"access_token":"t","expires_in":{life_text}}}"#)),
                Some(seconds),
                "{life_text}"
            );
        }
        assert_eq!(life(r#"{"access_token":"t"}"#), Some(300));
    }

    #[test]
    fn what_is_no_bearer_token_is_refused() {
        for answer in [
            "",
            "<html>",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":"a b"}"#,
            r#"{"access_token":"a\r\nX: y"}"#,
            r#"{"access_token":"t","token_type":"mac"}"#,
            r#"{"access_token":7}"#,
            &format!(r#"{{"access_token":"{}"}}"#, "t".repeat(LONGEST_TOKEN + 1)),
        ] {
            assert!(read_grant(answer).is_none(), "{answer:.60}");
        }
    }

    #[test]
    fn only_a_well_formed_error_code_is_taken_over() {
        let code =
            |error: &str| read_error(&format!(r#"{{"error":"{error}","error_description":"secret-1 is wrong"}}"#));
        assert_eq!(code("invalid_client").as_deref(), Some("invalid_client"));
        for odd in ["", "Invalid Client", "client-1", "<b>", &"a".repeat(41)] {
            assert_eq!(code(odd), None, "{odd}");
        }
        assert_eq!(read_error("<html>Unauthorized</html>"), None);
    }
}
