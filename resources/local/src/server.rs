//! The local cloud on a loopback port.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming as Streamed;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::call::Incoming;
use crate::dispatch::Interior;
use crate::error::LocalError;

/// A running server. Dropping it stops it without waiting; see [`shutdown`](Self::shutdown).
#[derive(Debug)]
pub struct LocalServer {
    addr: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl LocalServer {
    pub(crate) async fn start(interior: Arc<Interior>, addr: SocketAddr) -> Result<LocalServer, LocalError> {
        if !addr.ip().is_loopback() {
            return Err(LocalError::NotLoopback { addr });
        }
        let listener = TcpListener::bind(addr).await.map_err(|source| LocalError::Listen { addr, source })?;
        let addr = listener.local_addr().map_err(|source| LocalError::Listen { addr, source })?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(interior, listener, stopped));
        Ok(LocalServer { addr, stop, task })
    }

    /// The address that it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Stops listening, lets running calls finish and returns then.
    pub async fn shutdown(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

async fn accept(interior: Arc<Interior>, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(Arc::clone(&interior), stream, stopped.clone()));
                }
            }
            // Also when the handle is dropped.
            _ = stopped.changed() => break,
            Some(_) = connections.join_next() => {}
        }
    }
    while connections.join_next().await.is_some() {}
}

async fn serve(interior: Arc<Interior>, stream: TcpStream, mut stopped: watch::Receiver<bool>) {
    let service = service_fn(move |request| {
        let interior = Arc::clone(&interior);
        async move { respond(interior, request).await }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// Answers one request; an error makes hyper close the connection without an answer.
async fn respond(interior: Arc<Interior>, request: Request<Streamed>) -> io::Result<Response<Full<Bytes>>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let host = parts.headers.get(http::header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let incoming = Incoming {
        method: parts.method.as_str().to_owned(),
        host: host.split(':').next().unwrap_or_default().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    };
    // A task of its own: the effect must be made durable even if the client hangs up.
    let answered =
        tokio::spawn(async move { interior.answer(incoming).await }).await.map_err(io::Error::other)?;
    let answer = answered.map_err(|_cut| io::Error::from(io::ErrorKind::ConnectionReset))?;
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).map_err(io::Error::other)?;
    *response.headers_mut() = answer.headers;
    Ok(response)
}
