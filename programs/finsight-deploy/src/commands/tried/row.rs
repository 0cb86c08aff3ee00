//! A line of the walk: what was asked, what was seen, and what is wrong with it.

use finsight_local::walk::{Hop, Seen};

/// A line of the walk.
pub struct Row {
    /// What it is about.
    pub what: String,
    /// How often it was asked.
    pub times: usize,
    /// The request, none of an alarm.
    pub asked: Option<(String, String)>,
    /// The origin that the page was of.
    pub origin: Option<String>,
    /// What was seen: of several the first that was wrong, else the last.
    pub seen: Seen,
    /// What is not as it should be, with the place.
    pub wrong: Vec<String>,
}

impl Row {
    /// Whether it was as it should be.
    pub fn is_good(&self) -> bool {
        self.wrong.is_empty()
    }

    /// The place whose decision it was.
    pub fn place(&self) -> &str {
        self.seen.decided_by().map_or("nobody", |hop: &Hop| hop.at.as_str())
    }
}
