//! Names in DNS, and the site under them.

use super::{Wrong, in_zone, is_below, is_domain, within};
use crate::config::{BranchConfig, Config, RecordConfig, RecordKind};

pub(super) fn check(config: &Config, wrong: Wrong<'_>) {
    domain(config, wrong);
    frontend(config, wrong);
    // Of another zone they would all be wrong.
    if names(config, wrong) {
        apart(config, wrong);
        records(config, wrong);
        for (name, branch) in &config.frontend.branches {
            origin(config, name, branch, wrong);
        }
    }
}

fn domain(config: &Config, wrong: Wrong<'_>) {
    let domain = &config.domain;
    if let Some(id) = &domain.hosted_zone_id
        && !(id.starts_with('Z') && id.len() <= 32 && id.chars().all(|c| c.is_ascii_alphanumeric()))
    {
        wrong("domain.hosted_zone_id", format!("`{id}`"), "the id of a hosted zone, such as Z0123456789ABC");
    }
    for (below, servers) in &domain.delegations {
        let path = format!("domain.delegations.{below}");
        if servers.len() < 2 || !servers.iter().all(|server| is_domain(server)) {
            wrong(&path, format!("{} name servers", servers.len()), "two name servers at least, by name");
        }
    }
}

/// Whether the zone is one: of the names that lie in it at least one does, else the zone is what is wrong.
fn names(config: &Config, wrong: Wrong<'_>) -> bool {
    let zone = &config.domain.zone;
    if !is_domain(zone) {
        wrong("domain.zone", format!("`{zone}`"), "a domain, such as finsight.com");
        return false;
    }
    let mut names = vec![
        ("api.domain".to_owned(), &config.api.domain),
        ("monitoring.mail.mail_from".to_owned(), &config.monitoring.mail.mail_from),
    ];
    let delegations = config.domain.delegations.keys();
    names.extend(delegations.map(|below| (format!("domain.delegations.{below}"), below)));
    if !names.iter().any(|(_, name)| is_below(name, zone)) {
        let keys: Vec<&str> = names.iter().map(|(key, _)| key.as_str()).collect();
        let expected = format!("the domain that the names at {} are in", keys.join(", "));
        wrong("domain.zone", format!("`{zone}`"), &expected);
        return false;
    }
    for (key, name) in names {
        in_zone(&key, name, zone, wrong);
    }
    true
}

/// A name that the stack writes into the zone, and the key that says it.
struct Written<'a> {
    key: String,
    text: &'a str,
    name: String,
    /// Whether Route 53 takes nothing beside it: what leads to a branch is a CNAME, and a delegation gives the name away.
    alone: bool,
    /// Whether names below it are given away, too.
    delegation: bool,
}

/// Nothing stands beside a CNAME or a delegation, whichever comes first: Amplify's records are then refused and its
/// domain stays pending (amplify-hosting#2051), or the stack's own are.
fn apart(config: &Config, wrong: Wrong<'_>) {
    let zone = &config.domain.zone;
    let plain = |key: &str, text| Written {
        key: key.to_owned(),
        text,
        name: text.to_owned(),
        alone: false,
        delegation: false,
    };
    let mut all = vec![
        plain("api.domain", config.api.domain.as_str()),
        plain("monitoring.mail.mail_from", config.monitoring.mail.mail_from.as_str()),
    ];
    all.extend(config.domain.delegations.keys().map(|below| Written {
        alone: true,
        delegation: true,
        ..plain(&format!("domain.delegations.{below}"), below)
    }));
    all.extend(config.frontend.branches.iter().map(|(branch, of)| Written {
        name: format!("{}.{zone}", of.prefix),
        alone: true,
        ..plain(&format!("frontend.branches.{branch}.prefix"), &of.prefix)
    }));
    let meet = |one: &Written<'_>, other: &Written<'_>| {
        (one.alone || other.alone) && one.name == other.name
            || one.delegation && is_below(&other.name, &one.name)
            || other.delegation && is_below(&one.name, &other.name)
    };
    for (at, one) in all.iter().enumerate() {
        if let Some(other) = all[..at].iter().find(|other| meet(one, other)) {
            let found = format!("`{}`, which is `{}` of {}", one.text, other.text, other.key);
            let found = if one.name == other.name { found } else { found.replace("which is", "which meets") };
            wrong(
                &one.key,
                found,
                "a name of its own: Route 53 takes nothing beside a CNAME or a delegation",
            );
        }
    }
}

/// Who issues the stack's certificates, as a `CAA` record names them ("Setting up to use AWS Certificate Manager").
const ISSUERS: &[&str] = &["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"];

