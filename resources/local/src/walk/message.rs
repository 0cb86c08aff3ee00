//! Requests, answers, and what was seen on the way between them.

use std::fmt::Display;

/// Headers in the order in which they came; their names are found whatever their case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// The first value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Puts a value in the place of all that the name had.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.remove(name);
        self.0.push((name.to_owned(), value.into()));
    }

    /// Takes a name out.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    /// Keeps what fits.
    pub(crate) fn retain(&mut self, fits: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| fits(name));
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// What somebody sends.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST`.
    pub method: String,
    /// Whether by TLS.
    pub secure: bool,
    /// The host of the URL.
    pub host: String,
    /// The path, which begins with `/`.
    pub path: String,
    /// What stands behind `?`.
    pub query: String,
    /// Headers; `Host` is the host unless it was changed.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
    /// The sender's address.
    pub from: String,
}

impl Request {
    /// A request as a browser sends it, from an address that is kept for examples.
    #[must_use]
    pub fn new(method: &str, url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
        let (host, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut headers = Headers::default();
        headers.set("Host", host);
        headers.set("User-Agent", "Mozilla/5.0 (walk)");
        headers.set("Accept", "application/json");
        Self {
            method: method.to_owned(),
            secure: scheme == "https",
            host: host.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: Vec::new(),
            from: "192.0.2.10".to_owned(),
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.set(name, value);
        self
    }

    /// The same with a body of a type.
    #[must_use]
    pub fn body(mut self, kind: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = bytes.into();
        self.header("Content-Type", kind)
    }

    /// The same from another address.
    #[must_use]
    pub fn from(mut self, address: &str) -> Self {
        address.clone_into(&mut self.from);
        self
    }

    /// Whether a browser asks by it what it may do (Fetch, "CORS-preflight request").
    #[must_use]
    pub fn is_preflight(&self) -> bool {
        self.method == "OPTIONS"
            && self.headers.get("Origin").is_some()
            && self.headers.get("Access-Control-Request-Method").is_some()
    }
}

/// What comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// An answer with a body of a type.
    pub(crate) fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut headers = Headers::default();
        headers.set("Content-Type", kind);
        Self { status, headers, body: body.into() }
    }

    /// An answer in JSON whose body is a message.
    pub(crate) fn message(status: u16, text: &str) -> Self {
        Self::new(status, "application/json", serde_json::json!({ "message": text }).to_string())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether a page of this origin may read it (Fetch, "CORS check"; without credentials).
    #[must_use]
    pub fn readable_by(&self, origin: &str) -> bool {
        self.headers
            .get("Access-Control-Allow-Origin")
            .is_some_and(|allowed| allowed == "*" || allowed == origin)
    }

    /// Whether a preflight's answer lets a page of this origin send a method with these headers (Fetch, "CORS-preflight
    /// fetch": the status is fine, and methods and headers are named; the simple ones need not be).
    #[must_use]
    pub fn lets(&self, origin: &str, method: &str, headers: &[&str]) -> bool {
        let named = |list: &str, wanted: &str, exact: bool| {
            let list = self.headers.get(list).unwrap_or_default();
            list.split(',').map(str::trim).any(|one| {
                one == wanted
                    || one == "*" && !wanted.eq_ignore_ascii_case("authorization")
                    || (!exact && one.eq_ignore_ascii_case(wanted))
            })
        };
        let simple = ["GET", "HEAD", "POST"].contains(&method);
        (200..300).contains(&self.status)
            && self.readable_by(origin)
            && (simple || named("Access-Control-Allow-Methods", method, true))
            && headers.iter().all(|header| named("Access-Control-Allow-Headers", header, false))
    }
}

/// A place on the way, and what it did.
#[derive(Clone, Debug)]
pub struct Hop {
    /// The place: `distribution E1…`, `web ACL finsight-edge`, `stage v1`.
    pub at: String,
    /// What it did, and why.
    pub did: String,
    /// What it answered, where it did not send the request on.
    pub reply: Option<Reply>,
}

/// The way of a request.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What the sender sees; none where there is no connection.
    pub reply: Option<Reply>,
    /// The places in order.
    pub hops: Vec<Hop>,
    /// What is not as AWS would do it, because it is not known here.
    pub unknown: Vec<String>,
    /// The milliseconds that it would take.
    pub millis: u64,
}

impl Seen {
    /// A place that sends the request on, or changes the answer.
    pub fn pass(&mut self, at: impl Display, did: impl Display) {
        self.hops.push(Hop { at: at.to_string(), did: did.to_string(), reply: None });
    }

    /// A place that answers.
    pub(crate) fn answer(&mut self, at: impl Display, did: impl Display, reply: Reply) {
        self.hops.push(Hop { at: at.to_string(), did: did.to_string(), reply: Some(reply.clone()) });
        self.reply = Some(reply);
    }

    /// Something that is not known here.
    pub(crate) fn doubt(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.unknown.contains(&what) {
            self.unknown.push(what);
        }
    }

    /// The place whose answer the sender sees; where there is none, the last one.
    #[must_use]
    pub fn answered_by(&self) -> Option<&Hop> {
        self.hops.iter().rev().find(|hop| hop.reply.is_some()).or(self.hops.last())
    }

    /// The first place that answered: whose decision it was.
    #[must_use]
    pub fn decided_by(&self) -> Option<&Hop> {
        self.hops.iter().find(|hop| hop.reply.is_some()).or(self.hops.last())
    }

    /// The status that the sender sees.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.reply.as_ref().map(|reply| reply.status)
    }
}
