//! `ops database stop`, `start`, `snapshot` and `failover`.

use finsight_aws::ops::database::{self, Database};
use finsight_aws::session::Region;
use finsight_engine::contract::{FailureClass, OWNER_TAG};
use finsight_engine::state::Row;
use finsight_engine::value::Value;
use serde_json::json;

use super::{Bench, compact};
use crate::cli::Global;
use crate::cli::ops::{How, OnDatabase, Snapshot};
use crate::commands::patience::{Next, Stop};
use crate::error::{CommandError, Outcome, REFUSED};
use crate::run::timestamp;

/// Minutes that each may take.
const STOPPING: u64 = 60;
const STARTING: u64 = 60;
const SNAPSHOT: u64 = 180;
const FAILOVER: u64 = 20;
const READING: u64 = 5;

pub async fn stop(global: &Global, args: &OnDatabase) -> Outcome {
    let bench = Bench::open(global, "ops database stop").await?;
    let row = bench.database(args)?;
    let (aws, id) = (bench.region(&row), row.id.as_str());
    let first = first(&bench, &args.how, &aws, id).await?;
    let changed = first.status != "stopped";
    if changed {
        fit(&first).map_err(|error| error.with_exit(REFUSED))?;
        bench.ask(&args.how, &format!("stop the database `{id}` of stack `{}`", bench.stack.name)).await?;
        let mut patience = bench.patience(&args.how, STOPPING);
        let look = async || {
            let found = standing(&aws, id).await?;
            fit(&found)?;
            if found.status == "stopped" {
                return Ok(Next::Done(()));
            }
            if found.is_available() {
                database::stop(&aws, id).await?;
            }
            Ok(Next::Wait(format!("`{id}` is {}", found.status)))
        };
        patience.until(&format!("`{id}` to stop"), look).await?;
    }
    let text =
        if changed { "is stopped; AWS starts it again after seven days" } else { "is stopped already" };
    bench.tell(json!({"database": id, "status": "stopped", "changed": changed}), &format!("{id} {text}"));
    Ok(0)
}

pub async fn start(global: &Global, args: &OnDatabase) -> Outcome {
    let bench = Bench::open(global, "ops database start").await?;
    let row = bench.database(args)?;
    let (aws, id) = (bench.region(&row), row.id.as_str());
    let mut changed = false;
    let look = async || {
        let found = standing(&aws, id).await?;
        fit(&found)?;
        if found.is_available() {
            return Ok(Next::Done(found.status));
        }
        changed |= matches!(found.status.as_str(), "stopped" | "starting");
        if found.status == "stopped" {
            database::start(&aws, id).await?;
        }
        Ok(Next::Wait(format!("`{id}` is {}", found.status)))
    };
    let status = bench.patience(&args.how, STARTING).until(&format!("`{id}` to start"), look).await?;
    let text = if changed { "is started" } else { "runs already" };
    bench.tell(json!({"database": id, "status": status, "changed": changed}), &format!("{id} {text}"));
    Ok(0)
}

