//! Cost: from what resources are metered for, and a list of prices, to the lines of a monthly estimate.
//!
//! The program says which resource is metered for what ([`Use`]); the price list says what that costs.
//! Both are data here. Nothing is asked of AWS.

mod decimal;
mod item;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

pub use decimal::{Decimal, NoDecimal};
pub use item::{Item, Items};

use crate::urn::Urn;

/// The region of a price that is the same everywhere.
pub const EVERYWHERE: &str = "*";

/// Whether a line stands whatever the usage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// By what is deployed.
    Fixed,
    /// By assumptions.
    Usage,
}

impl Kind {
    /// The word in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Usage => "usage",
        }
    }
}

/// What a unit costs in a region.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The region, or [`EVERYWHERE`].
    pub region: String,
    /// US dollars a unit.
    pub usd: Decimal,
    /// The day of the price list that says so, such as `2026-09-23`.
    pub date: String,
    /// What is to be known of it: that it was not found for this region, or not verified.
    #[serde(default)]
    pub note: Option<String>,
}

/// Something that AWS bills, with its prices.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meter {
    /// Its stable name, such as `ec2.nat-gateway.hours`.
    pub key: String,
    /// The service, as on a bill.
    pub service: String,
    /// What is metered.
    pub what: String,
    /// The unit of quantity and price.
    pub unit: String,
    /// Whether it depends on assumptions.
    pub kind: Kind,
    /// The group of a summary that it counts into.
    #[serde(default)]
    pub group: Option<String>,
    /// The allowance that it draws on.
    #[serde(default)]
    pub free: Option<String>,
    /// The page with the price.
    pub source: String,
    /// Its prices by region.
    pub prices: Vec<Price>,
}

/// What an account gets for nothing each month, without end.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// Its name, which meters draw on.
    pub pool: String,
    /// How much.
    pub quantity: Decimal,
    /// Of what.
    pub unit: String,
}

/// All prices.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceList {
    /// What is billed.
    pub meters: Vec<Meter>,
    /// What is always free.
    pub always_free: Vec<Allowance>,
}

impl PriceList {
    /// A meter and its price in a region.
    ///
    /// # Errors
    /// When the list does not have it: what has no price does not cost nothing.
    pub fn find(&self, key: &str, region: &str) -> Result<(&Meter, &Price), NoPrice> {
        let missing = || NoPrice { key: key.to_owned(), region: region.to_owned(), urn: None };
        let meter = self.meters.iter().find(|meter| meter.key == key).ok_or_else(missing)?;
        let fits = |price: &&Price| price.region == region || price.region == EVERYWHERE;
        meter.prices.iter().find(fits).map(|price| (meter, price)).ok_or_else(missing)
    }
}

/// Something that is metered and has no price.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{}there is no price of `{key}` in {region}", .urn.as_ref().map(|urn| format!("{urn}: ")).unwrap_or_default())]
pub struct NoPrice {
    /// The meter.
    pub key: String,
    /// The region.
    pub region: String,
    /// A resource that is metered so.
    pub urn: Option<Urn>,
}

/// That a resource is metered for something, in a month.
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// The resource.
    pub urn: Urn,
    /// The meter.
    pub key: String,
    /// The region.
    pub region: String,
    /// How much of the meter's unit; `None` where it is known at deployment only.
    pub quantity: Option<Decimal>,
    /// What is to be known of it.
    pub note: Option<String>,
}

/// What resources are metered for: filled in by the program.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bill {
    /// In the order of the resources.
    pub uses: Vec<Use>,
}

impl Bill {
    /// A resource is metered, in its own region.
    pub fn add(&mut self, item: &Item, key: &str, quantity: Decimal) {
        self.note(item, key, quantity, None);
    }

    /// The same with a remark.
    pub fn note(&mut self, item: &Item, key: &str, quantity: Decimal, note: Option<String>) {
        self.push(item, key, Some(quantity), note);
    }

    /// A resource is metered, but a property that decides how is known at deployment only.
    pub fn unknown(&mut self, item: &Item, key: &str, property: &str) {
        let note = format!("not counted: `{property}` of {} is known only after deployment", item.urn);
        self.push(item, key, None, Some(note));
    }

    fn push(&mut self, item: &Item, key: &str, quantity: Option<Decimal>, note: Option<String>) {
        let (urn, region) = (item.urn.clone(), item.region.clone());
        self.uses.push(Use { urn, key: key.to_owned(), region, quantity, note });
    }
}

/// All of a stack that one meter counts in one region.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The meter.
    pub key: String,
    /// The service.
    pub service: String,
    /// What is metered.
    pub what: String,
    /// Whether it depends on assumptions.
    pub kind: Kind,
    /// The group of a summary.
    pub group: Option<String>,
    /// The region.
    pub region: String,
    /// The resources.
    pub urns: BTreeSet<Urn>,
    /// How much, in a month.
    pub quantity: Decimal,
    /// How much of it is always free.
    pub free: Decimal,
    /// The unit.
    pub unit: String,
    /// US dollars a unit; `None` where what decides it is known at deployment only.
    pub price: Option<Decimal>,
    /// US dollars a month.
    pub amount: Decimal,
    /// The page with the price.
    pub source: String,
    /// The day of the price.
    pub date: String,
    /// What is to be known of quantity and price.
    pub notes: Vec<String>,
}

