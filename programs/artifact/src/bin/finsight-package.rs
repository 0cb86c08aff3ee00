//! Packs executables for Lambda: `finsight-package FOLDER NAME=PATH…` writes `FOLDER/NAME.zip` for each.
//!
//! `programs/functions/build` calls it with the functions that it has built.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use finsight_artifact::{Function, Source, pack, read};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(report) => {
            let written = io::stdout().lock().write_all(report.as_bytes());
            if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(problem) => {
            // Nobody is left to tell when stderr is closed.
            let _ = writeln!(io::stderr(), "{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<String, String> {
    let usage = "usage: finsight-package FOLDER NAME=PATH...";
    let (folder, functions) = arguments.split_first().ok_or(usage)?;
    let folder = Path::new(folder);
    let mut sources = Vec::new();
    for function in functions {
        let (name, path) = function.split_once('=').ok_or(usage)?;
        sources.push(Function { name, source: Source::Path(PathBuf::from(path)), start: None });
    }
    // By content first, so that the ZIPs appear under their names complete or not at all.
    let staging = tempfile::tempdir().map_err(|error| error.to_string())?;
    let packed =
        pack(&sources, staging.path()).map_err(|error| format!("error[{}]: {error}", error.code()))?;
    let mut report = String::new();
    for (name, artifact) in packed {
        let put = || -> io::Result<PathBuf> {
            let zip = read(staging.path(), &artifact.sha256_hex)?;
            std::fs::create_dir_all(folder)?;
            let mut file = tempfile::Builder::new().prefix(".package-").tempfile_in(folder)?;
            file.write_all(&zip)?;
            let path = folder.join(format!("{name}.zip"));
            file.persist(&path).map_err(|error| error.error)?;
            Ok(path)
        };
        let path = put().map_err(|error| format!("{name}: {error}"))?;
        let (size, unpacked) = (artifact.size, artifact.unpacked);
        report.push_str(&format!(
            "{}  {size} bytes, {unpacked} unpacked, sha256 {}\n",
            path.display(),
            artifact.sha256_hex
        ));
    }
    Ok(report)
}