pub async fn failover(global: &Global, args: &OnDatabase) -> Outcome {
    let bench = Bench::open(global, "ops database failover").await?;
    let row = bench.database(args)?;
    let (aws, id) = (bench.region(&row), row.id.as_str());
    let first = first(&bench, &args.how, &aws, id).await?;
    if !first.multi_az {
        return Err(CommandError::refused(
            "OPS-SINGLE-AZ",
            format!("`{id}` has no standby: it runs in {} alone", first.zone),
            "nothing was changed; set `database.multi_az` and run `up`, or restore the database \
             (`ops database restore --latest`)",
        ));
    }
    if !first.is_available() {
        return Err(unfit(&first).with_exit(REFUSED));
    }
    bench
        .ask(
            &args.how,
            &format!("let the standby of `{id}` take over; connections break for a minute or two"),
        )
        .await?;
    let (mut sent, mut seen) = (false, false);
    let look = async || {
        let found = standing(&aws, id).await?;
        seen |= sent && !found.is_available();
        if found.is_available() && (seen || found.zone != first.zone) {
            return Ok(Next::Done(found.zone));
        }
        if !sent {
            match database::fail_over(&aws, id).await {
                Ok(()) => sent = true,
                // It may have been begun, and twice would be two outages: what follows is looked at.
                Err(failure) if failure.class == FailureClass::Ambiguous => sent = true,
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(Next::Wait(format!("`{id}` fails over from {}", first.zone)))
    };
    let zone = bench.patience(&args.how, FAILOVER).until("the standby to take over", look).await?;
    let text = format!("{id} failed over from {} to {zone}", first.zone);
    bench.tell(json!({"database": id, "changed": true, "zone_before": first.zone, "zone": zone}), &text);
    Ok(0)
}

pub async fn snapshot(global: &Global, args: &Snapshot) -> Outcome {
    let bench = Bench::open(global, "ops database snapshot").await?;
    let row = bench.database(&args.on)?;
    let (aws, of) = (bench.region(&row), row.id.as_str());
    let name = match &args.name {
        Some(name) => name.to_ascii_lowercase(),
        None => format!("{of}-manual-{}", compact(&timestamp())),
    };
    let mut patience = bench.patience(&args.on.how, SNAPSHOT);
    let look = async || Ok(Next::Done(database::snapshot(&aws, &name).await?.is_some()));
    let stood = patience.until("what AWS says of the snapshot", look).await?;
    patience.until(&format!("the snapshot `{name}`"), async || taken(&aws, &row, &name).await).await?;
    let text = if stood {
        format!("{name} stands already: a snapshot of {of}")
    } else {
        format!("{name} is taken of {of}; restore it with `ops database restore --snapshot {name}`")
    };
    bench.tell(json!({"database": of, "snapshot": name, "status": "available", "changed": !stood}), &text);
    Ok(0)
}

/// One look at a snapshot that is to stand; takes it where there is none.
async fn taken(aws: &Region, row: &Row, name: &str) -> Result<Next<()>, Stop> {
    let of = row.id.as_str();
    match database::snapshot(aws, name).await? {
        Some(found) if found.of != of => Err(CommandError::refused(
            "OPS-SNAPSHOT-TAKEN",
            format!("`{name}` is a snapshot of `{}`, not of `{of}`", found.of),
            "nothing was changed; take another name",
        )
        .into()),
        Some(found) if found.status == "available" => Ok(Next::Done(())),
        Some(found) if found.status == "failed" || found.status.starts_with("incompatible") => {
            Err(CommandError::new(
                "OPS-FAILED",
                format!("AWS could not take the snapshot `{name}`: it is {}", found.status),
                format!("delete it (aws rds delete-db-snapshot --db-snapshot-identifier {name}) and take another one"),
            )
            .into())
        }
        Some(found) => Ok(Next::Wait(format!("`{name}` is {}, {} %", found.status, found.percent))),
        None => {
            let database = standing(aws, of).await?;
            if database.status == "stopped" {
                return Err(unfit(&database).with_exit(REFUSED).into());
            }
            fit(&database)?;
            if database.is_available() {
                database::take_snapshot(aws, of, name, tags(row)).await?;
            }
            Ok(Next::Wait(format!("`{name}` is to be taken; `{of}` is {}", database.status)))
        }
    }
}

/// The stack's tags, without the one that says which incarnation it is: a snapshot is another thing.
fn tags(row: &Row) -> std::collections::BTreeMap<String, String> {
    let tags = row.inputs.get("tags").and_then(Value::as_map).into_iter().flatten();
    tags.filter(|(key, _)| key.as_str() != OWNER_TAG)
        .filter_map(|(key, value)| Some((key.clone(), value.as_text()?.to_owned())))
        .collect()
}

/// The instance as it is before anything is done.
async fn first(bench: &Bench, how: &How, aws: &Region, id: &str) -> Result<Database, CommandError> {
    let look = async || standing(aws, id).await.map(Next::Done);
    bench.patience(how, READING).until(&format!("what AWS says of `{id}`"), look).await
}

/// The instance of an identifier, which must stand.
async fn standing(aws: &Region, id: &str) -> Result<Database, Stop> {
    database::look(aws, &[id]).await?.remove(id).ok_or_else(|| {
        CommandError::new(
            "OPS-GONE",
            format!("`{id}` is on record and does not stand in AWS"),
            "nothing was changed; `ops database restore` brings it back out of its backups or a snapshot, \
             `up` makes an empty one only where that is confirmed",
        )
        .into()
    })
}

/// Refuses an instance that waiting does not help.
fn fit(found: &Database) -> Result<(), CommandError> {
    if found.is_unfit() { Err(unfit(found)) } else { Ok(()) }
}

fn unfit(found: &Database) -> CommandError {
    let hint = match found.status.as_str() {
        "stopped" => "start it with `ops database start`, and run the command again",
        "deleting" => "it is being deleted; restore it when it is gone (`ops database restore`)",
        _ => "see what AWS advises for this status, or restore the database (`ops database restore`)",
    };
    let message = format!("`{}` is {}: that does not go together with this", found.id, found.status);
    CommandError::new("OPS-STATE", message, hint)
}
