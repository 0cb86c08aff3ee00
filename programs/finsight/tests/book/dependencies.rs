//! `dependencies.md` names every direct dependency of the workspace, and no other crate as one.

use std::collections::{BTreeMap, BTreeSet};

use super::{docs, root, text};

/// Names and versions under `[…dependencies]` of a manifest.
fn dependencies(manifest: &str) -> BTreeMap<String, String> {
    let mut within = false;
    let mut found = BTreeMap::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            within = line.ends_with("dependencies]");
        } else if within && let Some((name, rest)) = line.split_once(" = ") {
            let version = rest.split("version = ").last().unwrap_or(rest);
            let version = version.split('"').nth(1).unwrap_or_default();
            found.insert(name.trim().to_owned(), version.to_owned());
        }
    }
    found
}

/// The crates that the page's tables name: first cells, `-x` standing for the row's family.
fn named(page: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let first = line.trim_start_matches('|').split('|').next().unwrap_or_default();
        let mut family = String::new();
        // Features are named behind a word, such as `with`.
        let names = first.split(", only ").next().unwrap_or(first);
        let names = names.split(" with `").next().unwrap_or(names).replace(", feature `", " `=");
        for name in names.split('`').skip(1).step_by(2).filter(|name| !name.starts_with('=')) {
            if let Some(rest) = name.strip_prefix('-') {
                found.insert(format!("{family}{rest}"));
            } else {
                if let Some(at) = ["aws-sdk-", "winterbaume-"].iter().find(|start| name.starts_with(**start))
                {
                    (*at).clone_into(&mut family);
                }
                found.insert(name.to_owned());
            }
        }
    }
    found
}

#[test]
fn every_direct_dependency_has_its_line() {
    let workspace = dependencies(&text(&root().join("Cargo.toml")));
    let named = named(&text(&docs().join("dependencies.md")));
    let members = text(&root().join("Cargo.toml"));
    let members =
        members.split("members = [").nth(1).and_then(|rest| rest.split(']').next()).unwrap_or_default();
    let mut used = BTreeSet::new();
    for member in members.split('"').skip(1).step_by(2) {
        used.extend(dependencies(&text(&root().join(member).join("Cargo.toml"))).into_keys());
    }
    let ours = |name: &String| name.starts_with("finsight");
    let used: BTreeSet<String> = used.into_iter().filter(|name| !ours(name)).collect();
    let declared: BTreeSet<String> = workspace.keys().filter(|name| !ours(name)).cloned().collect();
    assert_eq!(declared, used, "what the workspace declares and what its crates use");
    assert_eq!(named, used, "what docs/dependencies.md names and what the crates use");
}

#[test]
fn pinned_versions_are_the_manifests() {
    let page = text(&docs().join("dependencies.md"));
    for (name, version) in dependencies(&text(&root().join("Cargo.toml"))) {
        if let Some(version) = version.strip_prefix('=') {
            let short = name.replace("winterbaume-", "-");
            let stands =
                [&name, &short].iter().any(|name| page.contains(&format!("`{name}` **={version}**")));
            assert!(stands, "docs/dependencies.md does not say `{name}` **={version}**");
        }
    }
}
