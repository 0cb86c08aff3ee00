//! The alarms: each is set off, and has to reach Slack and each subscriber.

use finsight_function_testing::Request;
use finsight_local::walk::{Seen, Walk};

use super::ground::Ground;
use super::row::Row;

/// What became of the alarms.
pub struct Alarms {
    /// A line for each.
    pub rows: Vec<Row>,
    /// Whose subscriptions were confirmed for it.
    pub confirmed: Vec<String>,
}

/// Sets off each alarm of the stack.
pub fn all(ground: &Ground<'_>) -> Alarms {
    let mut walk = ground.walk();
    let confirmed = walk.confirm();
    let (alarms, _) = walk.alarms(ground.tag());
    let mut rows: Vec<Row> = alarms.iter().map(|name| row(ground, &mut walk, name)).collect();
    if rows.is_empty() {
        rows.push(Row {
            what: "alarms".to_owned(),
            times: 0,
            asked: None,
            origin: None,
            seen: Seen::default(),
            wrong: vec!["no alarm of the stack does anything".to_owned()],
        });
    }
    Alarms { rows, confirmed }
}

fn row(ground: &Ground<'_>, walk: &mut Walk, name: &str) -> Row {
    let before = ground.slack.seen().len();
    let sounded = walk.sound(name);
    let mut wrong = sounded.lost.clone();
    let posts = ground.slack.seen();
    let told = |post: &Request| String::from_utf8_lossy(&post.body).contains(name);
    if !posts.iter().skip(before).any(told) {
        wrong.push("Slack does not hear of it".to_owned());
    }
    for address in &ground.config.monitoring.subscribers {
        if !sounded.mails.iter().any(|mail| mail.to == *address) {
            wrong.push(format!("no mail goes to {address}"));
        }
    }
    let mut seen = Seen::default();
    for function in &sounded.functions {
        seen.pass(format!("function {function}"), "tells Slack");
    }
    for mail in &sounded.mails {
        seen.pass(format!("mail to {}", mail.to), &mail.subject);
    }
    Row { what: format!("alarm {name}"), times: 1, asked: None, origin: None, seen, wrong }
}
