//! What a test lets end badly: failures that AWS reports after it has taken a call.

use crate::policy::fits;

/// How what a call begins is to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The type, such as `aws:lambda:Version`.
    pub kind: String,
    /// Which ones: an id or name with `*` and `?`, as the module of the type says it (`f:3` for a version).
    pub name: String,
    /// AWS's code of the reason, such as `SubnetOutOfIPAddresses`.
    pub code: String,
    /// AWS's words.
    pub reason: String,
}

/// The endings that were ordered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcomes(pub Vec<Outcome>);

impl Outcomes {
    /// The bad end of something, if one was ordered: its code and reason.
    pub(crate) fn of(&self, kind: &str, name: &str) -> Option<(String, String)> {
        let one = self.0.iter().find(|one| one.kind == kind && fits(&one.name, name))?;
        Some((one.code.clone(), one.reason.clone()))
    }
}
