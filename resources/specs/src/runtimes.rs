//! The days on which AWS deprecates and closes Lambda's runtimes, as data.

/// The list; its head says what is in it and where it is from.
const TABLE: &str = include_str!("../data/runtimes.txt");
/// The day on which the list was read.
pub const READ_ON: &str = "2026-11-30";

/// A runtime's days, such as `2026-07-31`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runtime {
    /// Its name, such as `provided.al2`.
    pub name: &'static str,
    /// The day from which AWS fixes it no more.
    pub deprecated: &'static str,
    /// The day from which AWS takes no new functions with it; none is set for some.
    pub no_create: Option<&'static str>,
    /// The day from which AWS takes no updates of functions with it.
    pub no_update: Option<&'static str>,
}

impl Runtime {
    /// Whether AWS took no new functions with it when the list was read.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.no_create.is_some_and(|day| day <= READ_ON)
    }
}

/// All runtimes that have days.
pub fn all() -> impl Iterator<Item = Runtime> {
    let day = |text: &'static str| (text != "-").then_some(text);
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(move |line| {
        let mut words = line.split(' ');
        let mut word = || words.next();
        Some(Runtime { name: word()?, deprecated: word()?, no_create: day(word()?), no_update: day(word()?) })
    })
}

/// The days of a runtime.
#[must_use]
pub fn of(name: &str) -> Option<Runtime> {
    all().find(|runtime| runtime.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_its_days_in_order() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(all().count(), lines);
        for runtime in all() {
            let days = [Some(runtime.deprecated), runtime.no_create, runtime.no_update];
            assert!(days.into_iter().flatten().all(|day| day.len() == 10), "{runtime:?}");
            assert!(runtime.no_update.is_none() || runtime.no_create <= runtime.no_update, "{runtime:?}");
        }
    }

    #[test]
    fn what_takes_no_functions_and_no_updates_is_not_offered() {
        let limits = crate::limits::of("aws:lambda:Function");
        let offered = format!("{limits:?}");
        for runtime in all() {
            let gone = runtime.no_update.is_some_and(|day| day <= READ_ON);
            let word = format!("\"{}\"", runtime.name);
            assert!(!gone || !offered.contains(&word), "{runtime:?}");
        }
        assert!(of("nodejs12.x").is_some_and(|runtime| runtime.is_closed()));
        assert!(of("provided.al2023").is_some_and(|runtime| !runtime.is_closed()));
    }
}
