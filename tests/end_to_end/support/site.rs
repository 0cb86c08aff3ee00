//! A working directory with config and state of its own, and the binary run in it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The region of the shipped configs.
pub const REGION: &str = "ap-northeast-1";

/// Where the binary runs: nothing of the machine's own AWS settings reaches it.
pub struct Site {
    dir: Dir,
    pub stack: String,
    env: Vec<(String, String)>,
    args: Vec<String>,
}

/// A directory that goes with its site, or stays.
enum Dir {
    Gone(TempDir),
    Left(PathBuf),
}

impl Dir {
    fn path(&self) -> &Path {
        match self {
            Self::Gone(dir) => dir.path(),
            Self::Left(path) => path,
        }
    }
}

/// How a run of the binary ended.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    what: String,
}

impl Site {
    fn new(stack: &str) -> Self {
        Self::within(Dir::Gone(tempfile::tempdir().expect("a temporary directory")), stack)
    }

    /// A site whose AWS is at a URL, in a directory that is emptied before and left after: for one that
    /// lives as long as the process.
    pub fn lasting(stack: &str, url: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("lasting-{stack}"));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a directory");
        Self::within(Dir::Left(path), stack).reaching(url)
    }

    fn within(dir: Dir, stack: &str) -> Self {
        let config = dir.path().join("config");
        std::fs::create_dir(&config).expect("a config directory");
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config");
        for stack in ["dev", "staging", "prod"] {
            let name = format!("{stack}.json");
            std::fs::copy(shipped.join(&name), config.join(&name)).expect("the shipped configs");
        }
        Self { dir, stack: stack.to_owned(), env: Vec::new(), args: Vec::new() }
    }

    /// A site without a cloud: no credentials, no endpoint.
    pub fn bare(stack: &str) -> Self {
        Self::new(stack)
    }

    /// A site of `--local`.
    pub fn local(stack: &str) -> Self {
        let mut site = Self::new(stack);
        site.args.push("--local".to_owned());
        site
    }

    /// The same site at AWS's own pace.
    pub fn at_the_pace_of_aws(mut self) -> Self {
        self.args.push("--local-pace=aws".to_owned());
        self
    }

    /// A site whose AWS is at a URL.
    pub fn at(stack: &str, url: &str) -> Self {
        Self::new(stack).reaching(url)
    }

    fn reaching(self, url: &str) -> Self {
        self.with("AWS_ENDPOINT_URL", url)
            .with("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00")
            .with("AWS_SECRET_ACCESS_KEY", "secret")
    }

    /// The same site with one more variable.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same site without a variable.
    pub fn without(mut self, name: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The directory of the stack's state.
    pub fn state(&self) -> PathBuf {
        let base = self.path(".finsight");
        if self.args.iter().any(|arg| arg == "--local") {
            base.join("local").join(&self.stack)
        } else {
            base.join(&self.stack)
        }
    }

    /// Changes a text of the stack's config.
    pub fn edit_config(&self, old: &str, new: &str) {
        let path = self.path("config").join(format!("{}.json", self.stack));
        let text = std::fs::read_to_string(&path).expect("the config");
        assert!(text.contains(old), "the config has no {old}");
        std::fs::write(&path, text.replacen(old, new, 1)).expect("the config is written");
    }

    /// Waives a rule of the policy pack, as people would.
    pub fn waive(&self, rule: &str, urn: &str, until: &str) {
        let waiver = json!({"rule": rule, "urn": urn, "reason": "A trial of what happens.", "until": until});
        let path = self.path("config").join(format!("{}.json", self.stack));
        let has_some = std::fs::read_to_string(&path).expect("the config").contains("\"waivers\": [");
        match has_some {
            true => self.edit_config("\"waivers\": [", &format!("\"waivers\": [{waiver},")),
            false => {
                self.edit_config("\"security\": {", &format!("\"security\": {{\"waivers\": [{waiver}],"))
            }
        }
    }

    pub fn command(&self, args: &[&str]) -> Command {
        self.command_with("config", args)
    }

    /// The binary with another directory of configs.
    fn command_with(&self, config: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_finsight-deploy"));
        command
            .current_dir(self.dir.path())
            .env_clear()
            .env("HOME", self.dir.path())
            .env("USER", "tester")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .args(args)
            .args(["--stack", &self.stack, "--config", config])
            .args(&self.args)
            .stdin(Stdio::null());
        command
    }

    /// Runs to the end.
    pub fn run(&self, args: &[&str]) -> Run {
        let output = self.command(args).output().expect("the binary runs");
        Run::of(args, output)
    }

    /// Runs to the end with another config, in which texts of the stack's own are replaced.
    pub fn run_changed(&self, edits: &[(&str, &str)], args: &[&str]) -> Run {
        let other = tempfile::tempdir_in(self.dir.path()).expect("a directory");
        let name = format!("{}.json", self.stack);
        let mut text = std::fs::read_to_string(self.path("config").join(&name)).expect("the config");
        for (old, new) in edits {
            assert!(text.contains(old), "the config has no {old}");
            text = text.replacen(old, new, 1);
        }
        std::fs::write(other.path().join(name), text).expect("the config is written");
        let config = other.path().display().to_string();
        let output = self.command_with(&config, args).output().expect("the binary runs");
        Run::of(args, output)
    }

    /// Starts; its output goes to files, so that no pipe fills up.
    pub fn start(&self, args: &[&str]) -> Started {
        let mut command = self.command(args);
        // Each record can be seen on disk before the next one follows.
        command.env("FINSIGHT_PAUSE_AFTER_RECORD_MS", "8");
        self.launch(command, args)
    }

    /// Runs to the end, or for so long.
    pub fn run_within(&self, args: &[&str], time: Duration) -> Option<Run> {
        let began = Instant::now();
        let mut started = self.launch(self.command(args), args);
        while !started.ended() {
            if began.elapsed() > time {
                started.kill();
                return None;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(started.finish())
    }

    fn launch(&self, mut command: Command, args: &[&str]) -> Started {
        let file = |name: &str| std::fs::File::create(self.path(name)).expect("a file for the output");
        let child =
            command.stdout(file("stdout.txt")).stderr(file("stderr.txt")).spawn().expect("the binary starts");
        Started { child, what: args.join(" "), out: self.path("stdout.txt"), err: self.path("stderr.txt") }
    }

    /// `state list --json`: the rows.
    pub fn rows(&self) -> Vec<Value> {
        let run = self.run(&["state", "list", "--json"]).ok();
        run.json()["resources"].as_array().expect("resources").clone()
    }

    /// The physical id of a URN that ends so.
    pub fn id(&self, ending: &str) -> String {
        let rows = self.rows();
        let row = rows.iter().find(|row| row["urn"].as_str().is_some_and(|urn| urn.ends_with(ending)));
        row.unwrap_or_else(|| panic!("no row of {ending}"))["id"].as_str().expect("an id").to_owned()
    }

    /// Bytes in the log of the stack: it grows with every record.
    pub fn log_size(&self) -> u64 {
        let segments = std::fs::read_dir(self.state().join("log")).into_iter().flatten().flatten();
        segments.filter_map(|segment| segment.metadata().ok()).map(|about| about.len()).sum()
    }

    /// A hash of all files of a directory and their names.
    pub fn hash(&self, name: &str) -> String {
        let mut files = Vec::new();
        gather(&self.path(name), &mut files);
        files.sort();
        let mut hash = blake3::Hasher::new();
        for file in files {
            hash.update(file.display().to_string().as_bytes());
            hash.update(&std::fs::read(&file).expect("a readable file"));
        }
        hash.finalize().to_string()
    }
}

fn gather(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            gather(&entry.path(), files);
        } else {
            files.push(entry.path());
        }
    }
}

