//! Names in DNS, and what is built under them: T11, W6.

use finsight::config::{built_in, parse};
use finsight_engine::graph::Graph;
use finsight_engine::value::Value;

use super::{STACKS, config, said};

fn changed(stack: &str, from: &str, to: &str) -> Result<Graph, String> {
    let text = built_in(stack).expect("shipped");
    assert!(text.contains(from), "{from}");
    let config = parse("test.json", &text.replacen(from, to, 1)).map_err(|error| error.to_string())?;
    finsight::finsight(stack, &config, &finsight::artifacts::Artifacts::default())
        .map_err(|errors| format!("{errors:?}"))
}

fn with_records(records: &str) -> Result<Graph, String> {
    changed(
        "prod",
        "\"zone\": \"finsight.com\"",
        &format!("\"zone\": \"finsight.com\",\n\"records\": [{records}]"),
    )
}

/// T11: what the public zone holds besides goes into the zone that takes its place.
#[test]
fn the_zone_holds_what_else_the_domain_has() {
    let graph = with_records(
        r#"{"name": "finsight.com", "type": "MX", "values": ["1 smtp.google.com"]},
           {"name": "finsight.com", "type": "TXT", "values": ["v=spf1 include:_spf.google.com ~all"]},
           {"name": "finsight.com", "type": "CAA", "values": ["0 issue \"amazon.com\""], "ttl_seconds": 3600},
           {"name": "status.finsight.com", "type": "CNAME", "values": ["status.example.com"]}"#,
    )
    .unwrap_or_else(|error| panic!("{error}"));
    let record = |name: &str| {
        let urn = format!("prod/network/aws:route53:RecordSet/{name}").parse().expect("a URN");
        graph.nodes.get(&urn).unwrap_or_else(|| panic!("no {urn}")).inputs.clone()
    };
    assert_eq!(record("mx-finsight-com")["ttl"], Value::Int(300));
    assert_eq!(record("caa-finsight-com")["ttl"], Value::Int(3_600));
    assert_eq!(record("cname-status-finsight-com")["record_type"], Value::from("CNAME"));
    assert!(record("txt-finsight-com")["resource_records"].masked().to_string().contains("_spf.google.com"));
}

