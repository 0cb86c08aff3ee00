//! What the user can do then, and cannot; and what is said when it cannot be made.

use std::process::{Command, Stdio};
use std::time::Duration;

use finsight_function_testing::{Answer, Lambda, Reply};
use serde_json::json;
use tokio_postgres::error::SqlState;

use crate::postgres::{PASSWORD, Postgres};
use crate::stage::{environment, make, secrets};

const LONG: Duration = Duration::from_secs(30);

/// W1: from nothing, and as often as one likes.
#[tokio::test]
async fn the_user_reads_and_writes_and_makes_nothing() {
    let Some(postgres) = Postgres::start().await else { return };
    let secrets = secrets(PASSWORD, Vec::new());
    let master = postgres.log_in("finsight_admin", "finsight").await;
    let table = |name: &str| format!("CREATE TABLE {name} (id SERIAL PRIMARY KEY, name TEXT)");
    // One that a migration made before, as after a restore, and one after.
    master.batch_execute(&table("before")).await.expect("a table");
    let made = make(&postgres, &secrets, "finsight_app", LONG).await.expect("made");
    assert_eq!(made, json!({"user": "finsight_app", "database": "finsight", "created": true, "closed": []}));
    master.batch_execute(&table("after")).await.expect("a table");
    let again = make(&postgres, &secrets, "finsight_app", LONG).await.expect("made");
    assert_eq!(again["created"], json!(false));

    let user = postgres.log_in("finsight_app", "finsight").await;
    for name in ["before", "after"] {
        for statement in [
            format!("INSERT INTO {name} (name) VALUES ('a'), ('b')"),
            format!("UPDATE {name} SET name = 'c' WHERE name = 'a'"),
            format!("DELETE FROM {name} WHERE name = 'b'"),
        ] {
            user.batch_execute(&statement).await.expect(&statement);
        }
        let row = user.query_one(&format!("SELECT name FROM {name}"), &[]).await.expect("a row");
        assert_eq!(row.get::<_, &str>(0), "c");
    }
    for statement in [
        "CREATE TABLE own (id INT)",
        "DROP TABLE before",
        "TRUNCATE before",
        "ALTER TABLE before ADD more INT",
        "CREATE ROLE other",
        "CREATE DATABASE other",
        "CREATE SCHEMA other",
        "SET ROLE finsight_admin",
    ] {
        let refused = user.batch_execute(statement).await.expect_err(statement);
        assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{statement}: {refused}");
    }
    // By IAM alone: it is in `rds_iam`, and has no password.
    let root = postgres.log_in("postgres", "finsight").await;
    let asked = "SELECT pg_has_role('finsight_app', 'rds_iam', 'MEMBER'), rolpassword IS NULL, rolcanlogin, \
                 rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls \
                 FROM pg_authid WHERE rolname = 'finsight_app'";
    let row = root.query_one(asked, &[]).await.expect("the role");
    let flags: Vec<bool> = (0..4).map(|at| row.get(at)).collect();
    assert_eq!(flags, [true, true, true, false]);
}

#[tokio::test]
async fn what_somebody_gave_it_by_hand_is_taken_back() {
    let Some(postgres) = Postgres::start().await else { return };
    let secrets = secrets(PASSWORD, Vec::new());
    let root = postgres.log_in("postgres", "finsight").await;
    root.batch_execute("CREATE ROLE finsight_app NOLOGIN CREATEROLE CREATEDB").await.expect("a role");
    // On 16 and later who may change a role has to be its administrator, as the master user is of what it made.
    root.batch_execute("GRANT finsight_app TO finsight_admin WITH ADMIN OPTION").await.expect("a grant");
    let made = make(&postgres, &secrets, "finsight_app", LONG).await.expect("made");
    assert_eq!(made["created"], json!(false));
    let asked =
        "SELECT rolcanlogin, rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = 'finsight_app'";
    let row = root.query_one(asked, &[]).await.expect("the role");
    assert!(row.get::<_, bool>(0) && !row.get::<_, bool>(1));
}

/// What another role has made, that role opens: it keeps nobody from the rest.
#[tokio::test]
async fn what_others_own_is_named_and_stops_nothing() {
    let Some(postgres) = Postgres::start().await else { return };
    let secrets = secrets(PASSWORD, Vec::new());
    let root = postgres.log_in("postgres", "finsight").await;
    root.batch_execute(
        "CREATE ROLE migrator; GRANT CREATE ON SCHEMA public TO migrator; SET ROLE migrator;
        CREATE TABLE theirs (id bigserial); CREATE TABLE lent (id int);
        GRANT SELECT, INSERT, UPDATE, DELETE ON lent TO finsight_admin WITH GRANT OPTION;
        GRANT SELECT ON theirs TO PUBLIC; RESET ROLE;",
    )
    .await
    .expect("tables of another one");
    let own = postgres.log_in("finsight_admin", "finsight").await;
    own.batch_execute("CREATE TABLE \"Our \"\"own\" (id int)").await.expect("a table");
    let made = make(&postgres, &secrets, "finsight_app", LONG).await.expect("made");
    assert_eq!(made["closed"], json!(["theirs", "theirs_id_seq"]));
    for (table, open) in [("\"Our \"\"own\"", true), ("lent", true), ("theirs", false)] {
        let asked = format!("SELECT has_table_privilege('finsight_app', 'public.{table}', 'INSERT')");
        let row = root.query_one(&asked, &[]).await.expect("a right");
        assert_eq!(row.get::<_, bool>(0), open, "{table}");
    }
}

