//! The assumptions of an estimate: how much a stack is used in a month.

use finsight_engine::cost::Decimal;

/// The users a day that the quantities below are for.
pub const USERS_PER_DAY: u32 = 10;
/// Hours of a month, as AWS's own estimates count them.
pub const HOURS: Decimal = Decimal::whole(730);

/// Who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// FinSight's requirements.
    Requirements,
    /// This program; the requirements say nothing of it.
    Program,
}

impl Origin {
    /// The word in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Requirements => "requirements",
            Self::Program => "program",
        }
    }
}

/// A quantity in a month.
#[derive(Debug, Clone, Copy)]
pub struct Assumption {
    /// Its name.
    pub name: &'static str,
    /// How much, for [`USERS_PER_DAY`].
    pub quantity: Decimal,
    /// Of what.
    pub unit: &'static str,
    /// Whether it grows with the users.
    pub scales: bool,
    /// Who says so.
    pub from: Origin,
    /// Where it comes from, or how it was reckoned.
    pub why: &'static str,
}

/// Declares each assumption, and the list of all of them.
macro_rules! assumptions {
    ($( $name:ident = $numerator:literal / $denominator:literal, $unit:literal, $scales:ident, $from:ident, $why:literal; )*) => {
        $(
            #[doc = $why]
            pub const $name: Assumption = Assumption {
                name: stringify!($name),
                quantity: Decimal::ratio($numerator, $denominator),
                unit: $unit,
                scales: assumptions!(@ $scales),
                from: Origin::$from,
                why: $why,
            };
        )*

        /// All assumptions.
        pub const ALL: &[Assumption] = &[$($name),*];
    };
    (@ scales) => { true };
    (@ stays) => { false };
}

assumptions! {
    LAMBDA_REQUESTS = 9_000 / 1, "requests of the eight API functions", scales, Requirements, "9,000 requests a month";
    API_CALLS = 10_000 / 1, "API calls", scales, Requirements, "10,000 API calls a month";
    CDN_GB = 1 / 1, "GB that CloudFront delivers", scales, Requirements, "1 GB a month";
    LAMBDA_SECONDS = 1 / 5, "seconds of a request", stays, Program, "200 ms of a request to the database and back";
    AUTHORIZER_REQUESTS = 600 / 1, "requests of the authorizer", scales, Program, "two sessions a user and day; its answer is kept for 5 minutes";
    NOTIFIER_REQUESTS = 100 / 1, "requests of the Slack notifier", stays, Program, "three alarms a day";
    NAT_GB = 1 / 2, "GB through the NAT gateways", scales, Program, "50 kB a request to AWS's APIs and Auth0; the database is in the VPC";
    INTERNET_GB = 1 / 10, "GB out to the internet", scales, Program, "a fifth of what goes through the NAT gateways goes out";
    ENDPOINT_GB = 1 / 2, "GB through each interface endpoint", scales, Program, "as much as through the NAT gateways";
    FUNCTION_LOGS_GB = 1 / 20, "GB of functions' logs", scales, Program, "5 kB a request";
    API_LOGS_GB = 1 / 100, "GB of API access logs", scales, Program, "1 kB a call";
    DATABASE_LOGS_GB = 1 / 10, "GB of the database's logs", stays, Program, "checkpoints and connections";
    FLOW_LOGS_GB = 1 / 2, "GB of flow logs", stays, Program, "a record a minute for each connection of some ten interfaces";
    FIREWALL_LOGS_GB = 1 / 50, "GB of each web ACL's logs", stays, Program, "blocked and counted requests alone";
    TRACES = 10_000 / 1, "traces", scales, Program, "each API call, the most that can be recorded";
    BUILD_MINUTES = 150 / 1, "minutes of builds", stays, Program, "30 builds of 5 minutes";
    SITE_GB = 1 / 1, "GB of sites", stays, Program, "the branches and their pull requests";
    SITE_SERVED_GB = 3 / 2, "GB of sites that are served", scales, Program, "5 MB a user and day";
    MAILS = 300 / 1, "mails", scales, Program, "one a user and day";
    PROBES = 175_200 / 1, "requests of each region that a health check asks from", stays, Program, "two checkers in each, as the status page shows them, each in 30 seconds";
    MESSAGES = 200 / 1, "messages of topics", stays, Program, "alarms, their ends, bounces";
    KEY_REQUESTS = 5_000 / 1, "requests of KMS keys", scales, Program, "secrets, logs and connections";
    SECRET_READS = 2_000 / 1, "reads of secrets", scales, Program, "functions keep what they read";
    DNS_QUERIES = 20_000 / 1, "DNS queries", scales, Program, "two for each API call";
    CONFIG_ITEMS = 300 / 1, "configuration items", stays, Program, "each resource once, and what changes";
    RULE_EVALUATIONS = 60 / 1, "evaluations of each rule", stays, Program, "two a day";
    SCHEDULE_CALLS = 30 / 1, "calls of each schedule", stays, Program, "one a day at most";
    SNAPSHOT_GB = 1 / 2, "GB that a monthly snapshot of the database adds", scales, Program, "what changes in a month; snapshots after the first hold that alone";
    TRAIL_GB = 1 / 2, "GB of CloudTrail's records", stays, Program, "of all regions, compressed, as they add up in a year";
    TRAIL_LOGS_GB = 1 / 2, "GB of CloudTrail's records that filters look at", stays, Program, "a record of each call, uncompressed, of a month";
    TRAIL_WRITES = 20_000 / 1, "files of CloudTrail", stays, Program, "one in 5 minutes from each region where something happens";
    CONFIG_GB = 1 / 10, "GB of AWS Config's records", stays, Program, "a snapshot a day";
    CONFIG_WRITES = 600 / 1, "files of AWS Config", stays, Program, "history and snapshots";
    CDN_LOGS_GB = 1 / 50, "GB of CloudFront's logs", scales, Program, "0.7 kB a request, kept for 90 days";
    CDN_LOG_WRITES = 3_000 / 1, "files of CloudFront's logs", stays, Program, "one an hour from each of some places";
}

/// The regions that a health check asks from where it names none.
const ASKING: usize = 8;

/// Requests of a health check in a month, by how many regions it names, and whether it asks each 10 seconds.
#[must_use]
pub fn probes(regions: Option<usize>, quick: bool) -> Decimal {
    let times = regions.unwrap_or(ASKING) * if quick { 3 } else { 1 };
    PROBES.quantity * Decimal::whole(i64::try_from(times).unwrap_or(i64::MAX))
}

/// The assumptions at a number of users.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// Users a day.
    pub users_per_day: u32,
}

impl Usage {
    /// How much of something in a month.
    #[must_use]
    pub fn of(self, assumption: &Assumption) -> Decimal {
        if assumption.scales {
            assumption.quantity * Decimal::ratio(i64::from(self.users_per_day), i64::from(USERS_PER_DAY))
        } else {
            assumption.quantity
        }
    }
}
