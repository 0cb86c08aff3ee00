//! What a copy of the database is asked, when the restoring of its backups is rehearsed.
//!
//! The event names the copy, and holds a password that was made for it alone. Each statement is one transaction that
//! writes nothing, with a limit of time. What there was no time for is left out: it is asked again.

use std::pin::pin;
use std::time::Duration;

use finsight_function::runtime::{Failure, Invocation};
use futures::TryStreamExt as _;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_postgres::{Client, Error, SimpleQueryMessage};

use crate::tls::Tls;
use crate::{Door, Trouble, WAIT, log_in, of_database};

/// What a statement may take.
const STATEMENT: Duration = Duration::from_secs(40);
/// What is left for all else where a statement is begun.
const BESIDES: Duration = Duration::from_secs(3);
/// Rows that are told; all are counted.
const ROWS: usize = 20;
/// Characters of a value that are told.
const CHARACTERS: usize = 1_000;

#[derive(Deserialize)]
struct Event {
    rehearse: Option<Asked>,
}

/// The questions, and who is asked.
#[derive(Deserialize)]
pub struct Asked {
    /// Where the copy is; without it nothing is asked, and the answer says that this function knows rehearsals.
    copy: Option<Address>,
    #[serde(default)]
    queries: Vec<String>,
}

#[derive(Deserialize)]
struct Address {
    host: String,
    port: u16,
    database: String,
    user: String,
    password: String,
}

/// What an event asks of a rehearsal; nothing, if it is none.
///
/// # Errors
/// When it is one, and not all of it is there. What is in it is not repeated: there is a password in it.
pub fn asked(event: &[u8]) -> Result<Option<Asked>, Failure> {
    let is_one = serde_json::from_slice::<Value>(event).is_ok_and(|event| event.get("rehearse").is_some());
    if !is_one {
        return Ok(None);
    }
    let read: Result<Event, _> = serde_json::from_slice(event);
    match read {
        Ok(Event { rehearse: Some(asked) }) => Ok(Some(asked)),
        _ => Err(Failure::new("Rehearsal.Event", "the event does not say which copy is asked, and what")),
    }
}

/// Answers, in order, as many questions as there is time for: `{"rows": 1, "values": [["7"]]}` or `{"error": "…"}` for each.
///
/// # Errors
/// When the copy cannot be reached, with the reason.
pub async fn answer(tls: &Tls, invocation: &Invocation, asked: &Asked) -> Result<Value, Failure> {
    let mut answers = Vec::new();
    if let Some(copy) = &asked.copy {
        let client = reach(tls, invocation, copy).await?;
        for query in &asked.queries {
            if invocation.spare() < STATEMENT + BESIDES {
                break;
            }
            answers.push(match invocation.within(ask(&client, query)).await {
                Some(Ok(answer)) => answer,
                Some(Err(error)) => {
                    json!({"error": of_database("Rehearsal.Refused", &error).failure.message})
                }
                None => break,
            });
        }
        tracing::info!(host = copy.host, asked = asked.queries.len(), answered = answers.len(), "rehearsed");
    }
    Ok(json!({"rehearsed": answers}))
}

/// A connection to the copy. What may pass is tried again while a statement would still have its time: a password that is
/// just being set, a database that is starting.
async fn reach(tls: &Tls, invocation: &Invocation, copy: &Address) -> Result<Client, Failure> {
    let Address { host, port, database, user, password } = copy;
    let door = Door { host, port: *port, database, user, password };
    loop {
        let failure = match invocation.within(log_in(tls, &door)).await {
            Some(Ok(client)) => return Ok(client),
            Some(Err(Trouble { failure, passes: true })) => failure,
            Some(Err(Trouble { failure, passes: false })) => {
                return Err(Failure::new("Rehearsal.Refused", failure.message));
            }
            None => Failure::new("Rehearsal.Unreachable", "there was no time for it"),
        };
        if invocation.spare() < STATEMENT + BESIDES + WAIT {
            return Err(Failure::new("Rehearsal.Unreachable", failure.message));
        }
        tokio::time::sleep(WAIT).await;
    }
}

/// One statement in a transaction of its own.
async fn ask(client: &Client, query: &str) -> Result<Value, Error> {
    let limit = STATEMENT.as_millis();
    client.batch_execute(&format!("BEGIN READ ONLY; SET LOCAL statement_timeout = {limit}")).await?;
    let told = tell(client, query).await;
    // Of what the statement has set nothing stays, whatever it was.
    client.batch_execute("ROLLBACK").await?;
    client.batch_execute("DISCARD ALL").await?;
    told
}

/// What a statement answers, as text.
async fn tell(client: &Client, query: &str) -> Result<Value, Error> {
    // PostgreSQL prepares one statement, and refuses two.
    client.prepare(query).await?;
    let (mut count, mut values) = (0_u64, Vec::new());
    let mut said = pin!(client.simple_query_raw(query).await?);
    while let Some(message) = said.try_next().await? {
        let SimpleQueryMessage::Row(row) = message else { continue };
        count += 1;
        if values.len() < ROWS {
            let cells = (0..row.len()).map(|at| row.get(at).map(shortened));
            values.push(cells.collect::<Vec<Option<String>>>());
        }
    }
    Ok(json!({"rows": count, "values": values}))
}

fn shortened(text: &str) -> String {
    text.chars().take(CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::asked;

    #[test]
    fn what_is_a_rehearsal_and_what_is_none() {
        for none in ["{}", "", "null", "[]", r#"{"rehearsed": 1}"#] {
            assert!(asked(none.as_bytes()).expect("none").is_none(), "{none}");
        }
        assert!(asked(br#"{"rehearse": {}}"#).expect("one").expect("one").copy.is_none());
        for wrong in [
            r#"{"rehearse": null}"#,
            r#"{"rehearse": {"copy": {"host": "h", "password": "hunter2"}}}"#,
            r#"{"rehearse": {"copy": {"host": "h", "port": "hunter2"}}}"#,
        ] {
            let failure = asked(wrong.as_bytes()).err().expect("wrong");
            assert!(!failure.message.contains("hunter2"), "{failure}");
        }
    }
}