/// T11: a name has one owner.
#[test]
fn records_leave_the_stacks_own_names_alone() {
    let cases = [
        (r#"{"name": "api.finsight.com", "type": "A", "values": ["192.0.2.1"]}"#, "of api.domain"),
        (r#"{"name": "finsight.com", "type": "A", "values": ["192.0.2.1"]}"#, "of frontend.redirect_apex"),
        (
            r#"{"name": "www.finsight.com", "type": "CNAME", "values": ["a.example.com"]}"#,
            "of frontend.branches.main.prefix",
        ),
        (r#"{"name": "_dmarc.finsight.com", "type": "TXT", "values": ["v=DMARC1;"]}"#, "of domain.zone"),
        (
            r#"{"name": "mail.finsight.com", "type": "MX", "values": ["10 a.example.com"]}"#,
            "of monitoring.mail.mail_from",
        ),
        (r#"{"name": "other.example", "type": "MX", "values": ["10 a.example.com"]}"#, "a name in the zone"),
        (r#"{"name": "finsight.com", "type": "CNAME", "values": ["a.example.com"]}"#, "another type"),
        (r#"{"name": "a.finsight.com", "type": "MX", "values": []}"#, "one value at least"),
        (
            r#"{"name": "a.finsight.com", "type": "MX", "values": ["1 b.example"]},
               {"name": "a.finsight.com", "type": "MX", "values": ["2 b.example"]}"#,
            "of each type a name has one record",
        ),
        (
            r#"{"name": "finsight.com", "type": "CAA", "values": ["0 issue \"letsencrypt.org\""]}"#,
            "amazon.com",
        ),
    ];
    for (records, part) in cases {
        let error = with_records(records).err().unwrap_or_else(|| panic!("{records} is taken"));
        assert!(error.contains(part), "{records}: {error}");
    }
    let below = r#""zone": "finsight.com",
        "delegations": {"dev.finsight.com": ["ns1.example.com", "ns2.example.com"]},
        "records": [{"name": "a.dev.finsight.com", "type": "MX", "values": ["1 b.example"]}]"#;
    let error = changed("prod", "\"zone\": \"finsight.com\"", below).expect_err("nothing is asked for there");
    assert!(error.contains("domain.records.0.name: found `a.dev.finsight.com`, which meets `dev"), "{error}");
}

/// W6: each branch calls an API that takes its origin, and tokens of whom that API trusts.
#[test]
fn each_branch_is_built_for_an_api_that_knows_it() {
    let all = STACKS.map(config);
    for own in &all {
        for (name, branch) in &own.frontend.branches {
            let said = |key: &str| branch.environment.get(&format!("REACT_APP_{key}")).cloned();
            let url = said("API_URL").unwrap_or_else(|| format!("https://{}", own.api.domain));
            let api = all
                .iter()
                .find(|config| url == format!("https://{}", config.api.domain))
                .expect("a stack has it");
            let origin = format!("https://{}.{}", branch.prefix, own.domain.zone);
            assert!(api.api.cors_origins.contains(&origin), "{name}: {origin} calls {url}");
            let issuer = said("AUTH_ISSUER").unwrap_or_else(|| own.api.authorizer.issuer.clone());
            let audience = said("AUTH_AUDIENCE").unwrap_or_else(|| own.api.authorizer.audience.clone());
            assert_eq!(
                (&issuer, &audience),
                (&api.api.authorizer.issuer, &api.api.authorizer.audience),
                "{name}"
            );
            let stage = said("STAGE").or_else(|| own.frontend.environment.get("REACT_APP_STAGE").cloned());
            assert_eq!(stage, api.frontend.environment.get("REACT_APP_STAGE").cloned(), "{name}");
        }
    }
}

/// W6: a branch that its API does not let in is found in the config.
#[test]
fn a_branch_whose_origin_nobody_allows_is_refused() {
    let error = changed("prod", "\"https://www.finsight.com\",", "").expect_err("www calls api.finsight.com");
    assert!(
        error.contains("frontend.branches.main") && error.contains("https://www.finsight.com"),
        "{error}"
    );
    let error =
        changed("prod", "\"REACT_APP_API_URL\": \"https://api.dev.finsight.com\",", "").expect_err("develop");
    assert!(error.contains("frontend.branches.develop"), "{error}");
    let error = changed("prod", "\"REACT_APP_AUTH_AUDIENCE\": \"https://api.dev.finsight.com\",", "")
        .expect_err("develop");
    assert!(error.contains("REACT_APP_AUTH_AUDIENCE"), "{error}");
}

/// T9: a pull request's preview calls an API that lets it in: the API of a stack that has previews takes the app's own
/// domain. X4: no shipped stack has them, which need Amplify's GitHub App at the repository.
#[test]
fn previews_call_an_api_that_takes_them() {
    for stack in STACKS {
        let mut shipped = config(stack);
        assert!(!shipped.frontend.pull_request_previews, "{stack}: before the app is installed");
        shipped.frontend.pull_request_previews = stack == "dev";
        let graph =
            finsight::finsight(stack, &shipped, &finsight::artifacts::Artifacts::default()).expect("a graph");
        let cors = said(&graph, stack, "api/aws:cloudfront:ResponseHeadersPolicy/api", "cors_config");
        let origins = cors["access_control_allow_origins"].as_array().expect("a list");
        let below: Vec<usize> =
            (0..origins.len()).filter(|at| origins[*at].to_string().contains("default_domain")).collect();
        if !shipped.frontend.pull_request_previews {
            assert!(below.is_empty(), "{stack}: {cors}");
            continue;
        }
        let [at] = below.as_slice() else { panic!("{stack}: {cors}") };
        assert!(origins[*at].to_string().contains("\"https://*.\""), "{stack}: {cors}");
        // A set is read back in the order of its items.
        let text = |at: usize| origins[at].as_str().unwrap_or("https://*.");
        assert!((1..origins.len()).all(|at| text(at - 1) < text(at)), "{stack}: {cors}");
    }
}
