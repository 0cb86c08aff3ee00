//! What may start, what goes on after a wait, and when it is over.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::machine::{Machine, Phase};
use super::task::Input;
use super::unit::{Unit, UnitStatus};
use super::{Command, Now, Report};
use crate::plan::Action;

/// A unit's place in the queue: the one with the longest path behind it comes first.
type Rank = (u64, Reverse<usize>);

/// Which units may start or go on. Each event costs what it changes, not all units.
pub(super) struct Queue {
    /// Of each unit, how many of those that come before it are not done.
    ahead: Vec<usize>,
    /// Of each unit, which come after it.
    behind: Vec<Vec<usize>>,
    /// What may start as soon as there is a place.
    open: BTreeSet<Rank>,
    /// What may start once all is done that is not late.
    late: BTreeSet<Rank>,
    /// Units that are not late and not done.
    early_left: usize,
    /// Units whose wait is over and that have no place yet.
    waited: BTreeSet<Rank>,
    /// Units that have begun and not ended.
    active: usize,
    /// Of these, how many wait: they hold no place.
    waiting: usize,
}

impl Queue {
    pub(super) fn new(units: &[Unit]) -> Self {
        let mut queue = Self {
            ahead: units.iter().map(|unit| unit.action.after.len()).collect(),
            behind: vec![Vec::new(); units.len()],
            open: BTreeSet::new(),
            late: BTreeSet::new(),
            early_left: units.iter().filter(|unit| !unit.action.late).count(),
            waited: BTreeSet::new(),
            active: 0,
            waiting: 0,
        };
        for (index, unit) in units.iter().enumerate() {
            for before in &unit.action.after {
                queue.behind[*before].push(index);
            }
            if unit.action.after.is_empty() {
                queue.opens(index, &unit.action);
            }
        }
        queue
    }

    fn opens(&mut self, index: usize, action: &Action) {
        let set = if action.late { &mut self.late } else { &mut self.open };
        set.insert(rank(index, action));
    }

    /// A unit is done: what waited for it may start.
    pub(super) fn done(&mut self, index: usize, units: &[Unit]) {
        if !units[index].action.late {
            self.early_left -= 1;
        }
        for next in self.behind[index].clone() {
            self.ahead[next] -= 1;
            if self.ahead[next] == 0 {
                self.opens(next, &units[next].action);
            }
        }
    }

    /// A unit has ended, in whatever way.
    pub(super) fn ended(&mut self) {
        self.active -= 1;
    }

    /// A unit waits, and gives its place away.
    pub(super) fn waits(&mut self) {
        self.waiting += 1;
    }

    /// A unit's wait is over: it goes on as soon as there is a place.
    pub(super) fn waited(&mut self, index: usize, action: &Action) {
        self.waited.insert(rank(index, action));
    }

    /// A unit that waited goes on.
    pub(super) fn resumes(&mut self) {
        self.waiting -= 1;
    }

    /// The units whose wait is over and that have no place yet: they have one now.
    pub(super) fn take_waited(&mut self) -> Vec<usize> {
        let units: Vec<usize> =
            std::mem::take(&mut self.waited).into_iter().map(|(_, Reverse(index))| index).collect();
        self.waiting -= units.len();
        units
    }

    fn startable(&self) -> Option<Rank> {
        // Deletes come last, and never after a failure among creates and updates.
        let late = if self.early_left == 0 { self.late.last() } else { None };
        self.open.last().max(late).copied()
    }
}

fn rank(index: usize, action: &Action) -> Rank {
    (action.path_millis, Reverse(index))
}

impl Machine {
    pub(super) fn schedule(&mut self, now: Now, out: &mut Vec<Command>) {
        // Starting a unit can end it at once and free others.
        while self.phase == Phase::Running && self.has_place() {
            let waited = self.queue.waited.last().copied();
            let fresh = if self.is_stopped() { None } else { self.queue.startable() };
            match (waited, fresh) {
                (None, None) => break,
                (Some(on), fresh) if fresh.is_none_or(|fresh| on >= fresh) => {
                    self.queue.waited.remove(&on);
                    self.queue.resumes();
                    self.turn(now.run, on.1.0, Input::Go, out);
                }
                (_, Some(fresh)) => self.start(now.run, fresh, out),
                (Some(_), None) => break,
            }
        }
        if self.phase == Phase::Running && self.queue.active == 0 {
            self.close(now, out);
        }
        if self.store_failed.is_some() && self.queue.active == 0 && self.appends.is_empty() {
            self.phase = Phase::Over;
        }
    }

    /// Places are for calls at work: what waits holds none.
    fn has_place(&self) -> bool {
        let at_work = self.queue.active - self.queue.waiting;
        self.settings.parallel == 0 || at_work < self.settings.parallel
    }

    fn start(&mut self, now: u64, rank: Rank, out: &mut Vec<Command>) {
        if !self.queue.open.remove(&rank) {
            self.queue.late.remove(&rank);
        }
        let index = rank.1.0;
        let task = self.new_task(now, index);
        if self.plan.is_some() {
            let op = self.units[index].word().to_owned();
            out.push(Command::Report(Report::StepStarted { urn: task.urn.clone(), op }));
        }
        self.queue.active += 1;
        self.units[index].status = UnitStatus::Active(Box::new(task));
        self.turn(now, index, Input::Start, out);
    }
}
