//! Wrong configs: file, line, column, what was found, what is allowed.

use finsight::artifacts::Artifacts;
use finsight::config::{Config, Source, built_in, parse};

/// The dev config with one text replaced, and the problems of it.
fn problems(from: &str, to: &str) -> String {
    let text = built_in("dev").expect("shipped");
    assert!(text.contains(from), "{from}");
    parse("dev.json", &text.replacen(from, to, 1)).expect_err("this is wrong").to_string()
}

fn check(from: &str, to: &str, expected: &str) {
    let found = problems(from, to);
    assert!(found.contains(expected), "\nfound:    {found}\nexpected: {expected}");
}

#[test]
fn shape_is_reported_with_line_and_column() {
    check(
        "\"nat_gateways\": 1",
        "\"nat_gateway\": 1",
        "dev.json:19:17: found unknown field `nat_gateway`; expected one of",
    );
    check(
        "\"nat_gateways\": 1",
        "\"nat_gateways\": \"one\"",
        "found invalid type: string \"one\"; expected usize",
    );
    check("\"nat_gateways\": 1", "\"nat_gateways\": 1,,", "dev.json:19:");
    check(
        "\"never\"",
        "\"sometimes\"",
        "unknown variant `sometimes`; expected one of `never`, `any-change`, `broadening`",
    );
}

#[test]
fn meaning_is_reported_with_line_and_column() {
    check(
        "10.0.10.0/24",
        "10.1.10.0/24",
        "dev.json:16:7: network.private_subnets.0: found 10.1.10.0/24, which is not inside the VPC; expected a range within 10.0.0.0/16",
    );
    check(
        "10.0.11.0/24",
        "10.0.0.128/25",
        "dev.json:17:7: network.private_subnets.1: found 10.0.0.128/25, which overlaps 10.0.0.0/24 of network.public_subnets.0; expected a range of its own",
    );
    check("ap-northeast-1c", "ap-northeast-1a", "network.zones.1: found `ap-northeast-1a` a second time");
    check("ap-northeast-1c", "us-east-1a", "expected a zone of ap-northeast-1, such as ap-northeast-1a");
    check("10.0.0.0/16", "10.0.0.1/16", "found `10.0.0.1/16`, which has host bits set; expected 10.0.0.0/16");
    check("10.0.0.0/16", "10.0.0.0/8", "found a /8; expected a range from /16 to /28");
    check("\"nat_gateways\": 1", "\"nat_gateways\": 3", "found 3; expected 0, 1, or 2 (one a zone)");
}

/// A subnet of sixteen addresses has eleven to give: the stack's own network interfaces must find room.
#[test]
fn private_subnets_have_an_address_for_each_interface() {
    let found = |endpoints: usize| {
        let names: Vec<String> = (0..endpoints).map(|n| format!("service{n}")).collect();
        let text = built_in("dev").expect("shipped").replacen("10.0.10.0/24", "10.0.10.0/28", 1);
        parse(
            "dev.json",
            &text.replacen("\"interface_endpoints\": []", &format!("\"interface_endpoints\": {names:?}"), 1),
        )
    };
    found(8).expect("eight endpoints, the functions, the database and what makes its user");
    let refused = found(9).expect_err("one too many").to_string();
    let expected = "dev.json:16:7: network.private_subnets.0: found 10.0.10.0/28, which has 11 addresses to give; expected a range with 12: for 9 interface endpoints, the functions, the database, what makes its user";
    assert!(refused.contains(expected), "{refused}");
}

/// H17: RDS takes windows of half an hour at least, and apart.
#[test]
fn windows_of_the_database_are_long_enough_and_apart() {
    check(
        "04:00-04:30",
        "04:00-04:20",
        "found `04:00-04:20`; expected times in UTC, half an hour apart at least",
    );
    check(
        "wed:05:00-wed:05:30",
        "wed:05:00-wed:05:10",
        "expected days and times in UTC, half an hour apart at least",
    );
    check(
        "wed:05:00-wed:05:30",
        "wed:04:15-wed:05:15",
        "found `wed:04:15-wed:05:15`, which meets `04:00-04:30`; expected a time apart from database.backup_window",
    );
    let text = built_in("dev").expect("shipped").replace("wed:05:00-wed:05:30", "wed:04:30-wed:05:00");
    assert!(parse("dev.json", &text).is_ok());
}

