//! Small states for the tests of their rules.

use super::{Entry, Intent, Operation, Row, State, Status};
use crate::contract::OwnerId;
use crate::program::Options;
use crate::value::Map;

pub(crate) fn owner(text: &str) -> OwnerId {
    OwnerId(text.to_owned())
}

pub(crate) fn row(name: &str, id: &str) -> Row {
    Row {
        urn: format!("dev/c/a:b:C/{name}").parse().unwrap(),
        owner: owner(id),
        id: format!("id-{id}"),
        account: String::new(),
        region: "eu-west-1".to_owned(),
        inputs: Map::new(),
        outputs: Map::new(),
        edges: Vec::new(),
        status: Status::Ready,
        configured: true,
        locked: false,
        interim: None,
        former: Vec::new(),
        options: Options::default(),
    }
}

pub(crate) fn put(row: Row) -> Entry {
    Entry::RowPut { row: Box::new(row) }
}

pub(crate) fn deposed(id: &str) -> Entry {
    Entry::Deposed { owner: owner(id), options: None }
}

pub(crate) fn intent(of: &Row, operation: Operation) -> Entry {
    Entry::Intended {
        intent: Intent {
            owner: of.owner.clone(),
            urn: of.urn.clone(),
            operation,
            account: String::new(),
            region: String::new(),
            inputs: Map::new(),
            edges: Vec::new(),
            options: Options::default(),
        },
    }
}

/// What was imported by its id and is gone is not there to be imported again; what was forgotten is.
#[test]
fn an_import_is_spent_when_what_was_imported_is_gone() {
    use super::Removal;
    for (why, spent) in [(Removal::Absent, true), (Removal::Forgotten, false)] {
        let mut state = State::empty("dev");
        let mut imported = row("a", "a1");
        imported.options.import_id = Some(imported.id.clone());
        state.apply(&[put(imported), put(row("b", "b1"))]).unwrap();
        for id in ["a1", "b1"] {
            state.apply(&[Entry::RowRemoved { owner: owner(id), why }]).unwrap();
        }
        let all: Vec<&str> = state.spent.iter().map(String::as_str).collect();
        assert_eq!(all, if spent { vec!["a:b:C eu-west-1 id-a1"] } else { vec![] });
    }
}

/// One incarnation has one name: a second row of it would be found, or not, by chance.
#[test]
fn an_incarnation_is_not_written_under_a_second_name() {
    let mut state = State::empty("dev");
    state.apply(&[put(row("a", "a1"))]).unwrap();
    assert!(state.apply(&[put(row("b", "a1"))]).is_err());
    assert_eq!(state.rows.len(), 1);
}

/// A read may see what was imported a moment ago as late as what was made.
#[test]
fn what_was_imported_is_recent() {
    let mut state = State::empty("dev");
    let mut imported = row("a", "a1");
    imported.options.import_id = Some(imported.id.clone());
    let started = Entry::UpdateStarted { command: "up".into(), who: "me".into(), at: "now".into() };
    state.apply(&[started, put(imported.clone()), put(row("b", "b1"))]).unwrap();
    assert!(state.is_recent(&imported.urn, 0));
    assert!(!state.is_recent(&row("b", "b1").urn, 0));
}

/// What is forgotten stays known as let stand until it is under management again; version 3 knew it only as long as
/// something that it stood on was on record.
#[test]
fn what_was_let_stand_stays_known() {
    use super::{Edge, Removal, STATE_VERSION};
    let forgotten = |id: &str| Entry::RowRemoved { owner: owner(id), why: Removal::Forgotten };
    let ground = row("b", "b1");
    let on = Edge { urn: ground.urn.clone(), owner: ground.owner.clone(), via: "board".to_owned() };
    let stands = Row { edges: vec![on], ..row("a", "a1") };
    for (version, known) in [(3, vec!["a1"]), (STATE_VERSION, vec!["a1", "c1"])] {
        let mut state = State::empty("dev");
        state.replay(version, &[put(ground.clone()), put(stands.clone()), put(row("c", "c1"))]).unwrap();
        state.replay(version, &[forgotten("a1")]).unwrap();
        state.replay(version, &[forgotten("c1")]).unwrap();
        assert_eq!(state.let_stand.keys().collect::<Vec<_>>(), known, "version {version}");
        state.replay(version, &[forgotten("b1")]).unwrap();
        assert_eq!(state.let_stand.contains_key("a1"), version > 3);
        state.replay(version, &[put(stands.clone())]).unwrap();
        assert!(!state.let_stand.contains_key("a1"), "it is under management again");
    }
}