/// A monthly estimate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Estimate {
    /// By service, meter and region.
    pub lines: Vec<Line>,
    /// What of each allowance is used.
    pub allowances: BTreeMap<String, Decimal>,
}

impl Estimate {
    /// US dollars a month.
    #[must_use]
    pub fn total(&self) -> Decimal {
        self.sum(|_| true)
    }

    /// US dollars a month of some lines.
    pub fn sum(&self, of: impl Fn(&Line) -> bool) -> Decimal {
        self.lines.iter().filter(|line| of(line)).map(|line| line.amount).sum()
    }
}

/// Puts prices to what is metered. Lines of one allowance draw on it in their order.
///
/// # Errors
/// Everything that has no price.
pub fn estimate(bill: &Bill, prices: &PriceList) -> Result<Estimate, Vec<NoPrice>> {
    let mut missing = BTreeMap::new();
    let mut lines: BTreeMap<(String, String, String), Line> = BTreeMap::new();
    for one in &bill.uses {
        match prices.find(&one.key, &one.region) {
            Ok((meter, price)) => {
                let place = (meter.service.clone(), meter.key.clone(), one.region.clone());
                add(lines.entry(place).or_insert_with(|| empty(meter, price, &one.region)), one, price);
            }
            // What is not even counted needs no price.
            Err(_) if one.quantity.is_none() => {
                let place = (String::new(), one.key.clone(), one.region.clone());
                let line = lines.entry(place).or_insert_with(|| open(one));
                line.urns.insert(one.urn.clone());
                line.notes.extend(one.note.clone());
            }
            Err(error) => {
                let key = (error.key.clone(), error.region.clone());
                missing.entry(key).or_insert(NoPrice { urn: Some(one.urn.clone()), ..error });
            }
        }
    }
    if !missing.is_empty() {
        return Err(missing.into_values().collect());
    }
    let mut estimate = Estimate { lines: lines.into_values().collect(), allowances: BTreeMap::new() };
    for line in &mut estimate.lines {
        let pool =
            prices.meters.iter().find(|meter| meter.key == line.key).and_then(|meter| meter.free.as_ref());
        if let Some(allowance) = prices.always_free.iter().find(|one| Some(&one.pool) == pool) {
            let used = estimate.allowances.entry(allowance.pool.clone()).or_default();
            line.free = line.quantity.min(allowance.quantity - *used);
            *used = *used + line.free;
        }
        line.amount = (line.quantity - line.free) * line.price.unwrap_or_default();
    }
    Ok(estimate)
}

fn empty(meter: &Meter, price: &Price, region: &str) -> Line {
    Line {
        key: meter.key.clone(),
        service: meter.service.clone(),
        what: meter.what.clone(),
        kind: meter.kind,
        group: meter.group.clone(),
        region: region.to_owned(),
        urns: BTreeSet::new(),
        quantity: Decimal::ZERO,
        free: Decimal::ZERO,
        unit: meter.unit.clone(),
        price: Some(price.usd),
        amount: Decimal::ZERO,
        source: meter.source.clone(),
        date: price.date.clone(),
        notes: price.note.iter().cloned().collect(),
    }
}

/// A line of what is known at deployment only.
fn open(one: &Use) -> Line {
    Line {
        key: one.key.clone(),
        service: "not known yet".to_owned(),
        what: one.key.clone(),
        kind: Kind::Fixed,
        group: None,
        region: one.region.clone(),
        urns: BTreeSet::new(),
        quantity: Decimal::ZERO,
        free: Decimal::ZERO,
        unit: String::new(),
        price: None,
        amount: Decimal::ZERO,
        source: String::new(),
        date: String::new(),
        notes: Vec::new(),
    }
}

fn add(line: &mut Line, one: &Use, price: &Price) {
    line.urns.insert(one.urn.clone());
    line.quantity = line.quantity + one.quantity.unwrap_or_default();
    line.price = Some(price.usd);
    if let Some(note) = one.note.as_ref().filter(|note| !line.notes.contains(note)) {
        line.notes.push(note.clone());
    }
}

/// What a change makes of one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference<'a> {
    /// The line before; `None` where it is new.
    pub before: Option<&'a Line>,
    /// The line after; `None` where it goes.
    pub after: Option<&'a Line>,
}

impl<'a> Difference<'a> {
    /// Either line.
    #[must_use]
    pub fn line(&self) -> Option<&'a Line> {
        self.after.or(self.before)
    }

    /// US dollars a month, more or less.
    #[must_use]
    pub fn amount(&self) -> Decimal {
        let of = |line: Option<&Line>| line.map(|line| line.amount).unwrap_or_default();
        of(self.after) - of(self.before)
    }
}

/// The lines whose quantity, price or amount differ, in the order of the estimate.
#[must_use]
pub fn compare<'a>(before: &'a Estimate, after: &'a Estimate) -> Vec<Difference<'a>> {
    fn by_place(estimate: &Estimate) -> BTreeMap<(&str, &str, &str), &Line> {
        estimate
            .lines
            .iter()
            .map(|line| ((line.service.as_str(), line.key.as_str(), line.region.as_str()), line))
            .collect()
    }
    let (before, after) = (by_place(before), by_place(after));
    let places: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let figures = |line: &Line| (line.quantity, line.price, line.amount);
    places
        .into_iter()
        .map(|place| Difference { before: before.get(place).copied(), after: after.get(place).copied() })
        .filter(|one| one.before.map(figures) != one.after.map(figures))
        .collect()
}

#[cfg(test)]
mod tests;
