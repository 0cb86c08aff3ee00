//! The commands that guide and runbooks name are those of `reference/commands.md`.

use std::collections::BTreeMap;
use std::fs;

use super::{docs, text};

/// The commands of this tool in a page: lines of consoles, and code spans.
fn commands(page: &str) -> Vec<String> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in page.lines() {
        let line = line.trim_start();
        if line.starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let spans: Vec<&str> = match fenced {
            true => line.strip_prefix("$ ").into_iter().collect(),
            false => line.split('`').skip(1).step_by(2).collect(),
        };
        // What follows a sign of the shell is not this tool's.
        let ours = spans.into_iter().filter_map(|span| span.strip_prefix("finsight-deploy "));
        found.extend(ours.map(|rest| rest.split(['>', '|', '&', ';']).next().unwrap_or(rest).to_owned()));
    }
    found
}

/// The sections of the reference, by the first word of their headings; those of two commands by both.
fn sections(page: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for section in page.split("\n## ").skip(1) {
        let heading = section.lines().next().unwrap_or_default();
        for command in heading.split('`').skip(1).step_by(2) {
            let name = command.split(' ').next().unwrap_or_default();
            found.insert(name.to_owned(), section.to_owned());
        }
    }
    found
}

/// What of a command the reference does not know.
fn unknown(command: &str, reference: &str, sections: &BTreeMap<String, String>) -> Vec<String> {
    let mut words = command.split_whitespace().peekable();
    // The stack may be named before the command.
    while words.next_if(|word| word.starts_with('-')).is_some() {
        words.next();
    }
    let mut wrong = Vec::new();
    let Some(name) = words.next() else { return wrong };
    let Some(section) = sections.get(name) else { return vec![name.to_owned()] };
    if name == "ops" {
        let named: Vec<&str> = std::iter::from_fn(|| words.next_if(|word| !word.starts_with('-'))).collect();
        // `database restore`: what follows is a name.
        let both = named.get(..2).map(|two| two.join(" "));
        if !both.as_ref().is_some_and(|both| section.contains(both)) {
            wrong.push(both.unwrap_or_else(|| named.join(" ")));
        }
    }
    let known = |option: &str| {
        let ends = [' ', '`', ',', '\n', '='];
        reference
            .match_indices(option)
            .any(|(at, _)| reference[at + option.len()..].starts_with(ends.as_slice()))
    };
    wrong.extend(
        words
            .filter(|word| word.starts_with('-'))
            .map(|word| word.split('=').next().unwrap_or(word))
            .filter(|word| !known(word))
            .map(str::to_owned),
    );
    wrong
}

#[test]
fn what_guide_and_runbooks_name_is_in_the_reference() {
    let reference = text(&docs().join("reference/commands.md"));
    let sections = sections(&reference);
    let (mut checked, mut wrong) = (0, Vec::new());
    for folder in ["guide", "runbooks"] {
        let pages = fs::read_dir(docs().join(folder)).expect("the folder of pages");
        for page in pages.flatten() {
            for command in commands(&text(&page.path())) {
                checked += 1;
                let all = unknown(&command, &reference, &sections);
                if !all.is_empty() {
                    wrong.push(format!("{}: finsight-deploy {command}: {all:?}", page.path().display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "not in reference/commands.md:\n{}", wrong.join("\n"));
    assert!(checked > 100, "only {checked} commands found");
}

#[test]
fn what_the_reference_does_not_know_is_seen() {
    let reference = text(&docs().join("reference/commands.md"));
    let sections = sections(&reference);
    let wrong = |command: &str| unknown(command, &reference, &sections);
    assert_eq!(wrong("ops database failover --stack prod --yes"), Vec::<String>::new());
    assert_eq!(wrong("-s prod state verify"), Vec::<String>::new());
    assert_eq!(wrong("ops database explode --stack prod"), ["database explode"]);
    assert_eq!(wrong("up --stak prod"), ["--stak"]);
    assert_eq!(wrong("upp"), ["upp"]);
    let page = "`finsight-deploy a` and\n```console\n$ finsight-deploy b > c\nfinsight-deploy d\n```\n";
    assert_eq!(commands(page), ["a", "b "]);
}
