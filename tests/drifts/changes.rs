//! One property at a time.

use std::collections::BTreeSet;
use std::time::Instant;

use finsight_engine::normal::same;
use finsight_engine::plan::Selection;
use finsight_engine::refresh::{Drift, DriftKind};
use finsight_engine::schema::{Effect, Property};
use finsight_engine::state::Row;
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value, path_covers};

use crate::known::KNOWN;
use crate::outsider::{change, root};
use crate::prod::{Prod, recorded};
use crate::samples::{Fixture, variants};
use crate::{is_subject, runtime};

/// After so many changes the whole stack is looked at, not the type alone; `WHOLE_EVERY=1` finds which of
/// them changes something else.
fn whole_every() -> usize {
    std::env::var("WHOLE_EVERY").ok().and_then(|text| text.parse().ok()).unwrap_or(10)
}

#[derive(Default)]
struct Count {
    changed: BTreeSet<(String, String)>,
    changes: usize,
    immutable: BTreeSet<(String, String)>,
    left_out: BTreeSet<usize>,
    subjects: BTreeSet<Urn>,
    done: BTreeSet<((String, String), bool)>,
    wholes: usize,
    coupled: BTreeSet<(String, String)>,
    failures: Vec<String>,
}

#[test]
fn any_property_changed_from_outside_is_found_alone() {
    runtime().block_on(async {
        let began = Instant::now();
        let mut prod = Prod::new().await;
        println!("{} resources stand after {:?}", prod.state.rows.len(), began.elapsed());
        let began = Instant::now();
        assert_eq!(prod.drift(&prod.all()).await, [], "nobody has changed anything yet");
        println!("one drift of all: {:?}", began.elapsed());
        let began = Instant::now();
        let mut count = Count::default();
        for row in subjects(&prod) {
            every_property(&mut prod, &row, &mut count).await;
        }
        assert_eq!(prod.drift(&prod.all()).await, [], "all is put back");
        println!(
            "drift: {} types, {} resources, {} properties changed in {} ways ({} with a drift of all), \
             {} are immutable, {} left out, in {:?}",
            subjects(&prod).iter().map(|row| row.urn.type_name().to_owned()).collect::<BTreeSet<_>>().len(),
            count.subjects.len(),
            count.changed.len(),
            count.changes,
            count.wholes,
            count.immutable.len(),
            count.left_out.len(),
            began.elapsed(),
        );
        stale(&mut count);
        assert!(count.failures.is_empty(), "{}:\n{}", count.failures.len(), count.failures.join("\n"));
    });
}

/// All resources under test.
fn subjects(prod: &Prod) -> Vec<Row> {
    prod.state.rows.values().filter(|row| is_subject(row.urn.type_name())).cloned().collect()
}

/// Whether the program gives the property a value of its own.
fn is_set(property: &Property, row: &Row) -> bool {
    let value = row.inputs.get(property.name);
    value.is_some_and(|value| !value.is_null() && Some(value) != property.default.as_ref())
}

/// The properties of a resource that a read can tell from the record.
fn visible(prod: &Prod, row: &Row) -> Vec<Property> {
    let (spec, inputs) = (prod.spec(row), recorded(&prod.spec(row), row));
    let seen = |property: &&Property| !property.write_only && inputs.contains_key(property.name);
    let ignored = |property: &&Property| {
        row.options.ignore_changes.iter().any(|pattern| path_covers(pattern, property.name))
    };
    spec.properties.iter().filter(seen).filter(|property| !ignored(property)).cloned().collect()
}

async fn every_property(prod: &mut Prod, row: &Row, count: &mut Count) {
    let type_name = row.urn.type_name();
    let fixture = Fixture::of(type_name);
    for property in visible(prod, row) {
        let pair = (type_name.to_owned(), property.name.to_owned());
        if property.effect == Effect::Replace {
            count.immutable.insert(pair);
            continue;
        }
        let left_out = KNOWN.left_out(row, property.name);
        if let Some(index) = left_out {
            count.left_out.insert(index);
            continue;
        }
        // Once where it is set, and once where it is not.
        if !count.done.insert((pair.clone(), is_set(&property, row))) {
            continue;
        }
        count.subjects.insert(row.urn.clone());
        // What was put back may have been made anew.
        let row = &prod.state.rows[&row.urn].clone();
        match one_property(prod, row, &property, &fixture, count).await {
            Ok(()) => {
                count.changed.insert(pair);
                count.changes += 1;
            }
            Err(why) => {
                let why = format!("{} {}: {why}", row.urn, property.name);
                println!("failed: {why}");
                count.failures.push(why);
            }
        }
    }
}

/// The inputs with another value of the property: what resources of its type have, the fixture's samples,
/// changes of what stands, and nothing. What goes with the property comes along.
fn candidates(prod: &Prod, row: &Row, property: &Property, fixture: &Fixture) -> Vec<Map> {
    let inputs = recorded(&prod.spec(row), row);
    let stands = inputs.get(property.name).cloned().unwrap_or_default();
    let mut found: Vec<Map> = Vec::new();
    let mut add = |beside: &Map, value: &Value| {
        let mut other = inputs.clone();
        other.extend(beside.iter().map(|(name, value)| (name.clone(), value.clone())));
        other.insert(property.name.to_owned(), value.clone());
        if !same(property.equality, value, &stands) && !found.contains(&other) {
            found.push(other);
        }
    };
    for other in prod.rows(row.urn.type_name()).filter(|other| other.region == row.region) {
        let theirs = recorded(&prod.spec(row), other);
        let of = |name: &str| theirs.get(name).cloned().unwrap_or_default();
        let mut along = coupled(row, property);
        along.retain(|name| !name.contains('/'));
        along.extend(WITH_CODE.iter().filter(|_| property.name == "code_sha256"));
        let beside = along.iter().map(|name| ((*name).to_owned(), of(name))).collect();
        if theirs.contains_key(property.name) {
            add(&beside, &of(property.name));
        }
    }
    let fixed = KNOWN.values(row.urn.type_name(), property.name).map(Value::from_plain_json);
    let samples: Vec<Value> = fixed.chain(fixture.samples(prod, row, property.name)).collect();
    for value in samples.iter().chain(&variants(&stands)) {
        add(&Map::new(), value);
    }
    let beside = fixture.beside(prod, row, property.name);
    for value in &samples {
        add(&beside, value);
    }
    if !property.required {
        add(&Map::new(), &Value::Null);
    }
    found
}

