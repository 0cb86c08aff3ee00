//! F1 to F4.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_amplify::types::{App, Branch};

use super::stand::{Stand, dev, findings, prod, records, text};

async fn app(stand: &Stand) -> App {
    let apps = stand.here.amplify.list_apps().send().await.expect("apps");
    let [app] = apps.apps() else { panic!("{apps:?}") };
    app.clone()
}

async fn branches(stand: &Stand) -> BTreeMap<String, Branch> {
    let app = app(stand).await;
    let all = stand.here.amplify.list_branches().app_id(app.app_id()).send().await.expect("branches");
    all.branches().iter().map(|branch| (branch.branch_name().to_owned(), branch.clone())).collect()
}

#[test]
fn f1_app_is_connected_to_github_and_builds_on_push() {
    let stand = prod();
    stand.block(async {
        let app = app(stand).await;
        assert_eq!(app.name(), "finsight-web");
        assert_eq!(app.repository(), "https://github.com/finsight/finsight-web");
        assert_eq!(app.platform().as_str(), "WEB");
        let branches = branches(stand).await;
        assert_eq!(branches.keys().map(String::as_str).collect::<Vec<_>>(), ["develop", "main"]);
        assert!(branches.values().all(Branch::enable_auto_build));
        assert_eq!(branches["main"].stage().as_str(), "PRODUCTION");
        assert_eq!(branches["develop"].stage().as_str(), "DEVELOPMENT");
        // The token comes from this secret; AWS never shows it again.
        let token = stand.here.secrets.describe_secret().secret_id("finsight/github-token").send().await;
        assert!(token.is_ok(), "{token:?}");
    });
}

#[test]
fn f2_build_variables_and_rewrite() {
    let stand = prod();
    stand.block(async {
        let app = app(stand).await;
        let build = text(app.build_spec());
        for line in ["- nvm use 22\n", "- npm run build\n", "baseDirectory: build\n"] {
            assert!(build.contains(line), "{build}");
        }
        let get = |name: &str| app.environment_variables().get(name).map(String::as_str);
        assert_eq!(get("REACT_APP_STAGE"), Some("prod"));
        assert_eq!(get("REACT_APP_API_URL"), Some("https://api.finsight.com"));
        assert_eq!(get("REACT_APP_AUTH_ISSUER"), Some("https://finsight.auth0.com/"));
        assert_eq!(get("REACT_APP_AUTH_AUDIENCE"), Some("https://api.finsight.com"));
        let rewrite = app.custom_rules().iter().find(|rule| rule.target() == "/index.html").expect("it");
        assert_eq!(rewrite.status(), Some("200"));
    });
    let found = findings("prod", &[("\"node_version\": \"22\"", "\"node_version\": \"18\"")]);
    assert!(found.iter().any(|(rule, _)| rule == "supported-node"), "{found:?}");
}

#[test]
fn f3_www_with_its_certificate_and_the_apex_leading_to_it() {
    let stand = prod();
    stand.block(async {
        let app = app(stand).await;
        let found =
            stand.here.amplify.get_domain_association().app_id(app.app_id()).domain_name("finsight.com");
        let found = found.send().await.expect("the domain");
        let domain = found.domain_association().expect("the domain");
        assert_eq!(domain.domain_status().as_str(), "AVAILABLE");
        if let Some(certificate) = domain.certificate() {
            assert_eq!(certificate.r#type().as_str(), "AMPLIFY_MANAGED");
        }
        let settings: BTreeSet<(&str, &str)> = domain
            .sub_domains()
            .iter()
            .filter_map(|sub| sub.sub_domain_setting())
            .map(|setting| (setting.prefix(), setting.branch_name()))
            .collect();
        assert_eq!(settings, BTreeSet::from([("", "main"), ("develop", "develop"), ("www", "main")]));
        assert!(domain.sub_domains().iter().all(|sub| sub.verified()));

        // DNS leads where Amplify says.
        for sub in domain.sub_domains() {
            let prefix = sub.sub_domain_setting().map(|setting| setting.prefix()).unwrap_or_default();
            let target = sub.dns_record().split_whitespace().last().unwrap_or_default().trim_end_matches('.');
            let found = match prefix {
                "" => records(stand, "finsight.com", "A").await,
                _ => records(stand, &format!("{prefix}.finsight.com"), "CNAME").await,
            };
            assert_eq!(found, [target], "{prefix}");
        }
        let proof = text(domain.certificate_verification_dns_record());
        let parts: Vec<&str> = proof.split_whitespace().collect();
        let [name, "CNAME", value] = parts.as_slice() else { panic!("{proof}") };
        assert_eq!(records(stand, name, "CNAME").await, [value.trim_end_matches('.')]);

        let redirect = app.custom_rules().iter().find(|rule| rule.source() == "https://finsight.com");
        let redirect = redirect.expect("the apex leads on");
        assert_eq!((redirect.target(), redirect.status()), ("https://www.finsight.com", Some("301")));
    });
}

#[test]
fn f4_each_pull_request_gets_a_preview() {
    // One stack builds them: its API takes the app's own domain.
    for (stand, previews) in [(dev(), true), (prod(), false)] {
        stand.block(async {
            let branches = branches(stand).await;
            assert!(!branches.is_empty());
            assert!(branches.values().all(|branch| branch.enable_pull_request_preview() == previews));
        });
    }
}