impl Run {
    fn of(args: &[&str], output: std::process::Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            what: args.join(" "),
        }
    }

    /// It must have ended with this exit code.
    #[track_caller]
    pub fn exit(self, code: i32) -> Self {
        assert!(
            self.code == Some(code),
            "`{}` ended with {:?}, not {code}\n{}\n{}",
            self.what,
            self.code,
            self.stdout,
            self.stderr
        );
        self
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        self.exit(0)
    }

    /// What people are told must contain these texts.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(
                self.stdout.contains(text) || self.stderr.contains(text),
                "`{}` does not say {text:?}:\n{}\n{}",
                self.what,
                self.stdout,
                self.stderr
            );
        }
        self
    }

    /// stdout as one JSON document.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(json) => json,
            Err(error) => panic!("`{}`: {error}\n{}\n{}", self.what, self.stdout, self.stderr),
        }
    }

    /// stdout as one JSON document a line.
    #[track_caller]
    pub fn events(&self) -> Vec<Value> {
        let parse = |line: &str| match serde_json::from_str(line) {
            Ok(json) => json,
            Err(error) => panic!("`{}`: {error}\n{line}", self.what),
        };
        self.stdout.lines().map(parse).collect()
    }
}

/// A running binary; killed when dropped.
pub struct Started {
    pub child: Child,
    what: String,
    out: PathBuf,
    err: PathBuf,
}

impl Started {
    /// Whether it has ended.
    pub fn ended(&mut self) -> bool {
        self.child.try_wait().expect("its status").is_some()
    }

    /// `kill -9`, and its end.
    pub fn kill(&mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it ends");
    }

    /// Ctrl-C.
    pub fn interrupt(&self) {
        self.signal("INT");
    }

    /// A signal by its name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "SIG{name} is sent");
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Run {
        let status = self.child.wait().expect("it ends");
        let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
        Run { code: status.code(), stdout: read(&self.out), stderr: read(&self.err), what: self.what.clone() }
    }

    pub fn stdout(&self) -> String {
        std::fs::read_to_string(&self.out).unwrap_or_default()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