/// T11: names of the zone that the stack does not claim itself.
fn records(config: &Config, wrong: Wrong<'_>) {
    let zone = &config.domain.zone;
    let claimed = claimed(config);
    let records = &config.domain.records;
    for (index, record) in records.iter().enumerate() {
        let path = |rest: &str| format!("domain.records.{index}.{rest}");
        let (name, kind) = (&record.name, record.kind.as_str());
        // Names such as `_acme.example.com` begin with what no host has.
        let plain = name.split('.').map(|label| label.trim_start_matches('_')).collect::<Vec<_>>().join(".");
        if name != zone {
            in_zone(&path("name"), &plain, zone, wrong);
        }
        if record.values.is_empty() || record.values.iter().any(String::is_empty) {
            wrong(&path("values"), "none".to_owned(), "one value at least");
        }
        within(&path("ttl_seconds"), record.ttl_seconds, 0..=604_800, wrong);
        let alone = record.kind == RecordKind::Cname;
        let own = claimed.iter().any(|(other, of)| other == name && (alone || *of == "CNAME" || *of == kind));
        if own {
            wrong(&path("name"), format!("{kind} of `{name}`"), "a name that is not the stack's own");
        }
        if alone && name == zone {
            wrong(&path("type"), "CNAME of the zone itself".to_owned(), "another type: DNS has none there");
        }
        let meets = |other: &RecordConfig| {
            other.name == *name && (other.kind == record.kind || alone || other.kind == RecordKind::Cname)
        };
        if records[..index].iter().any(meets) {
            wrong(&path("name"), format!("{kind} of `{name}` besides another"), "each name and type once");
        }
        let issues = |value: &&String| value.contains("issue");
        let ours = |value: &String| ISSUERS.iter().any(|issuer| value.contains(issuer));
        let mut issuing = record.values.iter().filter(issues).peekable();
        if record.kind == RecordKind::Caa && issuing.peek().is_some() && !issuing.any(ours) {
            let expected = "`0 issue \"amazon.com\"` besides: AWS would issue no certificate of the stack";
            wrong(&path("values"), record.values.join(", "), expected);
        }
    }
}

/// The names and types that the program and Amplify write themselves.
fn claimed(config: &Config) -> Vec<(String, &'static str)> {
    let zone = &config.domain.zone;
    let mut all = vec![
        (config.api.domain.clone(), "A"),
        (config.api.domain.clone(), "AAAA"),
        (config.monitoring.mail.mail_from.clone(), "MX"),
        (config.monitoring.mail.mail_from.clone(), "TXT"),
        (format!("_dmarc.{zone}"), "TXT"),
    ];
    all.extend(config.domain.delegations.keys().map(|below| (below.clone(), "NS")));
    let branches = config.frontend.branches.values();
    all.extend(branches.map(|branch| (format!("{}.{zone}", branch.prefix), "CNAME")));
    if config.frontend.redirect_apex {
        all.push((zone.clone(), "A"));
    }
    all
}

fn frontend(config: &Config, wrong: Wrong<'_>) {
    let frontend = &config.frontend;
    if !frontend.repository.starts_with("https://github.com/") {
        let found = format!("`{}`", frontend.repository);
        wrong(
            "frontend.repository",
            found,
            "a repository of GitHub, such as https://github.com/finsight/finsight-web",
        );
    }
    if !frontend.node_version.chars().all(|c| c.is_ascii_digit()) || frontend.node_version.is_empty() {
        wrong(
            "frontend.node_version",
            format!("`{}`", frontend.node_version),
            "a major version of Node.js, such as 22",
        );
    }
    for (name, branch) in &frontend.branches {
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "/_.-".contains(c)) {
            let path = format!("frontend.branches.{name}");
            wrong(&path, format!("the name `{name}`"), "a branch: letters, digits and any of / _ . -");
        }
        let path = format!("frontend.branches.{name}.prefix");
        if !is_domain(&format!("{}.example.com", branch.prefix)) {
            wrong(&path, format!("`{}`", branch.prefix), "a label of DNS, such as www");
        }
    }
    let own = frontend
        .branches
        .iter()
        .map(|(name, branch)| (format!("frontend.branches.{name}.environment"), &branch.environment));
    for (path, variables) in
        std::iter::once(("frontend.environment".to_owned(), &frontend.environment)).chain(own)
    {
        for name in variables.keys().filter(|name| name.starts_with("AWS")) {
            let expected = "a name that does not begin with AWS: Amplify keeps those for itself";
            wrong(&format!("{path}.{name}"), format!("the name `{name}`"), expected);
        }
    }
    if frontend.redirect_apex && !frontend.branches.values().any(|branch| branch.prefix == "www") {
        wrong(
            "frontend.redirect_apex",
            "true".to_owned(),
            "false, or a branch with the prefix www to lead to",
        );
    }
}

/// What the build of a branch finds of the API that it calls.
const OF_THE_API: [&str; 3] = ["REACT_APP_API_URL", "REACT_APP_AUTH_ISSUER", "REACT_APP_AUTH_AUDIENCE"];

/// W6: a branch calls the stack's API, which lets its origin in, or another one, whose tokens it asks for.
fn origin(config: &Config, name: &str, branch: &BranchConfig, wrong: Wrong<'_>) {
    if !is_domain(&format!("{}.example.com", branch.prefix)) {
        return;
    }
    let path = format!("frontend.branches.{name}");
    let said = |key: &str| branch.environment.get(key).or(config.frontend.environment.get(key));
    if said(OF_THE_API[0]).is_none_or(|url| *url == format!("https://{}", config.api.domain)) {
        let origin = format!("https://{}.{}", branch.prefix, config.domain.zone);
        if !config.api.cors_origins.contains(&origin) {
            let expected = format!(
                "{} of another API, or the origin in api.cors_origins: browsers would not let it call",
                OF_THE_API[0]
            );
            wrong(&path, format!("no API that takes {origin}"), &expected);
        }
        return;
    }
    for key in OF_THE_API {
        if said(key).is_none() {
            wrong(&path, format!("no {key}"), "that of the API which it calls, or none of the three");
        }
    }
}
