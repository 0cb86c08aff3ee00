//! How the simulated cloud misbehaves, and how often.

/// Frequencies in thousandths of calls or objects; all zero is a calm cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Knobs {
    /// Calls refused for speed.
    pub throttled: u32,
    /// Calls refused without effect.
    pub transient: u32,
    /// Creates and updates refused because what they need is not visible yet.
    pub not_yet: u32,
    /// Mutating calls without effect whose answer is lost.
    pub lost_before: u32,
    /// Mutating calls with effect whose answer is lost.
    pub lost_after: u32,
    /// Create calls that take effect only after their caller has given up.
    pub in_flight: u32,
    /// Creates with effect whose answer holds no id.
    pub no_id: u32,
    /// Calls refused for good.
    pub denied: u32,
    /// Reads and lists that look into the past, at most by the type's lag.
    pub lag: u32,
    /// Objects that take time to be ready, and deletes that take time.
    pub slow: u32,
    /// Objects that come to a failed state.
    pub sick: u32,
    /// Objects that stay pending for ever.
    pub stuck: u32,
    /// Objects that others do not see for a while: what refers to them is refused as absent.
    pub unseen: u32,
    /// Answers that cannot be understood: of a mutating call after its effect, of a question at any time.
    pub unreadable: u32,
    /// Targets of a read that are not answered, while the others are.
    pub cut: u32,
    /// Properties and outputs that a read cannot tell this time.
    pub unread: u32,
    /// Calls that find the network gone for a while, up to minutes.
    pub outage: u32,
    /// Calls that find the credentials expired, until new ones come within minutes.
    pub expired: u32,
    /// Refusals for speed that ask to wait for a day.
    pub hours: u32,
    /// Objects whose reads are answered by replicas in turn, one of which has stopped.
    pub split: u32,
    /// Objects with two settings that undo each other.
    pub undoing: u32,
    /// Creates and updates for which a quota is used up.
    pub quota: u32,
}

impl Knobs {
    /// No faults and no delays.
    #[must_use]
    pub fn calm() -> Self {
        Self {
            throttled: 0,
            transient: 0,
            not_yet: 0,
            lost_before: 0,
            lost_after: 0,
            in_flight: 0,
            no_id: 0,
            denied: 0,
            lag: 0,
            slow: 0,
            sick: 0,
            stuck: 0,
            unseen: 0,
            unreadable: 0,
            cut: 0,
            unread: 0,
            outage: 0,
            expired: 0,
            hours: 0,
            split: 0,
            undoing: 0,
            quota: 0,
        }
    }

    /// No faults, but the nature of AWS: waits, and reads that lag behind.
    #[must_use]
    pub fn natural() -> Self {
        Self { lag: 300, slow: 500, ..Self::calm() }
    }

    /// Everything that can go wrong, often.
    #[must_use]
    pub fn stormy() -> Self {
        Self {
            throttled: 40,
            transient: 40,
            not_yet: 40,
            lost_before: 50,
            lost_after: 70,
            in_flight: 40,
            no_id: 15,
            denied: 10,
            lag: 350,
            slow: 500,
            sick: 15,
            stuck: 5,
            ..Self::calm()
        }
    }
}
