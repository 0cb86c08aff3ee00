//! What AWS lets an account have: a plan that needs more would stop half-way.

use std::collections::BTreeMap;

use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation, is_open, referred};
use finsight_engine::value::{Map, Value};
use finsight_specs::quotas::{Counts, Quota, Within};

use super::pack;

/// More names than these are not listed.
const LISTED: usize = 8;

pub(super) fn rules() -> Vec<Rule> {
    const WHY: &str = "AWS refuses what goes beyond a quota, in the middle of a run";
    vec![
        pack(Severity::Warning, WHY)(
            "quota-default",
            "a stack fits into what AWS lets an account have by default",
            "have the quota raised before (Service Quotas, or a case at AWS Support), or declare fewer",
            |subject| exceeded(subject, true),
        ),
        pack(Severity::Error, WHY)(
            "quota-fixed",
            "a stack fits into the quotas that AWS raises for nobody",
            "declare fewer",
            |subject| exceeded(subject, false),
        ),
    ]
}

fn exceeded(subject: &Subject<'_>, adjustable: bool) -> Vec<Violation> {
    let quotas = Quota::all().into_iter().filter(|quota| quota.adjustable == adjustable);
    quotas.flat_map(|quota| beyond(subject, &quota)).collect()
}

/// Where a stack goes beyond a quota: told of the first resource that is one too many.
fn beyond(subject: &Subject<'_>, quota: &Quota) -> Vec<Violation> {
    let is_of =
        |item: &&Filled<'_>| quota.only.is_none_or(|(name, value)| item.get(name) == Some(&value.into()));
    let mut shares: BTreeMap<String, Vec<&Filled<'_>>> = BTreeMap::new();
    for item in subject.of_type(quota.type_name).filter(is_of) {
        if let Some(place) = place(subject, quota, item) {
            shares.entry(place).or_default().push(item);
        }
    }
    let told = |(place, items): (String, Vec<&Filled<'_>>)| {
        let first = items.first()?;
        let limit = quota.default_in(region_of(subject, first));
        let (needed, what) = match quota.counts {
            Counts::Resources => (items.len(), quota.type_name.to_owned()),
            Counts::Entries(name) => (entries(first, name), format!("entries of `{name}`")),
            Counts::Characters(name) => {
                (first.get(name).map_or(0, characters), format!("characters of `{name}`"))
            }
            Counts::AllCharacters(name) => (all_characters(first, name), format!("characters of `{name}`")),
        };
        let one_too_many = items.get(usize::try_from(limit).unwrap_or(usize::MAX)).or(items.last())?;
        (needed as u64 > limit).then(|| {
            let names = listed(&items);
            Violation::new(
                one_too_many,
                format!("{needed} {what} in {place}{names}, and AWS gives {limit}: {}", named(quota)),
            )
        })
    };
    shares.into_iter().filter_map(told).collect()
}

/// What an item shares a quota in; `None` where that is known only later.
fn place(subject: &Subject<'_>, quota: &Quota, item: &Filled<'_>) -> Option<String> {
    match quota.within {
        Within::Account => Some("the account".to_owned()),
        Within::Region => Some(region_of(subject, item).to_owned()),
        Within::Each => Some(item.urn().to_string()),
        Within::Property(name, None) => said(item.get(name)?),
        Within::Property(name, Some(of)) => said(subject.get(item.refers_to(name)?)?.get(of)?),
    }
}

fn region_of<'a>(subject: &'a Subject<'_>, item: &'a Filled<'_>) -> &'a str {
    item.node.options.region.as_deref().unwrap_or(subject.region)
}

/// What a value is told from others by: a text, or the resource that it is of.
fn said(value: &Value) -> Option<String> {
    referred(value).map(ToString::to_string).or_else(|| value.as_text().map(str::to_owned))
}

/// The entries of a list or map. Those for IPv6 are counted by themselves, as AWS does with rules and routes.
fn entries(item: &Filled<'_>, name: &str) -> usize {
    let is_v6 = |entry: &&Value| {
        let names = entry.as_map().into_iter().flat_map(Map::keys);
        names.into_iter().any(|name| name.contains("ipv6"))
    };
    match item.get(name) {
        Some(Value::List(entries)) => {
            let v6 = entries.iter().filter(is_v6).count();
            v6.max(entries.len() - v6)
        }
        Some(Value::Map(entries)) => entries.len(),
        _ => 0,
    }
}

/// The characters of a document, without those that are known only later.
fn characters(document: &Value) -> usize {
    let text = match document {
        Value::Text(text) => text.clone(),
        document => without_open(document).masked().to_string(),
    };
    text.chars().filter(|character| !character.is_whitespace()).count()
}

fn all_characters(item: &Filled<'_>, name: &str) -> usize {
    let documents = item.get(name).and_then(Value::as_map).into_iter().flat_map(Map::values);
    documents.map(characters).sum()
}

fn without_open(value: &Value) -> Value {
    match value {
        value if is_open(value) => Value::text(""),
        Value::List(items) => Value::List(items.iter().map(without_open).collect()),
        Value::Map(map) => {
            Value::Map(map.iter().map(|(key, item)| (key.clone(), without_open(item))).collect())
        }
        value => value.clone(),
    }
}

/// The names of what shares a quota, where there are several.
fn listed(items: &[&Filled<'_>]) -> String {
    if items.len() < 2 {
        return String::new();
    }
    let names: Vec<&str> = items.iter().take(LISTED).map(|item| item.urn().as_str()).collect();
    let more =
        if items.len() > LISTED { format!(" and {} more", items.len() - LISTED) } else { String::new() };
    format!(" ({}{more})", names.join(", "))
}

fn named(quota: &Quota) -> String {
    let code =
        quota.code.map_or_else(|| quota.service.to_owned(), |code| format!("{} {code}", quota.service));
    format!("quota \"{}\" ({code}, {})", quota.name, quota.source)
}
