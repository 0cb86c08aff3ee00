//! The packed code that a plan needs, by its hash.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use finsight_engine::plan::{Op, Plan, Step};
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;

use crate::error::CommandError;

/// What sends a function's code when it differs.
const CODE: [&str; 4] = ["code", "code_sha256", "architectures", "artifact"];

/// The packages that carrying a plan out would send, each with one of those it is for.
pub fn needed(plan: &Plan) -> BTreeMap<String, Urn> {
    let sends = |step: &&Step| match step.op {
        Op::Create | Op::Replace => true,
        Op::Update => step.diff.iter().any(|change| {
            let name = change.path.split('.').next().unwrap_or_default();
            CODE.contains(&name)
        }),
        _ => false,
    };
    let hash = |step: &Step| {
        let of_object = step.inputs.get("artifact");
        let of_function =
            step.inputs.get("code").and_then(Value::as_map).and_then(|code| code.get("artifact"));
        of_object.or(of_function).and_then(Value::as_text).map(str::to_owned)
    };
    plan.steps.iter().filter(sends).filter_map(|step| Some((hash(step)?, step.urn.clone()))).collect()
}

/// The folder that travels with a saved plan.
pub fn beside(plan: &Path) -> PathBuf {
    let mut name = plan.file_name().unwrap_or_default().to_owned();
    name.push(".artifacts");
    plan.with_file_name(name)
}

/// Puts the packages into a folder, out of those where they may lie. What is damaged counts as missing.
pub fn gather(needed: &BTreeMap<String, Urn>, sources: &[PathBuf], into: &Path) -> Result<(), CommandError> {
    for (hash, urn) in needed {
        if finsight::artifacts::read(into, hash).is_ok() {
            continue;
        }
        let found = sources.iter().find_map(|folder| finsight::artifacts::read(folder, hash).ok());
        let Some(bytes) = found else { return Err(missing(hash, urn)) };
        put(into, hash, &bytes).map_err(|error| CommandError::io("keeping a package", &error))?;
    }
    Ok(())
}

/// Whether each package lies somewhere, undamaged.
pub fn check(needed: &BTreeMap<String, Urn>, sources: &[PathBuf]) -> Result<(), CommandError> {
    let lies = |hash: &str| sources.iter().any(|folder| finsight::artifacts::read(folder, hash).is_ok());
    match needed.iter().find(|(hash, _)| !lies(hash)) {
        Some((hash, urn)) => Err(missing(hash, urn)),
        None => Ok(()),
    }
}

fn missing(hash: &str, urn: &Urn) -> CommandError {
    CommandError::refused(
        "PLAN-PACKAGE",
        format!(
            "the plan sends {urn} the package {hash}, which is not here any more: its code was built anew"
        ),
        "nothing was changed; keep FILE.artifacts beside the plan's FILE, or make a new plan",
    )
}

/// A file that appears under its name is complete.
fn put(folder: &Path, hash: &str, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".artifact-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(folder.join(format!("{hash}.zip"))).map_err(|error| error.error)?;
    Ok(())
}
