//! Every relative link of the documentation leads somewhere, and every page is in the table of contents.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::{docs, root, text};

/// All Markdown of the repository but what a build left.
fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())).flatten()
    {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && !["target", ".git", ".finsight", "dist"].contains(&name.as_str()) {
            pages(&path, found);
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

/// The text without what stands in fences and code spans.
fn prose(page: &str) -> String {
    let mut fenced = false;
    let mut out = String::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            out.extend(line.split('`').step_by(2));
            out.push('\n');
        }
    }
    out
}

/// Targets of `[…](…)`; a code span may stand in the brackets.
fn targets(page: &str) -> Vec<String> {
    let prose = prose(page);
    let ends = prose.split("](").skip(1);
    ends.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.trim().to_owned()).collect()
}

/// The anchors of a page's headings, as GitHub and mdBook make them.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for line in page.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let Some(title) =
            line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#') && !fenced)
        else {
            continue;
        };
        // Of a link in a heading its text counts.
        let title = title.split("](").next().unwrap_or(title);
        let slug: String = title
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        let again = seen.entry(slug.clone()).or_default();
        found.insert(if *again == 0 { slug } else { format!("{slug}-{again}") });
        *again += 1;
    }
    found
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut all = Vec::new();
    pages(&root(), &mut all);
    assert!(all.len() > 100, "only {} pages found", all.len());
    let mut wrong = Vec::new();
    let mut checked = 0;
    for page in &all {
        let source = text(page);
        for target in targets(&source) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            checked += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let place = if file.is_empty() { page.clone() } else { page.parent().unwrap_or(page).join(file) };
            if !place.exists() {
                wrong.push(format!("{}: {target}: there is no such file", page.display()));
            } else if !anchor.is_empty() && !anchors(&text(&place)).contains(anchor) {
                wrong.push(format!("{}: {target}: there is no such heading", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked > 300, "only {checked} links found");
}

#[test]
fn every_page_of_the_book_is_in_its_contents() {
    let mut all = Vec::new();
    pages(&docs(), &mut all);
    let summary = text(&docs().join("SUMMARY.md"));
    let listed: BTreeSet<PathBuf> =
        targets(&summary).iter().filter_map(|target| docs().join(target).canonicalize().ok()).collect();
    let missing: Vec<String> = all
        .iter()
        .filter(|page| !page.ends_with("SUMMARY.md"))
        .filter(|page| page.canonicalize().is_ok_and(|page| !listed.contains(&page)))
        .map(|page| page.display().to_string())
        .collect();
    assert!(missing.is_empty(), "not in SUMMARY.md: {}", missing.join(", "));
}

#[test]
fn links_and_headings_are_found() {
    let page =
        "# A `b:C` — d\n\n[x `y`](z.md#q) and `[no](link.md)`\n```\n# no\n[no](at-all.md)\n```\n## A\n## A\n";
    assert_eq!(targets(page), ["z.md#q"]);
    let wanted = ["a-bc--d", "a", "a-1"].map(str::to_owned);
    assert_eq!(anchors(page), BTreeSet::from(wanted));
}
