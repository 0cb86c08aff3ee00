//! What a command is asked to do.

use finsight_engine::graph::Graph;
use finsight_engine::plan::Plan;
use finsight_engine::urn::UrnPattern;
use finsight_sim::Ask;

/// A command with its options.
#[derive(Clone)]
pub struct Wish {
    /// What is asked of the world.
    pub ask: Ask,
    /// By which command.
    pub how: How,
}

/// The commands.
#[derive(Clone)]
pub enum How {
    /// `up` or `destroy`.
    Run,
    /// `preview`.
    Preview,
    /// `up --plan`.
    Apply(Box<Plan>),
}

/// `up`, one step at a time, so that the order of calls is the engine's alone.
pub fn up(graph: &Graph) -> Wish {
    Wish { ask: Ask { parallel: 1, ..Ask::up(graph) }, how: How::Run }
}

/// `destroy`, one step at a time.
pub fn destroy() -> Wish {
    Wish { ask: Ask { parallel: 1, ..Ask::destroy("dev") }, how: How::Run }
}

/// `preview`.
pub fn preview(graph: &Graph) -> Wish {
    Wish { how: How::Preview, ..up(graph) }
}

/// `up --plan`.
pub fn apply(plan: &Plan, graph: &Graph) -> Wish {
    Wish { how: How::Apply(Box::new(plan.clone())), ..up(graph) }
}

impl From<&Graph> for Wish {
    fn from(graph: &Graph) -> Self {
        up(graph)
    }
}

impl Wish {
    /// `--target`.
    pub fn target(mut self, pattern: &str) -> Self {
        self.ask.selection.target.push(UrnPattern::new(pattern));
        self
    }

    /// `--exclude`.
    pub fn exclude(mut self, pattern: &str) -> Self {
        self.ask.selection.exclude.push(UrnPattern::new(pattern));
        self
    }

    /// A `destroy` that knows the program.
    pub fn knowing(mut self, graph: &Graph) -> Self {
        self.ask.graph = graph.clone();
        self
    }

    /// `--target-dependents`.
    pub fn dependents(mut self) -> Self {
        self.ask.selection.target_dependents = true;
        self
    }

    /// `--confirm-replace`.
    pub fn confirm(mut self, name: &str) -> Self {
        self.ask.confirmed.replace.push(name.to_owned());
        self
    }

    /// `--confirm-delete`.
    pub fn confirm_delete(mut self, name: &str) -> Self {
        self.ask.confirmed.delete.push(name.to_owned());
        self
    }

    /// `--replace`.
    pub fn replace(mut self, pattern: &str) -> Self {
        self.ask.replace.push(UrnPattern::new(pattern));
        self
    }

    /// Without a refresh.
    pub fn no_refresh(mut self) -> Self {
        self.ask.refresh = false;
        self
    }

    /// `--continue-on-error`.
    pub fn go_on(mut self) -> Self {
        self.ask.continue_on_error = true;
        self
    }

    /// As many steps at once as may be; the calls are then listed by name.
    pub fn at_once(mut self) -> Self {
        self.ask.parallel = 0;
        self
    }
}
