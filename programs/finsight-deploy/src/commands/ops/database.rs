//! `ops database stop`, `start`, `snapshot` and `failover`.

use finsight_aws::ops::database::{self, Database};
use finsight_aws::session::Region;
use finsight_engine::contract::{FailureClass, OPERATION_TAG, OWNER_TAG};
use finsight_engine::state::Row;
use finsight_engine::value::Value;
use serde_json::json;

use super::work::{Outline, mark, marked};
use super::{Bench, compact};
use crate::cli::Global;
use crate::cli::ops::{How, OnDatabase, Snapshot};
use crate::commands::patience::{Next, Stop};
use crate::error::{CommandError, Outcome, REFUSED};
use crate::render;
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
        let outline = Outline {
            what: format!("stop the database `{id}` of stack `{}`", bench.stack.name),
            steps: vec![format!("RDS stops `{id}`; storage and backups stay, and are paid")],
            takes: "5 to 15 minutes",
            interruption: None,
            meanwhile: "from the first moment on every request that needs the database fails".to_owned(),
            next_up: "refuses what would change the database, and leaves it stopped; AWS starts it again after seven days"
                .to_owned(),
        };
        bench.propose(&args.how, &outline).await?;
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
        let work = async || patience.until(&format!("`{id}` to stop"), look).await;
        bench.carry_out(&format!("ops database stop {id}"), timestamp(), work).await?;
    }
    let text =
        if changed { "is stopped; AWS starts it again after seven days" } else { "is stopped already" };
    bench.tell(json!({"database": id, "status": "stopped", "changed": changed}), &format!("{id} {text}"));
    Ok(bench.store.end())
}

pub async fn start(global: &Global, args: &OnDatabase) -> Outcome {
    let bench = Bench::open(global, "ops database start").await?;
    let row = bench.database(args)?;
    let (aws, id) = (bench.region(&row), row.id.as_str());
    let first = first(&bench, &args.how, &aws, id).await?;
    fit(&first)?;
    let mut changed = false;
    let mut status = first.status.clone();
    if !first.is_available() {
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
        let mut patience = bench.patience(&args.how, STARTING);
        let work = async || patience.until(&format!("`{id}` to start"), look).await;
        status = bench.carry_out(&format!("ops database start {id}"), timestamp(), work).await?;
    }
    let text = if changed { "is started" } else { "runs already" };
    bench.tell(json!({"database": id, "status": status, "changed": changed}), &format!("{id} {text}"));
    Ok(bench.store.end())
}

/// Seconds: "Failover times are typically 60–120 seconds" (RDS User Guide, "Failing over a Multi-AZ DB instance").
const FAILING_OVER: u64 = 120;

/// What marks a failover that is under way, before the zone that it leaves.
const LEAVING: &str = "from ";
/// How often AWS may look untouched by a failover that was sent by a run that was cut off.
const SETTLING: u32 = 12;

