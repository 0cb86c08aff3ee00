//! `import`

use std::collections::BTreeMap;

use finsight_engine::plan::{Confirmed, Selection};
use finsight_engine::state::State;
use finsight_engine::urn::UrnPattern;

use crate::cli::{Global, Import, RequireApproval};
use crate::error::{CommandError, Outcome, USAGE};
use crate::run::{Aim, Desk, Program, Wish};
use crate::stack::find_urn;

pub async fn run(global: &Global, args: &Import) -> Outcome {
    let desk = Desk::open(global)?;
    let program = desk.program()?;
    let wanted = wanted(args)?;
    let (program, select) = with_imports(&desk, program, &wanted)?;
    let settled = desk.hold("import").await?.settle().await?;
    refuse_recorded(&select, settled.state())?;
    // What is to be taken is read by the plan; of what is on record nothing is changed.
    let read = settled.read_imports(&select, &program).await?;
    let wish = Wish {
        aim: Aim::Import(&program),
        selection: &select,
        replace: &[],
        confirmed: &Confirmed::default(),
    };
    let judged = read.plan(&wish).await?.judge().await?;
    judged.show(true, false);
    let what = "take these resources under management";
    let approved = judged.approve(RequireApproval::AnyChange, args.yes, what).await?;
    approved.execute("import", false).await
}

/// The program with the ids that are to be imported, and the selection of these resources alone.
fn with_imports(
    desk: &Desk,
    program: Program,
    wanted: &BTreeMap<String, String>,
) -> Result<(Program, Selection), CommandError> {
    let mut graph = (*program.graph).clone();
    let mut target = Vec::new();
    for (text, id) in wanted {
        let urn = find_urn(text, program.graph.nodes.keys(), "graph")?;
        target.push(UrnPattern::new(urn.as_str()));
        if let Some(node) = graph.nodes.get_mut(&urn) {
            node.options.import_id = Some(id.clone());
        }
    }
    let select = Selection { target, ..Selection::default() };
    refuse_recorded(&select, &desk.stack.read()?.state)?;
    let graph = graph.checked(&desk.stack.registry)?;
    Ok((program.with_graph(graph), select))
}

fn refuse_recorded(select: &Selection, state: &State) -> Result<(), CommandError> {
    match state.rows.values().find(|row| select.target.iter().any(|pattern| pattern.matches(&row.urn))) {
        Some(row) => Err(CommandError::refused(
            "IMPORT-ON-RECORD",
            format!("{} is on record already, as {}", row.urn, row.id),
            "nothing was changed; `finsight-deploy state remove` takes it off the record first",
        )),
        None => Ok(()),
    }
}

fn wanted(args: &Import) -> Result<BTreeMap<String, String>, CommandError> {
    match (&args.urn, &args.id, &args.file) {
        (Some(urn), Some(id), None) => Ok(BTreeMap::from([(urn.clone(), id.clone())])),
        (_, _, Some(file)) => {
            let shown = file.display();
            let text = std::fs::read_to_string(file)
                .map_err(|error| CommandError::io(&format!("reading {shown}"), &error))?;
            serde_json::from_str(&text).map_err(|error| {
                CommandError::new(
                    "IMPORT-FILE",
                    format!("{shown}:{}:{}: {error}", error.line(), error.column()),
                    "take a JSON object from URN to physical id",
                )
                .with_exit(USAGE)
            })
        }
        _ => Err(CommandError::new("CLI-USAGE", "URN and ID are needed", "finsight-deploy import URN ID")
            .with_exit(USAGE)),
    }
}
