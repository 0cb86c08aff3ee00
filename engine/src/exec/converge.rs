//! The loop of every create and update: read, compare, make the next call, until a read shows no difference.

use super::Trouble;
use super::apply::first;
use super::task::{Cx, Do, Ending, Task, Then, Work};
use crate::contract::{Call, Failure, Health, Live, Reading, STACK_TAG, Target};
use crate::diff::{diff_live, taint_live, with_ignored};
use crate::parts::Own;
use crate::plan::{Op, Step, has_unread_tags, tag};
use crate::schema::{Effect, TypeSpec};
use crate::state::{Entry, Removal, Row, Status};
use crate::value::{Map, Value, path_covers};

/// Reads in a row with the same differences before it is given up.
const STALLS: u32 = 40;
/// Configuration calls that AWS took and that brought it no nearer, before it is given up.
const FRUITLESS: u32 = 16;
/// The longest wait between two of them.
const REST: u64 = 60_000;

impl Task {
    pub(super) fn call_read(&mut self, cx: &Cx<'_>) -> Do {
        let target = match (self.row(cx), self.step()) {
            // What AWS shows of its own accord is told from what was set by what is wanted now.
            (Some(row), _) if !self.desired.is_empty() => {
                Target { inputs: self.desired.clone(), awaited: self.awaited, ..row.target() }
            }
            (Some(row), _) => row.target(),
            (None, Some(step)) => Target {
                urn: self.urn.clone(),
                id: step.options.import_id.clone().unwrap_or_default(),
                inputs: self.desired.clone(),
                outputs: Map::new(),
                awaited: self.awaited,
            },
            _ => return Do::End(Ending::Succeeded(self.op)),
        };
        Do::Call(Call::Read { targets: vec![target] })
    }

    pub(super) fn read_while_applying(&mut self, cx: &Cx<'_>, reading: Reading) -> Do {
        match reading {
            Reading::Unknown(failure) => match self.read_again(cx, &failure) {
                Some(wait) if !failure.class.lasts() => wait,
                _ => self.refused(cx, failure),
            },
            Reading::Absent => self.unseen(cx),
            Reading::Found(mut live) => {
                self.unseen_since = None;
                if let Some(spec) = self.spec(cx) {
                    taint_live(spec, &mut live, &self.desired);
                    self.leave_unshown(cx, spec, &mut live);
                }
                if let Some(not_ours) = self.is_strange(cx, &live) {
                    return not_ours;
                }
                let health = live.health.clone();
                self.live = Some(*live);
                match health {
                    Health::Pending(word) => self.poll(cx, Then::Read, &word),
                    Health::Deleting(word) => self.going(cx, &word),
                    Health::Failed(why) => self.unfit(cx, &why),
                    Health::Ready if cx.now <= self.doubted_until && self.may_be_going(cx) => {
                        self.poll(cx, Then::Read, "whether its delete had its effect is not sure yet")
                    }
                    Health::Ready => self.compare(cx),
                }
            }
        }
    }

    /// Of what others have hung on it, what the plan has not shown is left to the next one: each is a resource of its
    /// own, and is taken off by its name. What is ours by now is none of others, whatever the plan has shown.
    fn leave_unshown(&self, cx: &Cx<'_>, spec: &TypeSpec, live: &mut Live) {
        if !spec.properties.iter().any(|property| property.shown) {
            return;
        }
        let mut own = Own::of(cx.state, cx.registry);
        for step in cx.plan.iter().flat_map(|plan| &plan.steps).filter(|step| step.op == Op::Import) {
            if let Some(id) = &step.options.import_id {
                own.insert(step.urn.type_name(), &step.region, id);
            }
        }
        own.take_out(spec, &self.region, live);
        let step = cx.plan.and_then(|plan| plan.step(&self.urn));
        for property in spec.properties.iter().filter(|property| property.shown && !property.told) {
            let Some(Value::List(listed)) = live.properties.get_mut(property.name) else { continue };
            listed.retain(|one| step.is_some_and(|step| step.has_shown(property.name, one)));
        }
    }

    /// Whether its delete was begun by an earlier run, and nothing here has been sent since.
    fn may_be_going(&self, cx: &Cx<'_>) -> bool {
        !matches!(self.work, Work::LetGo(_)) && self.row(cx).is_some_and(|row| row.status == Status::Deleting)
    }

