//! What stands before users: CloudFront, names, limits, the site; and times.

use finsight_engine::value::Value;

use super::{Plants, list_at, map_at, value_at};

/// Limits of time, each beyond that of who waits.
pub(super) fn timeouts(plants: &mut Plants<'_>) {
    for urn in plants
        .of("aws:lambda:Function")
        .into_iter()
        .filter(|urn| urn.component() == "api" && urn.name() != "authorizer")
    {
        for seconds in [29, 60, 900] {
            plants.bent("timeout bent", &urn, format!("{seconds} seconds"), |inputs| {
                inputs.insert("timeout".to_owned(), seconds.into());
            });
        }
    }
    for urn in plants.of("aws:rds:DBProxyTargetGroup") {
        plants.bent("timeout bent", &urn, "borrows for 60 seconds", |inputs| {
            inputs.insert("connection_borrow_timeout".to_owned(), 60.into());
        });
    }
    for urn in plants.of("aws:rds:DBParameterGroup") {
        for millis in ["0", "28000", "600000"] {
            plants.bent("timeout bent", &urn, format!("statements of {millis} ms"), |inputs| {
                map_at(inputs, "parameters")
                    .expect("parameters")
                    .insert("statement_timeout".to_owned(), millis.into());
            });
        }
    }
    for urn in plants.of("aws:cloudfront:Distribution") {
        plants.bent("timeout bent", &urn, "CloudFront waits 20 seconds", |inputs| {
            *value_at(inputs, "origins|api|custom_origin_config|origin_read_timeout").expect("a timeout") =
                20.into();
        });
    }
    for urn in plants.of("aws:apigateway:RestApi") {
        let mut inputs = plants.inputs(&urn);
        let paths: Vec<String> = map_at(&mut inputs, "body|paths").expect("paths").keys().cloned().collect();
        for path in paths {
            plants.bent("timeout bent", &urn, format!("{path} in 5 seconds"), |inputs| {
                let at = format!("body|paths|{path}|x-amazon-apigateway-any-method|x-amazon-apigateway-integration|timeoutInMillis");
                if let Some(value) = value_at(inputs, &at) {
                    *value = 5_000.into();
                }
            });
        }
    }
    for urn in plants.of("aws:rds:DBInstance") {
        for window in ["17:30-18:30", "18:00-18:30"] {
            // At 3 in the morning in Japan prod is copied, and dev is stopped.
            let met = plants
                .of("aws:scheduler:Schedule")
                .iter()
                .any(|one| ["monthly-snapshot", "stop"].contains(&one.name()));
            if met {
                plants.bent("window bent", &urn, window, |inputs| {
                    inputs.insert("preferred_backup_window".to_owned(), window.into());
                });
            }
        }
    }
}

pub(super) fn edge(plants: &mut Plants<'_>) {
    for urn in plants.of("aws:cloudfront:Distribution") {
        for header in ["x-finsight-origin", "x-api-key"] {
            plants.bent("origin header bent", &urn, format!("{header} renamed"), |inputs| {
                let headers = map_at(inputs, "origins|api|custom_headers").expect("headers");
                if let Some(value) = headers.remove(header).filter(|_| header != "x-api-key") {
                    headers.insert(format!("{header}-2"), value);
                }
            });
            plants.bent("origin header bent", &urn, format!("{header} of another value"), |inputs| {
                map_at(inputs, "origins|api|custom_headers")
                    .expect("headers")
                    .insert(header.to_owned(), "something".into());
            });
        }
        let count =
            plants.inputs(&urn).get("cache_behaviors").and_then(Value::as_list).map_or(0, <[Value]>::len);
        let mut places = vec!["default_cache_behavior".to_owned()];
        // The first is of pages, which take no writes and no tokens.
        places.extend((1..count).map(|at| format!("cache_behaviors|{at}")));
        for place in &places {
            plants.bent("token in clear", &urn, format!("{place} redirects"), |inputs| {
                let behavior = map_at(inputs, place).expect("a behavior");
                behavior.insert("viewer_protocol_policy".to_owned(), "redirect-to-https".into());
            });
            plants.bent("CORS taken", &urn, format!("{place} without headers"), |inputs| {
                map_at(inputs, place).expect("a behavior").remove("response_headers_policy_id");
            });
            plants.bent("behavior narrowed", &urn, format!("{place} takes GET"), |inputs| {
                let behavior = map_at(inputs, place).expect("a behavior");
                behavior.insert("allowed_methods".to_owned(), Value::List(vec!["GET".into(), "HEAD".into()]));
            });
            plants.bent("behavior narrowed", &urn, format!("{place} sends nothing on"), |inputs| {
                map_at(inputs, place)
                    .expect("a behavior")
                    .insert("origin_request_policy_id".to_owned(), "".into());
            });
        }
        plants.bent("page taken", &urn, "no way to the pages", |inputs| {
            list_at(inputs, "cache_behaviors").expect("behaviors").remove(0);
        });
        let errors = plants
            .inputs(&urn)
            .get("custom_error_responses")
            .and_then(Value::as_list)
            .map_or(0, <[Value]>::len);
        for at in 0..errors {
            plants.bent("errors kept", &urn, format!("error {at}"), |inputs| {
                *value_at(inputs, &format!("custom_error_responses|{at}|error_caching_min_ttl"))
                    .expect("a time") = 10.into();
            });
        }
    }
    for urn in plants.of("aws:cloudfront:ResponseHeadersPolicy") {
        plants.bent("CORS taken", &urn, "all", |inputs| {
            inputs.remove("cors_config");
        });
        for (list, what) in [
            ("access_control_allow_headers", "Authorization"),
            ("access_control_allow_methods", "POST"),
            ("access_control_allow_methods", "DELETE"),
            ("access_control_allow_origins", "https://www.finsight.com"),
        ] {
            plants.bent("CORS taken", &urn, what, |inputs| {
                list_at(inputs, &format!("cors_config|{list}"))
                    .expect("a list")
                    .retain(|one| one.as_text() != Some(what));
            });
        }
    }
    for urn in plants.of("aws:cloudfront:CachePolicy") {
        plants.bent("cache key bent", &urn, "Authorization", |inputs| {
            list_at(inputs, "headers_config|headers")
                .expect("headers")
                .retain(|one| one.as_text() != Some("Authorization"));
        });
        plants.bent("cache key bent", &urn, "queries", |inputs| {
            *value_at(inputs, "query_strings_config|query_string_behavior").expect("it") = "none".into();
        });
        plants.bent("cache key bent", &urn, "kept unasked", |inputs| {
            inputs.insert("default_ttl".to_owned(), 300.into());
        });
    }
    for urn in plants.of("aws:s3:Object") {
        plants.bent("content type changed", &urn, "text/html", |inputs| {
            inputs.insert("content_type".to_owned(), "text/html".into());
        });
        plants.bent("page taken", &urn, "another key", |inputs| {
            inputs.insert("key".to_owned(), "errors/other.json".into());
        });
    }
    for urn in plants.of("aws:apigateway:RestApi") {
        plants.bent("files as texts", &urn, "no binary types", |inputs| {
            inputs.remove("binary_media_types");
        });
    }
    for urn in plants.of("aws:apigateway:BasePathMapping") {
        plants.taken("mapping taken", &urn);
    }
    for urn in plants.of("aws:wafv2:WebACLAssociation") {
        plants.taken("mapping taken", &urn);
    }
}

