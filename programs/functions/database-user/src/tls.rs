//! TLS to the database: rustls, as PostgreSQL's client wants it, with RDS's own certificate authorities.
//!
//! The database's certificate has to be of one of these, and for the very host that is connected to.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client;

/// RDS's certificate authorities; `roots/README.md` says where they come from.
const RDS: &str = include_str!("../roots/rds.pem");

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificates are none.
    #[error("the certificate authorities cannot be read: {0}")]
    Roots(String),
    /// The TLS library cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
    /// The host has no name that a certificate could have.
    #[error("a certificate cannot be for {0}")]
    Host(String),
}

/// TLS that trusts these authorities.
#[derive(Clone)]
pub struct Tls(TlsConnector);

impl std::fmt::Debug for Tls {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Tls {
    /// It trusts RDS's authorities.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn of_rds() -> Result<Self, TlsError> {
        Self::of(RDS)
    }

    /// It trusts these authorities, in PEM, and each of them must be one.
    ///
    /// # Errors
    /// When one cannot be read, or there are none.
    pub fn of(pem: &str) -> Result<Self, TlsError> {
        let wrong = |error: &dyn std::fmt::Display| TlsError::Roots(error.to_string());
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|error| wrong(&error))?;
            roots.add(certificate).map_err(|error| wrong(&error))?;
        }
        if roots.is_empty() {
            return Err(wrong(&"there are none"));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// To this host.
    ///
    /// # Errors
    /// When no certificate could be for it.
    pub fn toward(&self, host: &str) -> Result<Toward, TlsError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| TlsError::Host(host.to_owned()))?;
        Ok(Toward { tls: self.clone(), name })
    }
}

/// The way to one host.
pub struct Toward {
    tls: Tls,
    name: ServerName<'static>,
}

impl TlsConnect<TcpStream> for Toward {
    type Stream = Encrypted;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted>> + Send>>;

    fn connect(self, stream: TcpStream) -> Self::Future {
        Box::pin(async move { self.tls.0.connect(self.name, stream).await.map(Encrypted) })
    }
}

/// An encrypted connection.
pub struct Encrypted(client::TlsStream<TcpStream>);

impl TlsStream for Encrypted {
    /// The certificate says who the database is; binding the log-in to it as well would prove the same once more.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, into)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::{RDS, Tls};

    #[test]
    fn the_authorities_of_rds_are_built_in() {
        Tls::of_rds().expect("they can be read");
        // Three for each region, this stack's among them.
        let named: Vec<&str> = RDS.lines().filter_map(|line| line.strip_prefix("# ")).collect();
        assert!(named.len() >= 90 && named.len().is_multiple_of(3), "{}", named.len());
        for kind in ["RSA2048", "RSA4096", "ECC384"] {
            let name = format!("ap-northeast-1 Root CA {kind} G1");
            assert!(named.contains(&name.as_str()), "{name}");
        }
        assert_eq!(RDS.matches("BEGIN CERTIFICATE").count(), named.len());
    }

    #[test]
    fn what_are_no_certificates_is_refused() {
        for wrong in ["", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert!(Tls::of(wrong).is_err(), "{wrong}");
        }
    }
}
