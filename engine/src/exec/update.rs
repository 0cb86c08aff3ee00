//! Changing what stands: what the plan has shown, and nothing beyond.

use std::collections::BTreeSet;

use super::apply::first;
use super::foresight::Foresight;
use super::task::{Cx, Do, Ending, Task, Then, Work};
use crate::contract::{Call, Live};
use crate::diff::{Effect, diff_inputs, with_ignored};
use crate::plan::{Letting, Step};
use crate::program::Options;
use crate::schema::{self, Property, TypeSpec};
use crate::state::{Edge, Entry, Intent, Operation, Row, Status};
use crate::value::{Map, Value, path_covers};

impl Task {
    /// An update reads first: only what differs then is intended and sent.
    pub(super) fn start_update(&mut self, cx: &Cx<'_>, step: &Step, spec: &TypeSpec, row: &Row) -> Do {
        self.owner = row.owner.clone();
        self.stood_ready = !cx.unfinished.contains(&row.owner);
        let options = row.effective(&step.options);
        let changes = diff_inputs(spec, &row.standing(), &self.desired, &options);
        let effect = changes.iter().map(|change| change.effect).max().unwrap_or(Effect::None);
        if effect == Effect::Replace {
            let paths: Vec<&str> = changes
                .iter()
                .filter(|change| change.effect == Effect::Replace)
                .map(|change| change.path.as_str())
                .collect();
            let why =
                format!("{} turned out to need a replacement, which the plan did not show", paths.join(", "));
            return self.unresolved(cx, step, why);
        }
        if effect == Effect::None && step.record_only && row.status == Status::Ready {
            self.op = crate::plan::Op::Same;
            return self.record(
                cx,
                row,
                Row { outputs: row.outputs.clone(), ..self.row_to_be(row, &step.options) },
            );
        }
        self.unsent = changes
            .iter()
            .filter(|change| change.effect != Effect::None)
            .map(|change| first(&change.path).to_owned())
            .collect();
        if row.status != Status::Ready {
            // What an unfinished run has sent of them cannot be seen.
            self.unsent.extend(self.unseen_settings(spec, &options.ignore_changes));
        }
        if row.status == Status::Deleting || (row.status == Status::Unfinished && !self.stood_ready) {
            // Its delete or its change may have had its effect, and a read that does not see that may lag behind.
            self.doubted_until = cx.now + self.lag(cx);
        }
        self.deadline = cx.now + update_ceiling(spec, &step.options);
        self.call_read(cx)
    }

    /// What no read gives back and a call can set: what only a replacement can change went with the create.
    pub(super) fn unseen_settings(&self, spec: &TypeSpec, ignored: &[String]) -> BTreeSet<String> {
        let ignored = |name: &str| ignored.iter().any(|pattern| path_covers(pattern, name));
        let sendable =
            |p: &&Property| p.write_only && p.effect != schema::Effect::Replace && !ignored(p.name);
        let unseen = spec.properties.iter().filter(sendable);
        unseen.map(|p| p.name.to_owned()).filter(|name| self.desired.contains_key(name)).collect()
    }

    /// Towards the interim inputs of a letting: the same way as an update.
    pub(super) fn start_letting(&mut self, cx: &Cx<'_>, letting: &Letting) -> Do {
        let (Some(spec), Some(row)) = (self.spec(cx), self.row(cx)) else {
            return Do::End(Ending::Succeeded(crate::plan::Op::Same));
        };
        if cx.plan.is_some_and(|plan| !Foresight::new(cx, plan).lets_go(letting)) {
            return Do::End(Ending::Succeeded(crate::plan::Op::Same));
        }
        self.desired = letting.inputs.clone();
        self.stood_ready = !cx.unfinished.contains(&row.owner);
        self.unsent = self.unseen_settings(spec, &[]);
        self.unsent.retain(|name| letting.properties.contains(name));
        // By its edges it holds, or may: a read that sees it without may be older than they are, also where the inputs
        // on record are without already, because an earlier run has begun to give it back, or somebody has by hand.
        self.doubted_until = cx.now + self.lag(cx);
        self.deadline = cx.now + update_ceiling(spec, &row.options);
        self.call_read(cx)
    }

