//! Built-in code that stands until the real code is there.
//!
//! Each is a shell script for `provided.al2023`, which has bash and curl (AWS's own tutorial of a custom runtime uses
//! both there).

/// Which function a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// A function of the API: answers 503 with `{"message":"not deployed yet"}`.
    Api,
    /// The authorizer: lets nobody in.
    Authorizer,
    /// The notifier: takes every message and drops it.
    Notifier,
    /// What makes the database's user: makes nobody.
    DatabaseUser,
}

impl Placeholder {
    /// Its `bootstrap`.
    #[must_use]
    pub fn script(self) -> &'static str {
        match self {
            Self::Api => include_str!("../placeholders/api.sh"),
            Self::Authorizer => include_str!("../placeholders/authorizer.sh"),
            Self::Notifier => include_str!("../placeholders/notifier.sh"),
            Self::DatabaseUser => include_str!("../placeholders/database-user.sh"),
        }
    }
}
