//! Every stable error code has a page, and every page a code.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Texts like `"EXEC-TIMEOUT"` in the sources below a folder.
fn codes_in(folder: &Path, found: &mut BTreeSet<String>) {
    const FAMILIES: &[&str] = &[
        "ARTIFACT",
        "AWS",
        "CLI",
        "CONFIG",
        "COST",
        "DOCTOR",
        "EXEC",
        "IMPORT",
        "LOCAL",
        "OPS",
        "PLAN",
        "POLICY",
        "PREFLIGHT",
        "PROGRAM",
        "STATE",
    ];
    for entry in fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            codes_in(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            for quoted in text.split('"').skip(1).step_by(1) {
                let family = quoted.split('-').next().unwrap_or_default();
                let shape =
                    quoted.contains('-') && quoted.chars().all(|c| c.is_ascii_uppercase() || c == '-');
                if shape && FAMILIES.contains(&family) {
                    found.insert(quoted.to_owned());
                }
            }
        }
    }
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let mut codes = BTreeSet::new();
    for folder in [
        "engine/src",
        "state/src",
        "resources/aws/src",
        "programs/finsight-deploy/src",
        "programs/artifact/src",
    ] {
        codes_in(&root().join(folder), &mut codes);
    }
    let pages: BTreeSet<String> = fs::read_dir(root().join("docs/errors"))
        .expect("the error pages")
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".md").map(str::to_owned))
        .filter(|name| name != "README")
        .collect();
    let without: Vec<_> = codes.difference(&pages).collect();
    let stale: Vec<_> = pages.difference(&codes).collect();
    assert!(without.is_empty() && stale.is_empty(), "without a page: {without:?}; without a code: {stale:?}");
    println!("{} error codes, each with a page", codes.len());
}
