//! A stack in an embedded AWS of its own, brought there by this very binary.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;

use finsight_local::{LocalCloud, LocalServer, Right};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli::Global;
use crate::error::CommandError;

/// An account in memory, and a folder with config and state.
pub struct Rehearsal {
    stack: String,
    folder: TempDir,
    pub(super) cloud: LocalCloud,
    server: LocalServer,
}

impl Rehearsal {
    /// With the stack's config. What functions run makes no difference to rights, so their code is not needed.
    pub async fn open(global: &Global) -> Result<Self, CommandError> {
        let stack = crate::stack::Stack::new(global)?;
        let config = stack.config()?;
        let mut config = serde_json::to_value(&config).unwrap_or_default();
        without_code(&mut config);
        config.as_object_mut().map(|entries| entries.remove("account"));
        Self::with(&global.stack, &config).await
    }

    async fn with(stack: &str, config: &Value) -> Result<Self, CommandError> {
        let io = |error: std::io::Error| CommandError::io("making a temporary folder", &error);
        let folder = tempfile::tempdir().map_err(io)?;
        let cloud = LocalCloud::in_memory().with_every_zone();
        let server = cloud
            .serve(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .map_err(|error| CommandError::local(&error))?;
        let rehearsal = Self { stack: stack.to_owned(), folder, cloud, server };
        std::fs::write(rehearsal.config(), config.to_string()).map_err(io)?;
        Ok(rehearsal)
    }

    /// The same, where nothing stands.
    pub async fn fresh(&self) -> Result<Self, CommandError> {
        Self::with(&self.stack, &self.read()?).await
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join(format!("{}.json", self.stack))
    }

    pub(super) fn read(&self) -> Result<Value, CommandError> {
        let text = std::fs::read_to_string(self.config());
        let text = text.map_err(|error| CommandError::io("reading the rehearsal's config", &error))?;
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// As before a stack is taken down: without protection, and without the rule that wants it.
    pub fn unprotect(&self) -> Result<(), CommandError> {
        let mut config = self.read()?;
        if let Some(protection) = config.pointer_mut("/database/protection") {
            *protection = false.into();
        }
        if let Some(account) = config.pointer_mut("/security/account").and_then(Value::as_object_mut) {
            account.insert("delete_records".to_owned(), true.into());
        }
        let waiver = json!({"rule": "recovery-backups", "urn": format!("{}/**", self.stack), "reason": "it is taken down in a rehearsal", "until": "2999-12-31"});
        match config.pointer_mut("/security/waivers").and_then(Value::as_array_mut) {
            Some(waivers) => waivers.push(waiver),
            None => config["security"]["waivers"] = json!([waiver]),
        }
        std::fs::write(self.config(), config.to_string())
            .map_err(|error| CommandError::io("writing the rehearsal's config", &error))
    }

    /// With a database that can fail over.
    pub fn with_standby(&self) -> Result<(), CommandError> {
        let mut config = self.read()?;
        if let Some(standby) = config.pointer_mut("/database/multi_az") {
            *standby = true.into();
        }
        std::fs::write(self.config(), config.to_string())
            .map_err(|error| CommandError::io("writing the rehearsal's config", &error))
    }

    /// Puts a file where the commands run.
    pub fn put(&self, name: &str, text: &str) -> Result<(), CommandError> {
        let written = std::fs::write(self.folder.path().join(name), text);
        written.map_err(|error| CommandError::io("writing a file of the rehearsal", &error))
    }

    /// The URN of the database, where the stack has one.
    pub fn database(&self) -> Result<Option<String>, CommandError> {
        let has_one = self.read()?.pointer("/database").is_some_and(Value::is_object);
        Ok(has_one.then(|| format!("{}/database/aws:rds:DBInstance/main", self.stack)))
    }

    /// A name that no other rehearsal has: what they have not in common is left open.
    pub fn name_of_its_own(&self) -> String {
        format!("s{}", self.server.addr().port())
    }

    /// Takes the stack down, with its keys: what is left of it is encrypted with them.
    pub async fn destroy(&self) -> Result<BTreeSet<Right>, CommandError> {
        let keys = self.of_types(&["aws:kms:Key"]).await?;
        let confirm = if keys.is_empty() { None } else { Some("--confirm-unreadable") };
        let keys = keys.iter().map(String::as_str);
        self.run(&["destroy", "--yes"].into_iter().chain(confirm).chain(keys).collect::<Vec<_>>()).await
    }

    /// The URNs on record of these types, or of these names among them.
    pub async fn of_types(&self, types: &[&str]) -> Result<Vec<String>, CommandError> {
        let listed = self.output(&["state", "list", "--json"]).await?;
        let rows: Value = serde_json::from_slice(&listed).unwrap_or_default();
        let urns = rows["resources"].as_array().into_iter().flatten().filter_map(|row| row["urn"].as_str());
        let is = |urn: &&str| types.iter().any(|of| format!("{urn}/").contains(&format!("/{of}/")));
        Ok(urns.filter(is).map(str::to_owned).collect())
    }

    /// Runs a command; the rights that it needed.
    pub async fn run(&self, args: &[&str]) -> Result<BTreeSet<Right>, CommandError> {
        self.cloud.forget_rights();
        self.output(args).await?;
        Ok(self.cloud.rights())
    }

    /// Runs a command, which is to succeed; what it printed.
    async fn output(&self, args: &[&str]) -> Result<Vec<u8>, CommandError> {
        let program = std::env::current_exe()
            .map_err(|error| CommandError::io("finding this program's own file", &error))?;
        let ran = tokio::process::Command::new(program)
            .args(args)
            .args(["--stack", &self.stack])
            .args(["--endpoint-url", &format!("http://{}", self.server.addr())])
            .arg("--state")
            .arg(format!("file://{}", self.folder.path().join("state").display()))
            .arg("--config")
            .arg(self.folder.path())
            .current_dir(self.folder.path())
            .env("AWS_ACCESS_KEY_ID", "rehearsal")
            .env("AWS_SECRET_ACCESS_KEY", "rehearsal")
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|error| CommandError::io("running this program", &error))?;
        if !ran.status.success() {
            return Err(CommandError::new(
                "LOCAL-REHEARSAL",
                format!(
                    "`{}` does not succeed in the embedded AWS, so what it needs is not known: {}",
                    args.join(" "),
                    String::from_utf8_lossy(&ran.stderr).trim()
                ),
                "run it with --local first, and correct what it says",
            ));
        }
        Ok(ran.stdout)
    }
}

/// Functions run the built-in placeholder.
fn without_code(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            for (name, entry) in entries {
                match entry {
                    Value::String(code) if name == "code" => "placeholder".clone_into(code),
                    other => without_code(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_code),
        _ => {}
    }
}
