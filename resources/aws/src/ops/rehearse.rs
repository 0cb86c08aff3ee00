//! Rehearsing a restore: a copy of the database is restored beside it, asked what it holds, and taken down.
//!
//! [`next`] decides from what stands and from what this run has done. Whatever changes something takes a [`CopyName`], which can
//! be no other identifier than a rehearsal's; and [`next`] names no such step for an instance without the mark.

use std::collections::BTreeMap;

use aws_sdk_lambda::operation::invoke::InvokeOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_rds::types::DbInstance;
use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::value::{Map, Value};
use serde_json::{Value as Json, json};

use super::database::Database;
use crate::failure::refused;
use crate::rds::db_instance::described;
use crate::session::Region;
use crate::values::Inputs;

/// The tag of a copy: when the rehearsal began, and from what it restores.
pub const REHEARSAL_TAG: &str = "finsight:rehearsal";
/// How the identifiers of copies end.
const SUFFIX: &str = "-rehearsal";
/// The longest identifier of an instance.
const LONGEST: usize = 63;

/// The identifier of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyName(String);

impl CopyName {
    /// The one of a database; nothing where RDS would not take it for its length.
    #[must_use]
    pub fn of(database: &str) -> Option<Self> {
        let name = format!("{}{SUFFIX}", database.to_ascii_lowercase());
        (name.len() <= LONGEST).then_some(Self(name))
    }

    /// As RDS knows it.
    #[must_use]
    pub fn name(&self) -> &str {
        assert!(self.0.ends_with(SUFFIX), "only copies are changed");
        &self.0
    }
}

/// A password that is shown nowhere.
pub struct Password(String);

impl Password {
    /// Keeps it.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("(secret)")
    }
}

/// A copy as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The instance.
    pub database: Database,
    /// Where it answers, once it does.
    pub endpoint: Option<(String, u16)>,
    /// Whether its password is still being set.
    pub sets_password: bool,
}

impl Standing {
    fn of(instance: &DbInstance) -> Self {
        let pending = instance.pending_modified_values();
        let endpoint = instance.endpoint().and_then(|endpoint| {
            Some((endpoint.address()?.to_owned(), u16::try_from(endpoint.port()?).ok()?))
        });
        Self {
            database: Database::of(instance),
            endpoint,
            sets_password: pending.is_some_and(|pending| pending.master_user_password().is_some()),
        }
    }

    fn mark(&self) -> Option<&str> {
        self.database.tags.get(REHEARSAL_TAG).map(String::as_str)
    }
}

/// What stands under the identifier of a copy.
///
/// # Errors
/// What AWS said.
pub async fn look(aws: &Region, copy: &CopyName) -> Result<Option<Standing>, Failure> {
    let found = described(aws, vec![copy.name().to_owned()]).await?;
    Ok(found.first().map(Standing::of))
}

/// How far this run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It knows no password of the copy's.
    Begun,
    /// It has set one.
    Opened,
    /// It needs the copy no more.
    Over,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Restore the copy.
    Restore,
    /// Set a password of this run's own.
    Open,
    /// Ask what is in it, at this host and port.
    Ask(String, u16),
    /// Delete it.
    TakeDown,
    /// AWS is busy with this.
    Wait(String),
    /// It is not this rehearsal's: it has this mark, or none.
    Other(Option<String>),
    /// It is in a state that waiting does not end.
    Stuck(String),
    /// Nothing stands any more.
    Done,
}

/// Decides. `options` are those of the rehearsal; without them a copy of any rehearsal will do.
#[must_use]
pub fn next(options: Option<&str>, progress: Progress, seen: Option<&Standing>) -> Step {
    let over = progress == Progress::Over;
    let Some(standing) = seen else { return if over { Step::Done } else { Step::Restore } };
    let Database { id, status, .. } = &standing.database;
    match standing.mark() {
        None => return Step::Other(None),
        Some(mark)
            if options.is_some_and(|options| mark.split_once(' ').map(|(_, of)| of) != Some(options)) =>
        {
            return Step::Other(Some(mark.to_owned()));
        }
        Some(_) => {}
    }
    let wait = || Step::Wait(format!("`{id}` is {status}"));
    let stuck = standing.database.is_unfit() || status == "stopped";
    match (status.as_str(), progress) {
        ("deleting", _) => wait(),
        (_, Progress::Over) if stuck || standing.database.is_available() => Step::TakeDown,
        (_, Progress::Over) => wait(),
        _ if stuck => Step::Stuck(status.clone()),
        _ if !standing.database.is_available() || standing.sets_password => wait(),
        (_, Progress::Begun) => Step::Open,
        (_, Progress::Opened) => match &standing.endpoint {
            Some((host, port)) => Step::Ask(host.clone(), *port),
            None => wait(),
        },
    }
}