    /// It is on its way out: taken back where that is possible, else waited for.
    fn going(&mut self, cx: &Cx<'_>, word: &str) -> Do {
        let restorable = self.spec(cx).is_some_and(|spec| spec.restorable) && self.op != Op::Import;
        if !restorable {
            return self.poll(cx, Then::Read, word);
        }
        // A read may lag behind the call: look a few times before calling again.
        self.stalls += 1;
        if self.stalls % 4 == 1 {
            self.restore(cx)
        } else {
            self.poll(cx, Then::Read, "it is being restored")
        }
    }

    /// A read does not see it: just created, it may not be visible yet.
    fn unseen(&mut self, cx: &Cx<'_>) -> Do {
        let since = *self.unseen_since.get_or_insert(cx.now);
        let patience = if self.created { (self.lag(cx) * 10).min(300_000) } else { self.lag(cx) };
        if self.op != Op::Import {
            if cx.now.saturating_sub(since) <= patience {
                self.saw_nothing(cx);
                return self.poll(cx, Then::Read, "it is not visible");
            }
            return self.vanished(cx);
        }
        let id = self.step().and_then(|step| step.options.import_id.clone()).unwrap_or_default();
        let message = format!("{} cannot be imported: there is no {id}", self.urn);
        self.fail("EXEC-IMPORT-ABSENT", message, "check the id, its region and account", None, cx)
    }

    /// It is surely gone: off the record, so that the next run makes it anew. What held data stays on
    /// record, so that the next run does not do so unasked.
    fn vanished(&mut self, cx: &Cx<'_>) -> Do {
        let held = self.spec(cx).is_some_and(|spec| spec.data.is_some());
        let hint = if held {
            "it held data and stays on record until `up` makes a new one, or it is accepted as gone by its name"
        } else {
            "it is off the record; run `up` again to make it anew"
        };
        let ending = Ending::Failed(Box::new(Trouble {
            code: "EXEC-VANISHED",
            message: format!("{} is gone from AWS", self.urn),
            hint: hint.to_owned(),
            failure: None,
        }));
        if self.row(cx).is_none() {
            return Do::End(ending);
        }
        let owner = self.owner.clone();
        let removed = (!held).then_some(Entry::RowRemoved { owner, why: Removal::Absent });
        self.ended(cx, removed, ending)
    }

    /// AWS says that it will never be fit for use: the next run replaces it.
    fn unfit(&mut self, cx: &Cx<'_>, why: &str) -> Do {
        let ending = Ending::Failed(Box::new(Trouble {
            code: "EXEC-FAILED-STATE",
            message: format!("{} came to a failed state: {why}", self.urn),
            hint: "it is on record as tainted; the next `up` replaces it".to_owned(),
            failure: None,
        }));
        let Some(row) = self.row(cx) else { return Do::End(ending) };
        let row = Row { status: Status::Tainted, ..row.clone() };
        self.ended(cx, Some(Entry::RowPut { row: Box::new(row) }), ending)
    }

    pub(super) fn ended(&self, cx: &Cx<'_>, entry: Option<Entry>, ending: Ending) -> Do {
        let settled = self.is_open(cx).then(|| Entry::Settled { owner: self.owner.clone() });
        let entries: Vec<Entry> = entry.into_iter().chain(settled).collect();
        if entries.is_empty() { Do::End(ending) } else { Do::Append(entries, Then::End(ending)) }
    }

    /// It is ready: is it as wanted?
    fn compare(&mut self, cx: &Cx<'_>) -> Do {
        let (Some(spec), Some(live)) = (self.spec(cx), self.live.clone()) else { return self.call_read(cx) };
        if self.op == Op::Import {
            return self.imported(cx, spec, &live);
        }
        let Some(row) = self.row(cx).cloned() else { return self.call_read(cx) };
        let differing = self.differences(spec, &row, &live);
        let before = std::mem::replace(&mut self.differing, differing);
        if self.differing.is_empty() {
            self.differing = self.unseen_of_a_new_one(spec, &row, &live);
        }
        if self.differing.is_empty() {
            return self.finish(cx, &live);
        }
        let beyond = self.beyond(cx);
        if !beyond.is_empty() {
            return self.changed_meanwhile(cx, &beyond);
        }
        self.beyond_since = None;
        if self.differing.len() < self.fewest {
            self.fewest = self.differing.len();
            (self.stalls, self.fruitless, self.polled, self.rests_until) = (0, 0, 0, 0);
        } else if self.differing == before {
            self.stalls += 1;
        } else {
            self.stalls = 0;
        }
        if self.stalls > STALLS || self.fruitless > FRUITLESS || cx.now > self.deadline {
            return self.stuck(cx);
        }
        // A read may lag behind the call: look a few times before calling again.
        if !self.stalls.is_multiple_of(4) {
            return self.poll(cx, Then::Read, "waiting for the change to be visible");
        }
        if cx.now < self.rests_until {
            let rest = self.within(cx, self.rests_until - cx.now);
            return Do::Wait(rest, Then::Read, "the last calls brought it no nearer".to_owned());
        }
        if self.is_open(cx) { self.call_converge(cx) } else { self.intend_update(&row, Then::Converge) }
    }

