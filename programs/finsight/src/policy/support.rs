//! What AWS has deprecated, with its dates (`aws-semantics.md` 28).

use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation};
use finsight_engine::value::Value;
use finsight_specs::runtimes;

/// The end of standard support of PostgreSQL on RDS, by major version; after it RDS bills Extended Support.
const POSTGRES: &[(&str, &str)] = &[
    ("11", "2024-02-29"),
    ("12", "2025-02-28"),
    ("13", "2026-02-28"),
    ("14", "2027-02-28"),
    ("15", "2028-02-29"),
];

/// Node.js that Amplify builds with no more.
const NODE: &[&str] = &["12", "14", "16", "18"];

pub(super) fn rules() -> Vec<Rule> {
    const WHY: &str = "AWS stops fixing, creating and updating what it has deprecated";
    let rule = |id, title, way_out, check| Rule {
        id,
        severity: Severity::Warning,
        title,
        reason: WHY,
        way_out,
        check,
    };
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
        Rule {
            id: "service-region",
            severity: Severity::Error,
            title: "resources are declared in regions that have their service",
            reason: "what has no endpoint cannot be made: the run would end half-way",
            way_out: "declare it in a region that has the service, or take another region",
            check: regions,
        },
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
        let name = item.get("runtime").and_then(Value::as_text).unwrap_or_default();
        let Some(support) = runtimes::of(name) else { continue };
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
        if let Some((_, end)) = POSTGRES.iter().find(|(known, end)| *known == major && *end < subject.today) {
            let message =
                format!("standard support of PostgreSQL {major} ended on {end}: RDS bills Extended Support");
            found.push(Violation::new(item, message));
        }
    }
    found
}

fn node(subject: &Subject<'_>) -> Vec<Violation> {
    let dropped = |item: &Filled<'_>| {
        let spec = item.get("build_spec").and_then(Value::as_text).unwrap_or_default().to_owned();
        let used = |version: &&&str| {
            spec.contains(&format!("nvm use {version}")) || spec.contains(&format!("nvm install {version}"))
        };
        NODE.iter().find(used).copied()
    };
    subject
        .of_type("aws:amplify:App")
        .filter_map(|item| {
            let version = dropped(item)?;
            Some(Violation::new(item, format!("Amplify supports Node.js {version} no more since 2025-09-15")))
        })
        .collect()
}
