//! Functions as they are: a package is unpacked and its `bootstrap` run, with Lambda's Runtime API on a loopback port.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use finsight_function_testing::{Answer, Lambda, Reply, Request, Server};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::lambda::Called;

/// What custom runtimes start.
const BOOTSTRAP: &str = "bootstrap";

/// Gives a package by its SHA-256 in hexadecimal.
pub type Packages = Box<dyn Fn(&str) -> Option<Vec<u8>> + Send>;

/// The functions that run, by ARN and package.
pub(crate) struct Runner {
    packages: Packages,
    running: BTreeMap<(String, String), Running>,
}

struct Running {
    lambda: Lambda,
    script: bool,
    _secrets: Server,
    _folder: TempDir,
}

/// What a function finds besides its own variables.
pub(crate) struct Surroundings {
    pub variables: Vec<(String, String)>,
    /// The texts of secrets by ARN, or why the function's role cannot read them.
    pub secrets: BTreeMap<String, Result<String, String>>,
}

/// `CodeSha256` in the form in which packages are named.
fn hex(sha256: &str) -> String {
    STANDARD.decode(sha256).unwrap_or_default().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Runner {
    pub fn new(packages: Packages) -> Self {
        Self { packages, running: BTreeMap::new() }
    }

    /// Whether what runs for a function is a script, as FinSight's placeholders are: none of its own code is there yet.
    pub fn is_script(&self, called: &Called<'_>) -> bool {
        let key = (called.arn().to_owned(), called.sha256.to_owned());
        self.running.get(&key).is_some_and(|running| running.script)
    }

    /// Calls a function and waits for what it makes of an event.
    pub fn invoke(
        &mut self,
        called: &Called<'_>,
        surroundings: impl FnOnce() -> Surroundings,
        event: &Value,
    ) -> Result<Answer, String> {
        let key = (called.arn().to_owned(), called.sha256.to_owned());
        if !self.running.contains_key(&key) {
            let running = self.start(called, &surroundings())?;
            self.running.insert(key.clone(), running);
        }
        let running = self.running.get(&key).ok_or("it does not run")?;
        let time = Duration::from_millis(called.timeout());
        running.lambda.deliver(event.to_string(), time).map_err(|error| error.to_string())
    }

    fn start(&self, called: &Called<'_>, surroundings: &Surroundings) -> Result<Running, String> {
        let hash = hex(called.sha256);
        let package = (self.packages)(&hash).ok_or_else(|| format!("its package {hash} is not here"))?;
        let failed = |error: &dyn std::fmt::Display| format!("its package cannot be run: {error}");
        let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
        finsight_artifact::unpack(&package, folder.path()).map_err(|error| failed(&error))?;
        let secrets = secrets(surroundings.secrets.clone()).map_err(|error| failed(&error))?;
        let mut lambda = Lambda::start().map_err(|error| failed(&error))?;
        let mut command = command(folder.path(), called, surroundings, &secrets);
        start(&mut lambda, &mut command).map_err(|error| failed(&error))?;
        let script = fs::read(folder.path().join(BOOTSTRAP)).is_ok_and(|bytes| bytes.starts_with(b"#!"));
        Ok(Running { lambda, script, _secrets: secrets, _folder: folder })
    }
}

/// A file that was just written may still be held open by a child of another thread: then it is tried again.
fn start(lambda: &mut Lambda, command: &mut Command) -> std::io::Result<()> {
    let mut tries = 0;
    loop {
        match lambda.run(command) {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy && tries < 50 => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(20));
            }
            other => return other,
        }
    }
}

fn command(folder: &Path, called: &Called<'_>, surroundings: &Surroundings, secrets: &Server) -> Command {
    let mut command = Command::new(folder.join(BOOTSTRAP));
    command.current_dir(folder).env_clear();
    // Placeholders need bash and curl; HTTPS needs the machine's certificates.
    for name in ["PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .envs(called.environment())
        .env("AWS_REGION", called.region())
        .env("AWS_LAMBDA_LOG_LEVEL", "ERROR")
        .env("AWS_ACCESS_KEY_ID", "AKIALOCALLOCALLOCAL0")
        .env("AWS_SECRET_ACCESS_KEY", "local-cloud-has-no-secrets")
        .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.url(""))
        .envs(surroundings.variables.iter().map(|(name, value)| (name, value)))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Secrets Manager as one role meets it.
fn secrets(known: BTreeMap<String, Result<String, String>>) -> std::io::Result<Server> {
    Server::start(move |request: &Request| {
        let asked: Value = serde_json::from_slice(&request.body).ok()?;
        let id = asked["SecretId"].as_str().unwrap_or_default();
        let (status, answer) = match known.get(id) {
            Some(Ok(text)) => (200, json!({"ARN": id, "Name": id, "SecretString": text})),
            Some(Err(why)) => (400, json!({"__type": "AccessDeniedException", "Message": why})),
            None => (400, json!({"__type": "ResourceNotFoundException", "Message": "not in the walk"})),
        };
        Some(Reply::new(status, answer.to_string()).header("content-type", "application/x-amz-json-1.1"))
    })
}
