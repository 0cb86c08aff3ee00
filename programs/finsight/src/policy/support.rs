//! What AWS has deprecated, with its dates.

use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation};
use finsight_engine::value::Value;
use finsight_specs::runtimes;

use super::pack;

/// The end of standard support of PostgreSQL on RDS, by major version; after it RDS bills Extended Support.
const POSTGRES: &[(&str, &str)] = &[
    ("11", "2024-02-29"),
    ("12", "2025-02-28"),
    ("13", "2026-02-28"),
    ("14", "2027-02-28"),
    ("15", "2028-02-29"),
    ("16", "2029-02-28"),
    ("17", "2030-02-28"),
    ("18", "2031-02-28"),
];

/// The oldest major version in that list: what is older has no support at all.
const OLDEST_POSTGRES: u32 = 11;

/// The newest Node.js that Amplify builds with no more, and since when.
const NODE: (u32, &str) = (18, "2025-09-15");

pub(super) fn rules() -> Vec<Rule> {
    const WHY: &str = "AWS stops fixing, creating and updating what it has deprecated";
    let rule = pack(Severity::Warning, WHY);
    vec![
        rule(
            "supported-runtime",
            "functions run on a supported runtime",
            "take a supported runtime, such as provided.al2023",
            runtime,
        ),
        rule(
            "supported-database",
            "databases run a version in standard support",
            "plan the upgrade to a newer major version",
            database,
        ),
        rule(
            "supported-node",
            "sites are built with a supported Node.js",
            "set frontend.node_version to a supported one, such as 22",
            node,
        ),
        pack(Severity::Error, "what has no endpoint cannot be made: the run would end half-way")(
            "service-region",
            "resources are declared in regions that have their service",
            "declare it in a region that has the service, or take another region",
            regions,
        ),
    ]
}

fn regions(subject: &Subject<'_>) -> Vec<Violation> {
    let region = |item: &Filled<'_>| item.node.options.region.as_deref().unwrap_or(subject.region).to_owned();
    let told = |item: &Filled<'_>| {
        let region = region(item);
        (!finsight_specs::regions::has(&region, item.urn().type_name()))
            .then(|| Violation::new(item, format!("AWS does not have its service in {region}")))
    };
    subject.all().filter_map(told).collect()
}

fn runtime(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for item in subject.of_type("aws:lambda:Function") {
        let Some(name) = item.get("runtime").and_then(Value::as_text) else { continue };
        let Some(support) = runtimes::of(name) else {
            let message = format!("{name} is not among the runtimes that AWS had on {}", runtimes::READ_ON);
            found.push(Violation::new(item, message).weighing(Severity::Info));
            continue;
        };
        if support.deprecated > subject.today {
            continue;
        }
        let message = format!(
            "{name} is deprecated since {}; AWS takes no new functions from {} and no updates from {}",
            support.deprecated,
            support.no_create.unwrap_or("no day yet"),
            support.no_update.unwrap_or("no day yet")
        );
        let violation = Violation::new(item, message);
        // From then on the call would fail.
        found.push(if support.no_create.is_some_and(|day| day <= subject.today) {
            violation.weighing(Severity::Error)
        } else {
            violation
        });
    }
    found
}

fn database(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for item in subject.of_type("aws:rds:DBInstance").filter(|item| item.is("engine", "postgres")) {
        let version = item.get("engine_version").and_then(Value::as_text).unwrap_or_default();
        let major = version.split('.').next().unwrap_or_default();
        if major.parse::<u32>().is_ok_and(|major| major < OLDEST_POSTGRES) {
            found.push(Violation::new(item, format!("RDS supports PostgreSQL {major} no more")));
        }
        if let Some((_, end)) = POSTGRES.iter().find(|(known, end)| *known == major && *end < subject.today) {
            let message =
                format!("standard support of PostgreSQL {major} ended on {end}: RDS bills Extended Support");
            found.push(Violation::new(item, message));
        }
    }
    found
}

fn node(subject: &Subject<'_>) -> Vec<Violation> {
    let (newest, since) = NODE;
    let mut found = Vec::new();
    for item in subject.of_type("aws:amplify:App") {
        let spec = item.get("build_spec").and_then(Value::as_text).unwrap_or_default();
        let used = ["nvm use ", "nvm install "].iter().flat_map(|command| spec.split(command).skip(1));
        let major = |rest: &str| {
            let digits: String =
                rest.trim_start_matches('v').chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u32>().ok()
        };
        if let Some(version) = used.filter_map(major).find(|version| *version <= newest) {
            let message = format!("Amplify supports Node.js {version} no more since {since}");
            found.push(Violation::new(item, message));
        }
    }
    found
}
