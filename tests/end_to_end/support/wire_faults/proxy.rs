//! The proxy itself: a thread for each connection.

use std::io::{self, BufReader};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::answers::{refuse, spoil};
use super::call::Call;
use super::http::{Answer, Request};
use super::{Act, Faults};

/// A proxy before an endpoint; it ends when it is dropped.
pub struct Wire {
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    /// The endpoint.
    to: SocketAddr,
    faults: Mutex<Option<Arc<dyn Faults>>>,
    /// Until when no connection is taken.
    down: Mutex<Option<Instant>>,
    ended: AtomicBool,
}

impl Wire {
    /// Before an endpoint such as `http://127.0.0.1:4566`.
    pub fn new(endpoint: &str) -> Self {
        let to = endpoint.trim_start_matches("http://").parse().expect("an address");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared {
            to,
            faults: Mutex::default(),
            down: Mutex::default(),
            ended: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || accept(&accepting, listener, address));
        Self { url: format!("http://{address}"), shared }
    }

    /// What goes wrong from now on.
    pub fn set(&self, faults: Arc<dyn Faults>) {
        *self.shared.faults.lock().unwrap_or_else(PoisonError::into_inner) = Some(faults);
    }

    /// Nothing goes wrong any more.
    pub fn calm(&self) {
        *self.shared.faults.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
    }
}

impl Shared {
    fn is_down(&self) -> Option<Duration> {
        let down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        down.and_then(|until| until.checked_duration_since(Instant::now()))
    }

    fn faults(&self) -> Option<Arc<dyn Faults>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn accept(shared: &Arc<Shared>, listener: TcpListener, address: SocketAddr) {
    let mut listener = Some(listener);
    while !shared.ended.load(Ordering::SeqCst) {
        if shared.is_down().is_some() {
            // A port on which nobody listens refuses.
            listener = None;
            std::thread::sleep(Duration::from_millis(5));
            continue;
        }
        let Some(open) = &listener else {
            listener = TcpListener::bind(address).ok();
            continue;
        };
        let _ = open.set_nonblocking(true);
        match open.accept() {
            Ok((stream, _)) => {
                let shared = Arc::clone(shared);
                std::thread::spawn(move || {
                    let _ = stream.set_nonblocking(false);
                    let _ = serve(&shared, &stream);
                    let _ = stream.shutdown(Shutdown::Both);
                });
            }
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// Answers the requests of a connection; returns when it is to be closed.
fn serve(shared: &Shared, stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut reader, mut writer) = (BufReader::new(stream.try_clone()?), stream.try_clone()?);
    while let Some(request) = Request::read(&mut reader)? {
        if shared.is_down().is_some() || shared.ended.load(Ordering::SeqCst) {
            return Ok(());
        }
        let call = Call::of(&request);
        let faults = shared.faults();
        let act = faults.as_ref().map_or(Act::Pass, |faults| faults.meet(&call));
        let Some(answer) = answer(shared, &request, &call, act)? else { return Ok(()) };
        let ahead = faults.map_or(0, |faults| faults.ahead());
        answer.with("date", &date(ahead)).write(&mut writer, &request.method)?;
    }
    Ok(())
}

/// The answer of a call, or none where the connection is cut.
fn answer(shared: &Shared, request: &Request, call: &Call, act: Act) -> io::Result<Option<Answer>> {
    let through = || request.forward(shared.to);
    Ok(match act {
        Act::Pass => Some(through()?),
        Act::Late(time) => {
            std::thread::sleep(time);
            Some(through()?)
        }
        Act::Refuse(refusal) => Some(refuse(call, &refusal)),
        Act::RefuseAfter(refusal) => {
            through()?;
            Some(refuse(call, &refusal))
        }
        Act::CutBefore => None,
        Act::CutAfter => {
            through()?;
            None
        }
        // There is nothing of a HEAD to spoil.
        Act::Spoil(_) if request.method == "HEAD" => Some(through()?),
        Act::Spoil(how) => Some(spoil(through()?, how)),
        Act::Rewrite(from, to) => {
            let answer = through()?;
            let body = String::from_utf8_lossy(&answer.body).replace(from, to).into_bytes();
            Some(Answer { body, ..answer })
        }
        Act::Outage(length) => {
            *shared.down.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + length);
            None
        }
    })
}

/// The time so many seconds from now, as in a `Date` header.
fn date(ahead: i64) -> String {
    let now = jiff::Timestamp::now().as_second() + ahead;
    let time = jiff::Timestamp::from_second(now).unwrap_or_default();
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
