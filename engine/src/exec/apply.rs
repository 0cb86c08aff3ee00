//! Creating, updating and importing by a step: towards what is wanted, until a read shows no difference.

use super::task::{Cx, Do, Ending, Task, Then};
use crate::context::Rows;
use crate::contract::{Call, Failure, FailureClass, Health, Live, Reading, STACK_TAG, Target};
use crate::diff::{Change, Effect, diff_inputs, diff_live, taint_live, with_ignored};
use crate::expr::resolve;
use crate::plan::{Letting, Op, Step, tag, with_identity};
use crate::program::Options;
use crate::schema::{self, Property, TypeSpec};
use crate::state::{Edge, Entry, Intent, Operation, Removal, Row, Status};
use crate::value::{Map, Value, path_covers};

impl Task {
    pub(super) fn start_apply(&mut self, cx: &Cx<'_>, step: &Step) -> Do {
        let Some(spec) = self.spec(cx) else {
            let message = format!("{} is of a type that this version does not know", self.urn);
            return self.fail("PLAN-UNKNOWN-TYPE", message, "use the version that made the plan", None, cx);
        };
        self.edges = edges(cx, step);
        let current = cx.state.rows.get(&self.urn);
        if let (Op::Replace, Some(row)) = (step.op, current)
            && Some(&row.owner) == step.old_owner.as_ref()
        {
            return self.start_replace(cx, step, spec, row);
        }
        if let Err(why) = self.resolve_inputs(cx, step, spec, None) {
            return self.unresolved(cx, step, why);
        }
        match (step.op, current) {
            (Op::Import, None) => {
                self.deadline = cx.now + 5 * 60_000;
                self.call_read(cx)
            }
            (Op::Create | Op::Replace, None) => self.start_create(cx, step, spec),
            (_, Some(row)) => self.start_update(cx, step, spec, row),
            (_, None) => {
                let message = format!("{} is not on record any more", self.urn);
                self.fail("EXEC-VANISHED", message, "run `up` again", None, cx)
            }
        }
    }

    /// A replacement, if what is known now still demands one.
    fn start_replace(&mut self, cx: &Cx<'_>, step: &Step, spec: &TypeSpec, row: &Row) -> Do {
        if !step.forced {
            self.owner = row.owner.clone();
            if let Err(why) = self.resolve_inputs(cx, step, spec, Some(row)) {
                return self.unresolved(cx, step, why);
            }
            let changes = diff_inputs(spec, &row.inputs, &self.desired, &step.options);
            if changes.iter().all(|change| change.effect != Effect::Replace)
                && changes_are_planned(&changes, step)
            {
                self.op = Op::Update;
                return self.start_update(cx, step, spec, row);
            }
            self.owner = step.owner.clone();
        }
        match self.resolve_inputs(cx, step, spec, None) {
            Ok(()) => self.start_create(cx, step, spec),
            Err(why) => self.unresolved(cx, step, why),
        }
    }

    fn start_create(&mut self, cx: &Cx<'_>, step: &Step, spec: &TypeSpec) -> Do {
        let ceiling = step.options.timeouts.create.map_or(spec.timing.timeout[0], |seconds| seconds * 1000);
        self.deadline = cx.now + ceiling;
        Do::Append(vec![Entry::Intended { intent: self.intend_create(cx) }], Then::Create)
    }

    fn start_update(&mut self, cx: &Cx<'_>, step: &Step, spec: &TypeSpec, row: &Row) -> Do {
        self.owner = row.owner.clone();
        let changes = diff_inputs(spec, &row.inputs, &self.desired, &step.options);
        let effect = changes.iter().map(|change| change.effect).max().unwrap_or(Effect::None);
        if effect == Effect::None && !step.touch && row.status == Status::Ready {
            self.op = Op::Same;
            let new = Row {
                inputs: recorded(&self.desired, row, &step.options),
                edges: self.edges.clone(),
                options: step.options.clone(),
                ..row.clone()
            };
            if new == *row {
                return Do::End(Ending::Succeeded(Op::Same));
            }
            return Do::Append(
                vec![Entry::RowPut { row: Box::new(new) }],
                Then::End(Ending::Succeeded(Op::Same)),
            );
        }
        self.unsent = changes
            .iter()
            .filter(|change| change.effect != Effect::None)
            .filter_map(|change| change.path.split('.').next())
            .map(str::to_owned)
            .collect();
        if row.status != Status::Ready {
            // What an unfinished run has sent of them cannot be seen; what only a replacement can change
            // went with the create.
            let ignored =
                |name: &str| step.options.ignore_changes.iter().any(|pattern| path_covers(pattern, name));
            let sendable =
                |p: &&Property| p.write_only && p.effect != schema::Effect::Replace && !ignored(p.name);
            let unseen = spec.properties.iter().filter(sendable);
            self.unsent
                .extend(unseen.map(|p| p.name.to_owned()).filter(|name| self.desired.contains_key(name)));
        }
        if row.status == Status::Deleting {
            // Its delete may have had its effect, and a read that sees it standing may lag behind.
            self.doubted_until = cx.now + self.lag(cx);
        }
        let ceiling = step.options.timeouts.update.map_or(spec.timing.timeout[1], |seconds| seconds * 1000);
        self.deadline = cx.now + ceiling;
        let intent = Intent {
            owner: row.owner.clone(),
            urn: row.urn.clone(),
            operation: Operation::Update,
            account: row.account.clone(),
            region: row.region.clone(),
            inputs: Map::new(),
            // While it is being changed it may stand on the old ones and on the new ones.
            edges: self.edges.clone(),
            options: Options::default(),
        };
        Do::Append(vec![Entry::Intended { intent }], Then::Read)
    }

