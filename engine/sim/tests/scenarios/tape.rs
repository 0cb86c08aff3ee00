//! What passes between the engine and its driver: heard, and bent where a fault says so.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use finsight_engine::contract::{
    Call, FailureClass, Health, INSTEAD_OF, Live, OwnerId, Reading, Reply, Request,
};
use finsight_engine::plan::Plan;
use finsight_engine::state::{Entry, Intent, Operation, Row, State, Status};
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;
use finsight_sim::Mishap;
use finsight_sim::world::{Bend, Keep};

/// What goes wrong. A text fits every command whose description holds it, such
/// as `call create Parent/main#2`, `call read Member/a#1` or `record intend create Parent/main#1`.
#[derive(Clone, Copy)]
pub enum Fault {
    /// A mishap befalls the first command that fits.
    At(&'static str, Mishap),
    /// Calls that fit are refused without effect, after this many went well.
    Refuse(&'static str, FailureClass, u32),
    /// The first so many calls that fit are refused without effect.
    First(&'static str, FailureClass, u32),
    /// The replies to calls that fit are another.
    Answer(&'static str, fn(&mut Reply)),
}

/// Every call that fits is refused without effect.
pub fn refuse(says: &'static str, class: FailureClass) -> Fault {
    Fault::Refuse(says, class, 0)
}

/// The record of what passed, shared with the world that it listens to.
#[derive(Clone, Default)]
pub struct Tape {
    /// Calls in the order in which they were sent; reads are left out.
    pub calls: Vec<String>,
    /// Records and calls in the order in which they had their effect.
    pub commands: Vec<String>,
    /// What goes wrong, and how often it has not yet.
    pub faults: Vec<(Fault, u32)>,
    /// Whether a run only thinks: no record is kept, no plan is carried out.
    pub dry: bool,
    labels: BTreeMap<OwnerId, String>,
    counts: BTreeMap<String, u32>,
    owners: BTreeMap<(String, String), OwnerId>,
}

impl Tape {
    /// Forgets what passed, but not who is who.
    pub fn rewind(&mut self, faults: &[Fault]) {
        self.calls.clear();
        self.commands.clear();
        self.faults = faults.iter().map(|fault| (*fault, 0)).collect();
    }

    /// An incarnation's name in the transcript: `Parent/main#1` is the first of its URN.
    pub fn label(&self, owner: &OwnerId) -> String {
        self.labels.get(owner).cloned().unwrap_or_else(|| "?".to_owned())
    }

    /// The text with physical ids replaced by the names of incarnations.
    pub fn readable(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for ((_, id), owner) in self.owners.iter().filter(|((_, id), _)| id.len() > 8) {
            text = text.replace(id.as_str(), &self.label(owner));
        }
        for service in ["net", "id", "db", "app"] {
            text = text.replace(&format!("dev/sim/sim:{service}:"), "");
        }
        text
    }

    fn meet(&mut self, urn: &Urn, owner: &OwnerId) -> String {
        let (labels, counts) = (&mut self.labels, &mut self.counts);
        let name = short(urn);
        labels
            .entry(owner.clone())
            .or_insert_with(|| {
                let count = counts.entry(name.clone()).or_default();
                *count += 1;
                format!("{name}#{count}")
            })
            .clone()
    }

    fn of_id(&self, urn: &Urn, id: &str) -> String {
        match self.owners.get(&(urn.type_name().to_owned(), id.to_owned())) {
            Some(owner) => self.label(owner),
            None => format!("{}={id}", short(urn)),
        }
    }

    fn describe(&self, call: &Call) -> String {
        match call {
            Call::Read { targets } => {
                let names: Vec<String> =
                    targets.iter().map(|target| self.of_id(&target.urn, &target.id)).collect();
                let awaited = if targets.iter().any(|target| target.awaited) { ", awaited" } else { "" };
                format!("read {}{awaited}", names.join(" "))
            }
            Call::Find { owner, .. } => format!("find {}", self.label(owner)),
            Call::Create { owner, inputs } => match inputs.get(INSTEAD_OF).and_then(Value::as_text) {
                Some(id) => {
                    let old = self.owners.iter().find(|((_, known), _)| known == id);
                    let old = old.map_or_else(|| id.to_owned(), |(_, owner)| self.label(owner));
                    format!("create {} in the place of {old}", self.label(owner))
                }
                None => format!("create {}", self.label(owner)),
            },
            Call::Converge { target, differing, .. } => {
                format!("converge {} {}", self.of_id(&target.urn, &target.id), differing.join(","))
            }
            Call::Delete { target } => {
                let snapshot = target.inputs.get("skip_snapshot") == Some(&false.into());
                let how = if snapshot { ", with a snapshot" } else { "" };
                format!("delete {}{how}", self.of_id(&target.urn, &target.id))
            }
            Call::Restore { target } => format!("restore {}", self.of_id(&target.urn, &target.id)),
            Call::Look { .. } => "look".to_owned(),
            Call::Holders { target } => format!("holders {}", self.of_id(&target.urn, &target.id)),
        }
    }

    fn entry(&mut self, entry: &Entry) -> String {
        match entry {
            Entry::Intended { intent } => intended(intent, &self.meet(&intent.urn, &intent.owner)),
            Entry::RowPut { row } => {
                let label = self.meet(&row.urn, &row.owner);
                self.owners.insert((row.urn.type_name().to_owned(), row.id.clone()), row.owner.clone());
                format!("put {label} {}", status(row))
            }
            Entry::Deposed { owner, .. } => format!("depose {}", self.label(owner)),
            Entry::RowRemoved { owner, why } => format!("remove {} {why:?}", self.label(owner)),
            Entry::Left { remnant } => format!("left {} of {}", remnant.what, self.label(&remnant.owner)),
            Entry::LetGo { key } => format!("let go {key}"),
            Entry::Settled { owner } => format!("settle {}", self.label(owner)),
            Entry::Moved { from, to } => format!("move {} to {}", short(from), short(to)),
            Entry::UpdateStarted { .. } => "start".to_owned(),
            Entry::UpdateFinished { .. } => "finish".to_owned(),
            Entry::Outputs { .. } => "outputs".to_owned(),
        }
    }
}

/// `intend create Parent/main#1`: an intent that is written.
fn intended(intent: &Intent, label: &str) -> String {
    format!("intend {} {label}", word(intent.operation))
}

/// The word for an operation.
pub fn word(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "create",
        Operation::Update => "update",
        Operation::Delete => "delete",
    }
}

/// The word for a status.
pub fn status(row: &Row) -> &'static str {
    match row.status {
        Status::Ready => "ready",
        Status::Unfinished if !row.configured => "created",
        Status::Unfinished => "unfinished",
        Status::Tainted => "tainted",
        Status::Deleting => "deleting",
    }
}

/// `Parent/main` of `dev/sim/sim:net:Parent/main`.
pub fn short(urn: &Urn) -> String {
    format!("{}/{}", urn.type_name().rsplit(':').next().unwrap_or_default(), urn.name())
}

/// Listens at the seams of a world.
pub struct Ear(pub Rc<RefCell<Tape>>);

const REFUSED: &str = "refused:";

impl Bend for Ear {
    fn record(&mut self, entries: &mut Vec<Entry>) -> Keep {
        let mut tape = self.0.borrow_mut();
        let words: Vec<String> = entries.iter().map(|entry| tape.entry(entry)).collect();
        tape.commands.push(format!("record {}", words.join("; ")));
        if tape.dry { Keep::Drop } else { Keep::Store }
    }

    fn plan(&mut self, plan: &mut Plan, _state: &State) {
        if self.0.borrow().dry {
            plan.actions.clear();
            plan.moves.clear();
            plan.gone.clear();
            plan.refreshed.clear();
            plan.outputs_change = false;
        }
    }

    fn request(&mut self, request: &mut Request) {
        let mut tape = self.0.borrow_mut();
        let text = tape.describe(&request.call);
        let call = format!("call {text}");
        let mut refused = None;
        for (index, (fault, seen)) in tape.faults.iter_mut().enumerate() {
            let (says, class) = match fault {
                Fault::Refuse(says, class, _) | Fault::First(says, class, _) => (*says, *class),
                Fault::At(..) | Fault::Answer(..) => continue,
            };
            if call.contains(says) {
                *seen += 1;
                let refuses = match fault {
                    Fault::Refuse(_, _, well) => *seen > *well,
                    Fault::First(_, _, times) => *seen <= *times,
                    Fault::At(..) | Fault::Answer(..) => false,
                };
                if refuses {
                    refused = Some((index, class));
                }
            }
        }
        if let Some((index, _)) = refused {
            // No cloud knows this type: the call has no effect.
            request.type_name = format!("{REFUSED}{index}:{}", request.type_name);
        }
        if !matches!(request.call, Call::Read { .. } | Call::Look { .. } | Call::Holders { .. }) {
            let mark = refused.map(|(_, class)| format!(" ✗ {class:?}")).unwrap_or_default();
            tape.calls.push(format!("{text}{mark}"));
        }
    }

    fn reply(&mut self, request: &Request, reply: &mut Reply) {
        let mut tape = self.0.borrow_mut();
        let call = format!("call {}", tape.describe(&request.call));
        if let Some(index) = request
            .type_name
            .strip_prefix(REFUSED)
            .and_then(|rest| rest.split(':').next()?.parse::<usize>().ok())
            && let Some((Fault::Refuse(_, class, _) | Fault::First(_, class, _), _)) = tape.faults.get(index)
        {
            *reply = refusal(request, *class);
        }
        for (fault, _) in &tape.faults {
            if let Fault::Answer(says, bend) = fault
                && call.contains(says)
            {
                bend(reply);
            }
        }
        tape.commands.push(call);
    }
}

fn refusal(request: &Request, class: FailureClass) -> Reply {
    let request = Request { type_name: "sim".to_owned(), ..request.clone() };
    finsight_sim::cloud::refusal(&request, class, "the scenario says so")
}

/// A bend by which the nth answer to reads is another one.
macro_rules! bent {
    ($name:ident, $nth:expr, $bend:expr) => {
        fn $name(reply: &mut finsight_engine::contract::Reply) {
            static SEEN: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
            let nth = SEEN.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
            if let finsight_engine::contract::Reply::Read(readings) = reply
                && nth == $nth
            {
                let bend: fn(&mut finsight_engine::contract::Reading) = $bend;
                readings.iter_mut().for_each(bend);
            }
        }
    };
}
pub(crate) use bent;

/// Bends what a read has found.
pub fn each_live(reply: &mut Reply, bend: impl FnMut(&mut Live)) {
    let Reply::Read(readings) = reply else { return };
    let found = readings.iter_mut().filter_map(|reading| match reading {
        Reading::Found(live) => Some(live.as_mut()),
        _ => None,
    });
    found.for_each(bend);
}

/// What is read is never done.
pub fn pending(reply: &mut Reply) {
    each_live(reply, |live| live.health = Health::Pending("creating".to_owned()));
}

/// A read that cannot tell the tags.
pub fn unread_tags(reply: &mut Reply) {
    each_live(reply, |live| {
        live.properties.insert("tags".to_owned(), Value::Unknown);
    });
}
