//! Export and import: a state as one versioned JSON document.

use std::collections::BTreeSet;

use finsight_engine::state::{Operation, STATE_VERSION, State};
use serde::{Deserialize, Serialize};

use crate::error::StateError;

/// The newest document version that is understood, and the one that is written.
pub const DOCUMENT_VERSION: u32 = STATE_VERSION as u32;

#[derive(Serialize)]
struct Export<'a> {
    version: u32,
    stack: &'a str,
    serial: u64,
    state: &'a State,
}

/// What can be read of a document of any version.
#[derive(Deserialize)]
struct Envelope {
    version: u32,
    stack: String,
    serial: u64,
}

#[derive(Deserialize)]
struct Body {
    state: State,
}

/// The document of a state. Its secrets stay sealed: it opens with the stack's key alone.
///
/// # Errors
/// When a secret has no sealed form.
pub fn export(state: &State) -> Result<String, StateError> {
    let document = Export { version: DOCUMENT_VERSION, stack: &state.stack, serial: state.serial, state };
    let text = serde_json::to_string_pretty(&document)
        .map_err(|error| StateError::Transition { serial: state.serial, why: error.to_string() })?;
    Ok(text + "\n")
}

/// Reads and judges a document; its secrets are sealed.
///
/// # Errors
/// A newer version, another stack, and content that no state has, each with line and column.
pub fn parse_document(text: &str, stack: &str) -> Result<State, StateError> {
    let envelope: Envelope = serde_json::from_str(text).map_err(refused)?;
    if envelope.version == 0 || envelope.version > DOCUMENT_VERSION {
        let found = envelope.version;
        let why = format!(
            "it is of version {found}, this finsight-deploy reads up to version {DOCUMENT_VERSION}; upgrade it"
        );
        return Err(at(text, "\"version\"", why));
    }
    if envelope.stack != stack {
        let why = format!("it is of stack `{}`, not of `{stack}`", envelope.stack);
        return Err(at(text, "\"stack\"", why));
    }
    let Body { state } = serde_json::from_str(text).map_err(refused)?;
    if state.stack != envelope.stack || state.serial != envelope.serial {
        let why = "stack or serial inside `state` are not those of the document".to_owned();
        return Err(at(text, "\"state\"", why));
    }
    judge(&state).map_err(|(place, why)| at(text, &format!("\"{place}\""), why))?;
    Ok(state)
}

fn refused(error: serde_json::Error) -> StateError {
    let (line, column) = (error.line(), error.column());
    let why = error.to_string();
    let why = why.rsplit_once(" at line ").map_or(why.as_str(), |(why, _)| why).to_owned();
    StateError::Document { line, column, why }
}

/// An error at the first place where `token` stands.
fn at(text: &str, token: &str, why: String) -> StateError {
    let before = text.find(token).map_or("", |found| &text[..found]);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    StateError::Document { line, column, why }
}

/// Whether a whole state keeps the rules that `State::apply` keeps entry by entry.
///
/// # Errors
/// The key or URN that breaks one, and which.
pub(crate) fn judge(state: &State) -> Result<(), (String, String)> {
    let mut owners = BTreeSet::new();
    for (urn, row) in &state.rows {
        if row.urn != *urn {
            return Err((urn.to_string(), format!("the row of {urn} says that it is {}", row.urn)));
        }
    }
    for (owner, row) in &state.deposed {
        if row.owner.as_str() != owner {
            return Err((owner.clone(), format!("the deposed row {owner} has owner {}", row.owner.as_str())));
        }
    }
    for row in state.all_rows() {
        let urn = row.urn.to_string();
        if row.urn.stack() != state.stack {
            return Err((urn.clone(), format!("{urn} is not of stack {}", state.stack)));
        }
        if row.id.is_empty() {
            return Err((urn.clone(), format!("{urn} has no physical id")));
        }
        if !owners.insert(row.owner.as_str()) {
            return Err((urn.clone(), format!("{urn} has an owner that another row has")));
        }
    }
    for (owner, intent) in &state.intents {
        let urn = intent.urn.to_string();
        if intent.owner.as_str() != owner || intent.urn.stack() != state.stack {
            return Err((owner.clone(), format!("the intent {owner} is not its own or not of this stack")));
        }
        if intent.operation != Operation::Create && !owners.contains(owner.as_str()) {
            return Err((urn.clone(), format!("an intent is about {urn}, which is not on record")));
        }
    }
    Ok(())
}
