//! Access tokens for mail servers: asked for by client credentials, or from a file that somebody else keeps good.

use async_trait::async_trait;
use bridge_client::TokenClient;
use bridge_cms_notices::Tokens;
use bridge_types::Secret;
use std::path::PathBuf;
use tokio::io::AsyncReadExt;

/// Most bytes of a file with a token.
const LONGEST: u64 = 16 * 1024;

/// Where the tokens of a mail server come from.
#[derive(Debug)]
pub struct MailTokens(Origin);

#[derive(Debug)]
enum Origin {
    File(PathBuf),
    Client(TokenClient),
}

impl MailTokens {
    /// A file that holds nothing but the token, read at every connection.
    #[must_use]
    pub const fn file(path: PathBuf) -> Self {
        Self(Origin::File(path))
    }

    /// Client credentials.
    #[must_use]
    pub const fn client(client: TokenClient) -> Self {
        Self(Origin::Client(client))
    }
}

#[async_trait]
impl Tokens for MailTokens {
    async fn token(&self) -> Option<Secret> {
        match &self.0 {
            Origin::File(path) => match read(path).await {
                Ok(text) if !text.is_empty() => Some(Secret::new(text)),
                Ok(_) => {
                    tracing::error!(path = %path.display(), "the file of the mail server's access token is empty");
                    None
                }
                Err(error) => {
                    tracing::error!(path = %path.display(), error = %error.kind(), "the file of the mail server's access token cannot be read");
                    None
                }
            },
            // The failure's own words are told where it happens.
            Origin::Client(client) => client.token().await.ok(),
        }
    }
}

async fn read(path: &PathBuf) -> std::io::Result<String> {
    let mut text = String::new();
    tokio::fs::File::open(path).await?.take(LONGEST).read_to_string(&mut text).await?;
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_read_anew_for_every_token() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let tokens = MailTokens::file(path.clone());
        assert!(tokens.token().await.is_none());
        std::fs::write(&path, "first\n").unwrap();
        assert_eq!(tokens.token().await.unwrap().expose(), "first");
        std::fs::write(&path, "second").unwrap();
        assert_eq!(tokens.token().await.unwrap().expose(), "second");
        std::fs::write(&path, "\n").unwrap();
        assert!(tokens.token().await.is_none());
    }
}
