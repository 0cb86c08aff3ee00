//! `reference/resource-types.md` and its page for each service.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use finsight_engine::limits::Takes;
use finsight_engine::schema::{
    Effect, Equality, Grants, Identity, Kind, LetsGo, OutputSpec, Property, Scope, Timing, TypeSpec,
};
use finsight_engine::value::Value;

use super::{cell, docs, keep, text};

/// Each type's builder, by the type's name.
fn builders() -> BTreeMap<&'static str, String> {
    macro_rules! paths {
        ($($service:ident::$name:ident),* $(,)?) => {
            BTreeMap::from([$((
                finsight_specs::$service::$name::spec().name,
                concat!(stringify!($service), "::", stringify!($name)).to_owned(),
            )),*])
        };
    }
    finsight_specs::resource_types!(paths)
}

/// A doc comment as Markdown: of links to Rust items their text remains.
fn doc(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once("[`") {
        let Some((name, after)) = link.split_once("`]") else { break };
        let _ = write!(out, "{before}`{name}`");
        let target = after.strip_prefix('(').and_then(|target| target.split_once(')'));
        rest = target.map_or(after, |(_, after)| after);
    }
    out + rest
}

fn service(spec: &TypeSpec) -> &'static str {
    spec.name.split(':').nth(1).unwrap_or_default()
}

fn anchor(name: &str) -> String {
    name.to_lowercase().replace(':', "")
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" + ")
}

fn identity(spec: &TypeSpec) -> String {
    let own =
        |key: &[&str]| if key.is_empty() { String::new() } else { format!(", told by {}", quoted(key)) };
    match spec.identity {
        Identity::Minted { token: false } => "AWS mints the id; owner tags".to_owned(),
        Identity::Minted { token: true } => "AWS mints the id; owner tags and client token".to_owned(),
        Identity::Named { property } => format!("named by `{property}`"),
        Identity::Child { key } => format!("entry of its parent{}", own(key)),
        Identity::Adopted { key } => format!("adopted{}", own(key)),
    }
}

fn times(timing: &Timing) -> String {
    let seconds = |millis: u64| millis / 1_000;
    let [create, update, delete] = timing.timeout.map(|millis| millis / 60_000);
    format!(
        "{} / {} / {} s | {create} / {update} / {delete} min",
        seconds(timing.create),
        seconds(timing.update),
        seconds(timing.delete)
    )
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Bool => "bool",
        Kind::Int => "whole number",
        Kind::Number => "number",
        Kind::List => "list",
        Kind::Map => "map",
        Kind::Any => "any",
    }
}

fn change(effect: Effect) -> &'static str {
    match effect {
        Effect::Update => "in place",
        Effect::Interrupt => "in place, interrupts",
        Effect::Replace => "replace",
    }
}

fn default(property: &Property) -> String {
    match &property.default {
        None => String::new(),
        Some(Value::Null) => "nothing".to_owned(),
        Some(value) => format!("`{}`", value.masked()),
    }
}

fn notes(property: &Property) -> String {
    let equality = match property.equality {
        Equality::Exact => "",
        Equality::Unordered => "order does not count",
        Equality::CaseInsensitive => "case does not count",
        Equality::DnsName => "compared as names of the DNS",
        Equality::Json => "JSON by meaning",
        Equality::Policy => "policy by meaning",
        Equality::PolicyMap => "policies by meaning",
        Equality::Cidr => "network compared",
        Equality::VersionPrefix => "prefix of the live version",
        Equality::AtLeast => "a greater live one is as good",
        Equality::Tags => "AWS's own tags do not count",
        Equality::Number => "compared as numbers",
        Equality::RecordType => "`CNAME` stands beside no other",
        Equality::SetIdentifier => "without one, it stands beside no other",
    };
    let opens = match property.opens {
        None => "",
        Some(Grants::Iam) => "grants IAM",
        Some(Grants::Network) => "opens network",
    };
    let names = match property.names {
        [] => String::new(),
        types => format!("a name of {} is a reference", quoted(types)),
    };
    let used = property
        .used_by
        .map_or_else(String::new, |used| format!("kept where a `{}` that stays is in it", used.of));
    let flags = [
        names.as_str(),
        used.as_str(),
        if property.secret { "secret" } else { "" },
        if property.write_only { "write-only" } else { "" },
        equality,
        opens,
    ];
    flags.into_iter().filter(|flag| !flag.is_empty()).collect::<Vec<_>>().join(", ")
}

