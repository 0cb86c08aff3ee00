//! A store in memory whose records go through bytes, and that can fail.

use finsight_engine::secret::Sealer;
use finsight_engine::state::{Entry, State};
use finsight_engine::value::Map;

/// A sealer for tests: what it seals cannot be found by searching for the clear text.
#[derive(Debug, Clone, Copy, Default)]
pub struct TestSealer;

impl Sealer for TestSealer {
    fn seal(&self, clear: &str) -> String {
        clear.bytes().map(|byte| format!("{:02x}", byte ^ 0x5a)).collect()
    }

    fn open(&self, sealed: &str) -> Result<String, String> {
        let bytes: Option<Vec<u8>> = sealed
            .as_bytes()
            .chunks(2)
            .map(|pair| {
                let text = std::str::from_utf8(pair).ok()?;
                Some(u8::from_str_radix(text, 16).ok()? ^ 0x5a)
            })
            .collect();
        bytes
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| "not sealed by this key".to_owned())
    }
}

/// How an append goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreFault {
    /// The record is not durable, and the store says so.
    Before,
    /// The record is durable, but the store says that it is not.
    After,
}

/// The records of one stack.
#[derive(Debug, Clone)]
pub struct SimStore {
    /// The state that all durable records make, secrets opened: for the invariants.
    durable: State,
    /// A compact snapshot, and the records since, as bytes.
    snapshot: String,
    lines: Vec<String>,
    /// Rises with every writer: a stale one is refused.
    fence: u64,
    /// Bytes that were ever written: no secret may be in them.
    pub written: u64,
    /// Where a secret was found in clear.
    pub leaks: Vec<String>,
    /// What no secret may contain in the bytes.
    pub marker: String,
}

impl SimStore {
    /// An empty store of a stack.
    #[must_use]
    pub fn new(stack: &str) -> Self {
        let durable = State::empty(stack);
        let snapshot = serde_json::to_string(&durable).unwrap_or_default();
        Self {
            durable,
            snapshot,
            lines: Vec::new(),
            fence: 0,
            written: 0,
            leaks: Vec::new(),
            marker: crate::SECRET_MARK.to_owned(),
        }
    }

    /// What is on record, for looking.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.durable
    }

    /// A new writer: older ones are refused from now on.
    pub fn open(&mut self) -> u64 {
        self.fence += 1;
        self.fence
    }

    /// The writer whose records are taken.
    #[must_use]
    pub fn writer(&self) -> u64 {
        self.fence
    }

    /// Makes one record durable.
    ///
    /// # Errors
    /// When the writer is stale, a secret is unsealed, or a rule forbids the record.
    pub fn append(&mut self, writer: u64, entries: &[Entry]) -> Result<(), String> {
        if writer != self.fence {
            return Err("another writer has taken over".to_owned());
        }
        let mut sealed = entries.to_vec();
        for entry in &mut sealed {
            each_map(entry, &mut |map| map.values_mut().for_each(|value| value.seal(&TestSealer)));
        }
        let line = serde_json::to_string(&sealed).map_err(|error| error.to_string())?;
        if line.contains(&self.marker) {
            self.leaks.push(line.clone());
        }
        self.durable.apply(&sealed).map_err(|illegal| illegal.to_string())?;
        self.written += line.len() as u64;
        self.lines.push(line);
        Ok(())
    }

    /// The state as a new process reads it from the bytes.
    ///
    /// # Errors
    /// When the bytes do not give a state, or not the one that was written.
    pub fn load(&mut self) -> Result<State, String> {
        let mut state: State = serde_json::from_str(&self.snapshot).map_err(|error| error.to_string())?;
        for line in &self.lines {
            let entries: Vec<Entry> = serde_json::from_str(line).map_err(|error| error.to_string())?;
            state.apply(&entries).map_err(|illegal| illegal.to_string())?;
        }
        if self.lines.len() > 16 {
            self.snapshot = serde_json::to_string(&state).map_err(|error| error.to_string())?;
            self.lines.clear();
        }
        open_state(&mut state)?;
        if state != self.durable {
            return Err("what is read is not what was written".to_owned());
        }
        Ok(state)
    }

    /// The bytes: equal before and after a run that writes nothing.
    #[must_use]
    pub fn bytes(&self) -> (u64, String) {
        (self.durable.serial, format!("{}{}", self.snapshot, self.lines.concat()))
    }
}

/// Calls `visit` on every map of values in an entry.
fn each_map(entry: &mut Entry, visit: &mut dyn FnMut(&mut Map)) {
    match entry {
        Entry::RowPut { row } => {
            visit(&mut row.inputs);
            visit(&mut row.outputs);
        }
        Entry::Intended { intent } => visit(&mut intent.inputs),
        Entry::Outputs { outputs } => visit(outputs),
        _ => {}
    }
}

fn open_state(state: &mut State) -> Result<(), String> {
    let mut maps: Vec<&mut Map> = vec![&mut state.outputs];
    for row in state.rows.values_mut().chain(state.deposed.values_mut()) {
        maps.push(&mut row.inputs);
        maps.push(&mut row.outputs);
    }
    maps.extend(state.intents.values_mut().map(|intent| &mut intent.inputs));
    for value in maps.into_iter().flat_map(|map| map.values_mut()) {
        value.open(&TestSealer)?;
    }
    Ok(())
}
