//! A PostgreSQL of its own for a test, as RDS has it: TLS, a master user who is no superuser, and the role `rds_iam`.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// The master user's password.
pub const PASSWORD: &str = "hunter2-of-the-master";

/// PostgreSQL does not run as root: there it runs as nobody.
const NOBODY: u32 = 65_534;

/// A running PostgreSQL, which ends when this is dropped.
pub struct Postgres {
    folder: TempDir,
    server: Child,
    pub port: u16,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.server.kill().unwrap_or_default();
        self.server.wait().map(drop).unwrap_or_default();
    }
}

/// Where PostgreSQL's programs are, in the path or where Debian puts them.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(debian.map(|entry| entry.path().join("bin")));
    folders.into_iter().find(|folder| ["initdb", "postgres"].iter().all(|name| folder.join(name).exists()))
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

impl Postgres {
    /// Starts one, if PostgreSQL is installed.
    pub async fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!("skipped: no initdb and postgres in the path or in /usr/lib/postgresql");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let command = |name: &str| {
            let mut command = Command::new(programs.join(name));
            if is_root() {
                command.uid(NOBODY).gid(NOBODY);
            }
            command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null());
            command
        };
        if is_root() {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).expect("the folder is nobody's");
        }
        let data = folder.path().join("data");
        let made = command("initdb")
            .args([
                "--username=postgres",
                "--auth-local=trust",
                "--auth-host=scram-sha-256",
                "--encoding=UTF8",
            ])
            .args(["--no-sync", "--no-locale", "--pgdata"])
            .arg(&data)
            .status()
            .expect("initdb");
        assert!(made.success(), "initdb failed");
        for (name, content) in
            [("server.pem", include_str!("keys/server.pem")), ("server.key", include_str!("keys/server.key"))]
        {
            own(&data.join(name), content);
        }
        // As `rds.force_ssl` has it: nobody comes from outside without TLS.
        own(&data.join("pg_hba.conf"), "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port();
        let mut server = command("postgres");
        server.arg("-D").arg(&data).stderr(Stdio::null());
        let folders = format!("unix_socket_directories={}", folder.path().display());
        for setting in [
            folders.as_str(),
            &format!("port={port}"),
            "listen_addresses=127.0.0.1",
            "password_encryption=scram-sha-256",
            "ssl=on",
            "ssl_cert_file=server.pem",
            "ssl_key_file=server.key",
            "fsync=off",
        ] {
            server.args(["-c", setting]);
        }
        let server = server.spawn().expect("postgres");
        let postgres = Self { folder, server, port };
        let root = postgres.log_in("postgres", "postgres").await;
        for statement in [
            "CREATE ROLE rds_iam",
            "CREATE ROLE finsight_admin LOGIN CREATEROLE CREATEDB",
            &format!("ALTER ROLE finsight_admin PASSWORD '{PASSWORD}'"),
            "GRANT rds_iam TO finsight_admin WITH ADMIN OPTION",
            "CREATE DATABASE finsight OWNER finsight_admin",
        ] {
            root.batch_execute(statement).await.expect(statement);
        }
        Some(postgres)
    }

    /// A connection without a password, from within the machine.
    pub async fn log_in(&self, user: &str, database: &str) -> Client {
        let mut settings = tokio_postgres::Config::new();
        settings.host_path(self.folder.path()).port(self.port).user(user).dbname(database);
        for _ in 0..300 {
            if let Ok((client, connection)) = settings.connect(NoTls).await {
                tokio::spawn(async move { connection.await.unwrap_or_default() });
                return client;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{user} cannot log in to {database}");
    }
}

/// Writes a file that PostgreSQL alone reads.
fn own(path: &Path, content: &str) {
    fs::write(path, content).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("permissions");
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("the file is nobody's");
    }
}