    /// The properties that differ, and those that are sent whatever a read says.
    fn differences(&mut self, spec: &TypeSpec, row: &Row, live: &Live) -> Vec<String> {
        let options = self.options(row);
        self.wanted = with_ignored(&self.desired, &live.over(row).properties, &options);
        let changes = diff_live(spec, live, &self.wanted, &options);
        let mut differing: Vec<String> =
            changes.iter().map(|change| first(&change.path).to_owned()).collect();
        if let Work::LetGo(letting) = &self.work {
            // What else differs is for the holder's own step, if that has shown it.
            let lets_go = |name: &String| letting.properties.contains(name);
            self.beside = differing.iter().filter(|name| !lets_go(name)).cloned().collect();
            differing.retain(lets_go);
        }
        differing.extend(self.unsent.iter().cloned());
        differing.sort_unstable();
        differing.dedup();
        differing
    }

    /// What could not be read of a new one is sent once: nobody knows whether its create call has set it, and what
    /// is ignored from the next run on is set now or never.
    fn unseen_of_a_new_one(&mut self, spec: &TypeSpec, row: &Row, live: &Live) -> Vec<String> {
        let Work::Apply(step) = &self.work else { return Vec::new() };
        if row.configured {
            return Vec::new();
        }
        let patterns = &step.options.ignore_changes;
        let settable =
            |name: &str| spec.property(name).is_some_and(|p| p.effect != Effect::Replace && !p.shown);
        // Tags went with the create call.
        let due = |name: &str| name != "tags" || patterns.iter().any(|p| path_covers(first(p), name));
        let unread =
            live.unread().filter(|name| settable(name) && due(name) && self.desired.contains_key(*name));
        let names: Vec<String> =
            unread.filter(|name| !self.assured.contains(*name)).map(str::to_owned).collect();
        self.assured.extend(names.iter().cloned());
        names
    }

    pub(super) fn call_converge(&mut self, cx: &Cx<'_>) -> Do {
        let (Some(row), Some(live)) = (self.row(cx), self.live.clone()) else { return self.call_read(cx) };
        let desired = self.options(row).ignore_tags.kept(self.wanted.clone(), &live.properties);
        let target = row.target();
        self.touched = true;
        // A read that shows this call's effect is not older than it is.
        (self.doubted_until, self.told_before) = (0, None);
        Do::Call(Call::Converge { target, live: Box::new(live), desired, differing: self.differing.clone() })
    }

    pub(super) fn converged(&mut self, cx: &Cx<'_>, applied: &[String]) -> Do {
        for name in applied {
            self.unsent.remove(name);
        }
        // What a read gives back is judged by reads from now on.
        if let Some(spec) = self.spec(cx) {
            let unseen = |name: &String| spec.property(name).is_some_and(|property| property.write_only);
            self.unsent.retain(unseen);
            // No read shows it: one that is older than this call would put the outputs of before on record.
            if spec.outputs.iter().any(|output| output.volatile) && self.differing.iter().all(unseen) {
                self.doubted_until = cx.now + self.lag(cx);
                self.told_before = self.live.as_ref().map(|live| live.outputs.clone());
            }
        }
        self.failures = 0;
        self.missing_since = None;
        self.fruitless += 1;
        // Two in a row may be the order that AWS wants; from then on it takes its time.
        if let Some(more) = self.fruitless.checked_sub(3) {
            let rest = (self.first_poll(cx) << more.min(10)).min(REST);
            self.rests_until = cx.now + rest;
        }
        self.call_read(cx)
    }

