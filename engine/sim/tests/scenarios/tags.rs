//! Tags of other hands that the program says to leave alone.

use finsight_engine::accept::accept;
use finsight_engine::graph::{Graph, GraphError};
use finsight_engine::plan::{Confirmed, Observed, Purpose};
use finsight_engine::program::Options;
use finsight_engine::refresh::{DriftKind, drift};
use finsight_engine::tags::IgnoredTags;
use finsight_engine::value::{Map, Value};
use finsight_sim::cloud::{AUDITED, AUDITS, REGION};
use finsight_sim::kinds;

use crate::check::{Life, after, check, nothing, observe};
use crate::programs::*;
use crate::wish::up;

/// Options by which what begins so is left alone.
fn ignoring(prefixes: &[&str]) -> Options {
    let prefixes = prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
    Options { ignore_tags: IgnoredTags { prefixes, ..IgnoredTags::default() }, ..plain() }
}

/// `Parent/main` with a tag of the program's own.
fn tagged(team: &str, options: Options) -> Graph {
    program(|p| {
        let tags = Value::Map(Map::from([("team".to_owned(), team.into())]));
        p.add_with(PARENT, "main", &[("range", OLD.into()), ("tags", tags)], options);
    })
}

fn audited(life: Life) -> Life {
    let number = life.number(&urn(PARENT, "main"));
    life.with(|world| {
        world.cloud.someone_audits(world.now, number).expect("it takes tags");
        world.advance(60_000);
    })
}

fn tag(life: &Life, key: &str) -> Option<String> {
    let number = life.number(&urn(PARENT, "main"));
    let object = life.world.cloud.standing().find(|object| object.number == number);
    object.expect("it stands").tag(key).map(str::to_owned)
}

const QUIET: &str = "
    end ok
    row Parent/main#1
";

#[test]
fn what_is_left_alone_is_no_drift_and_stays_beside_what_changes() {
    let ours = tagged("ours", ignoring(&[AUDITS]));
    let mut life = audited(after(&[&ours]));
    assert_eq!(life.drift(), Vec::<String>::new());
    let life = check(life, &ours, &[], QUIET);
    // The program's own tag changes: the call that sets it leaves the other one.
    let changed = "
        plan update Parent/main: the program changed it
        converge Parent/main#1 tags
        end ok
        row Parent/main#1
    ";
    let life = check(life, &tagged("theirs", ignoring(&[AUDITS])), &[], changed);
    assert_eq!(tag(&life, "team").as_deref(), Some("theirs"));
    assert_eq!(tag(&life, AUDITED).as_deref(), Some("yes"));
}

