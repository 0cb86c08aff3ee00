//! Where a crash test lets the process die, exactly: in debug builds alone.
//!
//! `FINSIGHT_STOP_AT_RECORD=n` ends the process right after record `n` of its run is durable, and
//! `FINSIGHT_STOP_BEFORE_RECORD=n` right before it is written: what the record tells has happened then.
//! `FINSIGHT_PAUSE_AFTER_RECORD_MS` is a time to wait after each write, for kills from outside.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use finsight_engine::state::Entry;
use finsight_state::StateError;

/// Writes a group of records, and dies in it where a crash test wants that.
///
/// Of the group, what comes before the point is durable and what comes after is not: as where the
/// process dies while the group is written.
pub fn write(
    records: Vec<Vec<Entry>>,
    mut append: impl FnMut(Vec<Vec<Entry>>) -> Result<(), StateError>,
) -> Result<(), StateError> {
    if !cfg!(debug_assertions) {
        return append(records);
    }
    // A record without entries is not written, and does not count.
    let group: Vec<Vec<Entry>> = records.into_iter().filter(|entries| !entries.is_empty()).collect();
    let durable = count(group.len());
    if let Some(first) = number("FINSIGHT_STOP_AT_RECORD").and_then(|n| within(n, durable, group.len())) {
        append(group[..first].to_vec())?;
        std::process::abort();
    }
    if let Some(first) = number("FINSIGHT_STOP_BEFORE_RECORD").and_then(|n| within(n, durable, group.len())) {
        append(group[..first - 1].to_vec())?;
        std::process::abort();
    }
    append(group)?;
    if let Some(millis) = number("FINSIGHT_PAUSE_AFTER_RECORD_MS") {
        std::thread::sleep(Duration::from_millis(millis as u64));
    }
    Ok(())
}

/// How many records of the group come up to record `n` and with it, if that is one of the group.
fn within(n: usize, durable: usize, group: usize) -> Option<usize> {
    n.checked_sub(durable).filter(|first| (1..=group).contains(first))
}

/// Counts the records of this process; gives how many there were before these.
fn count(more: usize) -> usize {
    static COUNTED: Mutex<usize> = Mutex::new(0);
    let mut counted = COUNTED.lock().unwrap_or_else(PoisonError::into_inner);
    let before = *counted;
    *counted += more;
    before
}

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn a_point_lies_in_one_group_alone() {
        // Five records before a group of three: 6, 7 and 8 lie in it.
        let found: Vec<Option<usize>> = (4..=10).map(|n| within(n, 5, 3)).collect();
        assert_eq!(found, [None, None, Some(1), Some(2), Some(3), None, None]);
        assert_eq!(within(0, 0, 3), None);
    }
}