    /// Towards the interim inputs of a letting: the same way as an update.
    pub(super) fn start_letting(&mut self, cx: &Cx<'_>, letting: &Letting) -> Do {
        let (Some(spec), Some(row)) = (self.spec(cx), self.row(cx)) else {
            return Do::End(Ending::Succeeded(Op::Same));
        };
        self.desired = letting.inputs.clone();
        self.edges = row.edges.clone();
        self.unsent = letting.properties.iter().cloned().collect();
        let options = row.options.clone();
        let ceiling = options.timeouts.update.map_or(spec.timing.timeout[1], |seconds| seconds * 1000);
        self.deadline = cx.now + ceiling;
        let intent = Intent {
            owner: row.owner.clone(),
            urn: row.urn.clone(),
            operation: Operation::Update,
            account: row.account.clone(),
            region: row.region.clone(),
            inputs: Map::new(),
            edges: Vec::new(),
            options: Options::default(),
        };
        Do::Append(vec![Entry::Intended { intent }], Then::Read)
    }

    /// Computes the inputs from what is on record now, for the row's incarnation or a new one.
    fn resolve_inputs(
        &mut self,
        cx: &Cx<'_>,
        step: &Step,
        spec: &TypeSpec,
        keep: Option<&Row>,
    ) -> Result<(), String> {
        let kept = keep.and_then(|row| crate::plan::name_on_record(spec, &row.inputs));
        let name = if keep.is_some() { kept } else { step.new_name.clone() };
        let inputs = with_identity(
            spec,
            &step.inputs,
            &step.default_tags,
            &cx.state.stack,
            &self.owner,
            name.as_deref(),
        );
        let lookup = Rows { state: cx.state, place: cx.place };
        let mut resolved = Map::new();
        for (name, value) in &inputs {
            let value = resolve(value, &lookup).map_err(|why| format!("property `{name}`: {why}"))?;
            if value.has_unknown() {
                return Err(format!("property `{name}` is still unknown"));
            }
            // Unknown in the plan may turn out to be anything; what was known must be the same.
            if let Some(known) = step.known.get(name)
                && !keeps_known(known, &value)
                && !(name == "tags" || Some(name.as_str()) == spec.generated_name)
            {
                return Err(format!("property `{name}` is not what the plan was approved with"));
            }
            resolved.insert(name.clone(), value);
        }
        self.desired = resolved;
        Ok(())
    }

    fn unresolved(&mut self, cx: &Cx<'_>, step: &Step, why: String) -> Do {
        let message = format!("{}: {why}", step.urn);
        self.fail("EXEC-PLAN-DIFFERS", message, "nothing was sent for it; make a new plan", None, cx)
    }

    pub(super) fn call_read(&mut self, cx: &Cx<'_>) -> Do {
        let target = match (self.row(cx), &self.work) {
            (Some(row), _) => row.target(),
            (None, super::task::Work::Apply(step)) => Target {
                urn: self.urn.clone(),
                id: step.options.import_id.clone().unwrap_or_default(),
                inputs: self.desired.clone(),
                outputs: Map::new(),
            },
            _ => return Do::End(Ending::Succeeded(self.op)),
        };
        Do::Call(Call::Read { targets: vec![target] })
    }

