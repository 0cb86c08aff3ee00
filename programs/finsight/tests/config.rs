//! Wrong configs: file, line, column, what was found, what is allowed.

use finsight::config::{Config, built_in, parse};

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
    paths("\"/a\", \"/a\"", "api.cdn.cached_paths.1: found `/a`, twice; expected each path once");
    paths("\"/errors/a\"", "expected a path of the API: /errors/ is where the error pages lie");
    // C12: what `/auth` answers is one caller's own.
    for path in ["/auth", "/auth/*", "/auth*", "/a*", "/*", "/aut?/x"] {
        let found = format!("api.cdn.cached_paths.0: found `{path}`; expected a path with a caller");
        paths(&format!("\"{path}\""), &found);
    }
    let many: Vec<String> = (0..75).map(|at| format!("\"/{at}\"")).collect();
    paths(&many.join(", "), "api.cdn.cached_paths: found 75 paths; expected at most 74 paths");
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

#[test]
fn all_problems_are_reported_at_once() {
    let text = built_in("dev")
        .expect("shipped")
        .replace("10.0.1.0/24", "10.9.1.0/24")
        .replace("\"nat_gateways\": 1", "\"nat_gateways\": 7");
    assert_eq!(parse("dev.json", &text).expect_err("wrong").problems.len(), 2);
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