/// How the resource lets go of what the property refers to; empty where it refers to nothing that AWS keeps.
fn letting(property: &Property) -> String {
    let said = letting_word(property.letting());
    match property.holds {
        [] => said.to_owned(),
        types => format!("{said} ({})", quoted(types)),
    }
}

/// The same of one way, in a few words.
pub(super) fn letting_word(how: LetsGo) -> &'static str {
    match how {
        LetsGo::Free => "",
        LetsGo::Changed => "by another value",
        LetsGo::Shrunk => "entry by entry, one stays",
        LetsGo::Emptied => "left out",
        LetsGo::Recreated => "made anew",
        LetsGo::Never => "never",
    }
}

/// What AWS allows only once, and in what it keeps that.
pub(super) fn claims(spec: &TypeSpec) -> Vec<String> {
    let claim = |set: &[&str]| {
        let place = match spec.scope(set) {
            Scope::Region => "in a region",
            Scope::Account => "in the account",
            Scope::World => "in the world",
        };
        if set.is_empty() {
            format!("{place} there is one")
        } else {
            format!("{} only once {place}", quoted(set))
        }
    };
    spec.claims().map(claim).collect()
}

fn output(of: &OutputSpec) -> String {
    let mut said = cell(&doc(of.doc));
    if of.secret {
        said.push_str(" A secret.");
    }
    if of.volatile {
        said.push_str(" An update may change it.");
    }
    format!("| `{}` | {said} |\n", of.name)
}

/// Links to a type's section, from a page of the reference.
pub(super) fn linked(name: &str) -> String {
    let service = name.split(':').nth(1).unwrap_or_default();
    format!("[`{name}`](types/{service}.md#{})", anchor(name))
}

fn section(spec: &TypeSpec, builder: &str) -> String {
    let mut out = format!("## `{}`\n\n{}\n\n", spec.name, doc(spec.doc));
    let mut facts = vec![format!("Builder: `finsight_specs::{builder}`"), identity(spec)];
    if let Some(property) = spec.generated_name {
        facts.push(format!("name generated where it is not set: `{property}`"));
    }
    facts.extend(claims(spec));
    if spec.restorable {
        facts.push("waits for its deletion and can be restored meanwhile".to_owned());
    }
    if spec.held {
        facts.push("looked at before a delete for what others have hung on it".to_owned());
    }
    if spec.swaps {
        facts.push(
            "takes the place of the one that it replaces in one call, where both cannot stand".to_owned(),
        );
    }
    if spec.pending {
        facts.push("has pending states that are waited for".to_owned());
    }
    if let Some(data) = &spec.data {
        let only = data.only_if.map(|flag| format!(" where `{flag}` is set")).unwrap_or_default();
        facts.push(format!("holds {}: replaced and deleted only by name{only}", data.what));
        let set = data.on_replace.iter().map(|(name, value)| format!("`{name}` = `{value}`"));
        let set: Vec<String> = set.collect();
        if !set.is_empty() {
            facts.push(format!("the delete of a replaced one has {}", set.join(", ")));
        }
    }
    if let Some(lingers) = spec.lingers {
        facts.push(format!(
            "a delete takes about {} minutes where `{}` is set",
            lingers.millis / 60_000,
            lingers.property
        ));
    }
    let _ = writeln!(out, "{}.\n", facts.join("; "));
    out.push_str("| property | type | required | change | lets go | default | notes | |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for property in &spec.properties {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} | {} | {} | {} | {} |",
            property.name,
            kind(property.kind),
            if property.required { "yes" } else { "" },
            change(property.effect),
            letting(property),
            cell(&default(property)),
            notes(property),
            cell(&doc(property.doc)),
        );
    }
    if !spec.limits.is_empty() {
        out.push_str("\n| value | AWS takes |\n| --- | --- |\n");
        for limit in &spec.limits {
            let _ = writeln!(out, "| `{}` | {} |", limit.path, cell(&all_of(&limit.takes)));
        }
    }
    out.push_str("\n| output | |\n| --- | --- |\n| `id` | The physical id. |\n");
    out.extend(spec.outputs.iter().map(output));
    out
}

