//! What a config can say that no stack can have, each refused at its line and column; and what it can say beside that,
//! and is taken.

use std::collections::BTreeSet;

use finsight::artifacts::Artifacts;
use finsight::config::{Config, Problem, Source, built_in, parse};
use finsight::policy::{rules, waivers};
use finsight_engine::graph::Graph;
use finsight_engine::policy::{Subject, evaluate};
use finsight_engine::value::Value;
use serde_json::{Value as Json, json};

type Change = fn(&mut Json);

/// Dev with a change, one key a line.
fn source(change: Change) -> Source {
    let mut config: Json = serde_json::from_str(built_in("dev").expect("shipped")).expect("JSON");
    change(&mut config);
    let text = serde_json::to_string_pretty(&config).expect("JSON");
    Source { file: "dev.json".to_owned(), text }
}

fn judged(source: &Source) -> Result<(Config, Graph), String> {
    let config = source.config().map_err(|error| error.to_string())?;
    let registry = finsight_specs::registry();
    let declare = |config: &Config| finsight::finsight("dev", config, &Artifacts::default());
    match declare(&config).and_then(|graph| graph.checked(&registry)) {
        Ok(graph) => Ok((config, graph.into_graph())),
        Err(refused) => {
            let (error, rest) = source.trace(&config, refused, &registry, &declare);
            assert!(rest.is_empty(), "refused at no key: {rest:?}");
            Err(error.map(|error| error.to_string()).unwrap_or_default())
        }
    }
}

/// The line of a key's value in a pretty text, by the texts of the lines that lead to it.
fn line_of(text: &str, way: &[&str]) -> usize {
    let mut lines = text.lines().enumerate();
    way.iter().fold(0, |_, part| {
        let found = lines.find(|(_, line)| line.trim_start().starts_with(part));
        found.unwrap_or_else(|| panic!("no line {part} in {way:?}")).0 + 1
    })
}

