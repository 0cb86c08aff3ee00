//! What the next `up` would do, and what would stop it: read and planned as `preview` does, and not carried out.

use std::collections::BTreeMap;

use finsight::database::MONTHLY;
use finsight::people::Left;
use finsight_aws::ops::database;
use finsight_driver::clock::now;
use finsight_engine::plan::{Confirmed, Op, Plan, Selection};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};

use super::report::Report;
use crate::connect::Connection;
use crate::error::{CommandError, INTERRUPTED};
use crate::preflight::{self, Limit};
use crate::run::{Access, Aim, Desk, Planned, Program, Wish};

const PLAN: &str = "plan.up";
const ACCOUNT: &str = "quotas.account";
const PEOPLE: &str = "people.left";
const SNAPSHOT: &str = "database.snapshot";
/// The database, the app that is connected with a token, and what has code.
const DATABASE: &str = "aws:rds:DBInstance";
const APP: &str = "aws:amplify:App";
const FUNCTION: &str = "aws:lambda:Function";
/// A month, and a day to be late.
const OLD_DAYS: u64 = 32;
const DAY_SECONDS: u64 = 86_400;

/// Reads, plans, and tells what would stop `up`. What is in the way of the plan is in the way of the rest.
pub async fn look(
    desk: Desk,
    connection: Connection,
    program: Option<Program>,
    report: &mut Report,
) -> Result<(), CommandError> {
    let Some(program) = program else {
        let why = "without a program there is no plan, see above";
        report.unknown(PLAN, why, "");
        return without_plan(why, report);
    };
    let planned = match plan(desk, connection, &program).await {
        Ok(planned) => planned,
        Err(error) if error.exit == INTERRUPTED => return Err(error),
        Err(error) => {
            report.fails(PLAN, error);
            return without_plan("without a plan it is not known, see above", report);
        }
    };
    obstacles(&planned, report).await?;
    let Some(connection) = planned.connection() else { return Ok(()) };
    let stop = &planned.desk().stop;
    let (free_plan, concurrency) = stop
        .or(async {
            (
                preflight::free_plan(planned.plan(), connection).await,
                preflight::concurrency(planned.plan(), connection).await,
            )
        })
        .await?;
    limits([free_plan, concurrency], report);
    people(&planned, report);
    stop.or(snapshot(&planned, connection, report)).await
}

fn without_plan(why: &str, report: &mut Report) -> Result<(), CommandError> {
    for name in [ACCOUNT, PEOPLE, SNAPSHOT] {
        report.unknown(name, why, "");
    }
    Ok(())
}

async fn plan(
    desk: Desk,
    connection: Connection,
    program: &Program,
) -> Result<Planned<impl Access>, CommandError> {
    let select = Selection::default();
    let settled = desk.look_by(Some(connection))?.settle().await?;
    let read = settled.read(&select, Some(program)).await?;
    let wish =
        Wish { aim: Aim::Up(program), selection: &select, replace: &[], confirmed: &Confirmed::default() };
    read.plan(&wish).await
}

/// What would keep the plan from being carried out.
async fn obstacles<A: Access>(planned: &Planned<A>, report: &mut Report) -> Result<(), CommandError> {
    let found = planned.desk().stop.or(planned.obstacles()).await?;
    if found.is_empty() {
        let mut summary: BTreeMap<&str, usize> = BTreeMap::new();
        for step in planned.plan().steps.iter().filter(|step| step.op != Op::Same) {
            *summary.entry(step.op.word()).or_default() += 1;
        }
        let words: Vec<String> = summary.iter().map(|(op, count)| format!("{count} to {op}")).collect();
        let what = if words.is_empty() { "nothing to change".to_owned() } else { words.join(", ") };
        report.ok(PLAN, format!("it can be carried out: {what}"));
    }
    for error in found {
        report.fails(PLAN, error);
    }
    Ok(())
}

/// What the plan needs that the account may not have.
fn limits(limits: [Limit; 2], report: &mut Report) {
    let mut fits = true;
    for limit in limits {
        match limit {
            Limit::Fits => continue,
            Limit::Exceeded(error) => report.fails(ACCOUNT, error),
            Limit::Unknown(why) => report.unknown(ACCOUNT, why, "AWS itself refuses what does not fit"),
        }
        fits = false;
    }
    if fits {
        report.ok(ACCOUNT, "the account's plan and its concurrency have what the plan needs");
    }
}

