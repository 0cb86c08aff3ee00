//! What a resource leaves at AWS when it leaves the record.

use serde::{Deserialize, Serialize};

use super::{Entry, Removal, Row, State, Status};
use crate::contract::OwnerId;
use crate::exec::{millis_of, rfc3339};
use crate::schema::{Kept, TypeSpec};
use crate::urn::Urn;
use crate::value::{Map, Value};

const DAY: u64 = 86_400_000;

/// Something that stands at AWS after the resource that it came from has left the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remnant {
    /// What it is, in words.
    pub what: String,
    /// Its own type, in AWS's names.
    pub type_name: String,
    /// Its identifier.
    pub id: String,
    /// The resource that it came from.
    pub urn: Urn,
    /// The incarnation of it.
    pub owner: OwnerId,
    /// The account that it stands in.
    pub account: String,
    /// The region that it stands in.
    pub region: String,
    /// Since when: RFC 3339.
    pub since: String,
    /// When AWS ends it by itself; `None` where it does not.
    pub until: Option<String>,
    /// What its price follows from; no secrets.
    pub priced_by: Map,
    /// The command that ends it; `None` where nothing does before its time.
    pub ends: Option<String>,
    /// The command that brings it back.
    pub brings_back: Option<String>,
}

impl Remnant {
    /// One that stays of a row, since a time in milliseconds since 1970; `None` where nothing does.
    #[must_use]
    pub fn of(kept: &Kept, row: &Row, now: u64) -> Option<Self> {
        let id = (kept.id)(&row.target())?;
        Some(Self::named(kept, row, id, now))
    }

    /// The same where its identifier does not follow from the row.
    #[must_use]
    pub fn named(kept: &Kept, row: &Row, id: String, now: u64) -> Self {
        let standing = row.standing();
        let priced_by = kept.priced_by.iter().filter_map(|name| Some((*name, standing.get(*name)?)));
        let priced_by = priced_by.filter(|(_, value)| !value.has_secret());
        let days = kept.days.and_then(|name| standing.get(name)?.as_int());
        let days = days.and_then(|days| u64::try_from(days).ok());
        let command = |text: &str| text.replace("{id}", &id).replace("{region}", &row.region);
        Self {
            what: kept.what.to_owned(),
            type_name: kept.type_name.to_owned(),
            urn: row.urn.clone(),
            owner: row.owner.clone(),
            account: row.account.clone(),
            region: row.region.clone(),
            since: rfc3339(now),
            until: days.map(|days| rfc3339(now.saturating_add(days.saturating_mul(DAY)))),
            priced_by: priced_by.map(|(name, value)| (name.to_owned(), value.clone())).collect(),
            ends: kept.ends.map(command),
            brings_back: kept.brings_back.map(command),
            id,
        }
    }

    /// What it is on record by: AWS has one of a type with an identifier in a region.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {} {}", self.type_name, self.region, self.id)
    }

    /// Whether its time is over. `now` is in milliseconds since 1970.
    #[must_use]
    pub fn is_over(&self, now: u64) -> bool {
        self.until.as_deref().and_then(millis_of).is_some_and(|until| until <= now)
    }

    /// For how many whole days it has been there.
    #[must_use]
    pub fn days(&self, now: u64) -> u64 {
        millis_of(&self.since).map_or(0, |since| now.saturating_sub(since) / DAY)
    }

    /// Whether a row is what this was: it is under management again.
    pub(super) fn is_again(&self, row: &Row) -> bool {
        row.id == self.id && row.region == self.region && row.urn.type_name() == self.type_name
    }
}

impl State {
    /// The entries by which a row goes, with what its delete leaves. One that was found gone leaves that too where
    /// its delete had been sent: the record of its end was lost, not the delete.
    #[must_use]
    pub fn removing(
        &self,
        spec: Option<&TypeSpec>,
        row: &Row,
        why: Removal,
        replaced: bool,
        now: u64,
    ) -> Vec<Entry> {
        let deleted = why == Removal::Deleted || (why == Removal::Absent && row.status == Status::Deleting);
        let kept = spec.filter(|_| deleted).map(|spec| spec.kept(&row.inputs, replaced)).unwrap_or_default();
        let left = kept.into_iter().filter_map(|kept| Remnant::of(&kept, row, now));
        let left = left.map(|remnant| Entry::Left { remnant: Box::new(remnant) });
        let gone = Entry::RowRemoved { owner: row.owner.clone(), why };
        [gone].into_iter().chain(left).collect()
    }

    /// The entries that end what is over, and what was found gone.
    pub fn letting_go(&self, now: u64, stands: impl Fn(&Remnant) -> bool) -> Vec<Entry> {
        let over = self.remnants.iter().filter(|(_, one)| one.is_over(now) || !stands(one));
        over.map(|(key, _)| Entry::LetGo { key: key.clone() }).collect()
    }

    /// What a text names of what is left: by its key or its identifier.
    #[must_use]
    pub fn remnant(&self, text: &str) -> Option<&Remnant> {
        self.remnants.get(text).or_else(|| self.remnants.values().find(|one| one.id == text))
    }
}