/// X11: what CloudFront would refuse of cached paths.
#[test]
fn cached_paths_are_what_cloudfront_takes() {
    let paths = |items: &str, expected: &str| {
        check("\"/categories\",\n        \"/categories/*\"", items, expected);
    };
    paths("\"/a b\"", "api.cdn.cached_paths.0: found `/a b`; expected a path, such as /categories/*");
    paths("\"/a\", \"/a\"", "api.cdn.cached_paths.1: found `/a` a second time; expected each once");
    paths("\"/errors/a\"", "expected a path of the API: /errors/ is where the error pages lie");
    // C12: what `/auth` answers is one caller's own.
    for path in ["/auth", "/auth/*", "/auth*", "/a*", "/*", "/aut?/x"] {
        let found = format!("api.cdn.cached_paths.0: found `{path}`; expected a path with a caller");
        paths(&format!("\"{path}\""), &found);
    }
    let many: Vec<String> = (0..74).map(|at| format!("\"/{at}\"")).collect();
    paths(&many.join(", "), "api.cdn.cached_paths: found 74 paths; expected at most 73 paths");
}

/// C12: an API that nobody could call.
#[test]
fn somebody_can_call() {
    check(
        "\"audience\": \"https://api.dev.finsight.com\"",
        "\"audience\": \" \"",
        "api.authorizer.audience: found nothing",
    );
    check(
        "          \"frontend\"\n",
        "",
        "api.api_key_required: found true, and no key; expected false, or a key",
    );
    // T10: the site sends no key.
    check(
        "\"api_key\": \"frontend\",",
        "",
        "api.cdn.api_key: found nothing; expected one of frontend: the site sends none",
    );
    check("\"api_key\": \"frontend\",", "\"api_key\": \"backend\",", "api.cdn.api_key: found `backend`");
}

/// T10: a key that nobody asks for, or that CloudFront puts another one in the place of.
#[test]
fn keys_have_an_effect() {
    check(
        "\"api_key_required\": true",
        "\"api_key_required\": false",
        "found `frontend`; expected none, or api.api_key_required: a key that no method asks for has no effect",
    );
    check(
        "          \"frontend\"\n",
        "          \"frontend\", \"partner\"\n",
        "found `partner`; expected `frontend` alone: CloudFront brings it in the place of any other",
    );
}

/// T8: types by name.
#[test]
fn files_have_media_types() {
    check("\"text/csv\"", "\"csv\"", "api.binary_media_types.1: found `csv`; expected a media type");
    check("\"text/csv\"", "\"*/*\"", "found `*/*`; expected types by name: preflights are answered");
}

/// T5: a function ends before API Gateway gives up on it.
#[test]
fn functions_end_before_the_gateway() {
    check(
        "\"timeout_seconds\": 28",
        "\"timeout_seconds\": 29",
        "api.timeout_seconds: found 29; expected 1 to 28",
    );
}

/// W5: alarms go to addresses.
#[test]
fn subscribers_are_mail_addresses() {
    for (address, list) in [
        ("ops", "\"ops\""),
        ("@finsight.com", "\"@finsight.com\""),
        ("ops@finsight", "\"ops@finsight\""),
        ("ops @finsight.com", "\"ops @finsight.com\""),
        ("ops@finsight.com", "\"ops@finsight.com\", \"ops@finsight.com\""),
    ] {
        let expected = format!("found `{address}`; expected a mail address, such as ops@finsight.com, once");
        check("\"ops@finsight.com\"", list, &expected);
    }
}

/// One wrong zone is one error, at its key: not one for each name that lies in it.
#[test]
fn a_wrong_zone_is_said_once() {
    for zone in ["finsight", "dev.finsigt.com", "dev finsight.com", ""] {
        let text = built_in("dev").expect("shipped").replacen(
            "\"zone\": \"dev.finsight.com\"",
            &format!("\"zone\": \"{zone}\""),
            1,
        );
        let found = parse("dev.json", &text).expect_err("this is wrong").problems;
        let paths: Vec<&str> = found.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["domain.zone"], "{zone}: {found:?}");
    }
    let found = problems("mail.dev.finsight.com", "mail.finsight.com");
    assert!(found.contains("monitoring.mail.mail_from: found `mail.finsight.com`"), "{found}");
}