pub(super) fn names(plants: &mut Plants<'_>) {
    for urn in plants.of("aws:route53:RecordSet") {
        // Without an IPv6 address callers take the other one; a mail policy that nobody reads refuses nothing.
        if ["api-aaaa", "dmarc"].contains(&urn.name()) {
            continue;
        }
        plants.taken("record taken", &urn);
        plants.bent("record bent", &urn, "value", |inputs| {
            let key = if inputs.contains_key("alias_target") { "alias_target" } else { "resource_records" };
            let bent = if key == "alias_target" {
                Value::from_plain_json(
                    &serde_json::json!({"dns_name": "d1.cloudfront.net", "hosted_zone_id": "Z2FDTNDATAQYW2"}),
                )
            } else {
                Value::List(vec!["other.example.com".into()])
            };
            inputs.insert(key.to_owned(), bent);
        });
    }
    for urn in plants.of("aws:acm:CertificateValidation").into_iter().chain(plants.of("aws:wafv2:WebACL")) {
        let region = plants.graph.nodes[&urn].options.region.clone();
        plants.moved("wrong region", &urn, if region.is_some() { None } else { Some("eu-west-1") });
    }
    for urn in plants.of("aws:acm:Certificate") {
        plants.bent("certificate bent", &urn, "another name", |inputs| {
            inputs.insert("domain_name".to_owned(), "other.example.com".into());
        });
    }
    for urn in plants.of("aws:ses:EmailIdentity") {
        plants.bent("record bent", &urn, "MAIL FROM", |inputs| {
            inputs.insert("mail_from_domain".to_owned(), "post.finsight.com".into());
        });
    }
}

pub(super) fn limits(plants: &mut Plants<'_>) {
    for urn in plants.of("aws:apigateway:UsagePlan") {
        plants.bent("plan bent", &urn, "no stage", |inputs| {
            inputs.remove("api_stages");
        });
        plants.bent("plan bent", &urn, "100 calls", |inputs| {
            *value_at(inputs, "quota|limit").expect("a limit") = 100.into();
        });
    }
    for urn in plants.of("aws:apigateway:UsagePlanKey") {
        plants.taken("plan bent", &urn);
    }
    for urn in plants.of("aws:lambda:Function") {
        plants.bent("concurrency bent", &urn, "none", |inputs| {
            inputs.insert("reserved_concurrent_executions".to_owned(), 0.into());
        });
    }
    for urn in plants.of("aws:apigateway:Stage") {
        plants.bent("plan bent", &urn, "no rate", |inputs| {
            *value_at(inputs, "method_settings|*/*|throttling_rate_limit").expect("a rate") = 0.into();
        });
    }
    for urn in plants.of("aws:rds:DBProxy") {
        plants.bent("login bent", &urn, "no scheme", |inputs| {
            inputs.remove("default_auth_scheme");
        });
    }
}

pub(super) fn site(plants: &mut Plants<'_>) {
    for urn in plants.of("aws:amplify:App") {
        for name in ["REACT_APP_AUTH_ISSUER", "REACT_APP_AUTH_AUDIENCE"] {
            plants.bent("site bent", &urn, name, |inputs| {
                map_at(inputs, "environment_variables")
                    .expect("variables")
                    .insert(name.to_owned(), "https://other.example.com/".into());
            });
        }
        plants.bent("site bent", &urn, "no API", |inputs| {
            map_at(inputs, "environment_variables").expect("variables").remove("REACT_APP_API_URL");
        });
    }
    for urn in plants.of("aws:lambda:Function").into_iter().filter(|urn| urn.name() == "authorizer") {
        for name in ["JWT_ISSUER", "JWT_AUDIENCES"] {
            plants.bent("site bent", &urn, name, |inputs| {
                map_at(inputs, "environment")
                    .expect("variables")
                    .insert(name.to_owned(), "https://other.example.com/".into());
            });
        }
    }
}