/// A stray tag goes, and what is left alone stays, in an `up` and in a fix.
#[test]
fn a_stray_tag_beside_it_is_taken_off_alone() {
    let ours = tagged("ours", ignoring(&[AUDITS]));
    for purpose in [Purpose::Up, Purpose::Fix] {
        let life = audited(after(&[&ours]));
        let number = life.number(&urn(PARENT, "main"));
        let mut life = life.with(|world| {
            world.cloud.someone_tags(world.now, number).expect("it takes tags");
            world.advance(60_000);
        });
        assert_eq!(life.drift(), [r#"Parent/main tags.meddled null → "yes""#]);
        let mut wish = up(&ours);
        wish.ask.purpose = purpose;
        let put_back = "
            plan update Parent/main: it was changed outside of finsight-deploy
            converge Parent/main#1 tags
            end ok
            row Parent/main#1
        ";
        let life = check(life, wish, &[], put_back);
        assert_eq!(tag(&life, "meddled"), None);
        assert_eq!(tag(&life, AUDITED).as_deref(), Some("yes"));
    }
}

/// What the program says by now counts at once, in a report, a fix and where what stands is accepted: the record says it as of
/// the last `up`.
#[test]
fn what_is_left_alone_by_now_is_so_before_the_next_up() {
    let paths = |life: &mut Life, ignored: &IgnoredTags| {
        let observed = Observed { ignored: Some(ignored.clone()), ..observe(&mut life.world) };
        let state = life.world.store.load().expect("a readable state");
        let found = drift(&life.world.registry, &state, &observed);
        let changes = found.into_iter().flat_map(|drift| match drift.kind {
            DriftKind::Changed(changes) => changes,
            other => panic!("{other:?}"),
        });
        let paths: Vec<String> = changes.map(|change| change.path).collect();
        let accepted =
            accept(&life.world.registry, &state, &observed, &Confirmed::default()).expect("accepted");
        let audited = accepted.iter().any(|entry| format!("{entry:?}").contains(AUDITED));
        (paths, audited)
    };
    let ignored = ignoring(&[AUDITS]).ignore_tags;
    let ours = tagged("ours", plain());
    let mut life = audited(after(&[&ours]));
    let number = life.number(&urn(PARENT, "main"));
    life.world.cloud.someone_tags(life.world.now, number).expect("it takes tags");
    life.world.advance(60_000);
    assert_eq!(paths(&mut life, &ignored), (vec!["tags.meddled".to_owned()], false));
    let mut wish = up(&tagged("ours", ignoring(&[AUDITS])));
    wish.ask.purpose = Purpose::Fix;
    wish.ask.ignored = Some(ignored);
    let put_back = "
        plan update Parent/main: it was changed outside of finsight-deploy
        converge Parent/main#1 tags
        end ok
        row Parent/main#1
    ";
    let life = check(life, wish, &[], put_back);
    assert_eq!(tag(&life, "meddled"), None);
    assert_eq!(tag(&life, AUDITED).as_deref(), Some("yes"));

    // And what it says no more.
    let mut life = audited(after(&[&tagged("ours", ignoring(&[AUDITS]))]));
    assert_eq!(paths(&mut life, &IgnoredTags::default()), (vec![format!("tags.{AUDITED}")], true));
}

/// Neither `drift --accept` nor an import takes it on record.
#[test]
fn it_comes_on_no_record() {
    let ours = tagged("ours", ignoring(&[AUDITS]));
    let on_record = |life: &Life, key: &str| {
        let row = &life.world.store.state().rows[&urn(PARENT, "main")];
        row.inputs["tags"].as_map().is_some_and(|tags| tags.contains_key(key))
    };
    let mut life = audited(after(&[&ours]));
    let number = life.number(&urn(PARENT, "main"));
    life.world.cloud.someone_tags(life.world.now, number).expect("it takes tags");
    life.world.advance(60_000);
    let observed = observe(&mut life.world);
    let state = life.world.store.load().expect("a readable state");
    let entries = accept(&life.world.registry, &state, &observed, &Confirmed::default())
        .expect("nothing that forbids it");
    let writer = life.world.store.open();
    life.world.store.append(writer, &entries).expect("a legal record");
    assert!(on_record(&life, "meddled"));
    assert!(!on_record(&life, AUDITED));

    let mut life = nothing();
    let spec = kinds::registry().get(PARENT).expect("the type").clone();
    let theirs = ["team", AUDITED].map(|key| (key.to_owned(), Value::text("ours")));
    let properties = Map::from([
        ("range".to_owned(), OLD.into()),
        ("tags".to_owned(), Value::Map(theirs.into_iter().collect())),
    ]);
    let number = life.world.cloud.someone_makes(life.world.now, &spec, REGION, properties).expect("free");
    let id = life.world.cloud.objects().find(|object| object.number == number).expect("it").id.clone();
    life.world.imported.insert(id.clone());
    life.world.advance(60_000);
    let importing = tagged("ours", Options { import_id: Some(id), ..ignoring(&[AUDITS]) });
    let (end, seen) = life.run(&up(&importing), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    assert!(on_record(&life, "team") && !on_record(&life, AUDITED));
    // The next run brings our mark on it, and leaves what was there.
    let (end, seen) = life.run(&up(&importing), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    assert_eq!(tag(&life, AUDITED).as_deref(), Some("ours"));
    life.world.expect_converged(&importing);
}

/// From the `up` on that brings it on record, and until one that takes it from there: that one shows what goes.
#[test]
fn it_counts_from_one_up_to_another() {
    let life = audited(after(&[&tagged("ours", plain())]));
    let recorded = "
        plan record Parent/main: nothing differs
        end ok
        row Parent/main#1
    ";
    let mut life = check(life, &tagged("ours", ignoring(&[AUDITS])), &[], recorded);
    assert_eq!(life.drift(), Vec::<String>::new());
    assert_eq!(tag(&life, AUDITED).as_deref(), Some("yes"));
    let number = life.number(&urn(PARENT, "main"));
    let (end, seen) = life.run(&up(&tagged("ours", plain())), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    let plan = life.plan.as_ref().expect("a plan");
    let paths: Vec<&str> =
        plan.steps.iter().flat_map(|step| &step.diff).map(|change| change.path.as_str()).collect();
    assert_eq!(paths, ["tags.audit:seen"]);
    let object = life.world.cloud.standing().find(|object| object.number == number).expect("it stands");
    assert_eq!(object.tag(AUDITED), None);
}

#[test]
fn a_program_cannot_leave_alone_what_it_sets() {
    let errors = tagged("ours", ignoring(&["te"])).checked(&kinds::registry()).expect_err("its own tag");
    let [GraphError::Option { option, why, .. }] = errors.as_slice() else { panic!("{errors:?}") };
    assert_eq!((*option, why.as_str()), ("ignore_tags", "the tag `team` is the program's own"));
}
