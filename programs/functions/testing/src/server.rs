//! A small HTTP/1.1 server: one thread a connection, one request a connection.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// More headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The wait after which the body is sent again, and so on until the client goes away; none sends it once.
    pub again: Option<Duration>,
}

impl Reply {
    /// An answer without headers.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), again: None }
    }

    /// An answer whose body never ends: the same bytes over and over, with a pause between.
    pub fn endless(status: u16, body: impl Into<Vec<u8>>, pause: Duration) -> Self {
        Self { again: Some(pause), ..Self::new(status, body) }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

type Answering = dyn Fn(&Request) -> Option<Reply> + Send + Sync;

/// A server on a free port of this machine. It remembers all requests, and ends when dropped.
pub struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    ended: Arc<AtomicBool>,
}

impl Server {
    /// Answers each request with what `answering` makes of it; none closes the connection without an answer.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start(answering: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let ended = Arc::new(AtomicBool::new(false));
        let answering: Arc<Answering> = Arc::new(answering);
        let (all, stop) = (Arc::clone(&seen), Arc::clone(&ended));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let (all, answering) = (Arc::clone(&all), Arc::clone(&answering));
                if let Ok(stream) = stream {
                    // A client that goes away is no fault of the server.
                    thread::spawn(move || exchange(stream, &all, &*answering).unwrap_or_default());
                }
            }
        });
        Ok(Self { address, seen, ended })
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The address of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All requests so far.
    #[must_use]
    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().map(|all| all.clone()).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes the listener, so that it sees the end and gives the port back.
        let _ = TcpStream::connect(self.address);
    }
}

fn exchange(mut stream: TcpStream, all: &Mutex<Vec<Request>>, answering: &Answering) -> io::Result<()> {
    let request = read(&mut BufReader::new(stream.try_clone()?))?;
    if let Ok(mut all) = all.lock() {
        all.push(request.clone());
    }
    let Some(reply) = answering(&request) else { return Ok(()) };
    let mut head = format!("HTTP/1.1 {} Reply\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if reply.again.is_none() {
        head.push_str(&format!("content-length: {}\r\n", reply.body.len()));
    }
    head.push_str("connection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    while let Some(pause) = reply.again {
        stream.write_all(&reply.body)?;
        thread::sleep(pause);
    }
    stream.write_all(&reply.body)?;
    stream.flush()
}

fn read(reader: &mut BufReader<TcpStream>) -> io::Result<Request> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let path = words.next().unwrap_or_default().to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Request { method, path, headers, body })
}
