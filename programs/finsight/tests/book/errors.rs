//! `errors/`: every code has its page, its line in `codes.txt`, in the table and in the table of contents.

use std::collections::BTreeSet;
use std::fs;

use super::{docs, text};

#[test]
fn pages_list_table_and_contents_have_the_same_codes() {
    let folder = docs().join("errors");
    let pages: BTreeSet<String> = fs::read_dir(&folder)
        .expect("the folder of pages")
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().strip_suffix(".md").map(str::to_owned))
        .filter(|name| name != "README")
        .collect();
    let list = text(&folder.join("codes.txt"));
    let lines: Vec<&str> = list.lines().collect();
    assert!(lines.is_sorted(), "codes.txt is in the order of the alphabet");
    let listed: BTreeSet<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    assert_eq!(listed.len(), lines.len(), "each code once");
    assert_eq!(listed, pages, "codes.txt and the pages");
    let table = text(&folder.join("README.md"));
    let contents = text(&docs().join("SUMMARY.md"));
    for code in &pages {
        assert!(table.contains(&format!("| [{code}]({code}.md) |")), "errors/README.md does not list {code}");
        assert!(contents.contains(&format!("[{code}](errors/{code}.md)")), "SUMMARY.md does not list {code}");
        let page = text(&folder.join(format!("{code}.md")));
        assert!(page.starts_with(&format!("# {code}\n")), "{code}.md has another heading");
        // What the table says is the page's first sentence.
        let first = page.lines().nth(2).unwrap_or_default();
        let bold = first.split("**").nth(1).unwrap_or_default();
        assert!(table.contains(bold), "errors/README.md says something else of {code} than its page: {bold}");
    }
}
