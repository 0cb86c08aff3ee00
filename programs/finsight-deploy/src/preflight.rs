//! What is asked of the account before anything is changed.

mod account;

use finsight_aws::ops::{database, restore};
use finsight_engine::plan::{Op, Plan};
use finsight_engine::state::{Row, State};

use crate::connect::Connection;
use crate::error::CommandError;

pub use account::{Limit, check as check_account, concurrency, free_plan};

/// What is restored by hand.
const DATABASE: &str = "aws:rds:DBInstance";

/// Refuses to make an empty database where one is being restored and has not got its name yet, and to take
/// it off the record for one that is not.
pub async fn check_restores(plan: &Plan, state: &State, connection: &Connection) -> Result<(), CommandError> {
    let databases = plan.steps.iter().filter(|step| step.urn.type_name() == DATABASE);
    for step in databases.filter(|step| matches!(step.op, Op::Create | Op::Replace)) {
        let named = step.known.get("db_instance_identifier").and_then(|name| name.as_text());
        let Some(id) = named.or(step.new_name.as_deref()) else { continue };
        let would = "this plan would make an empty database in its place";
        check_restore(connection, &step.region, id, would).await?;
    }
    let gone: Vec<&Row> = plan.gone.iter().filter_map(|owner| state.row(owner)).collect();
    check_gone(&gone, connection).await
}

/// Refuses to change databases that are stopped: AWS takes no change of them but tags, in the middle of the run.
pub async fn check_stopped(plan: &Plan, state: &State, connection: &Connection) -> Result<(), CommandError> {
    let changed = plan.steps.iter().filter(|step| {
        step.urn.type_name() == DATABASE
            && step.op == Op::Update
            && step.diff.iter().any(|change| !change.path.starts_with("tags"))
    });
    for row in changed.filter_map(|step| state.rows.get(&step.urn)) {
        let aws = connection.session.region(&row.region);
        let found = connection.ask_soon(async || database::look(&aws, &[&row.id]).await).await;
        // Whoever may not look is refused by AWS itself.
        let stopped = found.is_ok_and(|found| found.values().any(|one| one.status == "stopped"));
        if stopped {
            return Err(CommandError::refused(
                "OPS-STATE",
                format!("`{}` is stopped and takes no changes but tags, and this plan changes it", row.id),
                "nothing was changed; start it with `finsight-deploy ops database start`, then run this again",
            ));
        }
    }
    Ok(())
}

/// Refuses to take databases for gone that are between two names.
pub async fn check_gone(gone: &[&Row], connection: &Connection) -> Result<(), CommandError> {
    for row in gone.iter().filter(|row| row.urn.type_name() == DATABASE) {
        let would = "it would leave the record for one that is gone";
        check_restore(connection, &row.region, &row.id, would).await?;
    }
    Ok(())
}

async fn check_restore(
    connection: &Connection,
    region: &str,
    id: &str,
    would: &str,
) -> Result<(), CommandError> {
    let id = id.to_ascii_lowercase();
    let fresh = restore::fresh(&id);
    let aws = connection.session.region(region);
    let found = connection.ask(async || database::look(&aws, &[&fresh]).await).await;
    let found = found.map_err(|failure| {
        let message = format!("whether a restore of `{id}` was cut off is not known: {failure}");
        CommandError::new("PLAN-UNREADABLE", message, "nothing was changed")
    })?;
    let Some(mark) = found.get(&fresh).and_then(|one| one.tags.get(restore::RESTORE_TAG)) else {
        return Ok(());
    };
    let options = mark.split_once(' ').map_or("", |(_, options)| options);
    Err(CommandError::refused(
        "OPS-RESTORE-UNFINISHED",
        format!("a restore of `{id}` was cut off: `{fresh}` has not got its name yet, and {would}"),
        format!("nothing was changed; run `finsight-deploy ops database restore {options}` to its end first"),
    ))
}