/// Amplify leads to a branch by a CNAME, and Route 53 takes nothing beside one, nor beside a delegation.
#[test]
fn every_name_in_the_zone_is_its_own() {
    let prefix = |prefix: &str, expected: &str| {
        check("\"prefix\": \"www\"", &format!("\"prefix\": \"{prefix}\""), expected);
    };
    prefix(
        "mail",
        "frontend.branches.develop.prefix: found `mail`, which is `mail.dev.finsight.com` of monitoring.mail.mail_from; expected a name of its own: Route 53 takes nothing beside a CNAME or a delegation",
    );
    prefix(
        "api",
        "frontend.branches.develop.prefix: found `api`, which is `api.dev.finsight.com` of api.domain; expected a name",
    );
    let delegation = |name: &str, expected: &str| {
        let servers = "[\"ns1.finsight.dev\", \"ns2.finsight.dev\"]";
        let to = format!("\"delegations\": {{ \"{name}\": {servers} }},\n    \"zone\": \"dev.finsight.com\"");
        check("\"zone\": \"dev.finsight.com\"", &to, expected);
    };
    delegation(
        "www.dev.finsight.com",
        "frontend.branches.develop.prefix: found `www`, which is `www.dev.finsight.com` of domain.delegations.www.dev.finsight.com",
    );
    delegation(
        "api.dev.finsight.com",
        "domain.delegations.api.dev.finsight.com: found `api.dev.finsight.com`, which is",
    );
    // Mail comes from a name that has an address, too.
    let text = built_in("dev").expect("shipped").replacen("mail.dev.finsight.com", "api.dev.finsight.com", 1);
    assert!(parse("dev.json", &text).is_ok());
}

/// A region's zones are its own, and so is what its services have.
#[test]
fn zones_and_features_are_the_regions() {
    let region = |region: &str, zones: [&str; 2]| {
        let text =
            built_in("dev").expect("shipped").replace("ap-northeast-1a", &format!("{region}{}", zones[0]));
        let text = text.replace("ap-northeast-1c", &format!("{region}{}", zones[1]));
        parse("dev.json", &text.replace("ap-northeast-1", region)).map_err(|wrong| wrong.to_string())
    };
    let found = region("ca-central-1", ["a", "c"]).expect_err("there is no c");
    assert!(
        found.contains("network.zones.1: found `ca-central-1c`; expected a zone of ca-central-1, such as ca-central-1a, ca-central-1b, ca-central-1d"),
        "{found}"
    );
    // Some accounts see b of Tokyo, and others a and c of California.
    for (name, zones) in [
        ("ca-central-1", ["a", "d"]),
        ("us-west-2", ["c", "d"]),
        ("ap-northeast-1", ["a", "b"]),
        ("us-west-1", ["a", "c"]),
    ] {
        assert!(region(name, zones).is_ok(), "{name}");
    }
    let found = region("eu-south-1", ["a", "b"]).expect_err("no logs");
    assert!(
        found.contains(
            "region: found `eu-south-1`, where CloudFront delivers no access logs; expected a region"
        ),
        "{found}"
    );
}

/// AWS takes no new functions with runtimes that it has closed.
#[test]
fn a_closed_runtime_is_refused_at_its_key() {
    let text = built_in("dev").expect("shipped").replace("provided.al2023", "nodejs22.x");
    let refused = parse("dev.json", &text).expect_err("no runtime of ours").to_string();
    let expected = "api.runtime: found `nodejs22.x`, which starts no `bootstrap`; expected a runtime that starts the file of that name, such as provided.al2023";
    assert!(refused.contains(expected), "{refused}");
    for (name, since) in [("nodejs12.x", "2023-03-31"), ("python2.7", "2021-07-15"), ("go1.x", "2024-02-08")]
    {
        let expected = format!(
            "api.runtime: found `{name}`, of which AWS takes no new functions since {since}; expected a runtime that AWS supports, such as provided.al2023"
        );
        check("provided.al2023", name, &expected);
    }
}

/// Amplify keeps names that begin with AWS for itself.
#[test]
fn variables_of_the_site_are_not_amplifys() {
    check(
        "\"REACT_APP_STAGE\"",
        "\"AWS_STAGE\"",
        "frontend.environment.AWS_STAGE: found the name `AWS_STAGE`; expected a name that does not begin with AWS",
    );
    check(
        "\"prefix\": \"www\"",
        "\"prefix\": \"www\", \"environment\": { \"AWSOME\": \"1\" }",
        "frontend.branches.develop.environment.AWSOME: found the name `AWSOME`",
    );
}

