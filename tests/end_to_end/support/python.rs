//! A Python with boto3 and moto, in an environment of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What is installed: the pinned release, or the nearest that pip finds. It brings boto3 along.
const WANTED: &[&str] = &["moto[server]==5.2.5", "moto[server]>=5.2,<6"];

/// The interpreter, or why there is none.
pub fn python() -> Result<PathBuf, String> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    FOUND.get_or_init(prepare).clone()
}

/// The interpreter; without one the test says so, and is skipped.
pub fn python_or_skip(test: &str) -> Option<PathBuf> {
    match python() {
        Ok(python) => Some(python),
        Err(why) => {
            eprintln!("SKIPPED {test}: {why}");
            None
        }
    }
}

fn prepare() -> Result<PathBuf, String> {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    let python = venv.join("bin/python");
    if works(&python) {
        return Ok(python);
    }
    run("python3", &["-m", "venv", "--clear", &venv.display().to_string()])
        .map_err(|why| format!("there is no Python 3 with venv ({why})"))?;
    let mut last = String::new();
    for wanted in WANTED {
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", wanted];
        match run(&python.display().to_string(), &pip) {
            Ok(()) if works(&python) => return Ok(python),
            Ok(()) => last = "moto and boto3 cannot be imported".to_owned(),
            Err(why) => last = why,
        }
    }
    Err(format!("pip cannot install moto: {last}"))
}

fn works(python: &Path) -> bool {
    Command::new(python)
        .args(["-c", "import boto3, moto.server, flask"])
        .output()
        .is_ok_and(|run| run.status.success())
}

fn run(program: &str, args: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(args).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(text.lines().last().unwrap_or("it failed").to_owned())
}
