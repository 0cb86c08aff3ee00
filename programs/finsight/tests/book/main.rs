//! The book is true: what can be made from the program's own data is made from it, and what stands in `docs/`
//! is compared. `UPDATE_REFERENCE=1 cargo test -p finsight --test book` writes it anew.

mod alarms;
mod commands;
mod components;
mod config;
mod cost;
mod dependencies;
mod errors;
mod holds;
mod links;
mod policy;
mod types;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use finsight::artifacts::Artifacts;
use finsight::config::{Config, built_in, parse};
use finsight_engine::graph::Graph;

/// The shipped stacks.
const STACKS: [&str; 3] = ["dev", "staging", "prod"];

/// The repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn docs() -> PathBuf {
    root().join("docs")
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A whole page that is made here.
fn keep(page: &Path, wanted: &str) {
    let stands = fs::read_to_string(page).unwrap_or_default();
    if stands == wanted {
        return;
    }
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        fs::create_dir_all(page.parent().expect("a page has a folder")).expect("the folder can be made");
        fs::write(page, wanted).expect("the page can be written");
        return;
    }
    let at = stands.lines().zip(wanted.lines()).take_while(|(a, b)| a == b).count();
    panic!(
        "{} is not what the program says, from line {} on:\n  stands: {}\n  wanted: {}\nrun `UPDATE_REFERENCE=1 cargo test -p finsight --test book`",
        page.display(),
        at + 1,
        stands.lines().nth(at).unwrap_or("(its end)"),
        wanted.lines().nth(at).unwrap_or("(its end)"),
    );
}

/// A part of a page that is made here, between two comments with its name.
fn keep_part(page: &Path, name: &str, wanted: &str) {
    // Tests run side by side, and several keep parts of one page.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _held = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let stands = text(page);
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let from = stands.find(&begin).unwrap_or_else(|| panic!("{}: no `{begin}`", page.display()));
    let from = from + begin.len();
    let to = stands.find(&end).unwrap_or_else(|| panic!("{}: no `{end}`", page.display()));
    keep(page, &format!("{}\n{}\n\n{}", &stands[..from], wanted.trim(), &stands[to..]));
}

/// A text that can stand in a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn config_of(stack: &str) -> Config {
    parse(&format!("{stack}.json"), built_in(stack).expect("it is shipped"))
        .unwrap_or_else(|error| panic!("{error}"))
}

fn graph_of(stack: &str) -> Graph {
    finsight::finsight(stack, &config_of(stack), &Artifacts::default())
        .unwrap_or_else(|errors| panic!("{stack}: {errors:?}"))
}

#[test]
fn a_part_is_exchanged_and_the_rest_stays() {
    let folder = std::env::temp_dir().join(format!("finsight-book-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for the test");
    let page = folder.join("page.md");
    fs::write(&page, "before\n<!-- begin x -->\n\nas it is\n\n<!-- end x -->\nafter\n").expect("a page");
    keep_part(&page, "x", "as it is\n");
    let wrong = std::panic::catch_unwind(|| keep_part(&page, "x", "another"));
    assert_eq!(wrong.is_err(), std::env::var_os("UPDATE_REFERENCE").is_none());
    fs::remove_dir_all(&folder).expect("the folder goes");
}