/// What a copy is to be like, out of what a restored database is to be like: alone in one zone, out of reach from outside, and
/// gone without a trace. Neither backups nor log groups are made for it.
#[must_use]
pub fn wanted(mut like: Map) -> Map {
    for leave in ["enable_cloudwatch_logs_exports", "max_allocated_storage", "preferred_backup_window"] {
        like.remove(leave);
    }
    for off in ["multi_az", "deletion_protection", "publicly_accessible", "copy_tags_to_snapshot"] {
        like.insert(off.to_owned(), Value::from(false));
    }
    like.insert("backup_retention_period".to_owned(), Value::from(0_i64));
    like
}

/// The tags of a copy: those that people gave the database, and the mark. None says that it is the stack's.
#[must_use]
pub fn tags(wanted: &Map, copy: &CopyName, mark: &str) -> BTreeMap<String, String> {
    let mut tags = wanted.tags();
    tags.retain(|key, _| {
        let key = key.to_ascii_lowercase();
        !key.starts_with("aws:") && !key.starts_with("finsight:")
    });
    tags.insert("Name".to_owned(), copy.name().to_owned());
    tags.insert(REHEARSAL_TAG.to_owned(), mark.to_owned());
    tags
}

/// Gives a copy's master user another password. What a restore makes has the password of its time, which nobody need know
/// any more; RDS keeps none for it ("RestoreDBInstanceFromDBSnapshot": `ManageMasterUserPassword` is for Oracle alone).
///
/// # Errors
/// What AWS said, without the password.
pub async fn open(aws: &Region, copy: &CopyName, password: &Password) -> Result<(), Failure> {
    let call = aws.rds().modify_db_instance().db_instance_identifier(copy.name());
    let answer = call.master_user_password(&password.0).apply_immediately(true).send().await;
    answer.map(|_| ()).map_err(|error| {
        let mut failure = refused("rds:ModifyDBInstance", &error);
        failure.message = failure.message.replace(&password.0, "(secret)");
        failure
    })
}

/// Deletes a copy with all that there is of it; it is no failure if it is gone or going.
///
/// # Errors
/// What AWS said.
pub async fn take_down(aws: &Region, copy: &CopyName) -> Result<(), Failure> {
    let call = aws.rds().delete_db_instance().db_instance_identifier(copy.name());
    let answer = call.skip_final_snapshot(true).delete_automated_backups(true).send().await;
    match answer.map_err(|error| refused("rds:DeleteDBInstance", &error)) {
        Ok(_) => Ok(()),
        Err(failure) if failure.class == FailureClass::Absent => Ok(()),
        // Busy with something: it is looked at again.
        Err(mut failure) if failure.code == "InvalidDBInstanceState" => {
            failure.class = FailureClass::NotYet;
            Err(failure)
        }
        Err(failure) => Err(failure),
    }
}

/// Who is asked, by the function that reaches the database, and what.
#[derive(Debug)]
pub struct Question<'a> {
    /// Where the copy answers.
    pub host: &'a str,
    /// And at which port.
    pub port: u16,
    /// The database in it.
    pub database: &'a str,
    /// The master user.
    pub user: &'a str,
    /// The master user's password.
    pub password: &'a Password,
    /// One statement each.
    pub queries: &'a [&'a str],
}

/// What the function says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The answers to the first questions, as many as there was time for.
    Answers(Vec<Answer>),
    /// It does not reach the copy, or has no time left; that may pass.
    Unreachable(String),
    /// It is refused, and stays so.
    Refused(String),
    /// It knows nothing of rehearsals.
    Unknown,
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// How many rows there are, and the first of them as text.
    Rows(u64, Vec<Vec<Option<String>>>),
    /// What the database said instead.
    Error(String),
}

/// Asks the function nothing: one that knows rehearsals answers nothing, and reaches for no database.
///
/// # Errors
/// What AWS said.
pub async fn greet(aws: &Region, function: &str, qualifier: &str) -> Result<Told, Failure> {
    invoke(aws, function, qualifier, &json!({"rehearse": {}})).await
}