/// What is said, where: the lines that lead there.
const REFUSED: &[(Change, &[&str], &str)] = &[
    // C2: one name in DNS is claimed once.
    (
        |c| c["frontend"]["branches"]["develop"]["prefix"] = "api".into(),
        &["\"frontend\"", "\"develop\"", "\"prefix\""],
        "frontend.branches.develop.prefix: found `api`, which is `api.dev.finsight.com` of api.domain",
    ),
    (
        |c| c["api"]["domain"] = "www.dev.finsight.com".into(),
        &["\"frontend\"", "\"develop\"", "\"prefix\""],
        "found `www`, which is `www.dev.finsight.com` of api.domain",
    ),
    (
        |c| c["domain"]["delegations"] = json!({"api.dev.finsight.com": ["ns1.a.net", "ns2.a.net"]}),
        &["\"domain\"", "\"delegations\"", "\"api.dev.finsight.com\""],
        "domain.delegations.api.dev.finsight.com: found `api.dev.finsight.com`, which is",
    ),
    (
        |c| c["domain"]["delegations"] = json!({"mail.dev.finsight.com": ["ns1.a.net", "ns2.a.net"]}),
        &["\"domain\"", "\"delegations\"", "\"mail.dev.finsight.com\""],
        "which is `mail.dev.finsight.com` of monitoring.mail.mail_from",
    ),
    (
        |c| {
            c["domain"]["records"] =
                json!([{"name": "www.dev.finsight.com", "type": "A", "values": ["192.0.2.1"]}]);
        },
        &["\"domain\"", "\"records\"", "\"name\""],
        "which is `www` of frontend.branches.develop.prefix",
    ),
    (
        |c| {
            let both = |kind: &str, value: &str| json!({"name": "x.dev.finsight.com", "type": kind, "values": [value]});
            c["domain"]["records"] = json!([both("CNAME", "a.net"), both("A", "192.0.2.1")]);
        },
        &["\"domain\"", "\"records\"", "\"name\"", "\"name\""],
        "domain.records.1.name: found `x.dev.finsight.com`, which is `x.dev.finsight.com` of domain.records.0.name",
    ),
    (
        |c| {
            c["domain"]["records"] =
                json!([{"name": "_dmarc.dev.finsight.com", "type": "TXT", "values": ["v=DMARC1;"]}]);
        },
        &["\"domain\"", "\"records\"", "\"name\""],
        "domain.records.0.name: found `_dmarc.dev.finsight.com`",
    ),
    // C3.
    (
        |c| c["api"]["reserved_concurrency"] = 0.into(),
        &["\"api\"", "\"reserved_concurrency\""],
        "api.reserved_concurrency: found 0; expected 1 at least",
    ),
    // C4.
    (
        |c| c["api"]["functions"]["users"]["environment"] = json!({"DB_HOST": "x"}),
        &["\"users\"", "\"environment\"", "\"DB_HOST\""],
        "api.functions.users.environment.DB_HOST: found `DB_HOST`; expected another name: the stack itself sets it",
    ),
    (
        |c| c["api"]["environment"]["STACK"] = "x".into(),
        &["\"api\"", "\"environment\"", "\"STACK\""],
        "api.environment.STACK: found `STACK`",
    ),
    (
        |c| {
            c["security"]["secrets"] =
                json!({"a-b": {"description": "one"}, "a_b": {"description": "other"}});
            c["api"]["functions"]["users"]["secrets"] = json!(["a-b", "a_b"]);
        },
        &["\"users\"", "\"secrets\"", "\"a_b\""],
        "api.functions.users.secrets.1: found `a_b`, whose variable A_B_SECRET_ARN is that of `a-b`",
    ),
    (
        |c| {
            c["security"]["secrets"] = json!({"1x": {"description": "one"}});
            c["api"]["functions"]["users"]["secrets"] = json!(["1x"]);
        },
        &["\"users\"", "\"secrets\"", "\"1x\""],
        "api.functions.users.secrets.0: found `1x`, whose variable would be 1X_SECRET_ARN",
    ),
    (
        |c| c["api"]["environment"]["A.B"] = "x".into(),
        &["\"api\"", "\"environment\"", "\"A.B\""],
        "api.environment.A.B: found the name `A.B`",
    ),
    // C5.
    (
        |c| c["database"]["working_hours"]["time_zone"] = "Asia/Tokio".into(),
        &["\"working_hours\"", "\"time_zone\""],
        "found `Asia/Tokio`; expected a time zone",
    ),
    (
        |c| c["api"]["environment"]["MY-VAR"] = "x".into(),
        &["\"api\"", "\"environment\"", "\"MY-VAR\""],
        "api.environment.MY-VAR: found the name `MY-VAR`",
    ),
    (
        |c| c["api"]["environment"]["1X"] = "x".into(),
        &["\"api\"", "\"environment\"", "\"1X\""],
        "api.environment.1X: found the name `1X`",
    ),
    (
        |c| c["api"]["environment"]["A"] = "x".into(),
        &["\"api\"", "\"environment\"", "\"A\""],
        "api.environment.A: found the name `A`",
    ),
    (
        |c| c["database"]["backup_window"] = "04:00-04:10".into(),
        &["\"database\"", "\"backup_window\""],
        "found `04:00-04:10`",
    ),
    (
        |c| c["security"]["secrets"] = json!({"partner": {"description": "x".repeat(5_000)}}),
        &["\"security\"", "\"secrets\"", "\"description\""],
        "security.secrets.partner.description: found",
    ),
    (
        |c| c["network"]["interface_endpoints"] = json!(["secretmanager"]),
        &["\"network\"", "\"interface_endpoints\"", "\"secretmanager\""],
        "network.interface_endpoints.0: found `secretmanager`",
    ),
    (
        |c| c["database"]["engine_version"] = "99".into(),
        &["\"database\"", "\"engine_version\""],
        "found `99`; expected a version of PostgreSQL that RDS has",
    ),
    (
        |c| c["network"]["cidr"] = "127.0.0.0/16".into(),
        &["\"network\"", "\"cidr\""],
        "network.cidr: found `127.0.0.0/16`",
    ),
    (
        |c| c["domain"]["zone"] = format!("{}.finsight.com", "a".repeat(60)).into(),
        &["\"domain\"", "\"zone\""],
        "a domain of 64 bytes at most",
    ),
    (
        |c| c["region"] = "xx-yy-zz".into(),
        &["\"region\""],
        "region: found `xx-yy-zz`; expected a region of AWS",
    ),
    (
        |c| c["database"]["working_hours"]["stop"] = "cron(99 77 ? * * *)".into(),
        &["\"working_hours\"", "\"stop\""],
        "found `cron(99 77 ? * * *)`",
    ),
    (|c| c["api"]["runtime"] = "cobol1".into(), &["\"api\"", "\"runtime\""], "api.runtime: found `cobol1`"),
    (
        |c| c["monitoring"]["budget"] = json!({"monthly_usd": 10, "alert_percents": [50, 50]}),
        &["\"budget\"", "\"alert_percents\"", "50", "50"],
        "monitoring.budget.alert_percents.1: found `50.0` a second time",
    ),
    // C6: what AWS or git does not take.
    (
        |c| c["frontend"]["branches"]["a b"] = json!({"stage": "beta", "prefix": "ab"}),
        &["\"branches\"", "\"a b\""],
        "frontend.branches.a b: found the name `a b`; expected a branch as git has it",
    ),
    (
        |c| c["frontend"]["branches"]["a..b"] = json!({"stage": "beta", "prefix": "ab"}),
        &["\"branches\"", "\"a..b\""],
        "found the name `a..b`",
    ),
    (
        |c| c["security"]["secrets"] = json!({"a b": {"description": "one"}}),
        &["\"secrets\"", "\"a b\""],
        "security.secrets.a b: found the name `a b`; expected letters of ASCII",
    ),
    (
        |c| c["security"]["secrets"] = json!({"api-keys": {"description": "one"}}),
        &["\"secrets\"", "\"api-keys\""],
        "security.secrets.api-keys: found the name `api-keys`; expected another name",
    ),
    (
        |c| {
            c["api"]["usage_plans"]["Standard <plan>"] =
                json!({"rate_per_second": 1, "burst": 1, "quota": 1, "period": "day", "keys": []});
        },
        &["\"usage_plans\"", "\"Standard <plan>\""],
        "found the name `Standard <plan>`; expected a name of letters",
    ),
    // C7.
    (
        |c| c["security"]["waivers"][0]["rule"] = "audit-netwrok".into(),
        &["\"waivers\"", "\"rule\""],
        "security.waivers.0.rule: found `audit-netwrok`; expected a rule of the policy pack, such as audit-network",
    ),
    (
        |c| c["security"]["waivers"][0]["until"] = "2027-02-31".into(),
        &["\"waivers\"", "\"until\""],
        "security.waivers.0.until: found `2027-02-31`; expected a day",
    ),
    (
        |c| c["api"]["cors_origins"][0] = "https://www.dev.finsight.com\"".into(),
        &["\"cors_origins\"", "\"https"],
        "api.cors_origins.0: found `https://www.dev.finsight.com\"`",
    ),
    (
        |c| c["monitoring"]["alarms"]["api_5xx_percent"] = (-1).into(),
        &["\"alarms\"", "\"api_5xx_percent\""],
        "monitoring.alarms.api_5xx_percent: found -1; expected a number above 0",
    ),
    (
        |c| c["monitoring"]["alarms"]["database_freeable_memory_mib"] = (-1).into(),
        &["\"alarms\"", "\"database_freeable_memory_mib\""],
        "monitoring.alarms.database_freeable_memory_mib: found -1; expected 1 to",
    ),
    // C10.
    (
        |c| c["api"]["account_concurrency"] = i64::MAX.into(),
        &["\"api\"", "\"account_concurrency\""],
        "api.account_concurrency: found 9223372036854775807; expected 10 to",
    ),
    (
        |c| c["network"]["nat_gateways"] = u64::MAX.into(),
        &["\"network\"", "\"nat_gateways\""],
        "network.nat_gateways: found 18446744073709551615; expected 0, 1, or 2",
    ),
    // C12.
    (
        |c| c["api"]["authorizer"]["audience"] = "".into(),
        &["\"authorizer\"", "\"audience\""],
        "api.authorizer.audience: found nothing",
    ),
    (
        |c| {
            c["api"]["usage_plans"] = json!({});
            c["api"]["cdn"].as_object_mut().expect("an object").remove("api_key");
        },
        &["\"api\"", "\"api_key_required\""],
        "api.api_key_required: found true, and no key",
    ),
    (
        |c| c["api"]["cdn"]["cached_paths"] = json!(["/auth/*"]),
        &["\"cached_paths\"", "\"/auth/*\""],
        "api.cdn.cached_paths.0: found `/auth/*`; expected a path with a caller",
    ),
    // G3: tags of other hands are none of ours, and none of AWS's.
    (
        |c| c["tags"] = json!({"ignore": {"keys": ["Name"]}}),
        &["\"tags\"", "\"keys\"", "\"Name\""],
        "tags.ignore.keys.0: found `Name`; expected none of the stack's own tags",
    ),
    (
        |c| c["tags"] = json!({"ignore": {"keys": ["finsight:stack"]}}),
        &["\"tags\"", "\"keys\"", "\"finsight:stack\""],
        "tags.ignore.keys.0: found `finsight:stack`",
    ),
    (
        |c| c["tags"] = json!({"ignore": {"prefixes": ["audit:", "Proj"]}}),
        &["\"tags\"", "\"prefixes\"", "\"Proj\""],
        "tags.ignore.prefixes.1: found `Proj`; expected none of the stack's own tags",
    ),
    (
        |c| c["tags"] = json!({"ignore": {"prefixes": ["fin"]}}),
        &["\"tags\"", "\"prefixes\"", "\"fin\""],
        "tags.ignore.prefixes.0: found `fin`",
    ),
    (
        |c| c["tags"] = json!({"ignore": {"prefixes": ["AWS:x"]}}),
        &["\"tags\"", "\"prefixes\"", "\"AWS:x\""],
        "tags.ignore.prefixes.0: found `AWS:x`; expected another one",
    ),
    (
        |c| c["tags"] = json!({"ignore": {"prefixes": [""]}}),
        &["\"tags\"", "\"prefixes\"", "\"\""],
        "tags.ignore.prefixes.0: found nothing",
    ),
    (
        |c| c["tags"] = json!({"ignore": {"key": ["a"]}}),
        &["\"tags\"", "\"ignore\"", "\"key\""],
        "unknown field `key`",
    ),
];

