//! The state, read once.

use std::sync::Arc;

use finsight_engine::state::{Intent, State};
use finsight_state::KeySealer;

use super::desk::Desk;
use super::store::Shared;
use crate::connect::Connection;
use crate::error::CommandError;

/// What a command may do: look, or write.
pub trait Access {
    /// The way to AWS, where there is one.
    fn connection(&self) -> Option<&Connection>;
    /// The store, where it is held.
    fn store(&self) -> Option<&Shared>;
}

/// Access without a lock: nothing can be carried out.
pub struct Looking {
    pub connection: Option<Connection>,
    /// What opens the secrets, where a key exists.
    pub sealer: Option<Arc<KeySealer>>,
}

/// Access under the state's lock, with AWS reached.
pub struct Holding {
    pub connection: Connection,
    pub store: Shared,
}

impl Access for Looking {
    fn connection(&self) -> Option<&Connection> {
        self.connection.as_ref()
    }

    fn store(&self) -> Option<&Shared> {
        None
    }
}

impl Access for Holding {
    fn connection(&self) -> Option<&Connection> {
        Some(&self.connection)
    }

    fn store(&self) -> Option<&Shared> {
        Some(&self.store)
    }
}

/// The state as it was loaded, with the serial that it had. It is not read a second time.
pub struct Loaded<A> {
    pub(super) desk: Desk,
    pub(super) access: A,
    pub(super) state: State,
}

impl<A: Access> Loaded<A> {
    pub(super) fn new(desk: Desk, access: A, state: State) -> Result<Self, CommandError> {
        if let Some(connection) = access.connection() {
            refuse_other_account(&state, connection)?;
        }
        Ok(Self { desk, access, state })
    }

    /// Operations of an earlier run that are open.
    pub fn open(&self) -> Vec<Intent> {
        self.state.intents.values().cloned().collect()
    }
}

/// Rows of another account are not read: there, everything would seem absent.
fn refuse_other_account(state: &State, connection: &Connection) -> Result<(), CommandError> {
    let actual = connection.place.account.as_deref().unwrap_or_default();
    match state.accounts().into_iter().find(|account| *account != actual) {
        Some(recorded) => Err(CommandError::new(
            "PLAN-OTHER-ACCOUNT",
            format!("the state is of account {recorded}, but the credentials are of account {actual}"),
            "nothing was read or changed; use the credentials of the stack's account",
        )),
        None => Ok(()),
    }
}
