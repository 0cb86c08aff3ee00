//! A6 and A8: who comes in, and what browsers are told.

use super::api::{FUNCTIONS, api, function, paths, routes};
use super::stand::{prod, text};

#[test]
fn a6_all_but_auth_and_preflights_need_the_authorizer() {
    let stand = prod();
    stand.block(async {
        let id = api(stand).await;
        let found =
            stand.here.apigateway.get_authorizers().rest_api_id(id).send().await.expect("authorizers");
        let [authorizer] = found.items() else { panic!("{found:?}") };
        let live = stand.arn("lambda", "function:finsight-authorizer:live");
        assert!(text(authorizer.authorizer_uri()).ends_with(&format!("/functions/{live}/invocations")));
        assert_eq!(authorizer.identity_source(), Some("method.request.header.Authorization"));

        let routes = routes(stand).await;
        let (mut open, mut closed) = (0, 0);
        for (path, methods) in &routes {
            for (verb, method) in methods {
                if verb == "OPTIONS" || path == "/auth" || path.starts_with("/auth/") {
                    assert_eq!(method.authorization_type(), Some("NONE"), "{verb} {path}");
                    open += 1;
                } else {
                    assert_eq!(method.authorization_type(), Some("CUSTOM"), "{verb} {path}");
                    assert_eq!(method.authorizer_id(), authorizer.id(), "{verb} {path}");
                    closed += 1;
                }
            }
        }
        // Nine path groups with two paths each: a preflight on each, and `/auth` besides.
        assert_eq!((open, closed), (18 + 2, 16));

        let about = function(stand, "finsight-authorizer").await;
        assert_eq!(about.runtime().map(|runtime| runtime.as_str()), Some("provided.al2023"));
        let variables = about.environment().and_then(|it| it.variables()).expect("an environment");
        let get = |name: &str| variables.get(name).map(String::as_str);
        assert_eq!(get("JWT_ISSUER"), Some("https://finsight.auth0.com/"));
        assert_eq!(get("JWT_AUDIENCES"), Some("https://api.finsight.com"));
    });
}

#[test]
fn a8_preflights_and_gateway_responses_carry_cors() {
    let stand = prod();
    stand.block(async {
        let routes = routes(stand).await;
        for (_, groups, _) in FUNCTIONS {
            for path in paths(groups) {
                let preflight = routes[&path].get("OPTIONS").unwrap_or_else(|| panic!("{path}"));
                let integration = preflight.method_integration().expect("an integration");
                assert_eq!(integration.r#type().map(|kind| kind.as_str()), Some("MOCK"));
                let answers = format!("{:?}", integration.integration_responses());
                assert!(answers.contains("Access-Control-Allow-Methods"), "{path}: {answers}");
                assert!(answers.contains("Access-Control-Allow-Headers"), "{path}: {answers}");
                for origin in ["https://www.finsight.com", "https://finsight.com"] {
                    assert!(answers.contains(origin), "{path}: {answers}");
                }
            }
        }
        let id = api(stand).await;
        let answers = stand.here.apigateway.get_gateway_responses().rest_api_id(id).send().await;
        let answers = answers.expect("gateway responses");
        for kind in ["DEFAULT_4XX", "DEFAULT_5XX"] {
            let answer = answers.items().iter().find(|one| {
                one.response_type().is_some_and(|found| found.as_str() == kind) && !one.default_response()
            });
            let answer = answer.unwrap_or_else(|| panic!("{kind}: {answers:?}"));
            let all = format!("{:?} {:?}", answer.response_parameters(), answer.response_templates());
            assert!(all.contains("gatewayresponse.header.Access-Control-Allow-Origin"), "{kind}: {all}");
        }
    });
}
