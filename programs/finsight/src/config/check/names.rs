//! Names in DNS, and the site under them.

use super::{Wrong, in_zone, is_below, is_domain, is_tag_text, within};
use crate::config::{BranchConfig, Config, RecordKind};

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
    // Amplify has a certificate made of the zone's name: "cannot exceed 64 octets" (RequestCertificate).
    if zone.len() > 64 {
        wrong(
            "domain.zone",
            format!("`{zone}`"),
            "a domain of 64 bytes at most: no certificate has a longer name",
        );
        return false;
    }
    // RFC 2606: Route 53 takes none of them (InvalidDomainName, "is reserved by AWS").
    if ["example.com", "example.net", "example.org"].iter().any(|kept| zone == kept || is_below(zone, kept)) {
        wrong("domain.zone", format!("`{zone}`"), "a domain that is yours: this one is kept for examples");
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

/// What stands at a name of the zone, and the key that says it.
struct Written<'a> {
    key: String,
    text: &'a str,
    name: String,
    /// The types of the records there.
    kinds: Vec<&'static str>,
}

impl Written<'_> {
    /// Whether all names below it are given away.
    fn is_delegation(&self) -> bool {
        self.kinds == ["NS"]
    }

    /// Whether nothing stands beside it: what leads to a branch is a CNAME, and a delegation gives the name away.
    fn is_alone(&self) -> bool {
        self.is_delegation() || self.kinds == ["CNAME"]
    }

    /// Whether not both can be in one zone, as Route 53 takes them or as DNS answers.
    fn meets(&self, other: &Self) -> bool {
        let shared = self.kinds.iter().any(|kind| other.kinds.contains(kind));
        self.name == other.name && (self.is_alone() || other.is_alone() || shared)
            || self.is_delegation() && is_below(&other.name, &self.name)
            || other.is_delegation() && is_below(&self.name, &other.name)
    }
}

/// All that the program, Amplify and the config's own records write into the zone.
fn written(config: &Config) -> Vec<Written<'_>> {
    let zone = &config.domain.zone;
    let at = |key: String, text, kinds: &[&'static str]| Written {
        key,
        text,
        name: String::from(text),
        kinds: kinds.to_vec(),
    };
    let (api, mail) = (&config.api.domain, &config.monitoring.mail.mail_from);
    let mut all = vec![
        at("api.domain".to_owned(), api.as_str(), &["A", "AAAA"]),
        at("monitoring.mail.mail_from".to_owned(), mail.as_str(), &["MX", "TXT"]),
        // DMARC's name is the zone's.
        Written { name: format!("_dmarc.{zone}"), ..at("domain.zone".to_owned(), zone.as_str(), &["TXT"]) },
    ];
    if config.frontend.redirect_apex {
        all.push(at("frontend.redirect_apex".to_owned(), zone.as_str(), &["A"]));
    }
    let delegations = config.domain.delegations.keys();
    all.extend(delegations.map(|below| at(format!("domain.delegations.{below}"), below.as_str(), &["NS"])));
    all.extend(config.frontend.branches.iter().map(|(branch, of)| Written {
        name: format!("{}.{zone}", of.prefix),
        ..at(format!("frontend.branches.{branch}.prefix"), of.prefix.as_str(), &["CNAME"])
    }));
    all.extend(config.domain.records.iter().enumerate().map(|(index, record)| {
        at(format!("domain.records.{index}.name"), record.name.as_str(), &[record.kind.as_str()])
    }));
    all
}

/// Nothing stands beside a CNAME or below a delegation, whichever comes first: Amplify's records are then refused and its
/// domain stays pending (amplify-hosting#2051), or the stack's own are. Of one type a name has one record.
fn apart(config: &Config, wrong: Wrong<'_>) {
    let all = written(config);
    for (at, one) in all.iter().enumerate() {
        let Some(other) = all[..at].iter().find(|other| one.meets(other)) else { continue };
        let which = if one.name == other.name { "is" } else { "meets" };
        let found = format!("`{}`, which {which} `{}` of {}", one.text, other.text, other.key);
        let expected = if one.is_alone() || other.is_alone() {
            "a name of its own: Route 53 takes nothing beside a CNAME or a delegation"
        } else {
            "a name of its own: of each type a name has one record"
        };
        wrong(&one.key, found, expected);
    }
}

/// Who issues the stack's certificates, as a `CAA` record names them ("Setting up to use AWS Certificate Manager").
const ISSUERS: &[&str] = &["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"];

/// T11: what the zone says besides.
fn records(config: &Config, wrong: Wrong<'_>) {
    let zone = &config.domain.zone;
    for (index, record) in config.domain.records.iter().enumerate() {
        let path = |rest: &str| format!("domain.records.{index}.{rest}");
        let name = &record.name;
        // Names such as `_acme.example.com` begin with what no host has.
        let plain = name.split('.').map(|label| label.trim_start_matches('_')).collect::<Vec<_>>().join(".");
        if name != zone {
            in_zone(&path("name"), &plain, zone, wrong);
        }
        if record.values.is_empty() || record.values.iter().any(String::is_empty) {
            wrong(&path("values"), "none".to_owned(), "one value at least");
        }
        within(&path("ttl_seconds"), record.ttl_seconds, 0..=604_800, wrong);
        if record.kind == RecordKind::Cname && name == zone {
            wrong(&path("type"), "CNAME of the zone itself".to_owned(), "another type: DNS has none there");
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
        if !is_branch(name) {
            let path = format!("frontend.branches.{name}");
            let expected = "a branch as git has it, of letters, digits and any of / _ . - + @ =";
            wrong(&path, format!("the name `{name}`"), expected);
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

/// A name that git takes (`git-check-ref-format`), and the value of a tag.
fn is_branch(name: &str) -> bool {
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    is_tag_text(name)
        && !name.contains([' ', ':'])
        && !name.contains("..")
        && !name.starts_with('-')
        && !name.ends_with('.')
        && name != "@"
        && name.split('/').all(part)
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
