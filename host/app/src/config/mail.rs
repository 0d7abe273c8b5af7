//! What `[[mail]]` and `[[listener]]` tables must and must not have, and what follows from them.

use super::raw::{Listener, Mail, MailKind};
use super::secrets::variable_of;
use super::{Config, ConfigError};
use bridge_cms_notices::{ImapOptions, tls_settings};
use bridge_types::Secret;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

/// A source is not looked at more often than this.
const SHORTEST: Duration = Duration::from_millis(20);
/// Characters of a token that cannot be guessed.
const TOKEN: usize = 16;

/// An endpoint for messages of CMS.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its name.
    pub name: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// The token.
    pub token: Secret,
}

impl Config {
    /// Checks the tables, without looking at what they name.
    pub(super) fn check_mail(&self) -> Result<(), ConfigError> {
        let mut names = BTreeSet::new();
        for mail in &self.file.mail {
            self.check_one(mail, &mut names)?;
        }
        for listener in &self.file.listener {
            let key = |part: &str| self.listener_key(listener, part);
            if !names.insert(&listener.name) {
                return Err(self.value(&key("name"), "a mail source or another listener has this name"));
            }
            let address = self.address(&key("listen"), &listener.listen)?;
            if !address.ip().is_loopback() && !listener.behind_proxy {
                return Err(self.value(
                    &key("listen"),
                    "there is no TLS here: use a loopback address, or put a proxy that speaks it in front and say so with behind_proxy = true",
                ));
            }
        }
        Ok(())
    }