/// What a list says twice was refused as a resource that is declared twice.
#[test]
fn a_word_that_is_repeated_is_refused_at_its_place() {
    check(
        "\"interface_endpoints\": []",
        "\"interface_endpoints\": [\"sqs\", \"sns\", \"sqs\"]",
        "network.interface_endpoints.2: found `sqs` a second time; expected each once",
    );
    check(
        "\n        50.0,",
        "\n        50.0, 50.0,",
        "monitoring.budget.alert_percents.1: found `50.0` a second time",
    );
}

#[test]
fn all_problems_are_reported_at_once() {
    let text = built_in("dev")
        .expect("shipped")
        .replace("10.0.1.0/24", "10.9.1.0/24")
        .replace("\"nat_gateways\": 1", "\"nat_gateways\": 7");
    assert_eq!(parse("dev.json", &text).expect_err("wrong").problems.len(), 2);
}

/// The problems of dev with one text replaced, where the program is what refuses it.
fn traced(from: &str, to: &str) -> Vec<String> {
    let text = built_in("dev").expect("shipped");
    assert!(text.contains(from), "{from}");
    let source = Source { file: "dev.json".to_owned(), text: text.replacen(from, to, 1) };
    let config = source.config().unwrap_or_else(|error| panic!("{error}"));
    let registry = finsight_specs::registry();
    let declare = |config: &Config| finsight::finsight("dev", config, &Artifacts::default());
    let refused = declare(&config).and_then(|graph| graph.checked(&registry)).err().unwrap_or_default();
    let (error, rest) = source.trace(&config, refused, &registry, &declare);
    assert!(rest.is_empty(), "{rest:?}");
    error.map(|error| error.to_string().lines().map(str::to_owned).collect()).unwrap_or_default()
}

/// What AWS does not take was refused at the property, and left whoever wrote the config to find the key.
#[test]
fn what_aws_does_not_take_is_refused_at_the_key() {
    let found = traced("\"runtime\": \"provided.al2023\"", "\"runtime\": \"provided.al2024\"");
    let [one] = found.as_slice() else { panic!("one error for eleven functions: {found:#?}") };
    assert!(one.starts_with("dev.json:56:"), "{one}");
    assert!(
        one.contains(": api.runtime: found `provided.al2024`: `runtime` of dev/api/aws:lambda:Function/"),
        "{one}"
    );
    assert!(
        one.contains("(and 10 more like it) is `provided.al2024`; expected what AWS takes there: "),
        "{one}"
    );
    assert!(one.contains("did you mean `provided.al2023`"), "{one}");

    // What is a little beyond is gone with another value.
    let found = traced("\"LOG_LEVEL\": \"debug\"", "\"L\": \"debug\"");
    assert!(found[0].contains("api.environment.L: found the name `L`"), "{found:#?}");
    // A switch that turns the proxy off would turn the refusal off too, and is not what is wrong.
    let found = traced("\"LOG_LEVEL\": \"debug\"", "\"1 LEVEL\": \"debug\"");
    assert!(
        found.iter().all(|line| line.contains("api.environment.1 LEVEL: found the name `1 LEVEL`")),
        "{found:#?}"
    );
    assert!(!found.is_empty());
}

/// RDS has a list of classes for each region, and one of versions.
#[test]
fn classes_and_versions_of_the_database_are_those_of_rds() {
    let class = "\"instance_class\": \"db.t3.micro\"";
    for (other, such) in
        [("db.t3.mcro", "db.t3.micro"), ("db.t3.micro%", "db.t3.micro"), ("db.t3.nano", "db.")]
    {
        let expected = format!(
            "database.instance_class: found `{other}`; expected an instance class that ap-northeast-1 has, such as {such}"
        );
        check(class, &format!("\"instance_class\": \"{other}\""), &expected);
    }
    for version in ["15.99", "15.", "8", "postgres15"] {
        let expected = format!("database.engine_version: found `{version}`");
        check("\"engine_version\": \"15\"", &format!("\"engine_version\": \"{version}\""), &expected);
    }
    // What steers a terminal is shown, and not sent to it.
    check(class, "\"instance_class\": \"db.t3.\\u001bmicro\"", "found \"db.t3.\\u{1b}micro\"");
}