    fn stuck(&mut self, cx: &Cx<'_>) -> Do {
        // How AWS is getting on is told in its own words.
        let words = |name: &String| {
            let follows = self.spec(cx).and_then(|spec| spec.property(name)).is_some_and(|it| it.follows);
            let stands =
                self.live.as_ref().and_then(|live| live.properties.get(name)).and_then(Value::as_text);
            stands.filter(|_| follows).map_or_else(|| name.clone(), |text| format!("{name} ({text})"))
        };
        let differing: Vec<String> = self.differing.iter().map(words).collect();
        self.fail(
            "EXEC-NOT-CONVERGING",
            format!(
                "{}: AWS took the calls, but these properties stay different: {}",
                self.urn,
                differing.join(", ")
            ),
            "AWS may not take this value, or something sets it back; see the diff with `finsight-deploy preview --diff`",
            None,
            cx,
        )
    }

    fn imported(&mut self, cx: &Cx<'_>, spec: &TypeSpec, live: &Live) -> Do {
        let Work::Apply(step) = self.work.clone() else { return self.call_read(cx) };
        if has_unread_tags(live) {
            return self.poll(cx, Then::Read, "its tags, which say whose it is, could not be read");
        }
        if let Some(whose) = self.taken_by(cx, live) {
            let message = format!("{} cannot be imported: {} {whose}", self.urn, live.id);
            let hint = "it was not touched; take it off the record there first, with `state remove`";
            return self.fail("EXEC-CONFLICT", message, hint, None, cx);
        }
        let refers = |step: &Step| step.dependencies.iter().any(|(to, _)| *to == self.urn);
        if cx.plan.is_some_and(|plan| plan.steps.iter().any(refers))
            && let Some(wait) = self.missing_output(cx, spec, live, &Map::new())
        {
            return wait;
        }
        // What stands is the base of the next diff; what AWS does not give back is taken as wanted.
        let read = |map: &Map| -> Map {
            let read = map.iter().filter(|(_, value)| !value.has_unknown());
            read.map(|(name, value): (&String, &Value)| (name.clone(), value.clone())).collect()
        };
        let mut inputs = step.options.ignore_tags.without(read(&live.properties));
        inputs.retain(|name, _| {
            self.desired.contains_key(name) || spec.property(name).is_some_and(|p| p.required)
        });
        // What others have hung on it is taken under management by its own name, or not at all.
        for property in spec.properties.iter().filter(|property| property.write_only || property.shown) {
            if let Some(value) = self.desired.get(property.name) {
                inputs.insert(property.name.to_owned(), value.clone());
            }
        }
        let row = Row {
            urn: self.urn.clone(),
            owner: self.owner.clone(),
            id: live.id.clone(),
            account: cx.place.account.clone().unwrap_or_default(),
            region: self.region.clone(),
            inputs,
            outputs: read(&live.outputs),
            edges: self.edges.clone(),
            status: Status::Ready,
            configured: true,
            options: step.options,
            locked: false,
            interim: None,
            former: Vec::new(),
        };
        Do::Append(vec![Entry::RowPut { row: Box::new(row) }], Then::End(Ending::Succeeded(Op::Import)))
    }

    /// Who else has what is to be imported.
    fn taken_by(&self, cx: &Cx<'_>, live: &Live) -> Option<String> {
        let stack = tag(&live.properties, STACK_TAG).filter(|stack| *stack != cx.state.stack);
        let holder = cx.state.all_rows().find(|row| {
            row.id == live.id
                && row.owner != self.owner
                && row.region == self.region
                && row.urn.type_name() == self.urn.type_name()
        });
        match (stack, holder) {
            (Some(stack), _) => Some(format!("carries the tag of stack {stack}")),
            (None, Some(row)) => Some(format!("is on record as {}", row.urn)),
            (None, None) => None,
        }
    }

    pub(super) fn failed_converging(&mut self, cx: &Cx<'_>, failure: Failure) -> Do {
        if failure.class.lasts() {
            return self.refused(cx, failure);
        }
        // It may have had no effect, and a read that shows it as wanted may be one of before it came to be otherwise.
        self.doubted_until = cx.now + self.lag(cx);
        // Configuration is idempotent: whatever became of the call, look and go on.
        match self.back_off(cx, &failure, Then::Read) {
            Some(wait) => {
                self.differing.clear();
                wait
            }
            None => self.refused(cx, failure),
        }
    }
}