/// Has the function ask a copy.
///
/// # Errors
/// What AWS said, without the password.
pub async fn ask(
    aws: &Region,
    function: &str,
    qualifier: &str,
    question: &Question<'_>,
) -> Result<Told, Failure> {
    let Question { host, port, database, user, password, queries } = question;
    let copy =
        json!({"host": host, "port": port, "database": database, "user": user, "password": password.0});
    invoke(aws, function, qualifier, &json!({"rehearse": {"copy": copy, "queries": queries}})).await
}

async fn invoke(aws: &Region, function: &str, qualifier: &str, event: &Json) -> Result<Told, Failure> {
    let call = aws.lambda().invoke().function_name(function).qualifier(qualifier);
    let answer = call.payload(Blob::new(event.to_string())).send().await;
    Ok(told(&answer.map_err(|error| refused("lambda:Invoke", &error))?))
}

fn told(answer: &InvokeOutput) -> Told {
    let payload = answer.payload().map(|blob| blob.as_ref()).unwrap_or_default();
    let body: Json = serde_json::from_slice(payload).unwrap_or_default();
    if answer.function_error().is_some() {
        let said = |member: &str| body.get(member).and_then(Json::as_str);
        let message = said("errorMessage").unwrap_or("the function failed and says nothing").to_owned();
        return match said("errorType") {
            Some("Rehearsal.Refused" | "Rehearsal.Event") => Told::Refused(message),
            _ => Told::Unreachable(message),
        };
    }
    match body.get("rehearsed").and_then(Json::as_array) {
        Some(answers) => Told::Answers(answers.iter().map(one).collect()),
        None => Told::Unknown,
    }
}

