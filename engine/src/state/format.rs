//! The version of what is stored of a state, held to its shape.
//!
//! Whoever changes a field or a variant of what is stored changes the shape, and a test asks for the next
//! version: an older tool then refuses the state, and never drops what it does not know.

/// The version of the format of log, snapshots and documents.
///
/// 1: as first released. 2: `Deposed.options`, `State.spent`, `Row.configured`; removals take intents and
/// edges with them. 3: `Row.interim`, `State.let_stand`. 4: what was let stand stays known, whatever it stood on.
/// 5: `Options.ignore_tags`. 6: `Update.gone`, `State.remnants`, `Row.former`.
pub const STATE_VERSION: u16 = 6;

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::json;

    use super::STATE_VERSION;
    use crate::contract::OwnerId;
    use crate::shapes::{all, held, map, options, urn, with_a_field_more};
    use crate::state::{
        Edge, Entry, Finish, Intent, Interim, Operation, Parts, Remnant, Removal, Row, State, Status, Update,
    };

    /// The digest of the shape of each version. A line is never changed once its version was released.
    const SHAPES: &[(u32, &str)] = &[
        (2, "e1ff07970446431c"),
        (3, "a26f31236e1d65ad"),
        (4, "a26f31236e1d65ad"),
        (5, "f44db7f6bd4d8063"),
        (6, "b8e61b57b45175a5"),
    ];

    fn owner() -> OwnerId {
        OwnerId("owner1".to_owned())
    }

    fn edge() -> Edge {
        Edge { urn: urn(), owner: owner(), via: "vpc".to_owned() }
    }

    fn row(status: Status) -> Row {
        Row {
            urn: urn(),
            owner: owner(),
            id: "id".to_owned(),
            account: "1".to_owned(),
            region: "r".to_owned(),
            inputs: map(),
            outputs: map(),
            edges: vec![edge()],
            status,
            configured: false,
            options: options(),
            locked: true,
            interim: Some(Box::new(Interim { inputs: map(), edges: vec![edge()] })),
            former: vec![edge()],
        }
    }

    fn intent(operation: Operation) -> Intent {
        Intent {
            owner: owner(),
            urn: urn(),
            operation,
            account: "1".to_owned(),
            region: "r".to_owned(),
            inputs: map(),
            edges: vec![edge()],
            options: options(),
        }
    }

    fn remnant() -> Remnant {
        Remnant {
            what: "a snapshot".to_owned(),
            type_name: "a:b:Snapshot".to_owned(),
            id: "id".to_owned(),
            urn: urn(),
            owner: owner(),
            account: "1".to_owned(),
            region: "r".to_owned(),
            since: "now".to_owned(),
            until: Some("then".to_owned()),
            priced_by: map(),
            ends: Some("end it".to_owned()),
            brings_back: Some("restore it".to_owned()),
        }
    }

    fn finish() -> Finish {
        Finish {
            result: "succeeded".to_owned(),
            at: "now".to_owned(),
            seconds: 0.5,
            summary: BTreeMap::from([("create".to_owned(), 1)]),
            errors: vec!["error".to_owned()],
        }
    }

    fn statuses() -> Vec<Status> {
        all(Status::Ready, |status| match status {
            Status::Ready => Some(Status::Unfinished),
            Status::Unfinished => Some(Status::Tainted),
            Status::Tainted => Some(Status::Deleting),
            Status::Deleting => None,
        })
    }

    fn operations() -> Vec<Operation> {
        all(Operation::Create, |operation| match operation {
            Operation::Create => Some(Operation::Update),
            Operation::Update => Some(Operation::Delete),
            Operation::Delete => None,
        })
    }

    fn removals() -> Vec<Removal> {
        all(Removal::Deleted, |removal| match removal {
            Removal::Deleted => Some(Removal::Absent),
            Removal::Absent => Some(Removal::Forgotten),
            Removal::Forgotten => None,
        })
    }

    fn entries() -> Vec<Entry> {
        let started =
            Entry::UpdateStarted { command: "up".to_owned(), who: "me".to_owned(), at: "now".to_owned() };
        all(started, |entry| match entry {
            Entry::UpdateStarted { .. } => Some(Entry::Intended { intent: intent(Operation::Create) }),
            Entry::Intended { .. } => Some(Entry::RowPut { row: Box::new(row(Status::Ready)) }),
            Entry::RowPut { .. } => {
                Some(Entry::Deposed { owner: owner(), options: Some(Box::new(options())) })
            }
            Entry::Deposed { .. } => Some(Entry::RowRemoved { owner: owner(), why: Removal::Deleted }),
            Entry::RowRemoved { .. } => Some(Entry::Left { remnant: Box::new(remnant()) }),
            Entry::Left { .. } => Some(Entry::LetGo { key: remnant().key() }),
            Entry::LetGo { .. } => Some(Entry::Moved { from: urn(), to: urn() }),
            Entry::Moved { .. } => Some(Entry::Settled { owner: owner() }),
            Entry::Settled { .. } => Some(Entry::Outputs { outputs: map() }),
            Entry::Outputs { .. } => Some(Entry::UpdateFinished { record: finish() }),
            Entry::UpdateFinished { .. } => None,
        })
    }

    fn state() -> State {
        let update = Update {
            number: 1,
            command: "up".to_owned(),
            who: "me".to_owned(),
            at: "now".to_owned(),
            changes: vec![(urn(), "create".to_owned())],
            gone: vec!["id".to_owned()],
            finish: Some(finish()),
        };
        State::from(Parts {
            stack: "dev".to_owned(),
            serial: 1,
            rows: BTreeMap::from([(urn(), row(Status::Ready))]),
            deposed: BTreeMap::from([("owner2".to_owned(), row(Status::Ready))]),
            intents: BTreeMap::from([("owner1".to_owned(), intent(Operation::Create))]),
            spent: BTreeSet::from(["a:b:C r id".to_owned()]),
            let_stand: BTreeMap::from([("owner3".to_owned(), row(Status::Ready))]),
            remnants: BTreeMap::from([(remnant().key(), remnant())]),
            outputs: map(),
            history: vec![update],
        })
    }

    #[test]
    fn who_changes_the_shape_of_what_is_stored_raises_the_version() {
        let shape = json!({
            "entries": entries(), "state": state(), "statuses": statuses(), "operations": operations(),
            "removals": removals(),
        });
        held("STATE_VERSION", STATE_VERSION.into(), SHAPES, &shape);
    }

    #[test]
    fn what_version_5_wrote_left_nothing() {
        let mut json = serde_json::to_value(state()).unwrap();
        let left = json.as_object_mut().unwrap().remove("remnants");
        assert!(left.is_some());
        let read: State = serde_json::from_value(json).unwrap();
        assert_eq!(read, State { remnants: BTreeMap::new(), ..state() });
    }

    /// A field that this version does not know is never dropped without a word.
    #[test]
    fn a_field_that_nobody_knows_is_refused_wherever_it_stands() {
        let data = ["inputs", "outputs", "depends_on", "summary", "priced_by"];
        let mut tried = 0;
        for entry in entries() {
            for (place, json) in with_a_field_more(&serde_json::to_value(&entry).unwrap(), &data) {
                assert!(serde_json::from_value::<Entry>(json).is_err(), "{entry:?} {place}");
                tried += 1;
            }
        }
        for (place, json) in with_a_field_more(&serde_json::to_value(state()).unwrap(), &data) {
            if !["/rows", "/deposed", "/intents", "/let_stand", "/remnants"].contains(&place.as_str()) {
                assert!(serde_json::from_value::<State>(json).is_err(), "{place}");
                tried += 1;
            }
        }
        assert!(tried > 25, "{tried}");
    }
}