    pub(super) fn read_while_applying(&mut self, cx: &Cx<'_>, reading: Reading) -> Do {
        match reading {
            Reading::Unknown(failure) => match self.back_off(cx, &failure, Then::Read) {
                Some(wait) if !lasting(&failure) => wait,
                _ => self.refused(cx, failure),
            },
            Reading::Absent => self.unseen(cx),
            Reading::Found(mut live) => {
                self.unseen_since = None;
                if let Some(spec) = self.spec(cx) {
                    taint_live(spec, &mut live, &self.desired);
                }
                let health = live.health.clone();
                self.live = Some(*live);
                match health {
                    Health::Pending(word) => self.poll(cx, Then::Read, &word),
                    Health::Deleting(word) => self.poll(cx, Then::Read, &word),
                    Health::Failed(why) => self.unfit(cx, &why),
                    Health::Ready if cx.now <= self.doubted_until => {
                        self.poll(cx, Then::Read, "whether its delete had its effect is not sure yet")
                    }
                    Health::Ready => self.compare(cx),
                }
            }
        }
    }

    /// A read does not see it: just created, it may not be visible yet.
    fn unseen(&mut self, cx: &Cx<'_>) -> Do {
        let since = *self.unseen_since.get_or_insert(cx.now);
        let patience = if self.created { (self.lag(cx) * 10).min(300_000) } else { self.lag(cx) };
        if self.op != Op::Import && cx.now.saturating_sub(since) <= patience {
            return self.poll(cx, Then::Read, "it is not visible");
        }
        let (message, hint) = if self.op == Op::Import {
            let id = self.import_id().unwrap_or_default();
            (
                format!("{} cannot be imported: there is no {id}", self.urn),
                "check the id, its region and account",
            )
        } else {
            (format!("{} is gone from AWS", self.urn), "")
        };
        if self.op != Op::Import {
            return self.vanished(cx, message);
        }
        self.fail("EXEC-IMPORT-ABSENT", message, hint, None, cx)
    }

    /// It is surely gone: off the record, so that the next run makes it anew. What held data stays on
    /// record, so that the next run does not do so unasked.
    fn vanished(&mut self, cx: &Cx<'_>, message: String) -> Do {
        let held = self.spec(cx).is_some_and(TypeSpec::holds_data);
        let hint = match held {
            true => {
                "it held data and stays on record: the next `up` asks for its name before it makes a new one"
            }
            false => "it is off the record; run `up` again to make it anew",
        };
        let ending = Ending::Failed(Box::new(super::Trouble {
            code: "EXEC-VANISHED",
            message,
            hint: hint.to_owned(),
            failure: None,
        }));
        if self.row(cx).is_none() {
            return Do::End(ending);
        }
        let owner = self.owner.clone();
        if held {
            return Do::Append(vec![Entry::Settled { owner }], Then::End(ending));
        }
        let removed = Entry::RowRemoved { owner: owner.clone(), why: Removal::Absent };
        Do::Append(vec![removed, Entry::Settled { owner }], Then::End(ending))
    }

    fn import_id(&self) -> Option<String> {
        match &self.work {
            super::task::Work::Apply(step) => step.options.import_id.clone(),
            _ => None,
        }
    }

    /// AWS says that it will never be fit for use: the next run replaces it.
    fn unfit(&mut self, cx: &Cx<'_>, why: &str) -> Do {
        let trouble = super::Trouble {
            code: "EXEC-FAILED-STATE",
            message: format!("{} came to a failed state: {why}", self.urn),
            hint: "it is on record as tainted; the next `up` replaces it".to_owned(),
            failure: None,
        };
        let ending = Ending::Failed(Box::new(trouble));
        let Some(row) = self.row(cx) else { return Do::End(ending) };
        let row = Row { status: Status::Tainted, ..row.clone() };
        let settled = Entry::Settled { owner: self.owner.clone() };
        Do::Append(vec![Entry::RowPut { row: Box::new(row) }, settled], Then::End(ending))
    }

    /// It is ready: is it as wanted?
    fn compare(&mut self, cx: &Cx<'_>) -> Do {
        let (Some(spec), Some(live)) = (self.spec(cx), self.live.clone()) else { return self.call_read(cx) };
        if self.op == Op::Import {
            return self.imported(cx, spec, &live);
        }
        let options = match &self.work {
            super::task::Work::Apply(step) => step.options.clone(),
            _ => Options::default(),
        };
        let wanted = with_ignored(&self.desired, &live.properties, &options);
        let mut differing: Vec<String> = diff_live(spec, &live, &wanted, &options)
            .iter()
            .filter_map(|change| change.path.split('.').next().map(str::to_owned))
            .collect();
        differing.extend(self.unsent.iter().cloned());
        differing.sort_unstable();
        differing.dedup();
        if differing.is_empty() {
            return self.finish(cx, &live, options);
        }
        if differing == self.differing {
            self.stalls += 1;
            if self.stalls > 40 || cx.now > self.deadline {
                return self.stuck(cx, &differing);
            }
            // A read may lag behind the call: look a few times before calling again.
            if !self.stalls.is_multiple_of(4) {
                return self.poll(cx, Then::Read, "waiting for the change to be visible");
            }
        } else {
            self.stalls = 0;
            self.polls = 0;
        }
        self.differing.clone_from(&differing);
        let Some(row) = self.row(cx) else { return self.call_read(cx) };
        Do::Call(Call::Converge { target: row.target(), live: Box::new(live), desired: wanted, differing })
    }

