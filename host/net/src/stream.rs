//! A connection that is protected or not.

use crate::tls::{ClientTls, ServerTls};
use rustls::pki_types::ServerName;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

/// A TCP connection, with TLS over it or without. Whoever writes must flush.
#[derive(Debug)]
pub enum Stream {
    /// As it is.
    Plain(TcpStream),
    /// Protected.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Protects a connection that was accepted, where the listener has an identity. Takes as long as the peer wants: the caller sets the
    /// limit.
    ///
    /// # Errors
    /// The connection broke, or the peer cannot be agreed with; [`refusal`](Self::refusal) has words for it.
    pub async fn accept(socket: TcpStream, tls: Option<&ServerTls>) -> io::Result<Self> {
        let Some(tls) = tls else { return Ok(Self::Plain(socket)) };
        let protected = TlsAcceptor::from(tls.current()).accept(socket).await?;
        Ok(Self::Tls(Box::new(TlsStream::Server(protected))))
    }

    /// Protects a connection that was made to a host, where TLS is wanted.
    ///
    /// # Errors
    /// The connection broke, or the host is not who it should be.
    pub async fn connect(socket: TcpStream, host: &str, tls: Option<&ClientTls>) -> io::Result<Self> {
        let Some(tls) = tls else { return Ok(Self::Plain(socket)) };
        let name =
            ServerName::try_from(host.trim_start_matches('[').trim_end_matches(']').to_owned()).map_err(|_| {
                io::Error::new(io::ErrorKind::InvalidInput, "the host's name is none that a certificate has")
            })?;
        let protected = TlsConnector::from(tls.current()).connect(name, socket).await?;
        Ok(Self::Tls(Box::new(TlsStream::Client(protected))))
    }

    /// The connection below.
    #[must_use]
    pub fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(protected) => protected.get_ref().0,
        }
    }

    /// Whether the peer showed a certificate; one that was shown was verified.
    #[must_use]
    pub fn is_certified(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(protected) => protected.get_ref().1.peer_certificates().is_some(),
        }
    }

    /// Reads what is there already; `None` where nothing is.
    pub fn read_now(&mut self, chunk: &mut [u8]) -> Option<io::Result<usize>> {
        let mut buffer = ReadBuf::new(chunk);
        let mut context = Context::from_waker(Waker::noop());
        match Pin::new(self).poll_read(&mut context, &mut buffer) {
            Poll::Pending => None,
            Poll::Ready(read) => Some(read.map(|()| buffer.filled().len())),
        }
    }

    /// Why a handshake failed, in words that hold nothing of what was sent.
    #[must_use]
    pub fn refusal(error: &io::Error) -> String {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(refusal) => refusal.to_string(),
            None => error.kind().to_string(),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_read(context, buffer),
            Self::Tls(protected) => Pin::new(protected.as_mut()).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_write(context, bytes),
            Self::Tls(protected) => Pin::new(protected.as_mut()).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_flush(context),
            Self::Tls(protected) => Pin::new(protected.as_mut()).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_shutdown(context),
            Self::Tls(protected) => Pin::new(protected.as_mut()).poll_shutdown(context),
        }
    }
}
