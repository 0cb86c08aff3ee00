//! An HTTPS client with limits: each request has a time limit, each answer a size limit.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Inner;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// An HTTP client over TLS by rustls with ring. It follows no redirects and repeats nothing.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Inner<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// What a request may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From sending to the last byte of the answer; none waits forever.
    pub time: Option<Duration>,
    /// Bytes of the answer's body.
    pub size: usize,
}

impl Limits {
    /// The same, but for no longer than this.
    #[must_use]
    pub fn within(self, time: Duration) -> Self {
        Self { time: Some(self.time.map_or(time, |own| own.min(time))), ..self }
    }
}

/// Why there is no answer. No variant holds the address, because an address can be a secret.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The platform has no root certificates, or TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// The other side did not answer in time.
    #[error("no answer within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// No connection, or it broke.
    #[error("{0}")]
    Connection(String),
    /// The answer is longer than taken.
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
}

impl Client {
    /// A client that trusts the platform's root certificates (`SSL_CERT_FILE` names others).
    ///
    /// # Errors
    /// When the platform has no certificates.
    pub fn https() -> Result<Self, HttpError> {
        let tls = tls_builder()?.with_root_certificates(platform_roots()?).with_no_client_auth();
        Ok(Self::over(tls))
    }

    /// A client for plain HTTP on the machine itself. It trusts no certificate.
    ///
    /// # Errors
    /// When the TLS library cannot be set up.
    pub fn plain() -> Result<Self, HttpError> {
        let tls = tls_builder()?.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
        Ok(Self::over(tls))
    }

    fn over(tls: rustls::ClientConfig) -> Self {
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
        Self { inner: Inner::builder(TokioExecutor::new()).build(connector) }
    }

    /// Sends a request and collects the answer, whatever its status.
    ///
    /// # Errors
    /// When there is no complete answer within the limits.
    pub async fn send(&self, request: Request<Bytes>, limits: Limits) -> Result<Response<Bytes>, HttpError> {
        let exchange = async {
            let answer = self
                .inner
                .request(request.map(Full::new))
                .await
                .map_err(|error| HttpError::Connection(causes(&error)))?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, limits.size).collect().await.map_err(|error| {
                if error.is::<LengthLimitError>() {
                    HttpError::TooLarge(limits.size)
                } else {
                    HttpError::Connection(causes(error.as_ref()))
                }
            })?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        match limits.time {
            None => exchange.await,
            Some(time) => tokio::time::timeout(time, exchange).await.unwrap_or(Err(HttpError::Timeout(time))),
        }
    }
}

fn tls_builder() -> Result<rustls::ConfigBuilder<rustls::ClientConfig, rustls::WantsVerifier>, HttpError> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::Tls(error.to_string()))
}

fn platform_roots() -> Result<rustls::RootCertStore, HttpError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = rustls::RootCertStore::empty();
    let (taken, _) = roots.add_parsable_certificates(found.certs);
    if taken == 0 {
        return Err(HttpError::Tls("the platform has no root certificates".to_owned()));
    }
    Ok(roots)
}

/// An error with all its causes in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// An address that a function may call: `https`, or `http` on the machine itself.
///
/// # Errors
/// What is wrong with it. The text does not repeat the address.
pub fn address(text: &str) -> Result<Uri, &'static str> {
    let uri: Uri = text.trim().parse().map_err(|_| "is not a URL")?;
    let host = uri.host().unwrap_or_default();
    match uri.scheme_str() {
        Some("https") if !host.is_empty() => Ok(uri),
        Some("http") if matches!(host, "127.0.0.1" | "localhost" | "[::1]") => Ok(uri),
        Some("http") => Err("is not https"),
        _ => Err("is not an https URL"),
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn only_https_or_the_machine_itself() {
        for good in ["https://hooks.slack.com/x", "http://127.0.0.1:80/x", "http://localhost/x"] {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in ["http://hooks.slack.com/x", "ftp://a/b", "/x", "", "http://127.0.0.1.example.com/"] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
