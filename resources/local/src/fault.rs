//! Faults on the wire between client and cloud, for tests.

use std::time::Duration;

/// One call that reached the local cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallInfo {
    /// The service as in its signing name: `ec2`, `rds`, `lambda`, `logs` …
    pub service: String,
    /// The operation: `CreateVpc`, or `POST /path` for a REST path that is not known.
    pub operation: String,
    /// The running number of the call, from 0.
    pub index: u64,
    /// Whether the call may change something.
    pub mutating: bool,
}

/// What happens to a call instead of, or besides, its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This answer is given.
    Respond {
        /// The HTTP status.
        status: u16,
        /// The AWS error code, such as `ThrottlingException`.
        code: String,
        /// The message.
        message: String,
    },
    /// The connection is cut: before the effect, or after it with the answer lost.
    DropConnection,
    /// The call goes on after this time.
    Delay(Duration),
}

/// Decides which calls go wrong. Both methods are called once a call, in order of `index`
/// as far as calls are not concurrent.
pub trait Faults: Send + Sync {
    /// Before the call has its effect. Any fault but `Delay` means that it has none.
    fn before(&self, _call: &CallInfo) -> Option<Fault> {
        None
    }

    /// After the effect is made and durable, before the answer is sent.
    fn after(&self, _call: &CallInfo) -> Option<Fault> {
        None
    }
}
