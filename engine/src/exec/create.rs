//! Creating: one identity-making call, and finding its result when the answer is lost.

use super::Trouble;
use super::task::{Cx, Do, Ending, Finding, Input, Task, Then, Work};
use crate::contract::{Call, Candidate, Failure, FailureClass, INSTEAD_OF, Standing};
use crate::plan::{Op, is_in_the_way};
use crate::program::Options;
use crate::schema::{Identity, TypeSpec};
use crate::state::{Edge, Entry, Intent, Operation, Row, Status};
use crate::urn::Urn;

impl Task {
    /// The intent of the create call, with all that finds its result again.
    pub(super) fn intend_create(&self, cx: &Cx<'_>) -> Intent {
        Intent {
            owner: self.owner.clone(),
            urn: self.urn.clone(),
            operation: Operation::Create,
            account: cx.place.account.clone().unwrap_or_default(),
            region: self.region.clone(),
            inputs: self.desired.clone(),
            edges: self.edges.clone(),
            options: match &self.work {
                Work::Apply(step) => step.options.clone(),
                _ => Options::default(),
            },
        }
    }

    /// The record before a create call. What the call may take the place of is not sure to stand from now on.
    pub(super) fn before_create(&self, cx: &Cx<'_>) -> Vec<Entry> {
        let swapped = self.swapped(cx).filter(|row| row.status == Status::Ready);
        let unsure = swapped.map(|row| Row { status: Status::Unfinished, ..row.clone() });
        let unsure = unsure.map(|row| Entry::RowPut { row: Box::new(row) });
        unsure.into_iter().chain([Entry::Intended { intent: self.intend_create(cx) }]).collect()
    }

    /// Whether one that takes no tags could stand already where it is to be created.
    ///
    /// Only its looks would tell it from ours, and after a kill nobody knows whether the create call was sent:
    /// what a run that settles its intent finds is taken for ours. So nothing may have stood there when the intent
    /// was written. Where this run has made its parent nothing of other hands stands, and what AWS puts there by
    /// itself is not in the way.
    pub(super) fn must_look(&self, cx: &Cx<'_>, spec: &TypeSpec) -> bool {
        let key: &[&str] = match &spec.identity {
            Identity::Child { key } => key,
            Identity::Named { property } => std::slice::from_ref(property),
            Identity::Minted { .. } | Identity::Adopted { .. } => return false,
        };
        let made = |urn: &Urn| {
            let here = cx.state.history.last();
            here.is_some_and(|run| run.changes.iter().any(|(made, what)| made == urn && what == "create"))
        };
        let of_new = |edge: &Edge| key.contains(&edge.via.as_str()) && made(&edge.urn);
        !spec.taggable() && !self.edges.iter().any(of_new)
    }

    pub(super) fn call_look(&self) -> Do {
        Do::Call(Call::Look { inputs: self.desired.clone() })
    }

    /// What stands where it is to be created; what was deleted a moment ago may still be seen.
    pub(super) fn looked(&mut self, cx: &Cx<'_>, standing: &[Standing]) -> Do {
        let swapped = self.swapped(cx).map(|row| &row.id);
        let in_the_way = |one: &&Standing| !one.deleting && Some(&one.id) != swapped;
        let Some(one) = standing.iter().find(in_the_way) else { return self.looked_enough(cx) };
        let since = *self.looking.get_or_insert(cx.now);
        if cx.now.saturating_sub(since) <= self.lag(cx) {
            return self.poll(cx, Then::Look, "something stands already where it is to be created");
        }
        self.foreign(cx, &one.id)
    }

    /// Where nothing tells what stands there, the create call does.
    pub(super) fn failed_looking(&mut self, cx: &Cx<'_>, failure: &Failure) -> Do {
        let lasting = failure.class.lasts() || failure.class == FailureClass::Absent;
        match self.back_off(cx, failure, Then::Look) {
            Some(wait) if !lasting => wait,
            _ => self.looked_enough(cx),
        }
    }