/// The names come from a config: whatever is in them, they are names.
#[tokio::test]
async fn a_name_is_a_name() {
    let Some(postgres) = Postgres::start().await else { return };
    let secrets = secrets(PASSWORD, Vec::new());
    let odd = "App \"; DROP DATABASE finsight; --";
    make(&postgres, &secrets, odd, LONG).await.expect("made");
    let root = postgres.log_in("postgres", "finsight").await;
    let row =
        root.query_one("SELECT count(*) FROM pg_roles WHERE rolname = $1", &[&odd]).await.expect("a count");
    assert_eq!(row.get::<_, i64>(0), 1);
}

#[tokio::test]
async fn two_at_once_make_one() {
    let Some(postgres) = Postgres::start().await else { return };
    let secrets = secrets(PASSWORD, Vec::new());
    let one = || make(&postgres, &secrets, "finsight_app", LONG);
    let (first, second) = tokio::join!(one(), one());
    let created = [first, second].map(|made| made.expect("made")["created"] == json!(true));
    assert_eq!(created.iter().filter(|new| **new).count(), 1, "{created:?}");
}

/// Rights that IAM has not spread yet.
#[tokio::test]
async fn a_secret_that_is_not_given_at_first_is_asked_for_again() {
    let Some(postgres) = Postgres::start().await else { return };
    let denied = Reply::new(400, r#"{"__type":"AccessDeniedException","message":"no"}"#);
    let secrets = secrets(PASSWORD, vec![denied.clone(), denied]);
    make(&postgres, &secrets, "finsight_app", LONG).await.expect("made");
    assert_eq!(secrets.seen().len(), 3);
}

#[tokio::test]
async fn what_the_database_refuses_is_told_in_its_words() {
    let Some(postgres) = Postgres::start().await else { return };
    let wrong = secrets("hunter3", Vec::new());
    let failure = make(&postgres, &wrong, "finsight_app", Duration::from_secs(4)).await.expect_err("refused");
    assert_eq!(failure.kind, "DatabaseUser.Unreachable");
    assert!(failure.message.contains("28P01") && failure.message.contains("finsight_admin"), "{failure}");
    assert!(!failure.message.contains("hunter3"), "{failure}");
    // `rds_iam` is not there: this is no database of RDS. No time makes that another.
    let root = postgres.log_in("postgres", "finsight").await;
    root.batch_execute("DROP ROLE rds_iam").await.expect("dropped");
    let right = secrets(PASSWORD, Vec::new());
    let failure = make(&postgres, &right, "finsight_app", LONG).await.expect_err("refused");
    assert_eq!(failure.kind, "DatabaseUser.Refused");
    assert!(failure.message.contains("rds_iam"), "{failure}");
    // All of it or nothing.
    let left =
        root.query_opt("SELECT FROM pg_roles WHERE rolname = 'finsight_app'", &[]).await.expect("roles");
    assert!(left.is_none());
}

/// The program as it is shipped trusts RDS's authorities alone: another's certificate gets no password.
#[tokio::test]
async fn a_database_that_is_not_of_rds_is_refused() {
    let Some(postgres) = Postgres::start().await else { return };
    let secrets = secrets(PASSWORD, Vec::new());
    let run = |all: Vec<(&'static str, String)>| {
        let mut lambda = Lambda::start().expect("a server");
        let mut command = Command::new(env!("CARGO_BIN_EXE_finsight-database-user"));
        command.env_clear().envs(all).stdout(Stdio::piped());
        for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        lambda.run(&mut command).expect("the program");
        lambda
    };
    let all = environment(&postgres, &secrets, "finsight_app");
    let mut lambda = run(all.clone());
    let answer = lambda.invoke(&json!({})).expect("an answer");
    let Answer::Error(error) = answer else { panic!("made: {answer:?}") };
    assert_eq!(error["errorType"], "DatabaseUser.Unreachable");
    assert!(error["errorMessage"].as_str().is_some_and(|text| text.contains("certificate")), "{error}");
    let log = lambda.end().expect("the log");
    assert!(log.contains("DatabaseUser.Unreachable") && !log.contains(PASSWORD), "{log}");
    // Without a part of its environment it does not start.
    let without = all.into_iter().filter(|(name, _)| *name != "DB_HOST").collect();
    let Answer::NotStarted(error) = run(without).refused_start().expect("an answer") else {
        panic!("started")
    };
    assert_eq!(error["errorMessage"], "DB_HOST is not set");
}
