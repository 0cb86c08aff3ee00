//! RDS: instances, storage, the proxy, and the hours that a database is stopped.

use finsight_engine::cost::{Bill, Decimal, Item};
use finsight_specs::rds::postgres::is_unlimited;

use super::assumptions::{HOURS, SNAPSHOT_GB};
use super::hours::{Span, running};
use super::{Rate, View, free, priced};

pub(super) const TYPES: &[(&str, Rate)] = &[
    ("aws:rds:DBInstance", priced(instance)),
    ("aws:rds:DBParameterGroup", free("parameter groups are free")),
    ("aws:rds:DBProxy", priced(proxy)),
    ("aws:rds:DBProxyTarget", free("a proxy is billed by the size of its database, and counted there")),
    ("aws:rds:DBProxyTargetGroup", free("a proxy is billed by the size of its database")),
    (
        "aws:rds:DBSnapshot",
        free("backup storage is free up to the size of the databases' storage, and not counted beyond"),
    ),
    ("aws:rds:DBSubnetGroup", free("subnet groups are free")),
    ("aws:rds:EventSubscription", free("what it tells is counted with the topic")),
];

fn instance(item: &Item, view: &View<'_>, bill: &mut Bill) {
    let copies = copies(item);
    let engine = item.text("engine").unwrap_or_default();
    match item.text("db_instance_class") {
        Some(class) => {
            let (share, why) = on(item, view);
            let shared = is_unlimited(class);
            let note = match (item.is_open("multi_az"), item.is_on("multi_az")) {
                (true, _) => Some("counted once: `multi_az` is known only after deployment".to_owned()),
                (_, true) => Some("Multi-AZ: two instances".to_owned()),
                _ => why,
            };
            // No quantity: nobody expects it. What it can be at most is open upwards.
            let more = "its share of the processors: what it uses beyond that for a day is billed besides";
            let note = match note {
                Some(note) if shared => Some(format!("{note}; {more}")),
                None if shared => Some(more.to_owned()),
                note => note,
            };
            bill.note(item, &format!("rds.{engine}.{class}.hours"), HOURS * share * copies, note);
        }
        None => bill.unknown(item, "rds.hours", "db_instance_class"),
    }
    let kind = item.text("storage_type").unwrap_or("gp2");
    match item.int("allocated_storage") {
        Some(gib) => {
            bill.add(item, &format!("rds.storage.{kind}"), Decimal::whole(gib) * copies);
            snapshots(item, view, gib, bill);
        }
        None => bill.unknown(item, &format!("rds.storage.{kind}"), "allocated_storage"),
    }
    if item.is_on("manage_master_user_password") {
        bill.note(
            item,
            "secretsmanager.secret",
            Decimal::whole(1),
            Some("one is RDS's, for the master user".to_owned()),
        );
    }
    if item.is_on("publicly_accessible") {
        bill.add(item, "ec2.public-ipv4.hours", HOURS);
    }
}

/// Multi-AZ is two instances and two volumes.
pub(super) fn copies(item: &Item) -> Decimal {
    Decimal::whole(if item.is_on("multi_az") { 2 } else { 1 })
}

/// What a year of monthly snapshots is more than the storage, which AWS keeps for nothing.
fn snapshots(item: &Item, view: &View<'_>, gib: i64, bill: &mut Bill) {
    let copied = view.items.of_type("aws:scheduler:Schedule").any(|schedule| {
        let target = schedule.get("target").and_then(|target| target.as_map());
        let call = target.and_then(|target| target.get("arn")).and_then(|arn| arn.as_text());
        call.is_some_and(|call| call.ends_with(":rds:createDBSnapshot"))
            && schedule.refers("target").any(|urn| *urn == item.urn)
    });
    if copied {
        let kept = view.usage.of(&SNAPSHOT_GB) * Decimal::whole(12);
        let beyond = if kept > Decimal::whole(gib) { kept - Decimal::whole(gib) } else { Decimal::ZERO };
        let note = format!(
            "snapshots are kept until someone deletes them: {} GB after a year, of which {gib} cost nothing",
            kept.fixed(0)
        );
        bill.note(item, "rds.backup", beyond, Some(note));
    }
}

/// Which part of the time a database runs, by the schedules that start and stop it.
fn on(item: &Item, view: &View<'_>) -> (Decimal, Option<String>) {
    let mut spans = Vec::new();
    for schedule in view.items.of_type("aws:scheduler:Schedule") {
        let target = schedule.get("target").and_then(|target| target.as_map());
        let call =
            target.and_then(|target| target.get("arn")).and_then(|arn| arn.as_text()).unwrap_or_default();
        let starts = call.ends_with(":rds:startDBInstance");
        let about = schedule.refers("target").any(|urn| *urn == item.urn);
        if !about
            || !(starts || call.ends_with(":rds:stopDBInstance"))
            || schedule.text("state") == Some("DISABLED")
        {
            continue;
        }
        spans.push(Span {
            starts,
            expression: schedule.text("schedule_expression").unwrap_or_default(),
            zone: schedule.text("schedule_expression_timezone").unwrap_or_default(),
        });
    }
    match running(&spans) {
        Ok(None) => (Decimal::whole(1), None),
        Ok(Some(minutes)) => {
            let note = format!("runs {} hours a week by its schedules", Decimal::ratio(minutes, 60).fixed(1));
            (Decimal::ratio(minutes, 7 * 24 * 60), Some(note))
        }
        Err(why) => (Decimal::whole(1), Some(format!("counted as always running: {why}"))),
    }
}

/// A proxy is billed by the vCPUs of its database, two at least, whether that runs or not.
fn proxy(item: &Item, view: &View<'_>, bill: &mut Bill) {
    let targets = view.items.of_type("aws:rds:DBProxyTarget");
    let own = targets.filter(|target| target.refers("db_proxy_name").any(|urn| *urn == item.urn));
    let databases: Vec<&Item> = own
        .flat_map(|target| target.refers("db_instance_identifier"))
        .filter_map(|urn| view.items.get(urn))
        .collect();
    if databases.is_empty() {
        bill.note(
            item,
            "rds.proxy.hours",
            HOURS * Decimal::whole(2),
            Some("no database: two vCPUs, the least".to_owned()),
        );
    }
    for database in databases {
        match database.text("db_instance_class").and_then(vcpus) {
            Some(count) => bill.add(item, "rds.proxy.hours", HOURS * Decimal::whole(count)),
            None => bill.unknown(database, "rds.proxy.hours", "db_instance_class"),
        }
    }
}

/// The vCPUs of a class: two up to `large`, and four for each `xlarge`.
pub(super) fn vcpus(class: &str) -> Option<i64> {
    match class.rsplit('.').next()? {
        "micro" | "small" | "medium" | "large" => Some(2),
        "xlarge" => Some(4),
        size => size.strip_suffix("xlarge")?.parse::<i64>().ok().map(|times| times * 4),
    }
}

#[cfg(test)]
mod tests {
    use super::vcpus;

    #[test]
    fn vcpus_of_classes() {
        let of = ["db.t3.micro", "db.t3.medium", "db.m6g.xlarge", "db.r6g.4xlarge", "db.x", "db.m5.metal"]
            .map(vcpus);
        assert_eq!(of, [Some(2), Some(2), Some(4), Some(16), None, None]);
    }
}
