//! Makes the user as which FinSight's functions log in to the database, with what they need there and no more; and tells what
//! a copy of the database holds, when the restoring of its backups is rehearsed.
//!
//! - [`config`] reads the environment: where the database is, and the secret of its master user.
//! - [`tls`] trusts RDS's own certificate authorities, and no others.
//! - [`user`] is what is said to PostgreSQL.
//! - [`rehearse`] is what a copy is asked.
//!
//! The deployment calls it, once for each database and again for a restored one. It may be called any number of times:
//! what is there already stays as it is. No password is made: the user logs in with IAM credentials.

pub mod config;
pub mod rehearse;
pub mod tls;
pub mod user;

use std::time::Duration;

use finsight_function::runtime::{Failure, Invocation};
use finsight_function::secret::Secret;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_postgres::Client;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;

use crate::config::Config;
use crate::tls::Tls;
use crate::user::Made;

/// The wait before another attempt.
const WAIT: Duration = Duration::from_secs(2);
/// What the database may take to answer.
const CONNECT: Duration = Duration::from_secs(10);

/// Why the user could not be made.
struct Trouble {
    failure: Failure,
    /// Whether it may pass by itself: rights that IAM is still spreading, a database that is starting.
    passes: bool,
}

impl Trouble {
    fn new(kind: &'static str, message: String, passes: bool) -> Self {
        Self { failure: Failure::new(kind, message), passes }
    }
}

/// The master user, as RDS writes its secret.
#[derive(Deserialize)]
struct Master {
    username: String,
    password: String,
}

/// A database, and who logs in to it.
pub(crate) struct Door<'a> {
    host: &'a str,
    port: u16,
    database: &'a str,
    user: &'a str,
    password: &'a str,
}

/// The whole function.
#[derive(Debug)]
pub struct Maker {
    config: Config,
    secret: Secret,
    tls: Tls,
}

impl Maker {
    /// A maker for the database of the config.
    #[must_use]
    pub fn new(config: Config, tls: Tls) -> Self {
        Self { secret: Secret::at(&config.secret), config, tls }
    }

    /// Does what an event asks for: answers a rehearsal's questions, or makes the user.
    ///
    /// # Errors
    /// When it could not be done, with the reason.
    pub async fn handle(&self, invocation: &Invocation) -> Result<Value, Failure> {
        match rehearse::asked(&invocation.event)? {
            Some(asked) => rehearse::answer(&self.tls, invocation, &asked).await,
            None => self.make(invocation).await,
        }
    }

    /// Makes the user, and says whether it is new. What may pass is tried again as long as there is time.
    ///
    /// # Errors
    /// When it could not be made, with the reason.
    pub async fn make(&self, invocation: &Invocation) -> Result<Value, Failure> {
        let mut last = Failure::new("DatabaseUser.Deadline", "there was no time for it");
        loop {
            match invocation.within(self.attempt()).await {
                Some(Ok(Made { created, closed })) => {
                    let (user, database) = (self.config.user.as_str(), self.config.database.as_str());
                    tracing::info!(user, database, created, "the user stands");
                    if !closed.is_empty() {
                        let tables = closed.join(", ");
                        tracing::warn!(user, tables, "of others, who have not opened them to the user");
                    }
                    let made =
                        json!({ "user": user, "database": database, "created": created, "closed": closed });
                    return Ok(made);
                }
                Some(Err(Trouble { failure, passes })) => {
                    let (kind, problem) = (failure.kind, failure.message.as_str());
                    tracing::error!(kind, problem, passes, "not made");
                    if !passes {
                        return Err(failure);
                    }
                    last = failure;
                }
                None => return Err(last),
            }
            if invocation.within(tokio::time::sleep(WAIT)).await.is_none() {
                return Err(last);
            }
        }
    }

    async fn attempt(&self) -> Result<Made, Trouble> {
        let master = self.master().await?;
        let Config { host, port, database, .. } = &self.config;
        let (user, password) = (&master.username, &master.password);
        let mut client = log_in(&self.tls, &Door { host, port: *port, database, user, password }).await?;
        user::make(&mut client, &self.config.user, &self.config.database)
            .await
            .map_err(|error| of_database("DatabaseUser.Refused", &error))
    }

    async fn master(&self) -> Result<Master, Trouble> {
        let held = self.secret.read().await.map_err(|why| {
            let message = format!("the master user's secret cannot be read: {why}");
            Trouble::new("DatabaseUser.Secret", message, true)
        })?;
        serde_json::from_str(held.reveal()).map_err(|_| {
            let message = "the master user's secret holds no username and password".to_owned();
            Trouble::new("DatabaseUser.Secret", message, false)
        })
    }
}

/// A connection over TLS.
async fn log_in(tls: &Tls, door: &Door<'_>) -> Result<Client, Trouble> {
    let Door { host, port, database, user, password } = *door;
    let unreachable = |why: String| {
        Trouble::new("DatabaseUser.Unreachable", format!("{host}:{port} does not answer: {why}"), true)
    };
    let connected = tokio::time::timeout(CONNECT, TcpStream::connect((host, port))).await;
    let stream = connected
        .map_err(|_| unreachable(format!("nothing in {} seconds", CONNECT.as_secs())))?
        .map_err(|error| unreachable(error.to_string()))?;
    let tls = tls.toward(host).map_err(|error| unreachable(error.to_string()))?;
    let mut settings = tokio_postgres::Config::new();
    settings
        .user(user)
        .password(password)
        .dbname(database)
        .application_name("finsight-database-user")
        .ssl_mode(SslMode::Require);
    let (client, connection) = settings
        .connect_raw(stream, tls)
        .await
        .map_err(|error| of_database("DatabaseUser.Unreachable", &error))?;
    // It ends with the client; what breaks it, the client's next call says.
    tokio::spawn(async move { connection.await.unwrap_or_default() });
    Ok(client)
}

/// What PostgreSQL or the way to it said, in one line.
fn of_database(kind: &'static str, error: &tokio_postgres::Error) -> Trouble {
    let Some(said) = error.as_db_error() else {
        let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
        let told = std::iter::once(error.to_string()).chain(causes.map(ToString::to_string));
        // A certificate that is not RDS's stays so.
        let text = told.collect::<Vec<_>>().join(": ");
        let passes = !text.contains("certificate");
        return Trouble::new(kind, text, passes);
    };
    // Its start and its end, its connections, and a password that is just being changed.
    let passing = [
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::INVALID_PASSWORD,
        SqlState::LOCK_NOT_AVAILABLE,
    ];
    let message = format!("the database says {}: {}", said.code().code(), said.message());
    Trouble::new(kind, message, passing.contains(said.code()))
}