fn one(answer: &Json) -> Answer {
    if let Some(error) = answer.get("error").and_then(Json::as_str) {
        return Answer::Error(error.to_owned());
    }
    let rows = answer.get("values").and_then(Json::as_array).into_iter().flatten();
    let cells = |row: &Json| {
        row.as_array().into_iter().flatten().map(|cell| cell.as_str().map(str::to_owned)).collect()
    };
    match answer.get("rows").and_then(Json::as_u64) {
        Some(count) => Answer::Rows(count, rows.map(cells).collect()),
        None => Answer::Error("the function answers what is no answer".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use finsight_engine::contract::{OWNER_TAG, STACK_TAG};

    use super::*;

    const OPTIONS: Option<&str> = Some("--latest");
    const MARK: &str = "20260102-030405 --latest";

    fn copy(status: &str, mark: Option<&str>) -> Standing {
        Standing {
            database: Database {
                id: "db-rehearsal".to_owned(),
                status: status.to_owned(),
                arn: "arn:db-rehearsal".to_owned(),
                resource_id: "db-B".to_owned(),
                multi_az: false,
                created: None,
                zone: "a".to_owned(),
                renaming_to: None,
                tags: mark.map(|mark| (REHEARSAL_TAG.to_owned(), mark.to_owned())).into_iter().collect(),
                properties: Map::new(),
            },
            endpoint: (status == "available").then(|| ("host".to_owned(), 5432)),
            sets_password: false,
        }
    }

    /// The whole way, by what stands at each moment.
    #[test]
    fn each_moment_leads_on_to_the_next() {
        use Progress::{Begun, Opened, Over};
        let step = |progress, status: &str| next(OPTIONS, progress, Some(&copy(status, Some(MARK))));
        let wait = |status: &str| Step::Wait(format!("`db-rehearsal` is {status}"));
        assert_eq!(next(OPTIONS, Begun, None), Step::Restore);
        assert_eq!(step(Begun, "creating"), wait("creating"));
        assert_eq!(step(Begun, "available"), Step::Open);
        assert_eq!(step(Opened, "resetting-master-credentials"), wait("resetting-master-credentials"));
        let pending = Standing { sets_password: true, ..copy("available", Some(MARK)) };
        assert_eq!(next(OPTIONS, Opened, Some(&pending)), wait("available"));
        assert_eq!(step(Opened, "available"), Step::Ask("host".to_owned(), 5432));
        assert_eq!(step(Over, "available"), Step::TakeDown);
        assert_eq!(step(Over, "deleting"), wait("deleting"));
        assert_eq!(next(OPTIONS, Over, None), Step::Done);
    }

    #[test]
    fn what_cannot_be_used_is_taken_down_all_the_same() {
        for status in ["failed", "incompatible-restore", "restore-error", "stopped"] {
            let seen = copy(status, Some(MARK));
            assert_eq!(next(OPTIONS, Progress::Begun, Some(&seen)), Step::Stuck(status.to_owned()));
            assert_eq!(next(OPTIONS, Progress::Over, Some(&seen)), Step::TakeDown, "{status}");
        }
        // RDS deletes nothing that it is still making; and who begins while one goes waits for its end.
        for status in ["creating", "modifying", "deleting"] {
            for progress in [Progress::Begun, Progress::Over] {
                let step = next(OPTIONS, progress, Some(&copy(status, Some(MARK))));
                assert!(matches!(step, Step::Wait(_)), "{status}: {step:?}");
            }
        }
    }

    /// Whatever the state and however far: what has not this mark is not touched.
    #[test]
    fn nothing_of_others_is_touched() {
        for progress in [Progress::Begun, Progress::Opened, Progress::Over] {
            for status in ["available", "creating", "failed", "deleting", "stopped"] {
                assert_eq!(next(OPTIONS, progress, Some(&copy(status, None))), Step::Other(None));
                assert_eq!(next(None, progress, Some(&copy(status, None))), Step::Other(None));
                let other = "20250102-030405 --snapshot s";
                let step = next(OPTIONS, progress, Some(&copy(status, Some(other))));
                assert_eq!(step, Step::Other(Some(other.to_owned())));
                let any = next(None, progress, Some(&copy(status, Some(other))));
                assert!(!matches!(any, Step::Other(_)), "{any:?}");
            }
        }
    }

    #[test]
    fn a_copy_is_never_the_database() {
        assert_eq!(
            CopyName::of("Finsight-DB").map(|copy| copy.name().to_owned()).as_deref(),
            Some("finsight-db-rehearsal")
        );
        assert_eq!(CopyName::of(&"d".repeat(53)).map(|copy| copy.name().len()), Some(63));
        assert_eq!(CopyName::of(&"d".repeat(54)), None);
    }

    #[test]
    fn a_copy_stands_alone_and_says_that_it_is_nobodys() {
        let all = [(OWNER_TAG, "o"), (STACK_TAG, "prod"), ("aws:x", "1"), ("Name", "db"), ("team", "t")];
        let tagged: Map = all.map(|(key, value)| (key.to_owned(), Value::from(value))).into();
        let like = Map::from([
            ("multi_az".to_owned(), Value::from(true)),
            ("deletion_protection".to_owned(), Value::from(true)),
            ("backup_retention_period".to_owned(), Value::from(7_i64)),
            ("db_instance_class".to_owned(), Value::from("db.t4g.micro")),
            ("tags".to_owned(), Value::Map(tagged)),
        ]);
        let wanted = wanted(like);
        assert_eq!((wanted.flag("multi_az"), wanted.flag("deletion_protection")), (Some(false), Some(false)));
        assert_eq!(wanted.int("backup_retention_period"), Some(0));
        assert_eq!(wanted.text("db_instance_class"), Some("db.t4g.micro"));
        let tags = tags(&wanted, &CopyName::of("db").expect("a name"), MARK);
        let pairs: Vec<(&str, &str)> =
            tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("Name", "db-rehearsal"), (REHEARSAL_TAG, MARK), ("team", "t")]);
    }

    #[test]
    fn what_the_function_says() {
        let of = |error: Option<&str>, payload: &str| {
            let answer = InvokeOutput::builder().payload(Blob::new(payload));
            told(&answer.set_function_error(error.map(str::to_owned)).build())
        };
        let row = vec![vec![Some("7".to_owned()), None]];
        let answers = r#"{"rehearsed": [{"rows": 1, "values": [["7", null]]}, {"error": "no"}]}"#;
        let expected = Told::Answers(vec![Answer::Rows(1, row), Answer::Error("no".to_owned())]);
        assert_eq!(of(None, answers), expected);
        // The placeholder, an older one, and one that says nothing.
        for unknown in [r#"{"created":false}"#, r#"{"user":"u","created":false,"closed":[]}"#, "null", ""] {
            assert_eq!(of(None, unknown), Told::Unknown, "{unknown}");
        }
        let failed =
            |kind: &str| of(Some("Unhandled"), &json!({"errorType": kind, "errorMessage": "m"}).to_string());
        assert_eq!(failed("Rehearsal.Unreachable"), Told::Unreachable("m".to_owned()));
        assert_eq!(failed("Rehearsal.Refused"), Told::Refused("m".to_owned()));
        assert_eq!(failed("Sandbox.Timedout"), Told::Unreachable("m".to_owned()));
    }

    #[test]
    fn no_password_is_shown() {
        assert_eq!(format!("{:?}", Password::new("hunter2".to_owned())), "(secret)");
    }
}
