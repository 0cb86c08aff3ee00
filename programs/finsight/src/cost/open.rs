//! What is open upwards: what a month may cost more than its estimate, because nothing stops it there.

use std::collections::BTreeSet;

use finsight_engine::cost::{Decimal, Estimate, Item, Items, Kind, NoPrice, PriceList};
use finsight_engine::urn::Urn;
use finsight_specs::rds::postgres::is_unlimited;

use super::assumptions::HOURS;
use super::rds::{copies, vcpus};

/// A meter that can count more than the estimate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The meter.
    pub key: String,
    /// The service.
    pub service: String,
    /// What is metered.
    pub what: String,
    /// The region.
    pub region: String,
    /// The unit of its price.
    pub unit: String,
    /// US dollars a unit.
    pub price: Decimal,
    /// US dollars a month more than estimated, at most; `None` where there is no bound.
    pub most: Option<Decimal>,
    /// What makes it more.
    pub why: String,
    /// The resources.
    pub urns: BTreeSet<Urn>,
}

/// What makes a line of usage more than its assumption.
const USED: &str = "as much as is used; the assumption is no bound";
/// What tells of credits.
const CREDITS: &str = "CPUSurplusCreditsCharged";

/// All that is open upwards: first what has a bound, then each line of usage, which has none.
///
/// # Errors
/// What has no price.
pub(super) fn open(items: &Items, estimate: &Estimate, prices: &PriceList) -> Result<Vec<Open>, NoPrice> {
    let mut found = Vec::new();
    for item in items.of_type("aws:rds:DBInstance") {
        found.extend(credits(item, items, prices)?);
        found.extend(storage(item, prices)?);
    }
    for item in items.of_type("aws:kms:Key").filter(|key| key.is_on("enable_key_rotation")) {
        let why = "each of the first two rotations of a key adds one unit for good";
        let one = of(item, "kms.key", why.to_owned(), prices)?;
        let most = one.price * Decimal::whole(2);
        let known = found.iter_mut().find(|open| open.key == one.key && open.region == one.region);
        match known {
            Some(known) => {
                known.most = known.most.map(|sum| sum + most);
                known.urns.extend(one.urns);
            }
            None => found.push(Open { most: Some(most), ..one }),
        }
    }
    let used = estimate.lines.iter().filter(|line| line.kind == Kind::Usage);
    found.extend(used.filter_map(|line| {
        Some(Open {
            key: line.key.clone(),
            service: line.service.clone(),
            what: line.what.clone(),
            region: line.region.clone(),
            unit: line.unit.clone(),
            price: line.price?,
            most: None,
            why: USED.to_owned(),
            urns: line.urns.clone(),
        })
    }));
    Ok(found)
}

fn of(item: &Item, key: &str, why: String, prices: &PriceList) -> Result<Open, NoPrice> {
    let missing = |error: NoPrice| NoPrice { urn: Some(item.urn.clone()), ..error };
    let (meter, price) = prices.find(key, &item.region).map_err(missing)?;
    Ok(Open {
        key: meter.key.clone(),
        service: meter.service.clone(),
        what: meter.what.clone(),
        region: item.region.clone(),
        unit: meter.unit.clone(),
        price: price.usd,
        most: None,
        why,
        urns: BTreeSet::from([item.urn.clone()]),
    })
}

/// Percent of each vCPU that a burstable class earns credits for ("Key concepts for burstable performance instances").
fn share(class: &str) -> Option<i64> {
    match class.rsplit('.').next()? {
        "micro" => Some(10),
        "small" | "medium" => Some(20),
        "large" => Some(30),
        "xlarge" | "2xlarge" => Some(40),
        _ => None,
    }
}

/// T3 and T4g run in unlimited mode: all processors busy for all hours is the most ("DB instance class types").
fn credits(item: &Item, items: &Items, prices: &PriceList) -> Result<Option<Open>, NoPrice> {
    let Some(class) = item.text("db_instance_class").filter(|class| is_unlimited(class)) else {
        return Ok(None);
    };
    let told = items.of_type("aws:cloudwatch:Alarm").any(|alarm| {
        alarm.text("metric_name") == Some(CREDITS) && alarm.refers("dimensions").any(|urn| *urn == item.urn)
    });
    let told = if told { "an alarm tells of it" } else { "no alarm tells of it" };
    let earned = share(class);
    let why = match earned {
        Some(percent) => format!(
            "`{class}` is in unlimited mode: what it uses of its processors beyond {percent} % over a day is billed, and {told}"
        ),
        None => format!(
            "`{class}` is in unlimited mode: what it uses of its processors beyond its share over a day is billed, and {told}"
        ),
    };
    let one = of(item, "rds.cpu-credits", why, prices)?;
    let busy = earned.zip(vcpus(class)).map(|(percent, count)| {
        HOURS * Decimal::whole(count) * Decimal::ratio(100 - percent, 100) * copies(item) * one.price
    });
    Ok(Some(Open { most: busy, ..one }))
}

/// Storage grows by itself up to its bound, and never back ("Managing capacity automatically with Amazon RDS storage autoscaling").
fn storage(item: &Item, prices: &PriceList) -> Result<Option<Open>, NoPrice> {
    let (Some(now), Some(most)) = (item.int("allocated_storage"), item.int("max_allocated_storage")) else {
        return Ok(None);
    };
    if most <= now {
        return Ok(None);
    }
    let kind = item.text("storage_type").unwrap_or("gp2");
    let why = format!("grows by itself from {now} GB up to {most} GB, and never back");
    let one = of(item, &format!("rds.storage.{kind}"), why, prices)?;
    let more = Decimal::whole(most - now) * copies(item) * one.price;
    Ok(Some(Open { most: Some(more), ..one }))
}
