//! `docs/requirements.md` names a test for each requirement, and nothing that is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::stand::text;
use crate::support::Site;
use crate::support::wrong::declared;

/// All requirements: the ID, and why it has no test yet, if it has none.
const IDS: &str = include_str!("ids.txt");

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Each ID with its reason, which is empty where there are tests.
fn ids() -> BTreeMap<String, String> {
    let split = |line: &str| {
        let (id, reason) = line.split_once(' ').unwrap_or((line, ""));
        (id.to_owned(), reason.to_owned())
    };
    IDS.lines().map(str::trim).filter(|line| !line.is_empty()).map(split).collect()
}

/// The rows of the table: the ID, and the text behind it.
fn rows() -> BTreeMap<String, String> {
    let page = std::fs::read_to_string(repository().join("docs/requirements.md")).expect("the page");
    let mut rows = BTreeMap::new();
    for line in page.lines() {
        let Some((id, rest)) = line.strip_prefix("| ").and_then(|row| row.split_once(" | ")) else {
            continue;
        };
        let (first, number) = id.split_at(1.min(id.len()));
        if "NDAFMSO".contains(first) && !first.is_empty() && number.parse::<u32>().is_ok() {
            assert!(rows.insert(id.to_owned(), rest.to_owned()).is_none(), "{id} has two rows");
        }
    }
    rows
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The names of all tests of requirements, which begin with their ID.
fn tests() -> BTreeSet<String> {
    let folder = repository().join("tests/end_to_end/requirements");
    let mut found = BTreeSet::new();
    for file in std::fs::read_dir(folder).expect("the folder").flatten() {
        if file.file_name() == "table.rs" || file.path().extension().is_none_or(|kind| kind != "rs") {
            continue;
        }
        let source = std::fs::read_to_string(file.path()).expect("a source");
        for part in source.split("#[test]\nfn ").skip(1) {
            found.insert(text(part.split('(').next()).to_owned());
        }
    }
    found
}

#[test]
fn table_is_complete() {
    let (ids, rows, tests) = (ids(), rows(), tests());
    assert_eq!(ids.len(), 6 + 8 + 13 + 5 + 7 + 6 + 8);
    assert_eq!(rows.keys().collect::<Vec<_>>(), ids.keys().collect::<Vec<_>>());
    let mut named = BTreeSet::new();
    for (id, reason) in &ids {
        let row = &rows[id];
        let prefix = format!("{}_", id.to_lowercase());
        let own: Vec<&str> = quoted(row).filter(|name| name.starts_with(&prefix)).collect();
        if reason.is_empty() {
            assert!(!own.is_empty(), "{id} names no test");
        } else {
            assert!(own.is_empty(), "{id} has a test, and a reason to have none");
            assert!(row.contains("not built yet") && row.contains(reason), "{id} does not say: {reason}");
        }
        for name in own {
            assert!(tests.contains(name), "{id} names {name}, which is no test");
            named.insert(name.to_owned());
        }
    }
    let unnamed: Vec<_> = tests.difference(&named).collect();
    assert!(unnamed.is_empty(), "tests that no row names: {unnamed:?}");
}

/// Where the tests of a suite are, as the last column names it: those of FinSight's program, of one of its functions, of
/// the handlers and the embedded AWS, or a part of the tests end to end.
fn suite(name: &str) -> Option<PathBuf> {
    let places = [
        format!("programs/finsight/tests/{name}"),
        format!("programs/functions/{name}/tests"),
        format!("tests/{name}"),
        format!("tests/end_to_end/{name}"),
    ];
    let both = |place: &String| [repository().join(place), repository().join(format!("{place}.rs"))];
    let own = (name == "embedded").then(|| repository().join("resources/local/tests/local"));
    own.into_iter().chain(places.iter().flat_map(both)).find(|path| path.exists())
}

/// The sources of a suite, one after the other.
fn sources(path: &Path) -> String {
    if path.is_file() {
        return std::fs::read_to_string(path).expect("a source");
    }
    let mut below: Vec<PathBuf> =
        std::fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    below.retain(|path| path.is_dir() || path.extension().is_some_and(|kind| kind == "rs"));
    below.sort();
    below.iter().map(|path| sources(path)).collect()
}

/// Each requirement is shown to work, and not only to stand, by tests that are there.
#[test]
fn each_requirement_works() {
    let mut read = BTreeMap::new();
    for (id, row) in rows() {
        let last = row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        let named: Vec<&str> = quoted(last).collect();
        assert!(
            !named.is_empty() && named.iter().all(|name| name.contains("::")),
            "{id} names no test: {last}"
        );
        for name in named {
            let (of, test) = name.split_once("::").expect("a suite");
            let path = suite(of).unwrap_or_else(|| panic!("{id} names {name}, and there is no suite {of}"));
            let text = read.entry(path.clone()).or_insert_with(|| sources(&path));
            let marked = [format!("#[test]\nfn {test}("), format!("#[tokio::test]\nasync fn {test}(")];
            assert!(marked.iter().any(|form| text.contains(form)), "{id} names {name}, which is no test");
        }
    }
}

/// Whether a text is as a pattern says, in which `*` stands for any text.
fn fits(pattern: &str, of: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == of,
        Some((head, rest)) => of.strip_prefix(head).is_some_and(|of| {
            (0..=of.len()).filter(|at| of.is_char_boundary(*at)).any(|at| fits(rest, &of[at..]))
        }),
    }
}

#[test]
fn table_names_every_resource() {
    let rows = rows();
    let patterns: BTreeSet<&str> =
        rows.values().flat_map(|row| quoted(row)).filter(|name| name.contains("/aws:")).collect();
    let mut urns = BTreeSet::new();
    for stack in ["dev", "prod"] {
        for urn in declared(&Site::bare(stack)) {
            urns.insert(urn.split_once('/').expect("a stack").1.to_owned());
        }
    }
    for pattern in &patterns {
        assert!(urns.iter().any(|urn| fits(pattern, urn)), "{pattern} is no resource of the program");
    }
    let missing: Vec<&String> =
        urns.iter().filter(|urn| !patterns.iter().any(|pattern| fits(pattern, urn))).collect();
    assert!(missing.is_empty(), "resources that no row names: {missing:?}");
}
