//! Lambda's Runtime API, so that a function can be run as it is.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::server::{Reply, Request, Server};

const PATIENCE: Duration = Duration::from_secs(30);

/// What a function did with an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It answered.
    Response(Value),
    /// It failed, with this error.
    Error(Value),
    /// It could not even start.
    NotStarted(Value),
}

/// An event that waits for the function.
#[derive(Default)]
struct Event {
    id: String,
    body: String,
    time: Duration,
}

#[derive(Default)]
struct Desk {
    events: VecDeque<Event>,
    answers: Vec<(String, Answer)>,
    given: usize,
    /// When the function took each event, and how long it had it.
    taken: BTreeMap<String, Instant>,
    times: BTreeMap<String, Duration>,
}

/// The Runtime API, and the function that runs against it. The function is ended when this is dropped.
pub struct Lambda {
    desk: Arc<(Mutex<Desk>, Condvar)>,
    server: Server,
    function: Option<Child>,
}

impl Lambda {
    /// Starts the API, without a function.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start() -> io::Result<Self> {
        let desk: Arc<(Mutex<Desk>, Condvar)> = Arc::default();
        let shared = Arc::clone(&desk);
        let server = Server::start(move |request| answer(&shared, request))?;
        Ok(Self { desk, server, function: None })
    }

    /// Host and port, for `AWS_LAMBDA_RUNTIME_API`.
    #[must_use]
    pub fn address(&self) -> String {
        self.server.address()
    }

    /// Starts the function: the command, with the API's address in its environment.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&mut self, command: &mut Command) -> io::Result<()> {
        let child = command.env("AWS_LAMBDA_RUNTIME_API", self.address()).stdin(Stdio::null()).spawn()?;
        self.function = Some(child);
        Ok(())
    }

    /// Ends the function and gives what it wrote to stdout, where that was piped.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn end(&mut self) -> io::Result<String> {
        let mut child = self.function.take().ok_or_else(|| io::Error::other("no function runs"))?;
        child.kill()?;
        // What the function has started, such as a client that waits for an event, still holds its output.
        self.close();
        Ok(String::from_utf8_lossy(&child.wait_with_output()?.stdout).into_owned())
    }

    /// Gives the function an event and waits for what it makes of it.
    ///
    /// # Errors
    /// When it does nothing for half a minute.
    pub fn invoke(&self, event: &Value) -> io::Result<Answer> {
        self.deliver(event.to_string(), PATIENCE)
    }

    /// The same with a deadline: the function has this time for it.
    ///
    /// # Errors
    /// When the function says nothing before its deadline: Lambda would end it then, and nobody would learn why.
    pub fn invoke_within(&self, event: &Value, time: Duration) -> io::Result<Answer> {
        let id = self.hand(event.to_string(), time)?;
        let answer = self.answer_to(&id)?;
        let desk = self.desk.0.lock().map_err(|_| io::Error::other("a thread failed"))?;
        match desk.times.get(&id) {
            Some(taken) if *taken < time => Ok(answer),
            taken => {
                Err(io::Error::new(io::ErrorKind::TimedOut, format!("{taken:?} of {time:?}: {answer:?}")))
            }
        }
    }

    /// Gives the function an event of this text, which need not be JSON, and this time.
    ///
    /// # Errors
    /// When it does nothing for half a minute.
    pub fn deliver(&self, body: String, time: Duration) -> io::Result<Answer> {
        let id = self.hand(body, time)?;
        self.answer_to(&id)
    }

    fn hand(&self, body: String, time: Duration) -> io::Result<String> {
        let id = {
            let mut desk = self.desk.0.lock().map_err(|_| io::Error::other("a thread failed"))?;
            desk.given += 1;
            let id = format!("request-{}", desk.given);
            desk.events.push_back(Event { id: id.clone(), body, time });
            id
        };
        self.desk.1.notify_all();
        Ok(id)
    }

    /// Waits until the function says that it cannot start.
    ///
    /// # Errors
    /// When it does not for half a minute.
    pub fn refused_start(&self) -> io::Result<Answer> {
        self.answer_to("init")
    }

    /// Ends the wait of whoever still asks for an event.
    fn close(&self) {
        if let Ok(mut desk) = self.desk.0.lock() {
            desk.events.push_back(Event::default());
        }
        self.desk.1.notify_all();
    }

    fn answer_to(&self, id: &str) -> io::Result<Answer> {
        // A function that cannot start answers nothing else.
        let said = |(of, _): &(String, Answer)| of == id || of == "init";
        let desk = self.desk.0.lock().map_err(|_| io::Error::other("a thread failed"))?;
        let (desk, _) = self
            .desk
            .1
            .wait_timeout_while(desk, PATIENCE, |desk| !desk.answers.iter().any(said))
            .map_err(|_| io::Error::other("a thread failed"))?;
        desk.answers
            .iter()
            .find(|answer| said(answer))
            .map(|(_, answer)| answer.clone())
            .ok_or_else(|| io::Error::new(io::ErrorKind::TimedOut, "the function does not answer"))
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        if let Some(mut child) = self.function.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        self.close();
    }
}

fn answer(desk: &(Mutex<Desk>, Condvar), request: &Request) -> Option<Reply> {
    let path = request.path.strip_prefix("/2018-06-01/runtime/")?;
    if (request.method.as_str(), path) == ("GET", "invocation/next") {
        let waiting = desk.1.wait_while(desk.0.lock().ok()?, |desk| desk.events.is_empty());
        let mut waiting = waiting.ok()?;
        let event = waiting.events.pop_front()?;
        waiting.taken.insert(event.id.clone(), Instant::now());
        drop(waiting);
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH).ok()? + event.time;
        let reply = Reply::new(200, event.body)
            .header("Lambda-Runtime-Aws-Request-Id", &event.id)
            .header("Lambda-Runtime-Deadline-Ms", &deadline.as_millis().to_string())
            .header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:x:1:function:f");
        return Some(reply);
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    let (id, answer) = match path.split('/').collect::<Vec<_>>()[..] {
        ["invocation", id, "response"] => (id, Answer::Response(body)),
        ["invocation", id, "error"] => (id, Answer::Error(body)),
        ["init", "error"] => ("init", Answer::NotStarted(body)),
        _ => return Some(Reply::new(404, "")),
    };
    let mut all = desk.0.lock().ok()?;
    if let Some(taken) = all.taken.remove(id) {
        all.times.insert(id.to_owned(), taken.elapsed());
    }
    all.answers.push((id.to_owned(), answer));
    drop(all);
    desk.1.notify_all();
    Some(Reply::new(202, r#"{"status":"OK"}"#))
}