    fn looked_enough(&mut self, cx: &Cx<'_>) -> Do {
        self.looking = None;
        self.failures = 0;
        self.polled = 0;
        Do::Append(self.before_create(cx), Then::Create)
    }

    pub(super) fn call_create(&mut self, cx: &Cx<'_>) -> Do {
        self.finding = None;
        let mut inputs = self.desired.clone();
        if let Some(row) = self.swapped(cx) {
            inputs.insert(INSTEAD_OF.to_owned(), row.id.as_str().into());
        }
        Do::Call(Call::Create { owner: self.owner.clone(), inputs })
    }

    /// The one whose place it takes in its create call: it is as good as deleted with that.
    fn swapped<'a>(&self, cx: &Cx<'a>) -> Option<&'a Row> {
        let step = self.step().filter(|step| step.op == Op::Replace && step.delete_first.is_none())?;
        let row = cx.state.rows.get(&self.urn).filter(|row| Some(&row.owner) == step.old_owner.as_ref())?;
        let spec = self.spec(cx).filter(|spec| spec.swaps && !step.keeps_old())?;
        is_in_the_way(spec, row, &self.desired, &self.region).then_some(row)
    }

    pub(super) fn call_find(&self) -> Do {
        Do::Call(Call::Find { owner: self.owner.clone(), inputs: self.desired.clone() })
    }

    /// The create call was answered with an id.
    pub(super) fn created(&mut self, cx: &Cx<'_>, id: &str) -> Do {
        if id.is_empty() {
            // Something was made, but AWS did not say what.
            return self.doubt(cx, None);
        }
        self.failures = 0;
        // The create call has carried the write-only properties.
        self.unsent.clear();
        self.adopt(cx, id)
    }

    /// Puts the new incarnation on record; an older one of the same name is deposed.
    pub(super) fn adopt(&mut self, cx: &Cx<'_>, id: &str) -> Do {
        self.finding = None;
        self.created = true;
        let intent = match cx.state.intents.get(self.owner.as_str()) {
            Some(intent) => intent.clone(),
            None => self.intend_create(cx),
        };
        if let Some(other) = self.is_anothers(cx, id) {
            let message = format!("{} is {id}, which is on record as {other}: there is only one", self.urn);
            let hint = "it was not touched; take one of the two out of the program, and run `up` again";
            let trouble = Trouble { code: "EXEC-CONFLICT", message, hint: hint.to_owned(), failure: None };
            return self.ended(cx, None, Ending::Failed(Box::new(trouble)));
        }
        let mut entries = adoption(cx, &intent, id);
        if matches!(self.work, Work::Settle(_)) {
            entries.push(Entry::Settled { owner: self.owner.clone() });
            return Do::Append(
                entries,
                Then::End(Ending::Settled(format!("it was created as {id} and is on record now"))),
            );
        }
        // What comes with another has the id of the one before it, and no mark: a read may still show that one.
        let comes_along = self.spec(cx).is_some_and(|spec| matches!(spec.identity, Identity::Adopted { .. }));
        if comes_along && cx.state.was_deleted_lately(self.urn.type_name(), cx.now) {
            self.doubted_until = cx.now + self.lag(cx);
        }
        // What waits for its deletion is taken back before anything else.
        Do::Append(entries, if self.takes_back(id) { Then::Restore } else { Then::Read })
    }

    /// Whether that is what its step takes back from its deletion.
    fn takes_back(&self, id: &str) -> bool {
        self.step().is_some_and(|step| step.adopts.as_deref() == Some(id))
    }

    /// Which resource has on record what exists once, or what was to go and has stayed, and this one would be as well.
    fn is_anothers<'a>(&self, cx: &Cx<'a>, id: &str) -> Option<&'a Urn> {
        let once =
            |spec: &&TypeSpec| matches!(spec.identity, Identity::Adopted { .. }) || self.takes_back(id);
        self.spec(cx).filter(once)?;
        let same = |row: &&Row| {
            row.id == id
                && row.region == self.region
                && row.urn.type_name() == self.urn.type_name()
                && row.urn != self.urn
                && row.status != Status::Deleting
        };
        cx.state.rows.values().find(same).map(|row| &row.urn)
    }

    /// The create call's outcome is open: observe, then decide.
    pub(super) fn doubt(&mut self, cx: &Cx<'_>, exists: Option<Failure>) -> Do {
        self.ambiguous |= exists.is_none();
        let since = self.finding.as_ref().map_or(cx.now, |finding| finding.since);
        self.finding = Some(Finding { since, misses: 0, exists });
        self.call_find()
    }

    pub(super) fn failed_creating(&mut self, cx: &Cx<'_>, failure: Failure) -> Do {
        match failure.class {
            FailureClass::Ambiguous => self.doubt(cx, None),
            FailureClass::Exists => self.doubt(cx, Some(failure)),
            FailureClass::Absent if !self.awaits_a_new_one(cx) => self.refused(cx, failure),
            FailureClass::Throttled
            | FailureClass::Transient
            | FailureClass::NotYet
            | FailureClass::Absent
            | FailureClass::Blocked => match self.back_off(cx, &failure, Then::Create) {
                Some(wait) => wait,
                None => self.refused(cx, failure),
            },
            _ => self.refused(cx, failure),
        }
    }

    pub(super) fn failed_finding(&mut self, cx: &Cx<'_>, failure: Failure) -> Do {
        if !failure.class.lasts()
            && let Some(wait) = self.back_off(cx, &failure, Then::Find)
        {
            return wait;
        }
        self.fail(
            "EXEC-AMBIGUOUS",
            format!("{} may have been created, and looking for it failed: {failure}", self.urn),
            "nothing is lost: it is on record as open, and the next run looks again",
            Some(failure),
            cx,
        )
    }

    /// The search for what a lost create call made was answered.
    pub(super) fn found(&mut self, cx: &Cx<'_>, candidates: &[Candidate]) -> Do {
        let ours: Vec<&Candidate> =
            candidates.iter().filter(|candidate| candidate.ours && self.may_be_ours(cx)).collect();
        if !ours.is_empty() && self.may_be_the_old_one(cx) {
            return self.look_again(cx);
        }
        if let [one] = ours.as_slice() {
            let id = one.id.clone();
            if let Some(spec) = self.spec(cx).filter(|spec| matches!(spec.identity, Identity::Adopted { .. }))
            {
                // It exists whether its create call came through or not: what no read gives back is sent once more.
                self.unsent = self.unseen_settings(spec, &[]);
            }
            return self.adopt(cx, &id);
        }
        if ours.len() > 1 {
            let ids: Vec<&str> = ours.iter().map(|candidate| candidate.id.as_str()).collect();
            return self.fail(
                "EXEC-AMBIGUOUS",
                format!("{} stands more than once: {}", self.urn, ids.join(", ")),
                "delete all but one of them by hand, and run the command again",
                None,
                cx,
            );
        }
        self.not_found(cx, candidates.first().map(|other| other.id.as_str()))
    }

    /// What takes no tags is told by its looks alone: what stood before the first create call is not ours. After a
    /// kill nobody knows whether the call was sent; then it is ours, as nothing stood there when the intent was
    /// written ([`must_look`](Self::must_look)). What another hand has made since then looks the same, and nothing
    /// tells it: to leave ours for that would lose it whenever a run is killed.
    fn may_be_ours(&self, cx: &Cx<'_>) -> bool {
        let told = self
            .spec(cx)
            .is_some_and(|spec| spec.taggable() || matches!(spec.identity, Identity::Adopted { .. }));
        told || self.ambiguous || matches!(self.work, Work::Settle(_))
    }

    /// What takes no tags cannot be told from its predecessor, which a list may still show.
    fn may_be_the_old_one(&self, cx: &Cx<'_>) -> bool {
        let tagged = self.spec(cx).is_some_and(TypeSpec::taggable);
        let doubted = |finding: &Finding| {
            finding.exists.is_none() && cx.now.saturating_sub(finding.since) < self.lag(cx)
        };
        !tagged && self.finding.as_ref().is_some_and(doubted)
    }

    fn look_again(&mut self, cx: &Cx<'_>) -> Do {
        let lag = self.lag(cx);
        let waited = self.finding.as_ref().map_or(0, |finding| cx.now.saturating_sub(finding.since));
        let rest = lag.saturating_sub(waited).max(1);
        Do::Wait((lag / 6).min(rest).max(1), Then::Find, "looking for what an unanswered call made".into())
    }

    /// A resource with this identity stands that is not this one: it is not touched.
    fn foreign(&mut self, cx: &Cx<'_>, id: &str) -> Do {
        let same = |row: &&Row| {
            row.id == id && row.region == self.region && row.urn.type_name() == self.urn.type_name()
        };
        if let Some(other) = cx.state.all_rows().find(same) {
            let message =
                format!("{} cannot be created: {id} stands and is on record as {}", self.urn, other.urn);
            self.finding = None;
            let hint = "it was not touched; run `up` again: what was not known before may be known now";
            return self.fail("EXEC-CONFLICT", message, hint, None, cx);
        }
        let message = format!("{} cannot be created: {id} stands already and is not of this stack", self.urn);
        let hint = format!(
            "take it under management with `finsight-deploy import {} {id}`, or choose another name",
            self.urn
        );
        self.finding = None;
        self.fail("EXEC-CONFLICT", message, &hint, None, cx)
    }

    /// What was found is not ours, or nothing was found at all; ours may not be visible yet.
    fn not_found(&mut self, cx: &Cx<'_>, foreign: Option<&str>) -> Do {
        let lag = self.lag(cx);
        let Some(finding) = self.finding.as_mut() else { return self.doubt(cx, None) };
        finding.misses += 1;
        // Only a confirmed absence allows a second create: lists lag behind.
        if cx.now.saturating_sub(finding.since) < lag || finding.misses < 2 {
            return self.look_again(cx);
        }
        let settling = matches!(self.work, Work::Settle(_));
        match (finding.exists.clone(), foreign) {
            (_, Some(id)) if !settling => self.foreign(cx, id),
            // AWS says that it exists, and it may be ours: its intent stays open.
            (Some(failure), None) if !settling && self.ambiguous => self.fail(
                "EXEC-AMBIGUOUS",
                format!("{} may have been created, and is not found: {failure}", self.urn),
                "nothing is lost: it is on record as open, and the next run looks again",
                Some(failure),
                cx,
            ),
            (Some(failure), None) if !settling => {
                self.finding = None;
                self.refused(cx, failure)
            }
            _ => self.surely_absent(cx, foreign),
        }
    }

    fn surely_absent(&mut self, cx: &Cx<'_>, other: Option<&str>) -> Do {
        self.finding = None;
        match self.work {
            Work::Settle(_) => self.settled_absent(other),
            _ if cx.now > self.deadline => self.late(cx, "its create call was never answered"),
            _ => self.turn_to_create(cx),
        }
    }

    fn turn_to_create(&mut self, cx: &Cx<'_>) -> Do {
        self.then = Then::Create;
        self.turn(cx, Input::Go)
    }
}

/// The entries that put a found or created incarnation on record.
pub(super) fn adoption(cx: &Cx<'_>, intent: &Intent, id: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    if let Some(current) = cx.state.rows.get(&intent.urn)
        && current.owner != intent.owner
    {
        // What the plan decided about the old one is on record with this: a run that goes on keeps to it. It
        // goes, and so nothing protects it any more.
        let options = Some(Box::new(Options { protect: false, ..intent.options.clone() }));
        entries.push(Entry::Deposed { owner: current.owner.clone(), options });
    }
    entries.push(Entry::RowPut {
        row: Box::new(Row {
            urn: intent.urn.clone(),
            owner: intent.owner.clone(),
            id: id.to_owned(),
            account: intent.account.clone(),
            region: intent.region.clone(),
            inputs: intent.inputs.clone(),
            outputs: crate::value::Map::new(),
            edges: intent.edges.clone(),
            status: Status::Unfinished,
            configured: false,
            options: intent.options.clone(),
            locked: false,
            interim: None,
            former: Vec::new(),
        }),
    });
    entries
}
