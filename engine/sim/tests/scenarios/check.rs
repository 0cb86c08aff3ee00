//! The one way in which every scenario is run and judged.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::rc::Rc;

use finsight_engine::contract::{OwnerId, Reading};
use finsight_engine::exec::{Outcome, Report, Trouble};
use finsight_engine::graph::Graph;
use finsight_engine::plan::{Observed, Op, Plan};
use finsight_engine::refresh::drift;
use finsight_engine::state::{Entry, Removal, Row};
use finsight_engine::urn::Urn;
use finsight_sim::{Ask, Hardship, Knobs, World, kinds};

use crate::shown::drifted;
use crate::tape::{Ear, Fault, Tape};
use crate::wish::{How, Wish};

/// A stack's life so far, and what was heard of it.
pub struct Life {
    /// Cloud, store and clock.
    pub world: World,
    /// The last plan.
    pub plan: Option<Plan>,
    /// What was reported in the last run.
    pub reports: Vec<Report>,
    /// What failed in the last run.
    pub troubles: Vec<(Urn, Trouble)>,
    /// What was heard.
    pub tape: Rc<RefCell<Tape>>,
}

/// An empty account and an empty state.
pub fn nothing() -> Life {
    let tape = Rc::new(RefCell::new(Tape::default()));
    let mut world = World::new(kinds::registry(), 1);
    world.bend = Some(Box::new(Ear(Rc::clone(&tape))));
    Life { world, plan: None, reports: Vec::new(), troubles: Vec::new(), tape }
}

/// What stands after an `up` of each of these programs.
pub fn after(programs: &[&Graph]) -> Life {
    let mut life = nothing();
    for program in programs {
        let (end, _) = life.run(&crate::wish::up(program), &[]);
        assert_eq!(end, "end ok", "an `up` before the scenario");
    }
    life.world.advance(60_000);
    life
}

/// What stands after an `up` of this program, with the types of these hardships.
pub fn wide(hardships: &[Hardship], graph: &Graph) -> Life {
    let mut life = nothing();
    let bend = life.world.bend.take();
    let hardships: BTreeSet<Hardship> = hardships.iter().copied().collect();
    life.world = World::new(kinds::registry_with(&hardships), 1);
    life.world.hardships.extend(hardships);
    life.world.cloud.holds = true;
    life.world.bend = bend;
    let (end, seen) = life.run(&crate::wish::up(graph), &[]);
    assert_eq!(end, "end ok", "before the scenario: {seen:?}");
    life.world.advance(60_000);
    life
}

/// The plan of a wish, without carrying it out.
pub fn planned(life: &Life, wish: &Wish) -> Plan {
    life.fork().world.preview(&wish.ask).expect("a plan")
}

/// A minute of the world's clock.
pub const MINUTE: u64 = 60_000;

/// How long it took since then.
pub fn took(life: &Life, began: u64) -> u64 {
    life.world.now - began
}

/// Whether a line that begins so was seen.
pub fn did(seen: &[String], what: &str) -> bool {
    seen.iter().any(|line| line.starts_with(what))
}

/// Runs a command on what stood before, with what goes wrong, and compares what is seen.
///
/// Expected is, a line each: the plan's steps, the calls in their order (reads
/// left out), errors and skipped steps, the end, and the record as it then is.
/// `Parent/main#2` is the second incarnation of that resource.
///
/// Besides, every time: no rule of the simulator is broken; a run that changes
/// everything it should is followed by no drift and by a run that writes
/// nothing; and the same comes of it on a cloud that lags, with all steps at once.
pub fn check(before: Life, wish: impl Into<Wish>, faults: &[Fault], expected: &str) -> Life {
    let wish = wish.into();
    let mut life = before;
    let clean = faults.is_empty().then(|| life.fork());
    let (end, seen) = life.run(&wish, faults);
    let wanted: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert!(seen == wanted, "expected:\n{}\nseen:\n{}", indent(&wanted), indent(&seen));
    life.world.expect_no_violations();
    if let (Some(clean), How::Run, "end ok") = (clean, &wish.how, end.as_str()) {
        clean.same_on_a_slow_cloud(&wish, &life.record());
        let imports = life.plan.iter().flat_map(|plan| &plan.steps).any(|step| step.op == Op::Import);
        if wish.ask.selection.is_all() && !imports {
            life.world.expect_converged(&wish.ask.graph);
            if !wish.ask.destroy {
                life.expect_quiet(&wish.ask.graph);
            }
        }
    }
    life
}

