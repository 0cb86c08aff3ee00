//! What can go wrong with the local cloud itself, apart from what AWS would answer.

use std::io;
use std::path::PathBuf;

/// A failure of the local cloud: its files, its lock or its port.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// Another process has the directory open.
    #[error(
        "another process is using the local cloud in {}; wait for it to end, or stop it, and run the command again",
        dir.display()
    )]
    Busy {
        /// The directory of the local cloud.
        dir: PathBuf,
    },
    /// A state file cannot be understood.
    #[error(
        "the local cloud's file {} is damaged ({reason}); `finsight-deploy local reset` starts an empty local cloud",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A state file was written by a newer program.
    #[error(
        "the local cloud's file {} has format {found}, this program reads up to {known}; use the newer program, or start empty with `finsight-deploy local reset`",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        found: u64,
        /// The newest format that this program reads.
        known: u64,
    },
    /// Reading or writing a file failed.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was attempted: `read`, `write`, …
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The state of a service cannot be written down.
    #[error("the state of {service} cannot be written down: {reason}")]
    Unwritable {
        /// The service, as in its endpoint.
        service: &'static str,
        /// What the serialiser said.
        reason: String,
    },
    /// The server cannot listen.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// The address that was asked for.
        addr: std::net::SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The server was asked to listen beyond this machine.
    #[error("the local cloud only listens on loopback, not on {addr}; use 127.0.0.1")]
    NotLoopback {
        /// The address that was asked for.
        addr: std::net::SocketAddr,
    },
}