/// A certificate's first name has 64 bytes at most.
#[test]
fn names_of_certificates_are_short_enough() {
    let long = format!("api-{}.dev.finsight.com", "a".repeat(50));
    let found = traced("\"domain\": \"api.dev.finsight.com\"", &format!("\"domain\": \"{long}\""));
    assert!(
        found[0].contains("api.domain: found `api-aaa") && found[0].contains("up to 64 characters"),
        "{found:#?}"
    );
}

/// Ranges and domains that nobody has.
#[test]
fn nobody_has_what_is_kept_back() {
    for range in ["0.0.0.0", "127.0.0.0", "169.254.0.0", "224.0.0.0", "240.1.0.0"] {
        let text = built_in("dev").expect("shipped");
        let vpc = text.replace("\"10.0.", &format!("\"{}.", range.rsplitn(3, '.').last().expect("a range")));
        let said = parse("dev.json", &vpc).expect_err(range).to_string();
        assert!(said.contains("network.cidr: found `") && said.contains("AWS keeps this one back"), "{said}");
    }
    let text = built_in("dev").expect("shipped").replace("finsight.com", "example.com");
    let said = parse("dev.json", &text).expect_err("example.com").to_string();
    assert!(said.contains("domain.zone: found `dev.example.com`; expected a domain that is yours"), "{said}");
}

/// What PostgreSQL and RDS keep for themselves is refused, and nothing else: `postgres` is there, and may be named.
#[test]
fn names_in_the_database_are_free() {
    let set = |key: &str, name: &str| {
        let mut config: serde_json::Value =
            serde_json::from_str(built_in("dev").expect("shipped")).expect("JSON");
        config["database"][key] = name.into();
        parse("dev.json", &config.to_string()).err().map(|error| error.to_string())
    };
    for key in ["name", "master_username", "application_username"] {
        for name in ["user", "select", "current_role", "rdsadmin", "9lives", "a-b", "Big", ""] {
            let said = set(key, name).unwrap_or_else(|| panic!("{key} = {name} is taken"));
            assert!(said.contains(&format!("database.{key}: found `{name}`")), "{said}");
        }
        assert_eq!(set(key, "postgres"), None);
    }
    for key in ["master_username", "application_username"] {
        for name in ["pg_owner", "rds_superuser", "admin", "public", "none"] {
            assert!(set(key, name).is_some(), "{key} = {name} is taken");
        }
    }
    assert!(set("name", "template1").is_some());
    assert_eq!(set("name", "admin"), None);
}

/// A name of two parts names both, the longer one first.
#[test]
fn all_keys_that_have_a_part_are_named() {
    let long = "a".repeat(300);
    let found = traced("\"npm run build\"", &format!("\"{}\"", long.repeat(100)));
    let [one] = found.as_slice() else { panic!("{found:#?}") };
    assert!(one.contains("frontend.build_command: found `aaa"), "{one}");
    assert!(one.contains("…`, with `build` at frontend.output_directory, with `22` at frontend.node_version: `build_spec` of "), "{one}");
}

#[test]
fn the_shipped_schema_is_the_one_of_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/schema.json");
    let shipped: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).expect("schema.json is shipped")).expect("JSON");
    let current = serde_json::to_value(schemars::schema_for!(Config)).expect("a schema is JSON");
    if shipped != current && std::env::var_os("UPDATE_REFERENCE").is_some() {
        let text = serde_json::to_string_pretty(&current).expect("a schema is JSON");
        std::fs::write(path, text + "\n").expect("schema.json can be written");
        return;
    }
    assert!(shipped == current, "write it anew with `UPDATE_REFERENCE=1` or `finsight-deploy config schema`");
}

