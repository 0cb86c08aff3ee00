//! A mishap at every command of an up, a change, a replacement and a destroy, and again during recovery.

#![allow(clippy::print_stdout, reason = "a test tells what it has covered")]

use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_engine::secret::Secret;
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};
use finsight_sim::Knobs;
use finsight_sim::kinds::{self, Program, reference};
use finsight_sim::nth::{Sweep, nth_step};

/// What the programs of this file differ in.
#[derive(Clone, Copy)]
struct Variant {
    range: &'static str,
    note: &'static str,
    path: &'static str,
    first: bool,
}

const ONE: Variant = Variant { range: "10.0.0.0/16", note: "one", path: "/", first: false };

fn whole(variant: Variant) -> Graph {
    let mut program = Program::new("dev");
    let main = program.add(
        "sim:net:Parent",
        "main",
        &[("range", variant.range.into()), ("note", variant.note.into())],
    );
    let a = program.add(
        "sim:net:Member",
        "a",
        &[
            ("parent_id", reference(&main, "id")),
            ("range", "10.0.1.0/24".into()),
            ("note", variant.note.into()),
        ],
    );
    program.add(
        "sim:net:Link",
        "link",
        &[("parent_id", reference(&main, "id")), ("slot", "one".into()), ("target", reference(&a, "id"))],
    );
    let options = Options { delete_before_replace: variant.first, ..Options::default() };
    let role = program.add_with("sim:id:Role", "runner", &[("path", variant.path.into())], options);
    let environment = Map::from([("KEY".to_owned(), Value::Secret(Secret::new("s3cr3t-key")))]);
    program.add(
        "sim:app:Function",
        "api",
        &[
            ("role", reference(&role, "arn")),
            ("code", variant.note.into()),
            ("environment", Value::Map(environment)),
        ],
    );
    program.add(
        "sim:db:Store",
        "db",
        &[
            ("store_name", "main".into()),
            ("member_id", reference(&a, "id")),
            ("password", Value::Secret(Secret::new(format!("s3cr3t-{}", variant.note)))),
        ],
    );
    program.export("arn", reference(&role, "arn"));
    program.graph()
}

fn small(range: &str, note: &str) -> Graph {
    let mut program = Program::new("dev");
    let main = program.add("sim:net:Parent", "main", &[("range", range.into())]);
    program.add(
        "sim:net:Member",
        "a",
        &[("parent_id", reference(&main, "id")), ("range", "10.0.1.0/24".into()), ("note", note.into())],
    );
    program.graph()
}

fn sweep(name: &str, before: Option<&Graph>, after: Option<&Graph>, sweep: &Sweep) {
    let report = nth_step(&kinds::registry(), before, after, sweep);
    println!("{name}: {report}");
    assert!(report.broken.is_empty(), "{name}: {report}");
}

#[test]
fn create() {
    sweep("create", None, Some(&whole(ONE)), &Sweep::default());
}

#[test]
fn change() {
    let after = whole(Variant { note: "two", ..ONE });
    sweep("change", Some(&whole(ONE)), Some(&after), &Sweep::default());
}

#[test]
fn replace() {
    let after = whole(Variant { range: "10.1.0.0/16", path: "/x/", ..ONE });
    sweep("replace", Some(&whole(ONE)), Some(&after), &Sweep::default());
}

#[test]
fn replace_with_the_old_one_first() {
    let before = whole(Variant { first: true, ..ONE });
    let after = whole(Variant { first: true, path: "/x/", ..ONE });
    sweep("replace, old one first", Some(&before), Some(&after), &Sweep::default());
}

#[test]
fn destroy() {
    sweep("destroy", Some(&whole(ONE)), None, &Sweep::default());
}

#[test]
fn every_pair_of_a_small_program() {
    let (one, two, three) =
        (small("10.0.0.0/16", "one"), small("10.0.0.0/16", "two"), small("10.1.0.0/16", "two"));
    for knobs in [Knobs::calm(), Knobs::natural()] {
        let every = Sweep { knobs, ..Sweep::exhaustive() };
        sweep("create, pairs", None, Some(&one), &every);
        sweep("change, pairs", Some(&one), Some(&two), &every);
        sweep("replace, pairs", Some(&two), Some(&three), &every);
        sweep("destroy, pairs", Some(&one), None, &every);
    }
}

/// What takes the place of the one before in its create call, and what comes beside it then.
#[test]
fn a_swap() {
    let names = |kinds: &[&str]| {
        let mut program = Program::new("dev");
        let main = program.add("sim:net:Parent", "main", &[("range", "10.0.0.0/16".into())]);
        for (number, kind) in kinds.iter().enumerate() {
            program.add(
                "sim:net:Name",
                &format!("www-{number}"),
                &[
                    ("parent_id", reference(&main, "id")),
                    ("label", "www".into()),
                    ("kind", (*kind).into()),
                    ("target", "there".into()),
                ],
            );
        }
        program.graph()
    };
    for knobs in [Knobs::calm(), Knobs::natural()] {
        let every = Sweep { knobs, ..Sweep::exhaustive() };
        sweep("swap", Some(&names(&["A"])), Some(&names(&["CNAME"])), &every);
        sweep("swap, one more", Some(&names(&["CNAME"])), Some(&names(&["A", "AAAA"])), &every);
        sweep("swap, one less", Some(&names(&["A", "AAAA"])), Some(&names(&["CNAME"])), &every);
    }
}

#[test]
fn a_moved_resource() {
    let before = small("10.0.0.0/16", "one");
    let mut program = Program::new("dev");
    let from: Urn = "dev/sim/sim:net:Parent/main".parse().unwrap();
    let options = Options { moved_from: vec![from], ..Options::default() };
    let main = program.add_with("sim:net:Parent", "renamed", &[("range", "10.0.0.0/16".into())], options);
    program.add(
        "sim:net:Member",
        "a",
        &[("parent_id", reference(&main, "id")), ("range", "10.0.1.0/24".into()), ("note", "two".into())],
    );
    sweep("move", Some(&before), Some(&program.graph()), &Sweep::exhaustive());
}

#[test]
fn a_retained_resource() {
    let mut program = Program::new("dev");
    let options = Options { retain_on_delete: true, ..Options::default() };
    program.add_with("sim:id:Role", "kept", &[], options);
    program.add("sim:id:Role", "lost", &[]);
    let before = program.graph();
    let mut program = Program::new("dev");
    program.add("sim:net:Parent", "new", &[("range", "10.0.0.0/16".into())]);
    sweep("forget", Some(&before), Some(&program.graph()), &Sweep::exhaustive());
}

#[test]
fn only_the_record_changes() {
    let graph = |protect| {
        let mut program = Program::new("dev");
        let options = Options { protect, ..Options::default() };
        program.add_with("sim:net:Parent", "main", &[("range", "10.0.0.0/16".into())], options);
        program.export("protected", Value::Bool(protect));
        program.graph()
    };
    sweep("record only", Some(&graph(false)), Some(&graph(true)), &Sweep::exhaustive());
}