/// The properties that are sent with others that can be read.
const WITH_CODE: &[&str] = &["code"];

fn coupled(row: &Row, property: &Property) -> Vec<&'static str> {
    KNOWN.beside(row.urn.type_name(), property.name)
}

async fn one_property(
    prod: &mut Prod,
    row: &Row,
    property: &Property,
    fixture: &Fixture,
    count: &mut Count,
) -> Result<(), String> {
    let mut tried = Vec::new();
    let near = prod.urns(row.urn.type_name());
    for desired in candidates(prod, row, property, fixture).into_iter().take(24) {
        let sent = if property.name == "code_sha256" { WITH_CODE } else { &[] };
        let changed = change(prod, row, &desired, sent).await;
        let mut found = prod.drift(&near).await;
        let mut verdict = judge(row, property, &found, count);
        let wide = coupled(row, property).iter().any(|name| name.contains('/'));
        if verdict == Ok(true) && (wide || count.changes.is_multiple_of(whole_every())) {
            found = prod.drift(&prod.all()).await;
            verdict = judge(row, property, &found, count);
            count.wholes += 1;
        }
        // A change that was refused half-way is put back as well.
        if !found.is_empty() {
            put_back(prod, row, &near, wide).await?;
        }
        match (changed, verdict) {
            (_, Ok(true)) => return Ok(()),
            (Ok(()), Ok(false)) => tried.push(format!("{} is not seen", shown(&desired, property))),
            (Err(why), Ok(false)) => tried.push(format!("{}: {why}", shown(&desired, property))),
            (_, Err(others)) => return Err(others),
        }
    }
    tried.truncate(4);
    Err(format!("no change of it is found: {}", tried.join(" | ")))
}

/// Whether the property was found, and nothing that does not go with it.
fn judge(row: &Row, property: &Property, found: &[Drift], count: &mut Count) -> Result<bool, String> {
    let (type_name, mut seen, mut others) = (row.urn.type_name(), false, Vec::new());
    let couple = coupled(row, property);
    for drift in found {
        let DriftKind::Changed(changes) = &drift.kind else {
            let name = format!("{}/deleted", drift.urn.type_name());
            if drift.kind == DriftKind::Deleted && couple.contains(&name.as_str()) {
                count.coupled.insert((type_name.to_owned(), property.name.to_owned()));
            } else {
                others.push(format!("{} {:?}", drift.urn, drift.kind));
            }
            continue;
        };
        for change in changes {
            let path = root(&change.path);
            let name = if drift.urn == row.urn {
                path.to_owned()
            } else {
                format!("{}/{path}", drift.urn.type_name())
            };
            if drift.urn == row.urn && path == property.name {
                seen = true;
            } else if couple.contains(&name.as_str()) {
                count.coupled.insert((type_name.to_owned(), property.name.to_owned()));
            } else {
                others.push(format!("{name}: {:?} → {:?}", change.before, change.after));
            }
        }
    }
    match (seen, others.is_empty()) {
        (seen, true) => Ok(seen),
        (true, false) => Err(format!("other findings beside it: {}", others.join(", "))),
        (false, false) => Ok(false),
    }
}

async fn put_back(prod: &mut Prod, row: &Row, near: &BTreeSet<Urn>, wide: bool) -> Result<(), String> {
    let fixed = prod.fix(&row.urn, false).await;
    let Some(now) = prod.state.rows.get(&row.urn) else {
        return Err(format!("it left the record: {fixed:?}"));
    };
    if now.owner != row.owner {
        let whole = prod.up(&Selection::default()).await;
        return Err(format!("it was replaced: {fixed:?}, then {whole:?}"));
    }
    let left = prod.drift(near).await;
    if !wide && fixed.is_ok() && left.is_empty() {
        return Ok(());
    }
    let whole = prod.up(&Selection::default()).await;
    let still = prod.drift(near).await;
    if whole.is_ok() && still.is_empty() && fixed.is_ok() {
        return Ok(());
    }
    Err(format!("it is not put back: {fixed:?}, {left:?}; then {whole:?}, {still:?}"))
}

fn shown(desired: &Map, property: &Property) -> String {
    format!("{:?}", desired.get(property.name).unwrap_or(&Value::Null)).chars().take(160).collect()
}

/// What is known but was not met: the lists must not outlive their reasons.
fn stale(count: &mut Count) {
    if std::env::var("FINSIGHT_TYPES").is_ok() {
        return;
    }
    for (index, it) in KNOWN.left_out.iter().enumerate() {
        if !count.left_out.contains(&index) {
            count.failures.push(format!("need not be left out: {it}"));
        }
    }
    for it in &KNOWN.coupled {
        let text = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
        if !count.coupled.contains(&(text("type"), text("property"))) {
            count.failures.push(format!("not coupled: {it}"));
        }
    }
}
