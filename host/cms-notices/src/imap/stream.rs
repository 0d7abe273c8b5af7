//! The connection to a mail server: protected, and counted.

use super::{ImapCause, ImapError, ImapOptions};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// What bytes go through.
pub(super) trait Channel: AsyncRead + AsyncWrite + Unpin + Send + Sync + std::fmt::Debug {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync + std::fmt::Debug> Channel for T {}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The extra certificates cannot be read.
    #[error("it holds no certificate that can be read as PEM")]
    ExtraCa,
    /// The system has no trusted roots, and no extra certificate was given.
    #[error("there are no trusted certificates on this system")]
    NoRoots,
    /// The library refuses.
    #[error(transparent)]
    Setup(#[from] rustls::Error),
}

/// TLS settings for mail servers: versions 1.2 and 1.3, since many mail servers inside hospitals have no newer one; the system's
/// trusted certificates, and the extra ones.
///
/// # Errors
/// Certificates that cannot be read, or none at all.
pub fn tls_settings(extra_pem: Option<&[u8]>) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    if let Some(pem) = extra_pem {
        for certificate in CertificateDer::pem_slice_iter(pem) {
            roots.add(certificate.map_err(|_| TlsError::ExtraCa)?).map_err(|_| TlsError::ExtraCa)?;
        }
        if roots.is_empty() {
            return Err(TlsError::ExtraCa);
        }
    }
    // Stores hold expired and odd certificates; those are left out, the rest counts.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(TlsError::NoRoots);
    }
    let settings = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(settings))
}

/// Connects, and protects the connection.
pub(super) async fn channel(options: &ImapOptions) -> Result<Box<dyn Channel>, ImapError> {
    let failed = |step: &'static str| move |cause| ImapError { step, cause };
    let stream = TcpStream::connect((options.host.as_str(), options.port))
        .await
        .map_err(|error| failed("connect")(ImapCause::Connection(error.kind())))?;
    let Some(settings) = &options.tls else { return Ok(Box::new(stream)) };
    let name = ServerName::try_from(options.host.clone()).map_err(|_| failed("connect")(ImapCause::Tls))?;
    let protected = TlsConnector::from(Arc::clone(settings)).connect(name, stream).await.map_err(|error| {
        // The library says what it refuses as invalid data; all else is the network's.
        let cause = match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => ImapCause::Tls,
            kind => ImapCause::Connection(kind),
        };
        failed("protect the connection")(cause)
    })?;
    Ok(Box::new(protected))
}

/// A connection on which only so much may come in. More is an error, whatever the reader would hold.
#[derive(Debug)]
pub(super) struct Metered<S> {
    inner: S,
    left: usize,
}

impl<S> Metered<S> {
    pub(super) const fn new(inner: S, left: usize) -> Self {
        Self { inner, left }
    }

    /// Allows so many bytes from now on.
    pub(super) const fn allow(&mut self, bytes: usize) {
        self.left = bytes;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        let read = buffer.filled().len().saturating_sub(before);
        match self.left.checked_sub(read) {
            Some(left) => {
                self.left = left;
                Poll::Ready(Ok(()))
            }
            None => Poll::Ready(Err(io::Error::other("the server sent more than was asked for"))),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
