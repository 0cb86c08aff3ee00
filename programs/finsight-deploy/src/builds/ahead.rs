//! Which branches need a build after a plan, and their builds.

use std::collections::BTreeMap;

use finsight::people::{Standing, unbuildable};
use finsight_aws::ops::built::{self, Mark, OF_THE_APP, OF_THE_BRANCH, Stage};
use finsight_engine::contract::Failure;
use finsight_engine::plan::{Op, Plan, Step};
use finsight_engine::state::State;
use finsight_engine::urn::Urn;
use finsight_engine::value::Map;
use serde_json::json;

use super::follow::{MINUTES, Place, Run};
use super::marks::{self, Marked, touched};
use super::{app_of, command, name_of};
use crate::commands::patience::{Patience, refused};
use crate::connect::Connection;
use crate::error::CommandError;
use crate::render;
use crate::run::{Desk, timestamp};

/// The branches that a plan is about.
pub struct Ahead {
    branches: Vec<Branch>,
    /// The marks of the apps that stand, by the app's id.
    marks: Result<BTreeMap<String, BTreeMap<String, Mark>>, Failure>,
    /// The last update before the plan is carried out.
    last: u64,
}

/// A branch that the plan is about.
struct Branch {
    urn: Urn,
    name: String,
    /// Whether Amplify can build it, as far as that is known.
    buildable: bool,
    /// Why it needs a build whatever its mark says.
    changes: Option<&'static str>,
    /// Why it is known to need one.
    due: Option<&'static str>,
}

/// Where a plan was carried out.
pub struct After<'a> {
    pub desk: &'a Desk,
    pub connection: &'a Connection,
    pub state: &'a State,
    /// Newer outputs than those on record.
    pub now: &'a BTreeMap<&'a str, &'a Map>,
    /// Whether builds are left to others.
    pub no_build: bool,
}

/// Nothing.
static NONE: Map = Map::new();

impl Ahead {
    /// Looks at a plan, and at the marks of what stands.
    pub async fn of(
        plan: &Plan,
        state: &State,
        seen: &BTreeMap<Urn, Map>,
        connection: Option<&Connection>,
    ) -> Self {
        let standing = planned(plan, state, seen);
        let mut branches: Vec<Branch> = Vec::new();
        let mut apps: BTreeMap<&str, &str> = BTreeMap::new();
        for step in plan.steps.iter().filter(|step| is_branch(step) && stays(step) && !step.unselected) {
            let app = step.dependencies.iter().find(|(_, via)| via == "app_id");
            let app = app.and_then(|(urn, _)| plan.step(urn));
            let one = standing.iter().find(|one| one.urn == &step.urn);
            let buildable = one.is_some_and(|one| unbuildable(one, &standing).is_none());
            let name = step.inputs.get("branch_name").and_then(|name| name.as_text()).unwrap_or_default();
            if let Some(row) = app.and_then(|app| state.rows.get(&app.urn)).filter(|_| buildable) {
                apps.insert(row.id.as_str(), row.region.as_str());
            }
            let changes = changes(step, app);
            branches.push(Branch {
                urn: step.urn.clone(),
                name: name.to_owned(),
                buildable,
                changes,
                due: changes,
            });
        }
        let marks = match connection {
            Some(connection) => marks_of(&apps, connection).await,
            None => Ok(BTreeMap::new()),
        };
        if let (Ok(marks), Some(_)) = (&marks, connection) {
            for branch in branches.iter_mut().filter(|branch| branch.due.is_none()) {
                branch.due = by_mark(state, branch, marks);
            }
        }
        let last = state.history.last().map_or(0, |update| update.number);
        Self { branches, marks, last }
    }

    fn due(&self) -> impl Iterator<Item = (&Branch, &'static str)> {
        let buildable = self.branches.iter().filter(|branch| branch.buildable);
        buildable.filter_map(|branch| Some((branch, branch.due?)))
    }

    /// What comes after the plan, for people.
    pub fn text(&self, no_build: bool) -> String {
        let due: Vec<String> = self.due().map(|(branch, why)| format!("{} ({why})", branch.name)).collect();
        let mut text = match (due.is_empty(), no_build) {
            (true, _) => String::new(),
            (false, false) => format!("The site is built afterwards: {}\n", due.join(", ")),
            (false, true) => {
                format!("The site needs a build, and gets none (--no-build): {}\n", due.join(", "))
            }
        };
        if let Err(failure) = &self.marks {
            text.push_str(&format!("Whether the site needs a build is not known: {failure}\n"));
        }
        text
    }