/// What AWS takes, with all its words.
fn all_of(takes: &Takes) -> String {
    match takes {
        Takes::Form(form) => format!("texts of the form `{}`", form.pattern),
        Takes::Words(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        takes => takes.to_string(),
    }
}

const HEAD: &str = "# Resource types

Every type that a program can declare in this version, with a page for each service. All of these pages are made from the
specs in `resources/specs/src` by `UPDATE_REFERENCE=1 cargo test -p finsight --test book`; without the variable the test
compares them.

";

const HOW: &str = "
How to read the tables:

- **Typical** durations are the base of the preview's estimate; **ceilings** are when the engine gives up. Create, update,
  delete.
- **Change** says what a change of the property does. *replace* makes a new resource. *in place, interrupts* changes the
  resource with an interruption of service.
- **Only once** names what AWS allows a single holder, and in what it keeps that: a region, the account, the world. Of a
  list each element counts by itself; IP ranges count where they overlap; what is not set, and a flag that is off, counts
  for nothing. What is to be taken is free first: whoever gives it up does so before, and where nobody does there is no plan.
- **Lets go** says what happens when a resource that the property refers to is to be deleted and this one stays. *by another
  value*: it cannot be without one. *entry by entry, one stays*: entries are taken out in place as long as one is left. *left
  out*: it can be without it for a while. *made anew*: this one goes before, and comes back after. *never*: it neither
  changes in place nor can be made anew without loss. Where types stand behind it, only they are held. Where the column is
  empty, AWS deletes what is referred to all the same.
- **Default** is what AWS assumes when the property is not set. The engine compares the live value with it. *nothing* means
  that a live value is a difference when the property is not set. Where the column is empty, AWS chooses, and what it chose
  is no difference.
- **AWS takes** lists what a value can be, by the path to it: `*` stands for each entry of a list or map, `@` for each name
  in a map, `**` for everything within. A program that sets something else is refused before anything is read: at the key of
  the config that leads to it (`CONFIG-INVALID`), or at the property (`PROGRAM-INVALID`). What is empty says nothing, and what
  is known only later is not looked at.
- **write-only** properties are sent and never given back by AWS, so drift in them cannot be seen.
- **order does not count**, **policy by meaning** and the like say when two values are equal.
- **opens network** and **grants IAM** properties are looked at by `--require-approval broadening`. Policy documents always
  are.
- A type with `tags` carries the component's tags and two of the engine's: `finsight:stack` and `finsight:id`. Tags whose
  keys begin with `aws:` do not count.
- Where a name is generated, it is `<stack>-<component>-<name>-<8 characters>`, at most 64 characters. It is chosen by the
  plan.
- The Rust types of properties and outputs are in the builders' own documentation: `cargo doc -p finsight-specs --open`.
";

#[test]
fn the_reference_of_types_is_the_registry() {
    let builders = builders();
    let registry = finsight_specs::registry();
    let mut services: BTreeMap<&str, Vec<&TypeSpec>> = BTreeMap::new();
    for spec in registry.iter() {
        services.entry(service(spec)).or_default().push(spec);
    }
    let count = registry.iter().count();
    let mut index = format!("{HEAD}{count} types of {} services.\n", services.len());
    for (service, specs) in &services {
        let _ = write!(
            index,
            "\n## [{service}](types/{service}.md)\n\n| type | Rust | identity | scope | typical | ceilings |\n| --- | --- | --- | --- | --- | --- |\n"
        );
        let mut page = format!("# Resource types of {service}\n\n[How to read this](../resource-types.md)\n");
        for spec in specs {
            let builder = &builders[spec.name];
            let _ = writeln!(
                index,
                "| [`{}`](types/{service}.md#{}) | `{builder}` | {} | {} | {} |",
                spec.name,
                anchor(spec.name),
                identity(spec),
                if spec.global { "account" } else { "region" },
                times(&spec.timing),
            );
            let _ = write!(page, "\n{}", section(spec, builder));
        }
        keep(&docs().join(format!("reference/types/{service}.md")), &page);
    }
    index.push_str(HOW);
    keep(&docs().join("reference/resource-types.md"), &index);

    let folder = std::fs::read_dir(docs().join("reference/types")).expect("the folder of pages");
    let mut pages: Vec<String> =
        folder.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    pages.sort();
    let wanted: Vec<String> = services.keys().map(|service| format!("{service}.md")).collect();
    assert_eq!(pages, wanted, "one page for each service, and no other");
    let summary = text(&docs().join("SUMMARY.md"));
    for page in wanted {
        assert!(summary.contains(&format!("(reference/types/{page})")), "SUMMARY.md does not list {page}");
    }
}
