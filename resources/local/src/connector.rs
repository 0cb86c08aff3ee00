//! The local cloud as the HTTP client of an AWS SDK.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::Format;
use http_body_util::BodyExt;
use winterbaume_core::MockResponse;

use crate::call::Incoming;
use crate::dispatch::{Cut, Interior};

/// Hands the SDK's requests to the local cloud.
#[derive(Clone)]
pub(crate) struct LocalClient {
    interior: Arc<Interior>,
}

impl LocalClient {
    pub(crate) fn new(interior: Arc<Interior>) -> LocalClient {
        LocalClient { interior }
    }
}

impl fmt::Debug for LocalClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalClient").finish_non_exhaustive()
    }
}

impl HttpClient for LocalClient {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for LocalClient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let interior = Arc::clone(&self.interior);
        HttpConnectorFuture::new(async move {
            let incoming = read(request).await?;
            // A task of its own, because a real server goes on when its caller has gone away.
            let answered = tokio::spawn(async move { interior.answer(incoming).await }).await;
            match answered {
                Ok(Ok(answer)) => write(answer),
                Ok(Err(Cut::Reset)) => {
                    let reset =
                        io::Error::new(io::ErrorKind::ConnectionReset, "connection reset by the local cloud");
                    Err(ConnectorError::io(reset.into()))
                }
                Ok(Err(Cut::NoSuchHost)) => {
                    let unknown = io::Error::new(
                        io::ErrorKind::NotFound,
                        "dns error: AWS has no endpoint of this service in this region",
                    );
                    Err(ConnectorError::io(unknown.into()))
                }
                Err(e) => Err(ConnectorError::other(e.into(), None)),
            }
        })
    }
}

/// Reads a request whole, with a streamed body.
async fn read(request: HttpRequest) -> Result<Incoming, ConnectorError> {
    let request = request.try_into_http1x().map_err(|e| ConnectorError::user(e.into()))?;
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(ConnectorError::user)?.to_bytes();
    Ok(Incoming {
        method: parts.method.as_str().to_owned(),
        host: parts.uri.host().unwrap_or_default().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    })
}

fn write(answer: MockResponse) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(answer.status).map_err(|e| ConnectorError::other(e.into(), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
    for (name, value) in &answer.headers {
        if let Ok(value) = value.to_str() {
            response.headers_mut().insert(name.as_str().to_owned(), value.to_owned());
        }
    }
    // As AWS does with every answer; a server's own is hyper's.
    let now = DateTime::from(SystemTime::now());
    if let Ok(date) = now.fmt(Format::HttpDate) {
        response.headers_mut().insert("date", date);
    }
    Ok(response)
}
