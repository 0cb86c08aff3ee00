//! Python with packages of others, each set of them in an environment of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// What is installed where.
pub struct Venv {
    /// Its directory.
    pub name: &'static str,
    /// The packages; if pip does not find the first ones, the next.
    pub wanted: &'static [&'static [&'static str]],
    /// Those that are installed without what they ask for: more than is used here.
    pub alone: &'static [&'static str],
    /// What can be imported then.
    pub imports: &'static str,
}

/// moto, the pinned release or the nearest that pip finds. It brings boto3 along.
pub const MOTO: Venv = Venv {
    name: "python",
    wanted: &[&["moto[server]==5.2.5"], &["moto[server]>=5.2,<6"]],
    alone: &[],
    imports: "boto3, moto.server, flask",
};

impl Venv {
    /// The interpreter; without one the test says so, and is skipped.
    pub fn python_or_skip(&self, test: &str) -> Option<PathBuf> {
        // Tests that want the same wait for one another.
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match self.prepare() {
            Ok(python) => Some(python),
            Err(why) => {
                eprintln!("SKIPPED {test}: {why}");
                None
            }
        }
    }

    fn prepare(&self) -> Result<PathBuf, String> {
        let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join(self.name);
        let python = venv.join("bin/python");
        let (record, text) = (venv.join("wanted"), format!("{:?} {:?}", self.wanted, self.alone));
        let is_of_these = std::fs::read_to_string(&record).map_or(true, |of| of == text);
        if is_of_these && self.works(&python) {
            return Ok(python);
        }
        run("python3", &["-m", "venv", "--clear", &venv.display().to_string()])
            .map_err(|why| format!("there is no Python 3 with venv ({why})"))?;
        let pip = |flags: &[&str], packages: &[&str]| {
            let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
            run(&python.display().to_string(), &[&pip, flags, packages].concat())
        };
        let mut last = String::new();
        for wanted in self.wanted {
            let alone = || if self.alone.is_empty() { Ok(()) } else { pip(&["--no-deps"], self.alone) };
            match pip(&[], wanted).and_then(|()| alone()) {
                Ok(()) if self.works(&python) => {
                    std::fs::write(&record, text).map_err(|error| error.to_string())?;
                    return Ok(python);
                }
                Ok(()) => last = format!("{} cannot be imported", self.imports),
                Err(why) => last = why,
            }
        }
        Err(format!("pip cannot install {}: {last}", self.wanted[0][0]))
    }

    /// Whether it imports what it should.
    fn works(&self, python: &Path) -> bool {
        let import = Command::new(python).args(["-c", &format!("import {}", self.imports)]).output();
        import.is_ok_and(|run| run.status.success())
    }
}

fn run(program: &str, args: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(args).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(text.lines().last().unwrap_or("it failed").to_owned())
}
