//! How the program logs in to a mail server: a password, or access tokens.

use super::raw::Mail;
use super::secrets::variable_of;
use super::{Config, ConfigError};
use crate::cms::MailTokens;
use bridge_client::{TokenClient, TokenSettings};
use bridge_cms_notices::Login;
use bridge_types::{Secret, SystemClock};
use std::sync::Arc;

impl Config {
    /// How the program logs in: with tokens where something of them is named, else with a password.
    pub(super) fn login(&self, mail: &Mail, pem: Option<Vec<u8>>) -> Result<Login, ConfigError> {
        let key = |part: &str| self.mail_key(mail, part);
        let wrong = |part: &str, message: &str| Err(self.value(&key(part), message));
        let of_client = [&mail.token_url, &mail.client_id, &mail.client_secret_file, &mail.scope];
        let client = of_client.iter().any(|key| key.is_some());
        match (&mail.password_file, &mail.token_file) {
            (Some(_), Some(_)) => return wrong("token_file", "a password and a token: name one of the two"),
            (Some(_), None) if client => {
                return wrong("password_file", "a password and token_url: name one of the two");
            }
            (None, Some(_)) if client => return wrong("token_file", "a token and token_url: name one of the two"),
            (None, Some(file)) => {
                // Read once now, so that a file that is not there is told at the start.
                self.secret(Some(file), &key("token_file"), "", &mail.name)?;
                return Ok(Login::Token(Arc::new(MailTokens::file(self.resolve(file)))));
            }
            _ => {}
        }
        let variable = variable_of(&mail.name);
        let file = mail.password_file.as_deref();
        if !client {
            let password = self.secret(file, &key("password_file"), "MAIL_PASSWORD", &mail.name)?;
            let password = password.ok_or_else(|| {
                let message = format!(
                    "no password: name a file, or set ACCESS_BRIDGE_MAIL_PASSWORD_{variable}; for access tokens, name \
                     token_file or token_url"
                );
                self.value(&key("password_file"), message)
            })?;
            return Ok(Login::Password(Secret::new(password)));
        }
        let Some(url) = &mail.token_url else {
            return wrong("token_url", "the address where access tokens are asked for is missing");
        };
        let Some(client_id) = mail.client_id.clone() else {
            return wrong("client_id", "the id of the client is missing");
        };
        let secret_key = key("client_secret_file");
        let secret = self.secret(mail.client_secret_file.as_deref(), &secret_key, "MAIL_CLIENT_SECRET", &mail.name)?;
        let secret = secret.ok_or_else(|| {
            let message = format!("no secret: name a file, or set ACCESS_BRIDGE_MAIL_CLIENT_SECRET_{variable}");
            self.value(&secret_key, message)
        })?;
        let settings = TokenSettings {
            url: url.parse().map_err(|_| self.value(&key("token_url"), "this is no URL"))?,
            client_id,
            client_secret: Secret::new(secret),
            scope: mail.scope.clone().unwrap_or_default(),
            extra_ca_pem: pem,
        };
        let tokens = TokenClient::new(settings, Arc::new(SystemClock));
        let tokens = tokens.map_err(|error| self.value(&key("token_url"), format!("{error}; {}", error.hint())))?;
        Ok(Login::Token(Arc::new(MailTokens::client(tokens))))
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, EXAMPLE, Environment};
    use bridge_cms_notices::Login;
    use std::path::Path;

    fn login(text: &str, variables: &[(&str, &str)]) -> Result<Login, String> {
        let environment: Environment =
            variables.iter().map(|(name, value)| (format!("ACCESS_BRIDGE_{name}"), (*value).to_owned())).collect();
        let text = format!(
            "{EXAMPLE}\n[[mail]]\nname = 'a'\nkind = 'imap'\nserver = '127.0.0.1:143'\nplain = true\nuser = 'u'\n{text}"
        );
        let config = Config::parse(Path::new("site/access-bridge.toml"), &text, &environment).unwrap();
        config.login(&config.file.mail[0], None).map_err(|error| error.to_string())
    }

    #[test]
    fn a_way_to_log_in_is_named_once_and_whole() {
        for (text, told) in [
            ("", "for access tokens, name token_file or token_url"),
            ("password_file = 'p'\ntoken_file = 't'", "token_file: a password and a token"),
            ("password_file = 'p'\ntoken_url = 'https://a'", "password_file: a password and token_url"),
            ("token_file = 't'\nscope = 's'", "token_file: a token and token_url"),
            ("client_id = 'c'", "token_url: the address where access tokens are asked for is missing"),
            ("token_url = 'https://login.example/token'", "client_id: the id of the client is missing"),
            ("token_url = 'https://login.example/token'\nclient_id = 'c'", "ACCESS_BRIDGE_MAIL_CLIENT_SECRET_A"),
            ("token_file = 'nowhere'", "nowhere"),
        ] {
            let error = login(text, &[]).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
        let insecure =
            login("token_url = 'http://login.example/token'\nclient_id = 'c'", &[("MAIL_CLIENT_SECRET", "s")]);
        assert!(insecure.unwrap_err().contains("use https://"));
    }

    #[test]
    fn what_is_named_is_used() {
        assert!(
            matches!(login("", &[("MAIL_PASSWORD_A", "p")]), Ok(Login::Password(password)) if password.expose() == "p")
        );
        let client = "token_url = 'http://127.0.0.1:1/token'\nclient_id = 'c'\nscope = 's'";
        assert!(matches!(login(client, &[("MAIL_CLIENT_SECRET_A", "s")]), Ok(Login::Token(_))));
    }
}