fn indent<T: AsRef<str>>(lines: &[T]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "        {}", line.as_ref());
        text
    })
}

impl Life {
    /// The life with something done to it from outside.
    pub fn with(mut self, change: impl FnOnce(&mut World)) -> Self {
        change(&mut self.world);
        self
    }

    /// The life with a change of the record, as `state` commands make it.
    pub fn with_row(self, urn: &Urn, change: impl FnOnce(&mut Row)) -> Self {
        self.with(|world| {
            let state = world.store.load().expect("a readable state");
            let mut row = state.rows[urn].clone();
            change(&mut row);
            write(world, &[Entry::RowPut { row: Box::new(row) }]);
        })
    }

    /// The same for a row that was replaced and is still to be deleted.
    pub fn with_old_row(self, owner: &OwnerId, change: impl FnOnce(&mut Row)) -> Self {
        self.with(|world| {
            let state = world.store.load().expect("a readable state");
            let mut row = state.row(owner).expect("a row").clone();
            change(&mut row);
            write(world, &[Entry::RowPut { row: Box::new(row) }]);
        })
    }

    /// The life in which someone has deleted the resource.
    pub fn gone(self, urn: &Urn) -> Self {
        let number = self.number(urn);
        self.with(|world| {
            world.cloud.someone_deletes(world.now, number).expect("nothing that holds it");
            world.advance(60_000);
        })
    }

    /// The life in which someone has set a property.
    pub fn meddled(self, urn: &Urn, property: &str, value: impl Into<finsight_engine::value::Value>) -> Self {
        let number = self.number(urn);
        self.with(|world| {
            world.cloud.someone_sets(world.now, number, property, value.into()).expect("a standing object");
            world.advance(60_000);
        })
    }

    /// What `refresh` does with rows that are gone: they leave the record.
    pub fn refreshed(self) -> Self {
        self.with(|world| {
            let observed = observe(world);
            let state = world.store.load().expect("a readable state");
            let gone = |row: &&Row| observed.readings.get(&row.owner) == Some(&Reading::Absent);
            let entries: Vec<Entry> = state
                .all_rows()
                .filter(gone)
                .map(|row| Entry::RowRemoved { owner: row.owner.clone(), why: Removal::Absent })
                .collect();
            write(world, &entries);
        })
    }

    /// What `drift` finds: `Parent/main note "a" → "b"`.
    pub fn drift(&mut self) -> Vec<String> {
        let observed = observe(&mut self.world);
        let state = self.world.store.load().expect("a readable state");
        drift(&self.world.registry, &state, &observed).iter().map(drifted).collect()
    }

    /// The number of the object that a resource on record is.
    pub fn number(&self, urn: &Urn) -> u64 {
        let row = &self.world.store.state().rows[urn];
        let object = self.world.cloud.object(self.world.now, urn.type_name(), &row.region, &row.id);
        object.expect("an object for the row").number
    }

    /// The same life, lived apart.
    pub fn fork(&self) -> Self {
        let tape = Rc::new(RefCell::new(self.tape.borrow().clone()));
        let mut world = self.world.fork();
        world.bend = Some(Box::new(Ear(Rc::clone(&tape))));
        Self { world, plan: self.plan.clone(), reports: Vec::new(), troubles: Vec::new(), tape }
    }

    /// Records and calls of the last run, in the order in which they took effect.
    pub fn commands(&self) -> Vec<String> {
        self.tape.borrow().commands.clone()
    }

