//! How long a type's operations take.

/// Durations of a type's operations, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Typical create, the base of estimates.
    pub create: u64,
    /// Typical update.
    pub update: u64,
    /// Typical delete.
    pub delete: u64,
    /// Ceilings of create, update and delete.
    pub timeout: [u64; 3],
    /// First wait between two polls; later ones grow to ten times of it.
    pub poll: u64,
    /// For how long a resource just created may stay unseen by reads and lists.
    pub lag: u64,
}

impl Timing {
    /// Timing in seconds: typical create/update/delete; ceilings in minutes.
    #[must_use]
    pub const fn new(typical: [u64; 3], minutes: [u64; 3]) -> Self {
        Self {
            create: typical[0] * 1000,
            update: typical[1] * 1000,
            delete: typical[2] * 1000,
            timeout: [minutes[0] * 60_000, minutes[1] * 60_000, minutes[2] * 60_000],
            poll: 2_000,
            lag: 30_000,
        }
    }

    /// With this first wait between polls, in milliseconds.
    #[must_use]
    pub const fn poll(mut self, millis: u64) -> Self {
        self.poll = millis;
        self
    }

    /// With this visibility lag, in milliseconds.
    #[must_use]
    pub const fn lag(mut self, millis: u64) -> Self {
        self.lag = millis;
        self
    }
}

/// A delete that takes longer for some: what such a resource leaves behind in others has to go before it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lingers {
    /// The property that such a resource has set: the subnets of a function.
    pub property: &'static str,
    /// Its typical delete, in milliseconds.
    pub millis: u64,
}