/// What the stack sets itself would be overwritten without a word.
#[test]
fn the_stacks_own_variables_are_refused_at_their_key() {
    let of = |name: &str, function: &str| {
        let text = built_in("prod").expect("shipped");
        let mut config: serde_json::Value = serde_json::from_str(text).expect("JSON");
        match function {
            "" => config["api"]["environment"][name] = "x".into(),
            function => {
                config["api"]["functions"][function]["environment"] = serde_json::json!({ name: "x" });
            }
        }
        parse("prod.json", &config.to_string()).map_err(|error| error.to_string())
    };
    for name in ["STACK", "DB_HOST", "DB_PORT", "DB_NAME", "DB_USER"] {
        for function in ["users", "notifications"] {
            let error = of(name, function).expect_err(name);
            assert!(
                error.contains(&format!("api.functions.{function}.environment.{name}: found `{name}`")),
                "{error}"
            );
        }
        let error = of(name, "").expect_err(name);
        assert!(error.contains(&format!("api.environment.{name}: found")), "{error}");
    }
    for name in ["MAIL_DOMAIN", "MAIL_CONFIGURATION_SET"] {
        assert!(of(name, "notifications").is_err() && of(name, "").is_err(), "{name}");
        assert!(of(name, "users").is_ok(), "{name} is not set on users");
    }
    assert!(of("AUTH0_SECRET_ARN", "auth").is_err() && of("AUTH0_SECRET_ARN", "users").is_ok());
    // Whatever the program sets, and not what somebody thought of here.
    let config = parse("prod.json", built_in("prod").expect("shipped")).expect("shipped");
    let graph = finsight::finsight("prod", &config, &Artifacts::default()).expect("a graph");
    for (function, _, own) in config.api.functions.all() {
        let urn = format!("prod/api/aws:lambda:Function/{function}").parse().expect("a URN");
        let set = graph.nodes[&urn].inputs["environment"].as_map().expect("variables");
        let given =
            |name: &String| config.api.environment.contains_key(name) || own.environment.contains_key(name);
        for name in set.keys().filter(|name| !given(name)) {
            assert!(of(name, function).is_err(), "{function} {name}");
        }
    }
}

/// API Gateway's cache tells queries apart by the parameters that are named, and hands all of them on.
#[test]
fn a_cache_names_the_parameters_of_queries() {
    let of = |parameters: &str| {
        let mut config: serde_json::Value =
            serde_json::from_str(built_in("prod").expect("shipped")).expect("JSON");
        config["api"]["cache"] = serde_json::json!({"size_gb": "0.5", "ttl_seconds": 300, "groups": ["categories"],
            "query_parameters": serde_json::from_str::<serde_json::Value>(parameters).expect("JSON")});
        parse("prod.json", &config.to_string()).map_err(|error| error.to_string())
    };
    let error = of("[]").expect_err("no parameter");
    assert!(error.contains("api.cache.query_parameters: found none"), "{error}");
    assert!(of("[\"page\"]").is_ok());
}

/// S14: a path of uploads exempts all that begins with it.
#[test]
fn uploads_lie_in_one_group_of_paths() {
    for path in ["/a", "/ass", "/auth", "/auth/files", "/t", "/transactionsx", "//transactions", "/uploads"] {
        check(
            "        \"/transactions\"\n",
            &format!("        \"{path}\"\n"),
            &format!("security.firewall.upload_paths.0: found `{path}`; expected /users, /transactions"),
        );
    }
    for path in ["/reports", "/transactions/files"] {
        let text = built_in("dev").expect("shipped").replacen(
            "        \"/transactions\"\n",
            &format!("        \"{path}\"\n"),
            1,
        );
        parse("dev.json", &text).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// Who has waited for a connection has time left for a statement.
#[test]
fn a_wait_leaves_time_for_a_statement() {
    let of = |waits: i64, lasts: i64, proxy: bool| {
        let mut config: serde_json::Value =
            serde_json::from_str(built_in("prod").expect("shipped")).expect("JSON");
        config["database"]["proxy"]["borrow_timeout_seconds"] = waits.into();
        config["api"]["timeout_seconds"] = lasts.into();
        config["network"]["database_proxy"] = proxy.into();
        parse("prod.json", &config.to_string()).map_err(|error| error.to_string())
    };
    assert!(of(24, 28, true).is_ok() && of(25, 28, false).is_ok() && of(5, 4, false).is_ok());
    let error = of(25, 28, true).expect_err("three seconds");
    assert!(
        error.contains("database.proxy.borrow_timeout_seconds: found 25, of the 28 seconds of a function"),
        "{error}"
    );
    let error = of(5, 3, false).expect_err("no second");
    assert!(error.contains("api.timeout_seconds: found 3; expected 4 at least"), "{error}");
}
