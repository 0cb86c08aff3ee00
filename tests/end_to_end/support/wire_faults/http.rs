//! As much of HTTP/1.1 as a proxy needs.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};

/// A request, read whole.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn odd(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// The first line and the headers; `None` at the end of the connection.
fn head(stream: &mut impl BufRead) -> io::Result<Option<(String, Vec<(String, String)>)>> {
    let mut first = String::new();
    if stream.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(odd("the headers end too early"));
        }
        let line = line.trim_end();
        if line.is_empty() {
            return Ok(Some((first.trim_end().to_owned(), headers)));
        }
        let (name, value) = line.split_once(':').ok_or_else(|| odd("a header without a colon"))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

fn body(stream: &mut impl BufRead, headers: &[(String, String)]) -> io::Result<Vec<u8>> {
    if header(headers, "transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        return chunks(stream);
    }
    let length = header(headers, "content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(body)
}

fn chunks(stream: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let size = line.trim().split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size, 16).map_err(|_| odd("a chunk without a size"))?;
        let mut chunk = vec![0; size];
        stream.read_exact(&mut chunk)?;
        all.append(&mut chunk);
        line.clear();
        stream.read_line(&mut line)?;
        if size == 0 {
            return Ok(all);
        }
    }
}

impl Request {
    /// The next request of a connection; `None` when it was closed.
    pub fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Self>> {
        let Some((first, headers)) = head(stream)? else { return Ok(None) };
        let mut words = first.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if header(&headers, "expect").is_some() {
            stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let body = body(stream, &headers)?;
        Ok(Some(Self { method: method.to_owned(), target: target.to_owned(), headers, body }))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// Sends it on a connection of its own, and reads the answer.
    pub fn forward(&self, to: SocketAddr) -> io::Result<Answer> {
        let mut stream = TcpStream::connect(to)?;
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        let between = ["connection", "transfer-encoding", "content-length", "expect"];
        for (name, value) in &self.headers {
            if !between.iter().any(|it| name.eq_ignore_ascii_case(it)) {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        text.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n", self.body.len()));
        stream.write_all(text.as_bytes())?;
        stream.write_all(&self.body)?;
        let mut stream = BufReader::new(stream);
        let (first, headers) = head(&mut stream)?.ok_or_else(|| odd("no answer"))?;
        let status = first.split(' ').nth(1).and_then(|text| text.parse().ok());
        let body = if self.method == "HEAD" { Vec::new() } else { rest(&mut stream, &headers)? };
        Ok(Answer { status: status.ok_or_else(|| odd("no status"))?, headers, body })
    }
}

/// The body of an answer whose connection is closed after it.
fn rest(stream: &mut impl BufRead, headers: &[(String, String)]) -> io::Result<Vec<u8>> {
    if header(headers, "content-length").or(header(headers, "transfer-encoding")).is_some() {
        return body(stream, headers);
    }
    let mut all = Vec::new();
    stream.read_to_end(&mut all)?;
    Ok(all)
}

impl Answer {
    /// Sends it, as the answer of a request of this method.
    pub fn write(&self, stream: &mut impl Write, of: &str) -> io::Result<()> {
        let mut text = format!("HTTP/1.1 {} Answer\r\n", self.status);
        let kept = of == "HEAD" && header(&self.headers, "content-length").is_some();
        for (name, value) in &self.headers {
            let between = name.eq_ignore_ascii_case("connection")
                || name.eq_ignore_ascii_case("transfer-encoding")
                || (name.eq_ignore_ascii_case("content-length") && !kept);
            if !between {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        // An answer without content has no length either.
        if !kept && self.status != 204 {
            text.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        text.push_str("\r\n");
        stream.write_all(text.as_bytes())?;
        if of != "HEAD" {
            stream.write_all(&self.body)?;
        }
        stream.flush()
    }

    /// The same with another header.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}
