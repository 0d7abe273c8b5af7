//! Why TLS cannot be set up.

use std::path::PathBuf;

/// Why settings could not be made of files.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file could not be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file without a certificate.
    #[error("{}: holds no certificate that can be read as PEM", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A file without a private key.
    #[error("{}: holds no private key that can be read as PEM (PKCS#8, PKCS#1 or SEC1, without a passphrase)", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// A key that does not belong to the certificate, or is of a kind that is not supported.
    #[error("{}: does not fit the certificate: {source}", path.display())]
    Key {
        /// The key's file.
        path: PathBuf,
        /// What the library says.
        source: rustls::Error,
    },
    /// Certificates of an authority that cannot be used as such.
    #[error("{}: cannot be used as a certificate authority: {reason}", path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// What the library says.
        reason: String,
    },
    /// Nobody to trust.
    #[error("there are no trusted certificates on this system, and no file names any")]
    NoRoots,
    /// The library refuses.
    #[error("tls cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
}
