//! What a copy of the database is asked, and that nothing of it changes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::postgres::{PASSWORD, Postgres};
use crate::stage::rehearse;

/// As the function has it in Lambda.
const LAMBDA: Duration = Duration::from_secs(60);

fn error(answer: &Value) -> &str {
    answer["error"].as_str().unwrap_or_else(|| panic!("no error: {answer}"))
}

#[tokio::test]
async fn answers_are_text_in_the_order_of_the_questions() {
    let Some(postgres) = Postgres::start().await else { return };
    let master = postgres.log_in("finsight_admin", "finsight").await;
    let table = "CREATE TABLE users (id INT, name TEXT); INSERT INTO users SELECT n, 'user ' || n FROM generate_series(1, 30) n";
    master.batch_execute(table).await.expect("a table");
    let queries = [
        "SELECT count(*) FROM users",
        "SELECT id, name, NULL FROM users ORDER BY id",
        "SELECT max(id) > 29 FROM users",
        "SELECT 1 WHERE false",
        "SELECT repeat('x', 5000)",
        "SHOW transaction_read_only",
    ];
    let answer = rehearse(&postgres, PASSWORD, &queries, LAMBDA).await.expect("answers");
    let all = answer["rehearsed"].as_array().expect("a list");
    assert_eq!(all[0], json!({"rows": 1, "values": [["30"]]}));
    assert_eq!(all[1]["rows"], 30);
    assert_eq!(all[1]["values"].as_array().map(Vec::len), Some(20));
    assert_eq!(all[1]["values"][1], json!(["2", "user 2", null]));
    assert_eq!(all[2]["values"], json!([["t"]]));
    assert_eq!(all[3], json!({"rows": 0, "values": []}));
    assert_eq!(all[4]["values"][0][0].as_str().map(str::len), Some(1000));
    assert_eq!(all[5]["values"], json!([["on"]]));
    assert_eq!(all.len(), queries.len());
}

#[tokio::test]
async fn nothing_is_written_and_one_refusal_stops_no_other() {
    let Some(postgres) = Postgres::start().await else { return };
    let master = postgres.log_in("finsight_admin", "finsight").await;
    master.batch_execute("CREATE TABLE kept (id INT); INSERT INTO kept VALUES (1)").await.expect("a table");
    let queries = [
        "DELETE FROM kept",
        "SELECT 1; DROP TABLE kept",
        "COMMIT; DROP TABLE kept",
        "COMMIT",
        "DROP TABLE kept",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
        "SET statement_timeout = 0",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "DELETE FROM kept RETURNING id",
        "SELECT no_such_column FROM kept",
        "SHOW statement_timeout",
        "SELECT id FROM kept",
    ];
    let answer = rehearse(&postgres, PASSWORD, &queries, LAMBDA).await.expect("answers");
    let all = answer["rehearsed"].as_array().expect("a list");
    assert_eq!(all.len(), queries.len());
    for at in [0, 4, 8] {
        assert!(error(&all[at]).contains("25006"), "{} of {}", all[at], queries[at]);
    }
    for at in [1, 2] {
        assert!(error(&all[at]).contains("42601"), "{} of {}", all[at], queries[at]);
    }
    assert!(error(&all[7]).contains("25001"), "{}", all[7]);
    assert!(error(&all[9]).contains("42703"), "{}", all[9]);
    assert_eq!(all[10]["values"], json!([["40s"]]));
    assert_eq!(all[11]["values"], json!([["1"]]));
    // No user was made: that is another event.
    let root = postgres.log_in("postgres", "finsight").await;
    let user = root.query_opt("SELECT FROM pg_roles WHERE rolname = 'finsight_app'", &[]).await;
    assert!(user.expect("roles").is_none());
}

#[tokio::test]
async fn what_there_is_no_time_for_is_left_for_another_call() {
    let Some(postgres) = Postgres::start().await else { return };
    // The first has its time; where the second begins that is not there any more.
    let queries = ["SELECT pg_sleep(2)", "SELECT 1"];
    let answer = rehearse(&postgres, PASSWORD, &queries, Duration::from_secs(45)).await.expect("answers");
    assert_eq!(answer["rehearsed"].as_array().map(Vec::len), Some(1), "{answer}");
}

#[tokio::test]
async fn who_cannot_log_in_is_told_why() {
    let Some(postgres) = Postgres::start().await else { return };
    let failure = rehearse(&postgres, "hunter3", &["SELECT 1"], Duration::from_secs(47)).await;
    let failure = failure.expect_err("refused");
    assert_eq!(failure.kind, "Rehearsal.Unreachable");
    assert!(failure.message.contains("28P01") && failure.message.contains("finsight_admin"), "{failure}");
}