impl TypeSpec {
    /// What a delete of a resource with these inputs leaves at AWS, itself among it while it waits for its end.
    #[must_use]
    pub fn kept(&self, inputs: &Map, replaced: bool) -> Vec<Kept> {
        let Some(data) = &self.data else { return Vec::new() };
        let none = |name: &str| inputs.get(name).and_then(Value::as_int) == Some(0);
        let itself = data.itself.iter().filter(|_| self.waits(inputs));
        let left = data.kept(inputs, replaced).filter(|kept| !kept.days.is_some_and(none));
        itself.copied().chain(left.copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Target;
    use crate::schema::{Data, Identity, Leaves, Timing};
    use crate::state::tests::{owner, put, row};
    use crate::state::{Intent, Operation};

    fn snapshot(target: &Target) -> Option<String> {
        Some(format!("{}-final", target.id))
    }

    const SNAPSHOT: Kept = Kept {
        type_name: "a:b:Snapshot",
        days: Some("days"),
        priced_by: &["size", "password"],
        ends: Some("end {id} --region {region}"),
        brings_back: Some("restore {id}"),
        ..Kept::new("a snapshot", snapshot)
    };

    const LEAVES: &[Leaves] = &[Leaves { kept: SNAPSHOT, property: "skip", is: false }];

    fn spec() -> TypeSpec {
        TypeSpec {
            name: "a:b:C",
            doc: "",
            identity: Identity::Minted { token: false },
            properties: Vec::new(),
            outputs: Vec::new(),
            exclusive: &[],
            scopes: &[],
            restorable: false,
            window: None,
            held: false,
            generated_name: None,
            global: false,
            pending: false,
            data: Some(Data { leaves: LEAVES, ..Data::new("data") }),
            lingers: None,
            swaps: false,
            limits: Vec::new(),
            witness: false,
            timing: Timing::new([1, 1, 1], [1, 1, 1]),
        }
    }

    fn stored() -> Row {
        let inputs = [("days", 7.into()), ("size", 20.into()), ("skip", false.into())];
        let inputs =
            inputs.into_iter().map(|(name, value): (&str, Value)| (name.to_owned(), value)).collect();
        Row { inputs, ..row("a", "a1") }
    }

    fn remnant() -> Remnant {
        Remnant::of(&SNAPSHOT, &stored(), 0).unwrap()
    }

    fn left() -> State {
        let mut state = State::empty("dev");
        state.apply(&[put(stored())]).unwrap();
        let (owner, why) = (owner("a1"), Removal::Absent);
        let left = Entry::Left { remnant: Box::new(remnant()) };
        state.apply(&[Entry::RowRemoved { owner, why }, left]).unwrap();
        state
    }

    #[test]
    fn it_says_what_it_is_and_how_it_ends() {
        let one = remnant();
        let row = stored();
        assert_eq!(one.id, format!("{}-final", row.id));
        assert_eq!(one.ends, Some(format!("end {} --region {}", one.id, row.region)));
        assert_eq!(one.brings_back, Some(format!("restore {}", one.id)));
        assert_eq!(one.priced_by.keys().collect::<Vec<_>>(), ["size"]);
        assert_eq!(one.until.as_deref(), Some("1970-01-08T00:00:00.000Z"));
        assert_eq!((one.days(3 * DAY + 5), one.is_over(7 * DAY - 1), one.is_over(7 * DAY)), (3, false, true));
    }

    #[test]
    fn it_goes_when_it_is_gone_or_over_and_comes_back_with_the_record_that_is_refused() {
        let mut state = left();
        assert_eq!(state.remnant(&remnant().id), Some(&remnant()));
        assert_eq!(state.letting_go(0, |_| true), []);
        let gone = state.letting_go(0, |_| false);
        assert_eq!(gone, state.letting_go(7 * DAY, |_| true));
        // The second entry names what is not there.
        let before = state.clone();
        state.apply(&[gone[0].clone(), gone[0].clone()]).unwrap_err();
        assert_eq!(state, before);
        state.apply(&gone).unwrap();
        assert!(state.remnants.is_empty());
    }

    #[test]
    fn it_goes_when_it_is_under_management_again() {
        let mut state = left();
        let one = remnant();
        let mut again = row("again", "b1");
        again.urn = "dev/core/a:b:Snapshot/again".parse().unwrap();
        again.region = one.region;
        state.apply(&[put(Row { id: "other".to_owned(), ..again.clone() })]).unwrap();
        assert_eq!(state.remnants.len(), 1);
        state.apply(&[put(Row { id: one.id, ..again })]).unwrap();
        assert!(state.remnants.is_empty());
    }

    /// A run was killed between the delete and its record.
    #[test]
    fn what_was_found_gone_after_its_delete_was_sent_leaves_what_the_delete_leaves() {
        let spec = spec();
        let mut state = State::empty("dev");
        state.apply(&[put(stored())]).unwrap();
        let removing = |state: &State, why| {
            let row = state.row(&owner("a1")).unwrap();
            state.removing(Some(&spec), row, why, false, 0)
        };
        assert_eq!(removing(&state, Removal::Absent).len(), 1, "somebody else has deleted it");
        assert_eq!(removing(&state, Removal::Forgotten).len(), 1, "it stands");
        let row = state.row(&owner("a1")).unwrap().clone();
        let intent = Intent {
            owner: owner("a1"),
            urn: row.urn,
            operation: Operation::Delete,
            account: row.account,
            region: row.region,
            inputs: Map::new(),
            edges: Vec::new(),
            options: row.options,
        };
        state.apply(&[Entry::Intended { intent }]).unwrap();
        let deleted = removing(&state, Removal::Deleted);
        assert_eq!(deleted[1], Entry::Left { remnant: Box::new(remnant()) });
        state.apply(&[Entry::Settled { owner: owner("a1") }]).unwrap();
        assert_eq!(removing(&state, Removal::Absent)[1..], deleted[1..]);
    }
}