    fn check_one<'a>(&self, mail: &'a Mail, names: &mut BTreeSet<&'a String>) -> Result<(), ConfigError> {
        let unfit = |part: &str, message: &str| Err(self.value(&self.mail_key(mail, part), message));
        if mail.name.is_empty() || mail.name.len() > 64 {
            return unfit("name", "1 to 64 characters");
        }
        if !names.insert(&mail.name) {
            return unfit("name", "two mail sources have this name");
        }
        if mail.every.0 < SHORTEST {
            return unfit("every", "at least \"20ms\"");
        }
        let is_domain = |domain: &String| {
            !domain.trim_start_matches(['@', '.']).is_empty() && !domain.contains(|letter: char| letter.is_whitespace())
        };
        if !mail.from.iter().all(is_domain) {
            return unfit("from", "domains such as \"cms.hhs.gov\"");
        }
        let of_server = [&mail.server, &mail.user, &mail.password_file, &mail.mailbox, &mail.move_to, &mail.ca_file];
        let of_tokens = [&mail.token_file, &mail.token_url, &mail.client_id, &mail.client_secret_file, &mail.scope];
        let of_server = mail.plain || of_server.iter().chain(&of_tokens).any(|key| key.is_some());
        match (mail.kind, &mail.path) {
            (MailKind::Imap, Some(_)) => unfit("path", "belongs to folder, maildir and mbox"),
            (MailKind::Imap, None) => self.server(mail).map(|_| ()),
            (_, None) => unfit("path", "this kind of source needs a path"),
            _ if of_server => unfit("kind", "what names a server, a user or how to log in belongs to imap"),
            _ => Ok(()),
        }
    }

    /// The path of a key of a mail source.
    pub(super) fn mail_key(&self, mail: &Mail, part: &str) -> String {
        let index = self.file.mail.iter().position(|one| std::ptr::eq(one, mail)).unwrap_or_default();
        format!("mail.{index}.{part}")
    }

    /// The path of a key of a listener.
    fn listener_key(&self, listener: &Listener, part: &str) -> String {
        let index = self.file.listener.iter().position(|one| std::ptr::eq(one, listener)).unwrap_or_default();
        format!("listener.{index}.{part}")
    }

    /// Host and port of an IMAP source.
    fn server(&self, mail: &Mail) -> Result<(String, u16), ConfigError> {
        let wrong = |message: &str| self.value(&self.mail_key(mail, "server"), message);
        let example = "expected a host and a port, such as \"imap.example.org:993\"";
        let (host, port) =
            mail.server.as_deref().and_then(|text| text.rsplit_once(':')).ok_or_else(|| wrong(example))?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(|| wrong(example))?;
        if host.is_empty() {
            return Err(wrong(example));
        }
        if mail.plain && !super::is_loopback_host(host) {
            return Err(wrong("plain = true is for loopback addresses; mail servers elsewhere are reached over TLS"));
        }
        Ok((host.to_owned(), port))
    }

    /// The settings of every IMAP source.
    ///
    /// # Errors
    /// What is missing or cannot work.
    pub fn mails(&self) -> Result<Vec<ImapOptions>, ConfigError> {
        self.file.mail.iter().filter(|mail| mail.kind == MailKind::Imap).map(|mail| self.imap(mail)).collect()
    }

    /// The settings of an IMAP source.
    ///
    /// # Errors
    /// What is missing or cannot work.
    pub fn imap(&self, mail: &Mail) -> Result<ImapOptions, ConfigError> {
        let key = |part: &str| self.mail_key(mail, part);
        let (host, port) = self.server(mail)?;
        let user = mail.user.clone().ok_or_else(|| self.value(&key("user"), "an imap source needs a user"))?;
        let pem = match &mail.ca_file {
            Some(file) => {
                let path = self.resolve(file);
                Some(std::fs::read(&path).map_err(|source| ConfigError::Read { path, source })?)
            }
            None => None,
        };
        let login = self.login(mail, pem.clone())?;
        let tls = if mail.plain {
            None
        } else {
            let settings =
                tls_settings(pem.as_deref()).map_err(|error| self.value(&key("ca_file"), error.to_string()))?;
            Some(settings)
        };
        Ok(ImapOptions {
            name: mail.name.as_str().into(),
            domains: mail.from.clone().into(),
            host,
            port,
            tls,
            user,
            login,
            mailbox: mail.mailbox.clone().unwrap_or_else(|| "INBOX".to_owned()),
            move_to: mail.move_to.clone(),
            step: self.file.times.request.0,
        })
    }

    /// The endpoints for messages of CMS.
    ///
    /// # Errors
    /// What is missing or cannot work.
    pub fn endpoints(&self) -> Result<Vec<Endpoint>, ConfigError> {
        self.file.listener.iter().map(|listener| self.endpoint(listener)).collect()
    }

    fn endpoint(&self, listener: &Listener) -> Result<Endpoint, ConfigError> {
        let key = |part: &str| self.listener_key(listener, part);
        let address = self.address(&key("listen"), &listener.listen)?;
        let token =
            self.secret(listener.token_file.as_deref(), &key("token_file"), "LISTENER_TOKEN", &listener.name)?;
        let token = token.filter(|token| token.trim().len() >= TOKEN).ok_or_else(|| {
            let variable = variable_of(&listener.name);
            let message = format!(
                "no token of at least {TOKEN} characters: name a file, or set ACCESS_BRIDGE_LISTENER_TOKEN_{variable}"
            );
            self.value(&key("token_file"), message)
        })?;
        Ok(Endpoint { name: listener.name.clone(), address, token: Secret::new(token.trim()) })
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, EXAMPLE, Environment};
    use bridge_cms_notices::Login;
    use std::path::Path;

    fn parse(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
        let environment: Environment =
            variables.iter().map(|(name, value)| (format!("ACCESS_BRIDGE_{name}"), (*value).to_owned())).collect();
        Config::parse(Path::new("site/access-bridge.toml"), &format!("{EXAMPLE}\n{text}"), &environment)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_a_mail_source_cannot_be_is_told_with_its_key() {
        for (text, told) in [
            ("name = 'a'\nkind = 'folder'", "mail a: path: this kind of source needs a path"),
            ("name = 'a'\nkind = 'mbox'\npath = 'x'\nuser = 'u'", "mail a: kind: what names a server, a user"),
            ("name = 'a'\nkind = 'maildir'\npath = 'x'\nplain = true", "mail a: kind: what names a server, a user"),
            ("name = 'a'\nkind = 'imap'\npath = 'x'", "mail a: path: belongs to folder"),
            ("name = 'a'\nkind = 'imap'", "mail a: server: expected a host and a port"),
            ("name = 'a'\nkind = 'imap'\nserver = 'imap.example.org'", "mail a: server: expected a host and a port"),
            ("name = 'a'\nkind = 'imap'\nserver = 'imap.example.org:0'", "mail a: server: expected a host and a port"),
            (
                "name = 'a'\nkind = 'imap'\nserver = 'imap.example.org:143'\nplain = true",
                "mail a: server: plain = true is for loopback",
            ),
            ("name = ''\nkind = 'folder'\npath = 'x'", "mail : name: 1 to 64"),
            ("name = 'a'\nkind = 'folder'\npath = 'x'\nevery = '1ms'", "mail a: every: at least"),
            ("name = 'a'\nkind = 'folder'\npath = 'x'\nfrom = ['@']", "mail a: from: domains"),
            ("name = 'a'\nkind = 'pop3'\npath = 'x'", "unknown variant `pop3`"),
            (
                "name = 'a'\nkind = 'folder'\npath = 'x'\n[[mail]]\nname = 'a'\nkind = 'mbox'\npath = 'y'",
                "two mail sources",
            ),
        ] {
            let error = parse(&format!("[[mail]]\n{text}"), &[]).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    #[test]
    fn a_password_comes_from_the_environment_by_name_or_in_general() {
        let text = "[[mail]]\nname = 'cms-imap'\nkind = 'imap'\nserver = '[::1]:143'\nplain = true\nuser = 'u'\n";
        let error = |variables: &[(&str, &str)]| {
            let config = parse(text, variables).unwrap();
            config.imap(&config.file.mail[0]).map(|options| {
                let Login::Password(password) = options.login else { panic!("a token") };
                (options.host, options.port, password.expose().to_owned())
            })
        };
        let missing = error(&[]).unwrap_err().to_string();
        assert!(missing.contains("ACCESS_BRIDGE_MAIL_PASSWORD_CMS_IMAP"), "{missing}");
        let general = ("MAIL_PASSWORD", "one");
        assert_eq!(error(&[general]).unwrap(), ("::1".to_owned(), 143, "one".to_owned()));
        assert_eq!(error(&[general, ("MAIL_PASSWORD_CMS_IMAP", "two")]).unwrap().2, "two");
        let nobody = text.replace("user = 'u'\n", "");
        let config = parse(&nobody, &[general]).unwrap();
        assert!(config.imap(&config.file.mail[0]).unwrap_err().to_string().contains("mail cms-imap: user"));
    }

    #[test]
    fn an_endpoint_needs_a_token_and_a_loopback_address_or_a_proxy() {
        let text = |more: &str| format!("[[listener]]\nname = 'events'\nkind = 'cms-messages'\n{more}\n");
        let far = parse(&text("listen = '0.0.0.0:8470'"), &[]).unwrap_err();
        assert!(far.contains("listener events: listen: there is no TLS here"), "{far}");
        let open =
            parse(&text("listen = '0.0.0.0:8470'\nbehind_proxy = true"), &[("LISTENER_TOKEN", "0123456789abcdef")]);
        assert_eq!(open.unwrap().endpoints().unwrap()[0].token.expose(), "0123456789abcdef");
        for token in [&[][..], &[("LISTENER_TOKEN_EVENTS", "short")], &[("LISTENER_TOKEN_EVENTS", "                ")]]
        {
            let config = parse(&text("listen = '127.0.0.1:8470'"), token).unwrap();
            let error = config.endpoints().unwrap_err().to_string();
            assert!(error.contains("ACCESS_BRIDGE_LISTENER_TOKEN_EVENTS"), "{error}");
        }
        let nowhere = parse(&text("listen = 'here'"), &[]).unwrap_err();
        assert!(nowhere.contains("listener events: listen: expected an IP address"), "{nowhere}");
    }
}
