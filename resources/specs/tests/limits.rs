//! What the types take, against AWS's service models (`resources/local/models`): each word, number and length that a
//! type admits is one that AWS takes, and what AWS bounds is bounded. Each difference has its reason in
//! `models/reasons.json`; `models/places.txt` says where AWS has a property, where its name does not tell.
#![allow(clippy::print_stdout)]

mod models;
mod reasons;

use std::collections::BTreeMap;

use finsight_engine::limits::{Limit, Takes};
use models::{Places, Theirs};
use reasons::explain;

/// Of texts and lists only what can be broken: what is empty says nothing, and is not sent.
fn limit(takes: &Takes) -> Option<String> {
    match takes {
        Takes::Words(words) => {
            let mut words = words.clone();
            words.sort_unstable();
            Some(format!("words {}", words.join("|")))
        }
        Takes::Number(min, max) => bounds("number", *min, *max),
        Takes::Characters(min, max) => bounds("characters", min.filter(|min| *min > 1), *max),
        Takes::Entries(min, max) => bounds("entries", min.filter(|min| *min > 1), *max),
        Takes::Form(form) => Some(format!("pattern {}", form.pattern)),
    }
}

/// Where a limit stands; a text can have a length and a form.
fn place(limit: &Limit) -> String {
    match limit.takes {
        Takes::Form(_) => format!("{} pattern", limit.path),
        _ => limit.path.to_owned(),
    }
}

fn bounds<T: ToString>(kind: &str, min: Option<T>, max: Option<T>) -> Option<String> {
    let bound = |bound: &Option<T>| bound.as_ref().map(T::to_string).unwrap_or_default();
    (min.is_some() || max.is_some()).then(|| format!("{kind} {}..{}", bound(&min), bound(&max)))
}

#[derive(Default)]
struct Count {
    types: usize,
    properties: usize,
    nested: usize,
    words: usize,
    numbers: usize,
    lengths: usize,
    forms: usize,
    differ: BTreeMap<String, String>,
    apart: Vec<String>,
}

impl Count {
    fn add(&mut self, name: &str, path: &str, ours: Option<&String>, theirs: Option<&String>) {
        self.nested += usize::from(path.contains('.'));
        let kind = ours.or(theirs).map_or("", |limit| limit.split(' ').next().unwrap_or_default());
        match kind {
            "words" => self.words += 1,
            "number" => self.numbers += 1,
            "pattern" => self.forms += 1,
            _ => self.lengths += 1,
        }
        if ours != theirs {
            let said = |limit: Option<&String>| limit.map_or("nothing", String::as_str).to_owned();
            let says = format!("`{}`, and AWS `{}`", said(ours), said(theirs));
            self.differ.insert(format!("{name}.{path}"), says);
        }
    }
}

#[test]
fn what_a_type_takes_is_what_aws_takes() {
    let places = Places::read();
    let mut count = Count::default();
    for spec in finsight_specs::registry().iter() {
        count.types += 1;
        let Theirs { limits, found, apart } = places.of(spec);
        count.properties += found;
        count.apart.extend(apart.iter().map(|property| format!("{}.{property}", spec.name)));
        let theirs: BTreeMap<&str, String> =
            limits.iter().filter_map(|(path, takes)| Some((path.as_str(), limit(takes)?))).collect();
        let of = |it: &Limit| Some((place(it), limit(&it.takes)?));
        let ours: BTreeMap<String, String> = spec.limits.iter().filter_map(of).collect();
        let paths: std::collections::BTreeSet<&str> =
            ours.keys().map(String::as_str).chain(theirs.keys().copied()).collect();
        for path in paths {
            count.add(spec.name, path, ours.get(path), theirs.get(path));
        }
    }
    let Count { types, properties, nested, words, numbers, lengths, forms, differ, apart } = count;
    println!(
        "limits: {types} types, {properties} properties looked up, {} limits compared ({nested} of them of members): \
         {words} enumerations, {numbers} ranges, {lengths} lengths, {forms} forms; {} differ, {} properties have no counterpart",
        words + numbers + lengths + forms,
        differ.len(),
        apart.len()
    );
    println!("without a counterpart: {}", apart.join(", "));
    explain(&differ, include_str!("models/reasons.json"));
    places.all_of_use();
}
