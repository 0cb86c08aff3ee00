//! What needs no AWS: the config, the code of functions, the program and the policy pack.

use finsight::artifacts::{Artifacts, placeholders};
use finsight::config::Config;

use super::report::Report;
use crate::error::CommandError;
use crate::run::Program;
use crate::stack::Stack;

/// The config, where it is valid. A valid one names a region that has all services of the stack.
pub fn config(stack: &Stack, report: &mut Report) -> Option<Config> {
    let source = stack.source().and_then(|source| Ok((source.file.clone(), source.config()?)));
    match source {
        Ok((file, config)) => {
            report.ok("config.valid", format!("{file} is valid"));
            let region = &config.region;
            report.ok(
                "config.region",
                format!("{region} is a region of AWS, and has all services of the stack"),
            );
            Some(config)
        }
        Err(error) => {
            report.fails("config.valid", error);
            None
        }
    }
}

/// The program, where it can be made: its functions' code is there, it is sound, and it breaks no rule.
pub fn program(stack: &Stack, config: &Config, report: &mut Report) -> Option<Program> {
    if !artifacts(stack, config, report) {
        report.unknown("config.program", "without the functions' code there is no program to look at", "");
        return None;
    }
    let program = match Program::of(stack, config) {
        Ok(program) => program,
        Err(error) => {
            report.fails("config.program", error);
            return None;
        }
    };
    report.ok("config.program", format!("{} resources are declared", program.graph.nodes.len()));
    match program.refuse_broken() {
        Err(error) => report.fails("config.policy", error),
        Ok(()) => {
            let (waived, open): (Vec<_>, Vec<_>) =
                program.policy().iter().partition(|finding| finding.waived.is_some());
            let waived = waived.len();
            match open.len() {
                0 => report.ok(
                    "config.policy",
                    format!("no rule of the policy pack is broken ({waived} findings are waived)"),
                ),
                open => report.warning(
                    "config.policy",
                    format!("the policy pack refuses nothing and warns {open} time(s) ({waived} findings are waived)"),
                    "`finsight-deploy preview` tells them",
                ),
            }
        }
    }
    Some(program)
}

/// Whether each function has code that Lambda can start. Packing looks for that; what is packed here goes again.
fn artifacts(stack: &Stack, config: &Config, report: &mut Report) -> bool {
    const NAME: &str = "artifacts.packages";
    let folder = match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(error) => {
            report.fails(NAME, CommandError::io("making a temporary folder", &error));
            return false;
        }
    };
    let packed = match Artifacts::pack(config, &stack.config_dir(), folder.path()) {
        Ok(packed) => packed,
        Err(error) => {
            report.fails(NAME, error.into());
            return false;
        }
    };
    let architecture = config.api.architecture.as_str();
    let empty = placeholders(config);
    let own = packed.len() - empty.len();
    report.ok(
        NAME,
        format!("{own} functions have packages that `{}` starts on {architecture}", config.api.runtime),
    );
    if !empty.is_empty() {
        let names: Vec<&str> = empty.into_iter().collect();
        report.warning(
            "artifacts.placeholders",
            format!("{} functions answer with a placeholder: {}", names.len(), names.join(", ")),
            "name each one's package at its `code` in the config (docs/guide/functions.md)",
        );
    }
    true
}