/// What is left to people. A token that nobody has put in is refused by GitHub once the app is made.
fn people<A: Access>(planned: &Planned<A>, report: &mut Report) {
    if let Some(error) = empty_token(planned.plan(), planned.seen(), planned.desk().global.local) {
        report.fails("people.github", error);
    }
    // Functions without code are told with the packages.
    let is_code = |one: &Left| one.urns.iter().all(|urn| urn.type_name() == FUNCTION);
    let left: Vec<Left> = planned.left().into_iter().filter(|one| !is_code(one)).collect();
    if left.is_empty() {
        report.ok(PEOPLE, "nothing that stands waits for a person");
    }
    for one in left {
        let more = match one.urns.len() {
            0 | 1 => String::new(),
            all => format!(" and {} more", all - 1),
        };
        let first = one.urns.first().map(Urn::to_string).unwrap_or_default();
        report.warning(
            PEOPLE,
            format!("{first}{more}: {}", one.what),
            "docs/guide/first-deployment.md has the steps",
        );
    }
}

/// The app of Amplify that would be made with a random text for a token: the secret that it comes from is not there
/// yet, or nobody has put its value in. Most embedded accounts take any.
fn empty_token(plan: &Plan, seen: &BTreeMap<Urn, Map>, local: bool) -> Option<CommandError> {
    let made = |op: Op| matches!(op, Op::Create | Op::Replace);
    let app = plan.steps.iter().find(|step| step.urn.type_name() == APP && made(step.op))?;
    let (secret, _) = app.dependencies.iter().find(|(_, property)| property == "access_token")?;
    let filled = seen.get(secret).and_then(|outputs| outputs.get("replaced")) == Some(&Value::Bool(true));
    if filled || local {
        return None;
    }
    let message = format!(
        "{} is connected with the token in {secret}, which nobody has put in yet: GitHub refuses it, after most of the stack is made",
        app.urn
    );
    let hint = "make the secret first (`up --component network security`), install Amplify's GitHub App and put the token in \
                (docs/guide/first-deployment.md, steps 5 and 8)";
    Some(CommandError::new("DOCTOR-TOKEN", message, hint))
}

/// How old the newest snapshot of the database is, where one is taken each month: a schedule can fail in silence.
async fn snapshot<A: Access>(planned: &Planned<A>, connection: &Connection, report: &mut Report) {
    if planned.desk().config.database.monthly_snapshot.is_none() {
        return report.ok(SNAPSHOT, "the config takes none each month; backups are the database's own");
    }
    let state = planned.state();
    let Some(row) = state.rows.values().find(|row| row.urn.type_name() == DATABASE) else {
        return report.ok(SNAPSHOT, "no database stands yet");
    };
    let aws = connection.session.region(&row.region);
    let asked = connection
        .ask_soon(async || {
            let found = database::look(&aws, &[&row.id]).await?;
            let Some(standing) = found.get(&row.id) else { return Ok(None) };
            // One that people took says nothing of the schedule.
            let monthly = format!("{}{MONTHLY}", row.id);
            let newest = database::newest_snapshot(&aws, &standing.resource_id, &monthly).await?;
            Ok(Some((standing.created, newest)))
        })
        .await;
    let hint = "take one by hand (`finsight-deploy ops database snapshot`), and look why the schedule does not (docs/guide/database.md)";
    let days =
        |since: i64| (now() / 1000).saturating_sub(u64::try_from(since).unwrap_or_default()) / DAY_SECONDS;
    match asked {
        Err(failure) => report.unknown(SNAPSHOT, format!("how old it is is not known: {failure}"), ""),
        Ok(None) => report.unknown(SNAPSHOT, format!("no database `{}` stands in AWS", row.id), ""),
        Ok(Some((_, Some((id, taken))))) if days(taken) > OLD_DAYS => {
            report.warning(
                SNAPSHOT,
                format!("the newest of `{}` is {} days old: {id}", row.id, days(taken)),
                hint,
            );
        }
        Ok(Some((_, Some((id, taken))))) => {
            report.ok(SNAPSHOT, format!("the newest of `{}` is {} days old: {id}", row.id, days(taken)));
        }
        Ok(Some((Some(created), None))) if days(created) > OLD_DAYS => {
            let message =
                format!("`{}` is {} days old, and no monthly snapshot of it stands", row.id, days(created));
            report.warning(SNAPSHOT, message, hint);
        }
        Ok(Some((_, None))) => {
            report.ok(
                SNAPSHOT,
                format!("no monthly snapshot of `{}` stands yet: it is younger than a month", row.id),
            );
        }
    }
}