    /// The same in the document of a preview.
    pub fn json(&self) -> serde_json::Value {
        self.due()
            .map(|(branch, why)| json!({"urn": branch.urn, "branch": branch.name, "reason": why}))
            .collect()
    }

    /// Builds what needs a build, and follows it to the end.
    pub async fn carry_out(self, after: &After<'_>) -> Result<(), CommandError> {
        let mut patience = Patience::new(after.connection.pace, MINUTES, after.desk.stop.clone());
        let mut begun = Vec::new();
        for branch in &self.branches {
            if let Some(one) = self.begin(branch, after, &mut patience).await? {
                begun.push(one);
            }
        }
        let mut failed: Vec<CommandError> = Vec::new();
        for one in begun {
            match one.finish(after, &mut patience).await {
                Ok(()) => {}
                Err(error) if error.code == "OPS-FAILED" => failed.push(error),
                Err(error) => return Err(error),
            }
        }
        let joined = |of: fn(&CommandError) -> &str| failed.iter().map(of).collect::<Vec<_>>().join("\n");
        match failed.first() {
            None => Ok(()),
            Some(_) => Err(CommandError::new(
                "OPS-FAILED",
                joined(|error| error.message.as_str()),
                format!("the resources stand as declared; {}", joined(|error| error.hint.as_str())),
            )),
        }
    }

    /// Begins a branch's build, where it needs one and gets one.
    async fn begin<'a>(
        &self,
        branch: &Branch,
        after: &'a After<'a>,
        patience: &mut Patience,
    ) -> Result<Option<Begun>, CommandError> {
        let state = after.state;
        let Some(row) = state.rows.get(&branch.urn) else { return Ok(None) };
        let Some(app) = app_of(state, row) else { return Ok(None) };
        let standing = super::standing(state, after.now);
        let one = standing.iter().find(|one| one.urn == &branch.urn);
        if one.is_none_or(|one| unbuildable(one, &standing).is_some()) {
            return Ok(None);
        }
        let aws = after.connection.session.region(&row.region);
        let place = Place { aws, app: app.id.clone(), branch: name_of(row).to_owned() };
        let marks = match &self.marks {
            Ok(marks) => marks.get(&app.id).cloned().unwrap_or_default(),
            Err(_) => after
                .connection
                .ask(async || built::marks(&place.aws, &app.id).await)
                .await
                .map_err(|failure| refused(&failure))?,
        };
        let mark = marks.get(&place.branch).cloned();
        // Of what was done with it before this run it is not known that no build takes it in.
        let before = |mark: &Mark| touched(state, [&app.urn, &row.urn], mark.update, self.last);
        let changed = branch.changes.is_some() || mark.as_ref().is_some_and(before);
        let mark = Marked { state, app, branch: row, mark }.renew(&place, patience, changed).await?;
        let Stage::After(job) = mark.stage else { return Ok(None) };
        if after.no_build && !is_built(&place, job, patience).await? {
            say_due(after, &place);
            return Ok(None);
        }
        let mut run = Run::after(job);
        let build = patience.until("the build", async || place.begin(&mut run).await).await?;
        if !build.succeeded() {
            say(after, &place, &build.job, "build_started", None);
        }
        Ok(Some(Begun { place, run, row: row.urn.clone(), mark, was_done: build.succeeded() }))
    }
}

/// A build that runs, or is done.
struct Begun {
    place: Place,
    run: Run,
    row: Urn,
    mark: Mark,
    was_done: bool,
}

impl Begun {
    async fn finish(self, after: &After<'_>, patience: &mut Patience) -> Result<(), CommandError> {
        let Self { place, run, row, mark, was_done } = self;
        let retry = format!(
            "then: {}; the next `up` tries it again, too",
            command(&after.desk.stack.name, &place.branch)
        );
        let done = patience.until("the build", async || place.follow(&run, &retry).await).await;
        if !was_done {
            let result = if done.is_ok() { "succeeded" } else { "failed" };
            let job = run.job().to_owned();
            say(after, &place, &job, "build_finished", Some(result));
        }
        done?;
        let Some(row) = after.state.rows.get(&row) else { return Ok(()) };
        marks::put(&place, patience, row, &Mark { stage: Stage::Built, ..mark }).await
    }
}

/// Whether a build after another one came to a good end.
async fn is_built(place: &Place, after: u64, patience: &mut Patience) -> Result<bool, CommandError> {
    let builds = patience.until("the builds of the branch", async || place.builds().await).await?;
    Ok(builds.iter().any(|build| build.number() > after && build.succeeded()))
}