#[test]
fn what_no_stack_can_have_is_refused_at_its_line() {
    let mut wrong = Vec::new();
    for (change, way, expected) in REFUSED {
        let source = source(*change);
        let line = line_of(&source.text, way);
        let said = match judged(&source) {
            Ok(_) => "taken".to_owned(),
            Err(said) => said,
        };
        let place = format!("dev.json:{line}:");
        if !said.lines().any(|one| one.starts_with(&place) && one.contains(expected)) {
            wrong.push(format!("{way:?}\n  expected {place} {expected}\n  said     {said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// C6, G11: names that AWS takes, of which two never become one.
#[test]
fn names_that_aws_takes_are_taken_and_stay_apart() {
    let (config, graph) = judged(&source(|c| {
        let site = |prefix: &str| json!({"stage": "development", "prefix": prefix});
        let origins = ["develop", "www", "login", "other", "ja"].map(|it| format!("https://{it}.dev.finsight.com"));
        c["api"]["cors_origins"] = json!(origins);
        for (branch, prefix) in [("feature/login", "login"), ("feature-login", "other"), ("ブランチ", "ja")] {
            c["frontend"]["branches"][branch] = site(prefix);
        }
        c["security"]["secrets"] = json!({"a/b": {"description": "x"}, "a-b": {"description": "x"}, "a.b+c=d@e": {"description": "x"}});
        c["api"]["functions"]["users"]["secrets"] = json!(["a/b"]);
        let plan = c["api"]["usage_plans"]["standard"].take();
        c["api"]["usage_plans"] = json!({ "Standard plan": plan });
        let servers = json!(["ns1.a.net", "ns2.a.net"]);
        c["domain"]["delegations"] = json!({"a.b.dev.finsight.com": servers, "a-b.dev.finsight.com": servers});
        c["monitoring"]["subscribers"] = json!(["a+b@finsight.com", "a-b@finsight.com"]);
    }))
    .unwrap_or_else(|said| panic!("{said}"));
    let named = |type_name: &str, property: &str| {
        let nodes = graph.nodes.values().filter(|node| node.urn.type_name() == type_name);
        let text =
            |node: &finsight_engine::graph::Node| node.inputs.get(property)?.as_text().map(str::to_owned);
        nodes.filter_map(text).collect::<Vec<_>>()
    };
    for branch in config.frontend.branches.keys() {
        assert!(named("aws:amplify:Branch", "branch_name").contains(branch), "{branch}");
    }
    for secret in config.security.secrets.keys() {
        assert!(
            named("aws:secretsmanager:Secret", "name").contains(&format!("finsight-dev/{secret}")),
            "{secret}"
        );
    }
    let variables =
        &graph.nodes[&"dev/api/aws:lambda:Function/users".parse().expect("a URN")].inputs["environment"];
    assert!(variables.as_map().is_some_and(|all| all.contains_key("A_B_SECRET_ARN")), "{variables:?}");
    assert_eq!(named("aws:apigateway:UsagePlan", "name"), ["finsight-Standard plan-dev"]);
    let servers = graph
        .nodes
        .values()
        .filter(|node| node.inputs.get("record_type").is_some_and(|it| it.as_text() == Some("NS")));
    assert_eq!(servers.count(), 2);
    // Names that can stand in a URN are what they were.
    assert!(graph.nodes.contains_key(&"dev/frontend/aws:amplify:Branch/develop".parse().expect("a URN")));
}

/// The tags that the check keeps for the program are those that it sets.
#[test]
fn the_programs_own_tags_are_all_of_them() {
    let mut keys = BTreeSet::new();
    for stack in ["dev", "staging", "prod"] {
        let config = finsight::config::parse(stack, built_in(stack).expect("shipped")).expect("a config");
        let graph = finsight::finsight(stack, &config, &Artifacts::default()).expect("a graph");
        for node in graph.nodes.values() {
            let own = node.inputs.get("tags").and_then(Value::as_map).into_iter().flatten();
            keys.extend(own.map(|(key, _)| key.clone()).chain(node.default_tags.keys().cloned()));
        }
    }
    let mut config: Json = serde_json::from_str(built_in("dev").expect("shipped")).expect("JSON");
    config["tags"] = json!({"ignore": {"keys": keys}});
    let refused = parse("dev.json", &config.to_string()).expect_err("all are the program's own");
    let own = |problem: &&Problem| problem.expected.contains("none of the stack's own tags");
    assert_eq!(refused.problems.iter().filter(own).count(), keys.len(), "{keys:?}: {refused}");
    assert_eq!(keys.len(), 6, "{keys:?}");
}

/// G3: what is to be left alone reaches every resource.
#[test]
fn tags_of_other_hands_are_left_alone_on_every_resource() {
    let (_, graph) =
        judged(&source(|c| c["tags"] = json!({"ignore": {"keys": ["CostCenter"], "prefixes": ["audit:"]}})))
            .unwrap_or_else(|said| panic!("{said}"));
    for node in graph.nodes.values() {
        let ignored = &node.options.ignore_tags;
        assert!(ignored.covers("CostCenter") && ignored.covers("audit:seen") && !ignored.covers("Name"));
    }
}

/// C7, C8, C11: what is no mistake of the text is a finding of the policy pack.
#[test]
fn what_does_not_work_is_a_finding() {
    let findings = |change: Change| {
        let (config, graph) = judged(&source(change)).unwrap_or_else(|said| panic!("{said}"));
        let subject = Subject::new(&graph, &finsight_specs::registry(), "2027-01-01");
        let rules = rules();
        let found = evaluate(&rules, &subject, &waivers(&config.security));
        found.iter().map(|finding| format!("{} {}", finding.rule, finding.message)).collect::<Vec<_>>()
    };
    let says = |change: Change, expected: &str| {
        let found = findings(change);
        assert!(found.iter().any(|line| line.starts_with(expected)), "{expected}: {found:#?}");
    };
    says(
        |c| c["security"]["waivers"][0]["urn"] = "dev/nothing/*".into(),
        "audit-network a waiver that fits no finding",
    );
    says(|c| c["network"]["nat_gateways"] = 0.into(), "reach-services ");
    says(
        |c| {
            c["database"]["working_hours"] = json!({"start": "cron(0 8 ? * MON-FRI *)", "stop": "cron(0 22 ? * MON-FRI *)", "time_zone": "Asia/Tokyo"});
            c["database"]["backup_window"] = "15:00-15:30".into();
        },
        "works-windows ",
    );
}
