//! Requirement O5: what a stack costs in a month, and what that estimate stands on.
//!
//! Prices are in `prices.json`, quantities that nobody can know in [`assumptions`].

mod api;
pub mod assumptions;
mod ec2;
pub(crate) mod hours;
mod kept;
mod lambda;
mod monitoring;
mod open;
mod rds;
mod security;
mod stated;

use std::collections::BTreeMap;

use finsight_engine::cost::{Bill, Decimal, Estimate, Item, Items, NoPrice, PriceList};

pub use kept::{Kept, kept};
pub use open::Open;
pub use stated::{Counted, GROUPS, Stated};

use assumptions::{Assumption, Usage};

/// What each resource of a type is metered for.
type Meters = fn(&Item, &View<'_>, &mut Bill);

/// How a type is billed.
#[derive(Clone, Copy)]
pub enum Rate {
    /// By what this adds to a bill.
    Priced(Meters),
    /// Not at all; why.
    Free(&'static str),
}

const fn priced(meters: Meters) -> Rate {
    Rate::Priced(meters)
}

const fn free(why: &'static str) -> Rate {
    Rate::Free(why)
}

/// How each resource type is billed.
pub fn types() -> impl Iterator<Item = (&'static str, Rate)> {
    [api::TYPES, ec2::TYPES, lambda::TYPES, monitoring::TYPES, rds::TYPES, security::TYPES]
        .into_iter()
        .flatten()
        .copied()
}

/// What a resource is metered against: the others, and how much they are used.
pub struct View<'a> {
    items: &'a Items,
    usage: Usage,
}

impl View<'_> {
    /// A quantity shared out evenly among the resources of one's type.
    fn share(&self, item: &Item, assumption: &Assumption) -> Decimal {
        self.usage.of(assumption).share(self.items.of_type(item.urn.type_name()).count())
    }
}

fn count(number: usize) -> Decimal {
    Decimal::whole(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Resources of a type that costs nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Free {
    /// The type.
    pub type_name: String,
    /// How many.
    pub count: usize,
    /// Why.
    pub why: &'static str,
}

/// An estimate with what it stands on.
#[derive(Debug, Clone)]
pub struct Report {
    /// Users a day.
    pub users_per_day: u32,
    /// The lines.
    pub estimate: Estimate,
    /// What a month may cost more than that.
    pub open: Vec<Open>,
    /// What costs nothing.
    pub free: Vec<Free>,
}

impl Report {
    /// The assumptions, with their quantities at this number of users.
    pub fn assumptions(&self) -> impl Iterator<Item = (&'static Assumption, Decimal)> {
        let usage = Usage { users_per_day: self.users_per_day };
        assumptions::ALL.iter().map(move |assumption| (assumption, usage.of(assumption)))
    }
}

/// The prices that this version knows.
///
/// Were the file no price list, there would be no price, and every estimate an error.
#[must_use]
pub fn prices() -> PriceList {
    serde_json::from_str(include_str!("prices.json")).unwrap_or_default()
}

/// What snapshots of so many GiB cost in a month at most: AWS keeps what has not changed only once.
#[must_use]
pub fn of_snapshots(gib: i64, region: &str) -> Option<Decimal> {
    let prices = prices();
    let (_, price) = prices.find("rds.backup", region).ok()?;
    Some(price.usd * Decimal::whole(gib))
}

/// What an instance with so many GiB costs in an hour, alone in one zone; nothing where a price is not known.
#[must_use]
pub fn of_instance_hour(engine: &str, class: &str, storage: &str, gib: i64, region: &str) -> Option<Decimal> {
    let prices = prices();
    let price = |key: &str| prices.find(key, region).ok().map(|(_, price)| price.usd);
    let month = price(&format!("rds.storage.{storage}"))? * Decimal::whole(gib);
    Some(price(&format!("rds.{engine}.{class}.hours"))? + month.share(730))
}

/// What resources cost in a month.
///
/// # Errors
/// Everything that has no price, resource types among it.
pub fn estimate(items: &Items, users_per_day: u32) -> Result<Report, Vec<NoPrice>> {
    let rates: BTreeMap<&str, Rate> = types().collect();
    let view = View { items, usage: Usage { users_per_day } };
    let mut bill = Bill::default();
    let mut free: BTreeMap<&str, Free> = BTreeMap::new();
    let mut missing = Vec::new();
    for item in items.all() {
        let type_name = item.urn.type_name();
        match rates.get(type_name) {
            Some(Rate::Priced(meters)) => meters(item, &view, &mut bill),
            Some(Rate::Free(why)) => {
                let none = Free { type_name: type_name.to_owned(), count: 0, why };
                free.entry(type_name).or_insert(none).count += 1;
            }
            None => missing.push(NoPrice {
                key: type_name.to_owned(),
                region: item.region.clone(),
                urn: Some(item.urn.clone()),
            }),
        }
    }
    if !missing.is_empty() {
        return Err(missing);
    }
    let prices = prices();
    let estimate = finsight_engine::cost::estimate(&bill, &prices)?;
    let open = open::open(items, &estimate, &prices).map_err(|missing| vec![missing])?;
    Ok(Report { users_per_day, estimate, open, free: free.into_values().collect() })
}