fn say(after: &After<'_>, place: &Place, job: &str, event: &str, result: Option<&str>) {
    let Place { app, branch, .. } = place;
    if after.desk.global.is_json() {
        let mut line = json!({"event": event, "time": timestamp(), "app": app, "branch": branch, "job": job});
        if let Some(result) = result {
            line["result"] = result.into();
        }
        render::json_line(&line);
        return;
    }
    match result {
        None => render::text(&format!("\nBuild {job} of {branch} is started.\n")),
        Some("succeeded") => render::text(&format!("Build {job} of {branch} is done: the site shows it.\n")),
        // The error says it.
        Some(_) => {}
    }
}

fn say_due(after: &After<'_>, place: &Place) {
    let Place { app, branch, .. } = place;
    let command = command(&after.desk.stack.name, branch);
    if after.desk.global.is_json() {
        let event = "build_due";
        render::json_line(
            &json!({"event": event, "time": timestamp(), "app": app, "branch": branch, "command": command}),
        );
    } else {
        render::text(&format!("\n{branch} needs a build (--no-build): {command}\n"));
    }
}

fn is_branch(step: &Step) -> bool {
    step.urn.type_name() == "aws:amplify:Branch"
}

fn stays(step: &Step) -> bool {
    !matches!(step.op, Op::Delete | Op::Forget)
}

/// What stands after a plan, as far as that is known before.
fn planned<'a>(plan: &'a Plan, state: &'a State, seen: &'a BTreeMap<Urn, Map>) -> Vec<Standing<'a>> {
    let of = |step: &'a Step| {
        let row = state.rows.get(&step.urn);
        let stands = row.filter(|_| !matches!(step.op, Op::Create | Op::Replace));
        let outputs = stands.map(|row| seen.get(&row.urn).unwrap_or(&row.outputs)).unwrap_or(&NONE);
        match row.filter(|_| step.unselected) {
            Some(row) => Standing {
                urn: &row.urn,
                inputs: &row.inputs,
                outputs,
                on: row.edges.iter().map(|edge| (&edge.urn, edge.via.as_str())).collect(),
            },
            None => Standing {
                urn: &step.urn,
                inputs: &step.inputs,
                outputs,
                on: step.dependencies.iter().map(|(urn, via)| (urn, via.as_str())).collect(),
            },
        }
    };
    plan.steps.iter().filter(|step| stays(step)).map(of).collect()
}

/// Why a branch needs a build by what the plan does.
fn changes(branch: &Step, app: Option<&Step>) -> Option<&'static str> {
    let is_new = |step: &Step| matches!(step.op, Op::Create | Op::Replace);
    let differs = |step: &Step, names: &[&str]| {
        let of = |path: &str| path.split_once('.').map_or(path, |(name, _)| name).to_owned();
        step.diff.iter().any(|change| names.contains(&of(&change.path).as_str()))
    };
    if is_new(branch) || app.is_some_and(is_new) {
        return Some("it is new");
    }
    let changed = differs(branch, &OF_THE_BRANCH) || app.is_some_and(|app| differs(app, &OF_THE_APP));
    changed.then_some("what its build takes in changes")
}

/// Why a branch that the plan leaves as it is needs a build.
fn by_mark(
    state: &State,
    branch: &Branch,
    marks: &BTreeMap<String, BTreeMap<String, Mark>>,
) -> Option<&'static str> {
    let row = state.rows.get(&branch.urn)?;
    let app = app_of(state, row)?;
    let Some(mark) = marks.get(&app.id).and_then(|marks| marks.get(&branch.name)) else {
        return Some("no build of it is known");
    };
    let others = mark.settings != built::settings(&app.inputs, &row.inputs);
    if others || touched(state, [&app.urn, &row.urn], mark.update, u64::MAX) {
        return Some("what its build takes in was changed");
    }
    (mark.stage != Stage::Built).then_some("it was changed, and no build since then is known")
}

/// The marks of apps, each with its region.
async fn marks_of(
    apps: &BTreeMap<&str, &str>,
    connection: &Connection,
) -> Result<BTreeMap<String, BTreeMap<String, Mark>>, Failure> {
    let mut all = BTreeMap::new();
    for (app, region) in apps {
        let aws = connection.session.region(region);
        let marks = connection.ask_soon(async || built::marks(&aws, app).await).await?;
        all.insert((*app).to_owned(), marks);
    }
    Ok(all)
}
