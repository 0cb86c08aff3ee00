//! `runbooks/alarms.md`: each alarm of the shipped stacks has its heading, and each heading is of an alarm.

use std::collections::BTreeSet;

use super::{STACKS, docs, graph_of, text};

/// What is watched of each function, with one heading for all of them.
const OF_FUNCTIONS: [&str; 4] = ["errors", "throttles", "duration", "concurrency"];
const FUNCTION: &str = "NAME";

/// The headings that have an alarm's name: `### `name``.
fn headings(page: &str) -> Vec<String> {
    let names = page.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'));
    names.map(str::to_owned).collect()
}

/// The headings that the alarms of a stack are to have.
fn wanted(stack: &str) -> BTreeSet<String> {
    let graph = graph_of(stack);
    let of_the_api = graph.nodes.keys().filter(|urn| urn.component() == "api");
    let functions: BTreeSet<&str> =
        of_the_api.filter(|urn| urn.type_name() == "aws:lambda:Function").map(|urn| urn.name()).collect();
    let heading = |name: &str| match name.rsplit_once('-') {
        // What the authorizer could not decide is counted by another way than the errors of a function.
        Some(("authorizer", "errors")) => name.to_owned(),
        Some((function, kind)) if functions.contains(function) && OF_FUNCTIONS.contains(&kind) => {
            format!("{FUNCTION}-{kind}")
        }
        _ => name.to_owned(),
    };
    let alarms = ["aws:cloudwatch:Alarm", "aws:cloudwatch:CompositeAlarm"];
    let urns = graph.nodes.keys().filter(|urn| alarms.contains(&urn.type_name()));
    urns.map(|urn| heading(urn.name())).collect()
}

#[test]
fn each_alarm_has_its_heading() {
    let found = headings(&text(&docs().join("runbooks/alarms.md")));
    let found_once: BTreeSet<String> = found.iter().cloned().collect();
    assert_eq!(found.len(), found_once.len(), "each heading once: {found:?}");
    let wanted: BTreeSet<String> = STACKS.into_iter().flat_map(wanted).collect();
    let missing: Vec<&String> = wanted.difference(&found_once).collect();
    assert!(missing.is_empty(), "runbooks/alarms.md has no heading of {missing:?}");
    let left: Vec<&String> = found_once.difference(&wanted).collect();
    assert!(left.is_empty(), "no stack has an alarm for the headings {left:?} of runbooks/alarms.md");
}

/// Whoever reads it at night finds the same four answers everywhere.
#[test]
fn each_alarm_says_what_to_do_and_when_it_ends() {
    let page = text(&docs().join("runbooks/alarms.md"));
    for section in page.split("\n### `").skip(1) {
        let name = section.split('`').next().unwrap_or_default();
        let section = section.split("\n## ").next().unwrap_or_default().to_lowercase();
        for word in ["**means**", "**look**", "**do**", "**ends**"] {
            assert!(section.contains(word), "{name} has no {word}");
        }
    }
}
