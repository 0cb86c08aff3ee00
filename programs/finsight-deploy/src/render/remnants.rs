//! What is kept at AWS after its resource left the record.

use std::fmt::Write as _;

use finsight::cost::{Kept, kept};
use finsight_engine::cost::{Decimal, Items};
use finsight_engine::schema::Registry;
use finsight_engine::state::{Remnant, Row, State};
use serde_json::{Value as Json, json};

use super::{BOLD, DIM, styled};

/// One of them, as it is shown.
pub struct Shown {
    pub key: String,
    pub what: String,
    pub type_name: String,
    pub id: String,
    pub urn: String,
    pub region: String,
    /// Since when and for how many days by now; `None` of what was let stand.
    pub since: Option<(String, u64)>,
    pub until: Option<String>,
    /// US dollars a month at most, and what that follows from.
    pub monthly: Option<Decimal>,
    pub why: String,
    pub ends: Option<String>,
    pub brings_back: Option<String>,
    /// `None` where nobody has asked.
    pub stands: Option<bool>,
}

/// All that is kept and whose time is not over, what was let stand among it.
pub fn shown(state: &State, registry: &Registry, now: u64) -> Vec<Shown> {
    let standing: Vec<&Remnant> = state.remnants.values().filter(|one| !one.is_over(now)).collect();
    let priced = kept(&standing, &Items::of_state(state, registry));
    let remnants = priced.into_iter().map(|one| of(one, now));
    remnants.chain(state.let_stand.values().map(let_stand)).collect()
}

fn of(Kept { remnant, monthly, why }: Kept<'_>, now: u64) -> Shown {
    Shown {
        key: remnant.key(),
        what: remnant.what.clone(),
        type_name: remnant.type_name.clone(),
        id: remnant.id.clone(),
        urn: remnant.urn.to_string(),
        region: remnant.region.clone(),
        since: Some((remnant.since.clone(), remnant.days(now))),
        until: remnant.until.clone(),
        monthly,
        why,
        ends: remnant.ends.clone(),
        brings_back: remnant.brings_back.clone(),
        stands: None,
    }
}

/// It stands, and nobody manages it.
fn let_stand(row: &Row) -> Shown {
    Shown {
        key: String::new(),
        what: "the resource itself, which was taken off the record and let stand".to_owned(),
        type_name: row.urn.type_name().to_owned(),
        id: row.id.clone(),
        urn: row.urn.to_string(),
        region: row.region.clone(),
        since: None,
        until: None,
        monthly: None,
        why: "not counted: nobody knows what has become of it".to_owned(),
        ends: None,
        brings_back: Some(format!("finsight-deploy import {} {}", row.urn, row.id)),
        stands: None,
    }
}

/// US dollars a month of all that has a price.
pub fn monthly(all: &[Shown]) -> Decimal {
    all.iter().filter_map(|one| one.monthly).sum()
}

impl Shown {
    fn price(&self) -> String {
        match self.monthly {
            Some(amount) if amount == Decimal::ZERO => "nothing".to_owned(),
            Some(amount) => format!("up to ${} a month", amount.fixed(2)),
            None => "not known".to_owned(),
        }
    }

    fn time(&self) -> String {
        let day = |at: &str| at.split('T').next().unwrap_or_default().to_owned();
        let since = match &self.since {
            Some((_, 0)) => "since today".to_owned(),
            Some((since, 1)) => format!("since {} (1 day)", day(since)),
            Some((since, days)) => format!("since {} ({days} days)", day(since)),
            None => "as it was".to_owned(),
        };
        match &self.until {
            Some(until) => format!("{since}, until {}", day(until)),
            None => since,
        }
    }
}

/// The section; nothing where nothing is kept.
pub fn text(all: &[Shown]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut out = format!("{}\n", styled(BOLD, "Kept after its resource"));
    for one in all {
        let _ = writeln!(out, "  {}: {} of {} ({})", one.id, one.what, one.urn, one.region);
        let _ = writeln!(out, "      {}; costs {}: {}", one.time(), one.price(), one.why);
        if let Some(command) = &one.ends {
            let _ = writeln!(out, "      {}", styled(DIM, format!("ends it: {command}")));
        }
        if let Some(command) = &one.brings_back {
            let _ = writeln!(out, "      {}", styled(DIM, format!("brings it back: {command}")));
        }
    }
    out
}

/// The same for machines.
pub fn json(all: &[Shown]) -> Json {
    let one = |one: &Shown| {
        json!({
            "what": one.what, "type": one.type_name, "id": one.id, "urn": one.urn, "region": one.region,
            "since": one.since.as_ref().map(|(since, _)| since),
            "days": one.since.as_ref().map(|(_, days)| days),
            "until": one.until, "monthly": one.monthly.map(|amount| amount.round(2).to_f64()), "why": one.why,
            "ends": one.ends, "brings_back": one.brings_back, "stands": one.stands,
        })
    };
    all.iter().map(one).collect()
}

/// The same for a comment.
pub fn markdown(all: &[Shown]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut out = "\n#### Kept after its resource\n\n| what | of | time | costs | ends it |\n| --- | --- | --- | --- | --- |\n"
        .to_owned();
    for one in all {
        let ends = one.ends.as_ref().map(|command| format!("`{command}`")).unwrap_or_default();
        let (time, price) = (one.time(), one.price());
        let _ = writeln!(out, "| {} `{}` | `{}` | {time} | {price} | {ends} |", one.what, one.id, one.urn);
    }
    out
}
