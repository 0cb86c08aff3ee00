//! `drift`

use finsight_engine::contract::Failure;
use finsight_engine::diff::diff_inputs;
use finsight_engine::plan::{Confirmed, Selection};
use finsight_engine::refresh::{Drift as Found, DriftKind};
use finsight_engine::state::State;
use finsight_engine::urn::UrnPattern;

use crate::cli::{Drift, DriftFormat, Global, RequireApproval};
use crate::error::{DIFFERENCES, FAILED, Outcome};
use crate::render::drift_text::{self, Report};
use crate::render::{self, drift_json};
use crate::run::{Access, Aim, Desk, Holding, Read, Wish, kept};
use crate::stack::selection;

pub async fn run(global: &Global, args: &Drift) -> Outcome {
    let desk = Desk::open(global)?.of_what_exists()?;
    let select = selection(&args.select);
    desk.check(&select, None)?;
    let confirmed = Confirmed {
        delete: args.confirm_delete.clone(),
        gone: args.confirm_gone.clone(),
        ..Confirmed::default()
    };
    desk.check_confirmed(&confirmed)?;
    // Only --fix and --accept write: they alone take the lock.
    if !args.fix && !args.accept {
        let read = desk.look().await?.settle().await?.read(&select, None).await?;
        let told = tell(&read, args, &select).await?;
        return Ok(told.exit());
    }
    let read = desk.hold("drift").await?.settle().await?.read(&select, None).await?;
    let told = tell(&read, args, &select).await?;
    if told.unreadable() {
        return Ok(FAILED);
    }
    if args.accept {
        return read.taking(&confirmed).await?.write("drift --accept", args.yes).await;
    }
    if told.found.is_empty() { Ok(told.exit()) } else { fix(read, told, args, &confirmed).await }
}

/// What was found, and said.
struct Told {
    found: Vec<Found>,
    strangers: usize,
    /// What the next `up` would do because of what stands, where no property on record drifted.
    consequences: usize,
}

impl Told {
    fn unreadable(&self) -> bool {
        self.found.iter().any(|drift| matches!(drift.kind, DriftKind::Unreadable(Failure { .. })))
    }

    fn exit(&self) -> u8 {
        if self.unreadable() {
            FAILED
        } else if self.found.is_empty() && self.strangers == 0 && self.consequences == 0 {
            0
        } else {
            DIFFERENCES
        }
    }
}

/// The report, in the form that was asked for.
async fn tell<A: Access>(
    read: &Read<A>,
    args: &Drift,
    select: &Selection,
) -> Result<Told, crate::error::CommandError> {
    let found = read.drift();
    let strangers = if args.unmanaged { read.unmanaged().await? } else { Vec::new() };
    let ahead = read.ahead(select);
    let kept = kept(&read.desk().stack.registry, read.state());
    let remnants = read.remnants().await;
    let report = Report {
        kept: kept.iter().map(|(row, what)| (&row.urn, what.as_str())).collect(),
        stack: &read.desk().stack.name,
        checked: read.checked(),
        calls: read.api_calls(),
        found: &found,
        strangers: &strangers,
        ahead: Some(&ahead),
        remnants: &remnants,
    };
    let default = if read.desk().global.is_json() { DriftFormat::Json } else { DriftFormat::Human };
    match args.format.unwrap_or(default) {
        DriftFormat::Human => render::text(&drift_text::human(&report)),
        DriftFormat::Json => render::json(&drift_json::document(&report)),
        DriftFormat::Markdown => render::text(&drift_text::markdown(&report)),
        DriftFormat::Junit => render::text(&drift_json::junit(&report, read.state())),
        DriftFormat::Sarif => render::json(&drift_json::sarif(&report)),
    }
    let consequences = report.consequences().len();
    Ok(Told { strangers: strangers.len(), consequences, found })
}

/// Puts back what is on record, where it can be put back in place.
async fn fix(read: Read<Holding>, told: Told, args: &Drift, confirmed: &Confirmed) -> Outcome {
    for note in other_than_the_record(read.desk(), read.state(), &told.found) {
        render::note(&note);
    }
    let target = told.found.iter().map(|drift| UrnPattern::new(drift.urn.as_str())).collect();
    let select = Selection { target, ..Selection::default() };
    let wish = Wish { aim: Aim::Fix, selection: &select, replace: &[], confirmed };
    let judged = read.plan(&wish).await?.judge().await?;
    judged.show(true, false);
    let approved = judged.approve(RequireApproval::AnyChange, args.yes, "carry out this plan").await?;
    approved.execute("drift --fix", false).await
}

/// What a fix does not do: it does not carry out the program.
fn other_than_the_record(desk: &Desk, state: &State, found: &[Found]) -> Vec<String> {
    let program = desk.program().ok();
    let other = found.iter().filter(|drift| {
        let Some(program) = &program else { return false };
        let Some(row) = state.rows.get(&drift.urn) else { return false };
        let Some(node) = program.graph.nodes.get(&drift.urn) else { return true };
        let Some(spec) = desk.stack.registry.get(drift.urn.type_name()) else { return false };
        node.options.protect != row.options.protect || declares_other(spec, node, row)
    });
    let other = other.map(|drift| {
        format!(
            "the program differs from the record in {}: the record is put back; run `up` for the program",
            drift.urn
        )
    });
    other.collect()
}

/// Whether the program declares other values than those on record, as far as they are known without AWS.
fn declares_other(
    spec: &finsight_engine::schema::TypeSpec,
    node: &finsight_engine::graph::Node,
    row: &finsight_engine::state::Row,
) -> bool {
    let mut inputs = node.inputs.clone();
    spec.fill_defaults(&mut inputs);
    let known = |name: &String, value: &finsight_engine::value::Value| {
        name != "tags" && finsight_engine::expr::references(value).is_empty() && !value.has_unknown()
    };
    inputs.retain(|name, value| known(name, value));
    let recorded = row.inputs.iter().filter(|(name, _)| inputs.contains_key(*name));
    let recorded = recorded.map(|(name, value)| (name.clone(), value.clone())).collect();
    !diff_inputs(spec, &recorded, &inputs, &node.options).is_empty()
}
