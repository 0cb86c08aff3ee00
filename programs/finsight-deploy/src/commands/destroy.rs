//! `destroy`

use finsight_engine::graph::Graph;
use finsight_engine::plan::{PlanError, Selection};
use finsight_engine::state::State;
use finsight_engine::urn::{Urn, UrnPattern, nearest};

use crate::cli::{Destroy, Global, RequireApproval};
use crate::error::{CommandError, Outcome};
use crate::run::{Aim, Desk, Wish};
use crate::stack::selection;

pub async fn run(global: &Global, args: &Destroy) -> Outcome {
    let desk = Desk::open(global)?.of_what_exists();
    // What the program declares is no slip of the pen, even where an earlier destroy took it down.
    let program = desk.program().ok();
    let graph = program.as_ref().map(|program| &*program.graph);
    let given = selection(&args.select);
    desk.check(&given, program.as_ref())?;
    let settled = desk.hold("destroy").await?.settle().await?;
    let select = on_record(given, graph, settled.state())?;
    let read = settled.read(&select, None).await?;
    let wish = Wish { aim: Aim::Destroy, selection: &select, replace: &[], confirmed: &[] };
    let judged = read.plan(&wish).await?.judge().await?;
    judged.show(false, false);
    let approved = judged.approve(RequireApproval::AnyChange, args.yes, "carry out this plan").await?;
    approved.execute("destroy", args.continue_on_error).await
}

/// The selection as it is meant of what is on record.
///
/// A destroy that was cut off after its last step, or is given again, has nothing to do with a target that
/// is gone. What is to stay is never dropped: an exclude that fits nothing on record is refused.
fn on_record(mut select: Selection, graph: Option<&Graph>, state: &State) -> Result<Selection, CommandError> {
    let all: Vec<&Urn> = state.all_rows().map(|row| &row.urn).collect();
    if all.is_empty() {
        return Ok(Selection::default());
    }
    let stands = |pattern: &UrnPattern| all.iter().any(|urn| pattern.matches(urn));
    for list in [&mut select.target, &mut select.exclude] {
        let before: Vec<UrnPattern> =
            list.iter().flat_map(|pattern| earlier_names(pattern, graph, &all)).collect();
        list.extend(before);
    }
    if let Some(lost) = select.exclude.iter().find(|pattern| !stands(pattern)) {
        let near = nearest(lost.as_str(), all.iter().map(|urn| urn.as_str()));
        let error = PlanError::NoSuchUrn {
            pattern: lost.as_str().to_owned(),
            near: near.into_iter().map(str::to_owned).collect(),
        };
        let mut error = CommandError::from(vec![error]);
        error.hint =
            "nothing was changed; --exclude has to name what is on record, where it may have another \
                      name than in the program: `finsight-deploy state list`"
                .to_owned();
        return Err(error);
    }
    let wanted = (select.target.len(), select.component.len());
    select.target.retain(stands);
    select.component.retain(|name| all.iter().any(|urn| urn.component() == name));
    let gone = (wanted.0 > 0 && select.target.is_empty()) || (wanted.1 > 0 && select.component.is_empty());
    // Without a word left, it would stand for everything.
    Ok(if gone { Selection { exclude: vec![UrnPattern::new("*")], ..Selection::default() } } else { select })
}

/// The names on record of what a pattern means in the program, where `up` has not renamed them yet.
fn earlier_names(pattern: &UrnPattern, graph: Option<&Graph>, all: &[&Urn]) -> Vec<UrnPattern> {
    let nodes = graph.into_iter().flat_map(|graph| graph.nodes.values());
    let meant = nodes.filter(|node| pattern.matches(&node.urn));
    meant
        .flat_map(|node| &node.options.moved_from)
        .filter(|from| all.contains(from))
        .map(|from| UrnPattern::new(from.as_str()))
        .collect()
}