pub async fn failover(global: &Global, args: &OnDatabase) -> Outcome {
    let bench = Bench::open(global, "ops database failover").await?;
    let row = bench.database(args)?;
    let (aws, id) = (bench.region(&row), row.id.as_str());
    let first = first(&bench, &args.how, &aws, id).await?;
    // One that was cut off is told by its mark: a second one would be a second outage.
    let words = format!("ops database failover {id}");
    let told = first.tags.get(OPERATION_TAG).and_then(|mark| marked(mark)).or(bench.begun(&words));
    let begun = told.and_then(|told| told.strip_prefix(LEAVING)).map(str::to_owned);
    let from = match &begun {
        Some(zone) => {
            render::note(&format!("going on with the failover from {zone}"));
            zone.clone()
        }
        None => {
            check_standby(&first)?;
            let outline = Outline {
                what: format!("let the standby of `{id}` take over"),
                steps: vec![format!("RDS reboots `{id}` into its standby, out of {}", first.zone)],
                takes: "1 to 3 minutes",
                interruption: Some(FAILING_OVER),
                meanwhile: "connections break for a minute or two; the proxy holds requests that long"
                    .to_owned(),
                next_up: "changes nothing".to_owned(),
            };
            bench.propose(&args.how, &outline).await?;
            first.zone.clone()
        }
    };
    let (mut sent, mut seen, mut quiet) = (false, false, 0);
    let look = async || {
        let found = standing(&aws, id).await?;
        let is_marked = found.tags.contains_key(OPERATION_TAG);
        seen |= (sent || begun.is_some()) && !found.is_available();
        if found.is_available() && (seen || found.zone != from) {
            if is_marked {
                database::untag(&aws, &found.arn, OPERATION_TAG).await?;
            }
            return Ok(Next::Done(found.zone));
        }
        if !found.is_available() {
            return Ok(Next::Wait(format!("`{id}` fails over from {from}: it is {}", found.status)));
        }
        if !is_marked && !sent {
            database::tag(&aws, &found.arn, OPERATION_TAG, &mark(&format!("{LEAVING}{from}"))).await?;
            return Ok(Next::Wait(format!("`{id}` is about to fail over from {from}")));
        }
        // What another run has sent may not show yet.
        quiet += 1;
        if begun.is_some() && quiet <= SETTLING {
            return Ok(Next::Wait(format!("whether `{id}` fails over already is seen in a moment")));
        }
        if !sent {
            match database::fail_over(&aws, id).await {
                Ok(()) => sent = true,
                // It may have been begun, and twice would be two outages: what follows is looked at.
                Err(failure) if failure.class == FailureClass::Ambiguous => sent = true,
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(Next::Wait(format!("`{id}` fails over from {from}")))
    };
    let mut patience = bench.patience(&args.how, FAILOVER);
    let work = async || patience.until("the standby to take over", look).await;
    let zone = bench.carry_out(&format!("{words} {LEAVING}{from}"), timestamp(), work).await?;
    let text = format!("{id} failed over from {from} to {zone}");
    bench.tell(json!({"database": id, "changed": true, "zone_before": from, "zone": zone}), &text);
    Ok(bench.store.end())
}

fn check_standby(first: &Database) -> Result<(), CommandError> {
    if !first.multi_az {
        return Err(CommandError::refused(
            "OPS-SINGLE-AZ",
            format!("`{}` has no standby: it runs in {} alone", first.id, first.zone),
            "nothing was changed; set `database.multi_az` and run `up`, or restore the database \
             (`ops database restore --latest`)",
        ));
    }
    if !first.is_available() {
        return Err(unfit(first).with_exit(REFUSED));
    }
    Ok(())
}

/// The mark of a snapshot that its command has not seen whole.
const TAKING: &str = "snapshot";

pub async fn snapshot(global: &Global, args: &Snapshot) -> Outcome {
    let bench = Bench::open(global, "ops database snapshot").await?;
    let row = bench.database(&args.on)?;
    let (aws, of) = (bench.region(&row), row.id.as_str());
    let mut patience = bench.patience(&args.on.how, SNAPSHOT);
    let look = async || Ok(Next::Done(database::tagged_snapshots(&aws, of, OPERATION_TAG).await?));
    let begun = patience.until("what AWS says of the snapshots", look).await?;
    let begun = begun.into_iter().find(|(_, mark)| marked(mark).is_some()).map(|(name, _)| name);
    let began = timestamp();
    let words = format!("ops database snapshot {of}");
    let name = match (&args.name, begun.or(bench.begun(&words).map(str::to_owned))) {
        (Some(name), _) => name.to_ascii_lowercase(),
        (None, Some(name)) => {
            render::note(&format!("going on with the snapshot `{name}`"));
            name
        }
        (None, None) => format!("{of}-manual-{}", compact(&began)),
    };
    let look = async || Ok(Next::Done(database::snapshot(&aws, &name).await?));
    let stands = patience.until("what AWS says of the snapshot", look).await?;
    let whole = stands.is_some_and(|found| {
        found.of == of && found.status == "available" && !found.tags.contains_key(OPERATION_TAG)
    });
    if !whole || bench.begun(&words).is_some() {
        let work = async || {
            patience.until(&format!("the snapshot `{name}`"), async || taken(&aws, &row, &name).await).await
        };
        bench.carry_out(&format!("{words} {name}"), began, work).await?;
    }
    let text = if whole {
        format!("{name} stands already: a snapshot of {of}")
    } else {
        format!("{name} is taken of {of}; restore it with `ops database restore --snapshot {name}`")
    };
    bench.tell(json!({"database": of, "snapshot": name, "status": "available", "changed": !whole}), &text);
    Ok(bench.store.end())
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
        Some(found) if found.status == "available" => {
            if found.tags.contains_key(OPERATION_TAG) {
                database::untag(aws, &found.arn, OPERATION_TAG).await?;
            }
            Ok(Next::Done(()))
        }
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
                let mut tags = tags(row);
                tags.insert(OPERATION_TAG.to_owned(), mark(TAKING));
                database::take_snapshot(aws, of, name, tags).await?;
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
