//! `import`

use std::collections::BTreeMap;

use finsight_engine::plan::{Op, Purpose, Selection};
use finsight_engine::urn::UrnPattern;

use crate::cli::{Global, Import};
use crate::connect::connect;
use crate::error::{CommandError, Outcome, USAGE};
use crate::render::{self, plan_text};
use crate::run::{Shared, Wish, ask, execute, exit_of, make_plan, settings, settle};
use crate::signals;
use crate::stack::{Stack, find_urn};

pub async fn run(global: &Global, args: &Import) -> Outcome {
    let stack = Stack::new(global)?;
    let config = stack.config()?;
    let mut graph = stack.program(&config)?.into_graph();
    let wanted = wanted(args)?;
    let mut target = Vec::new();
    let recorded = stack.read()?.state;
    for (text, id) in &wanted {
        let urn = find_urn(text, graph.nodes.keys())?;
        if let Some(row) = recorded.rows.get(&urn) {
            return Err(CommandError::refused(
                "IMPORT-ON-RECORD",
                format!("{urn} is on record already, as {}", row.id),
                "nothing was changed; `finsight-deploy state remove` takes it off the record first",
            ));
        }
        target.push(UrnPattern::new(urn.as_str()));
        if let Some(node) = graph.nodes.get_mut(&urn) {
            node.options.import_id = Some(id.clone());
        }
    }
    let graph = graph.checked(&stack.registry)?;
    let connection = connect(global, &stack, &config).await?;
    let store = Shared::new(stack.lock("import")?);
    let interrupt = signals::watch();
    let state = settle(&stack, global, &connection, store.state(), Some(&store), &interrupt).await?;
    let select = Selection { target, ..Selection::default() };
    let wish = Wish {
        graph: &graph,
        serial: state.serial,
        purpose: Purpose::Up,
        selection: &select,
        replace: &[],
        confirmed: &[],
        destroy: false,
    };
    let mut plan = make_plan(&stack, &wish, &state, None, &connection.place)?;
    // Importing changes nothing but the record; the differences come with the next `up`.
    for step in &mut plan.steps {
        step.options
            .import_id
            .clone_from(&graph.nodes.get(&step.urn).and_then(|node| node.options.import_id.clone()));
    }
    debug_assert!(plan.steps.iter().all(|step| matches!(step.op, Op::Import | Op::Same)));
    if !global.is_json() {
        render::text(&plan_text::plan(&plan, &state, &[], false));
    }
    if !args.yes {
        ask("take these resources under management", global)?;
    }
    let settings = settings(global, connection.pace, "import", false);
    stack.keep_artifacts(&config)?;
    let outcome = execute(&stack, global, &connection, plan, &store, settings, &interrupt).await?;
    Ok(exit_of(&outcome))
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