    /// The options that hold for what stands now.
    pub(super) fn options(&self, row: &Row) -> Options {
        row.effective(self.step().map_or(&row.options, |step| &step.options))
    }

    /// What differs and was not shown by the plan, at every read: a first one may have lagged behind. What this
    /// step sends is all shown, so a read that does not see it yet is held against nobody. What an earlier run has
    /// not finished, and what was just made, may be anything.
    pub(super) fn beyond(&self, cx: &Cx<'_>) -> Vec<String> {
        let (step, differing) = match &self.work {
            Work::LetGo(_) => (cx.plan.and_then(|plan| plan.step(&self.urn)), &self.beside),
            _ => (self.step(), &self.differing),
        };
        let let_go = |name: &str| {
            let lettings = cx.plan.iter().flat_map(|plan| &plan.lettings);
            lettings
                .filter(|one| one.owner == self.owner)
                .any(|one| one.properties.iter().any(|property| property == name))
        };
        // How AWS is getting on changes with our own calls, also with those upon what this stands on. To set it again is
        // no more than the plan has shown where that interrupts as much.
        let shown = step.and_then(|step| step.diff.iter().map(|change| change.effect).max());
        let follows = |name: &str| {
            let property = self.spec(cx).and_then(|spec| spec.property(name)).filter(|it| it.follows);
            property.is_some_and(|property| {
                let effect = match property.effect {
                    schema::Effect::Update => Effect::Update,
                    schema::Effect::Interrupt => Effect::Interrupt,
                    schema::Effect::Replace => Effect::Replace,
                };
                self.touched || shown >= Some(effect)
            })
        };
        match step {
            Some(step) if self.stood_ready && !self.created => differing
                .iter()
                .filter(|name| !step.shows(name) && !let_go(name) && !follows(name))
                .cloned()
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Somebody has changed it since the plan was made, if a read does not merely lag behind.
    pub(super) fn changed_meanwhile(&mut self, cx: &Cx<'_>, beyond: &[String]) -> Do {
        let since = *self.beyond_since.get_or_insert(cx.now);
        if cx.now.saturating_sub(since) <= self.lag(cx) {
            return self.poll(cx, Then::Read, "whether it was changed since the plan was made");
        }
        let message = format!(
            "{} was changed since the plan was made: {} would be set, which the plan did not show",
            self.urn,
            beyond.join(", ")
        );
        let hint = if self.touched {
            "it is left as it stands, with what the plan showed sent in part; make a new plan"
        } else {
            "nothing was sent for it; make a new plan"
        };
        self.fail("PLAN-STALE", message, hint, None, cx)
    }

    /// The intent of an update, and of what takes back a deletion.
    pub(super) fn intend_update(&mut self, row: &Row, then: Then) -> Do {
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
        Do::Append(vec![Entry::Intended { intent }], then)
    }

    /// It waits for its deletion, which can be taken back.
    pub(super) fn restore(&mut self, cx: &Cx<'_>) -> Do {
        let Some(row) = self.row(cx).cloned() else { return self.call_read(cx) };
        if self.is_open(cx) { self.call_restore(cx) } else { self.intend_update(&row, Then::Restore) }
    }

    pub(super) fn call_restore(&mut self, cx: &Cx<'_>) -> Do {
        let Some(row) = self.row(cx) else { return self.call_read(cx) };
        self.touched = true;
        Do::Call(Call::Restore { target: row.target() })
    }

    /// The row of the resource as it stands now, once it is as wanted.
    fn row_to_be(&self, row: &Row, options: &Options) -> Row {
        match &self.work {
            // Its own step goes on from here, or the next run.
            Work::LetGo(letting) => {
                let mut interim = row.interim.clone().unwrap_or_default();
                let meanwhile = letting.inputs.iter().filter(|(name, _)| letting.properties.contains(name));
                interim.inputs.extend(meanwhile.map(|(name, value)| (name.clone(), value.clone())));
                let (given_up, edges) =
                    row.edges.iter().cloned().partition(|edge| letting.of.contains(&edge.urn));
                interim.edges.extend::<Vec<Edge>>(given_up);
                Row { edges, status: Status::Unfinished, interim: Some(interim), ..row.clone() }
            }
            _ => Row {
                // Of what is ignored, what was on record.
                inputs: with_ignored(&self.desired, &row.standing(), &row.effective(options)),
                edges: self.edges.clone(),
                status: Status::Ready,
                configured: true,
                interim: None,
                options: options.clone(),
                ..row.clone()
            },
        }
    }

    /// It stands as wanted: on record with it.
    pub(super) fn finish(&mut self, cx: &Cx<'_>, live: &Live) -> Do {
        let (Some(spec), Some(row)) = (self.spec(cx), self.row(cx)) else { return self.call_read(cx) };
        if let Work::LetGo(letting) = &self.work
            && let Some(name) =
                letting.properties.iter().find(|name| live.unread().any(|unread| unread == name.as_str()))
        {
            let why = format!("whether it has let go is not sure: `{name}` could not be read");
            return self.poll(cx, Then::Read, &why);
        }
        // A ceiling below the lag is none for what stands as wanted.
        let is_newer = |before: &Map| {
            let volatile = spec.outputs.iter().filter(|output| output.volatile);
            volatile.into_iter().any(|output| live.outputs.get(output.name) != before.get(output.name))
        };
        let newer = self.told_before.as_ref().is_some_and(is_newer);
        if !newer && cx.now <= self.doubted_until.min(self.deadline) {
            let why = match self.work {
                _ if self.touched => "what the change brought is not sure to be visible yet",
                Work::LetGo(_) => "whether it has let go is not sure yet",
                _ => "whether an earlier change had its effect is not sure yet",
            };
            return self.poll(cx, Then::Read, why);
        }
        let Live { id, outputs, .. } = live.over(row);
        if let Some(wait) = self.missing_output(cx, spec, live, &outputs) {
            return wait;
        }
        let options = self.step().map_or(&row.options, |step| &step.options).clone();
        let new = Row { id, outputs, ..self.row_to_be(row, &options) };
        if !self.touched && !self.created {
            self.op = crate::plan::Op::Same;
        }
        let row = row.clone();
        self.record(cx, &row, new)
    }

    /// Waits where an output that this read could not tell is not known either: whoever refers to it needs it.
    pub(super) fn missing_output(
        &mut self,
        cx: &Cx<'_>,
        spec: &TypeSpec,
        live: &Live,
        known: &Map,
    ) -> Option<Do> {
        let unread = |name: &str| live.outputs.get(name).is_some_and(Value::has_unknown);
        let missing = spec.outputs.iter().find(|o| unread(o.name) && !known.contains_key(o.name))?;
        self.awaited = true;
        let why = format!("its output `{}` could not be read", missing.name);
        Some(self.poll(cx, Then::Read, &why))
    }

    /// Ends well, with what has changed on record.
    fn record(&mut self, cx: &Cx<'_>, old: &Row, new: Row) -> Do {
        let mut entries = Vec::new();
        if new != *old {
            entries.push(Entry::RowPut { row: Box::new(new) });
        }
        if self.is_open(cx) {
            entries.push(Entry::Settled { owner: self.owner.clone() });
        }
        let ending = Ending::Succeeded(self.op);
        if entries.is_empty() { Do::End(ending) } else { Do::Append(entries, Then::End(ending)) }
    }
}

fn update_ceiling(spec: &TypeSpec, options: &Options) -> u64 {
    options.timeouts.update.map_or(spec.timing.timeout[1], |seconds| seconds * 1000)
}