    /// Runs a command; gives its end and all that is seen.
    pub fn run(&mut self, wish: &Wish, faults: &[Fault]) -> (String, Vec<String>) {
        for fault in faults {
            let Fault::At(says, mishap) = fault else { continue };
            // A run ahead, apart, tells which command it is.
            let mut ahead = self.fork();
            ahead.carry_out(wish, faults);
            let commands = ahead.commands();
            let index = commands.iter().position(|command| command.contains(says));
            let Some(index) = index else { panic!("no `{says}` among:\n{}", indent(&commands)) };
            self.world.mishap_in(index as u64 + 1, *mishap);
        }
        let mut seen = self.carry_out(wish, faults);
        let end = seen.last().cloned().unwrap_or_default();
        seen.extend(self.record());
        self.world.no_more_mishaps();
        self.tape.borrow_mut().faults.clear();
        (end, seen)
    }

    fn carry_out(&mut self, wish: &Wish, faults: &[Fault]) -> Vec<String> {
        self.tape.borrow_mut().rewind(faults);
        let run = match &wish.how {
            How::Run => self.world.run(&wish.ask),
            How::Apply(plan) => self.world.apply(&wish.ask, plan),
            How::Preview => return self.previewed(&wish.ask),
        };
        let mut seen: Vec<String> = run.plan.iter().flat_map(|plan| self.planned(plan)).collect();
        let mut calls = self.tape.borrow().calls.clone();
        calls.dedup_by(|next, call| next == call && (call.starts_with("find") || call.contains('✗')));
        if wish.ask.parallel == 0 {
            calls.sort_unstable();
        }
        seen.extend(calls);
        let outcomes: Vec<&Outcome> = run.recovery.iter().chain(&run.outcome).collect();
        self.troubles = outcomes.iter().flat_map(|outcome| outcome.errors.clone()).collect();
        seen.extend(self.troubles.iter().map(|(urn, error)| self.error(urn, error)));
        seen.extend(run.reports.iter().filter_map(|report| self.report(report)));
        seen.extend(self.ended(&run));
        self.plan.clone_from(&run.plan);
        self.reports = run.reports;
        seen
    }

    /// What the command does: open intents are settled in thought, and nothing is carried out.
    fn previewed(&mut self, ask: &Ask) -> Vec<String> {
        let mut thought = self.fork();
        thought.tape.borrow_mut().dry = true;
        let (bytes, changes) = (thought.world.store.bytes(), thought.world.cloud.log.len());
        let run = thought.world.run(ask);
        assert!(thought.world.store.bytes() == bytes, "a preview has written something");
        assert_eq!(thought.world.cloud.log.len(), changes, "a preview has changed something");
        let mut seen: Vec<String> = run.reports.iter().filter_map(|report| self.report(report)).collect();
        seen.extend(run.plan.iter().flat_map(|plan| self.planned(plan)));
        seen.extend(self.ended(&run));
        self.plan = run.plan;
        seen
    }

    /// All steps at once, on a cloud that waits and lags, after other numbers drawn.
    fn same_on_a_slow_cloud(&self, wish: &Wish, record: &[String]) {
        for draws in 0..4 {
            let mut life = self.fork();
            life.world.cloud.knobs = Knobs::natural();
            for _ in 0..draws {
                observe(&mut life.world);
            }
            let (end, seen) = life.run(&wish.clone().at_once(), &[]);
            assert_eq!(end, "end ok", "on a slow cloud:\n{}", indent(&seen));
            let slow: Vec<String> = life.record();
            assert_eq!(slow, record, "the record on a slow cloud");
            life.world.expect_no_violations();
        }
    }

    /// Nothing drifts at once or later, and a second run writes nothing.
    fn expect_quiet(&self, graph: &Graph) {
        let mut life = self.fork();
        assert_eq!(life.drift(), Vec::<String>::new(), "drift right after `up`");
        life.world.advance(60_000);
        let bytes = life.world.store.bytes();
        let (_, seen) = life.run(&graph.into(), &[]);
        assert!(life.plan.as_ref().is_some_and(Plan::is_empty), "a second run:\n{}", indent(&seen));
        assert!(life.world.store.bytes() == bytes, "a run that changes nothing has written something");
    }
}

pub fn observe(world: &mut World) -> Observed {
    let state = world.store.load().expect("a readable state");
    let ask = Ask::destroy(&world.stack.clone());
    world.refresh(&state, &ask, 0).expect("a refresh without a crash")
}

fn write(world: &mut World, entries: &[Entry]) {
    let writer = world.store.open();
    world.store.append(writer, entries).expect("a legal record");
}