    fn stuck(&mut self, cx: &Cx<'_>, differing: &[String]) -> Do {
        self.fail(
            "EXEC-NOT-CONVERGING",
            format!(
                "{}: AWS took the calls, but these properties stay different: {}",
                self.urn,
                differing.join(", ")
            ),
            "AWS may not take this value; see the diff with `finsight-deploy preview --diff`",
            None,
            cx,
        )
    }

    fn imported(&mut self, cx: &Cx<'_>, spec: &TypeSpec, live: &Live) -> Do {
        let super::task::Work::Apply(step) = self.work.clone() else { return self.call_read(cx) };
        if let Some(whose) = self.taken_by(cx, live) {
            let message = format!("{} cannot be imported: {} {whose}", self.urn, live.id);
            let hint = "it was not touched; take it off the record there first, with `state remove`";
            return self.fail("EXEC-CONFLICT", message, hint, None, cx);
        }
        // What stands is the base of the next diff; what AWS does not give back is taken as wanted.
        let mut inputs = live.properties.clone();
        inputs.retain(|name, _| {
            self.desired.contains_key(name) || spec.property(name).is_some_and(|p| p.required)
        });
        for property in spec.properties.iter().filter(|property| property.write_only) {
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
            outputs: live.outputs.clone(),
            edges: self.edges.clone(),
            status: Status::Ready,
            options: step.options,
            locked: false,
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

    /// It stands as wanted: on record with it.
    fn finish(&mut self, cx: &Cx<'_>, live: &Live, options: Options) -> Do {
        let Some(row) = self.row(cx) else { return self.call_read(cx) };
        let row = Row {
            id: live.id.clone(),
            inputs: recorded(&self.desired, row, &options),
            outputs: live.outputs.clone(),
            edges: self.edges.clone(),
            status: Status::Ready,
            options,
            ..row.clone()
        };
        let settled = Entry::Settled { owner: self.owner.clone() };
        Do::Append(vec![Entry::RowPut { row: Box::new(row) }, settled], Then::End(Ending::Succeeded(self.op)))
    }

    pub(super) fn failed_converging(&mut self, cx: &Cx<'_>, failure: Failure) -> Do {
        if lasting(&failure) {
            return self.refused(cx, failure);
        }
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

/// What was applied: of what `ignore_changes` covers, what was on record.
fn recorded(desired: &Map, row: &Row, options: &Options) -> Map {
    with_ignored(desired, &row.inputs, options)
}

fn lasting(failure: &Failure) -> bool {
    matches!(failure.class, FailureClass::Denied | FailureClass::Invalid | FailureClass::Quota)
}

/// Whether all that was known in the plan is the same in what it turned out to be.
fn keeps_known(planned: &Value, actual: &Value) -> bool {
    match (planned, actual) {
        (Value::Unknown, _) => true,
        (Value::List(planned), Value::List(actual)) => {
            planned.len() == actual.len() && planned.iter().zip(actual).all(|(a, b)| keeps_known(a, b))
        }
        (Value::Map(planned), Value::Map(actual)) => {
            planned.len() == actual.len()
                && planned.iter().all(|(key, a)| actual.get(key).is_some_and(|b| keeps_known(a, b)))
        }
        (planned, actual) => planned == actual,
    }
}

/// Whether all changes were shown in the plan.
fn changes_are_planned(changes: &[Change], step: &Step) -> bool {
    changes.iter().all(|change| {
        step.diff.iter().any(|planned| {
            planned.path == change.path || planned.path.split('.').next() == change.path.split('.').next()
        })
    })
}

/// The edges of the row to be, to the incarnations that stand now.
fn edges(cx: &Cx<'_>, step: &Step) -> Vec<Edge> {
    step.dependencies
        .iter()
        .filter_map(|(urn, via)| {
            let row = cx.state.rows.get(urn)?;
            Some(Edge { urn: urn.clone(), owner: row.owner.clone(), via: via.clone() })
        })
        .collect()
}
