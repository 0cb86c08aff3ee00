//! The way of a request: name, distribution, web ACL, stage, authorizer, function, and back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use finsight_function_testing::Answer;
use serde_json::{Value, json};

use super::message::{Reply, Request, Seen};
use super::{Backend, Walk};
use crate::apigateway::{self, Api, Asker, Route};
use crate::cloudfront::{self, Front, Source};
use crate::lambda;
use crate::policy::{Ask, allows};
use crate::s3;
use crate::wafv2;
use crate::world::World;

/// As whom API Gateway calls functions.
const GATEWAY: &str = "apigateway.amazonaws.com";
/// The most bytes of an event that a caller waits for ("Lambda quotas").
const LARGEST: usize = 6 * 1024 * 1024;

impl Walk {
    /// Sends a request to where its host's name leads.
    pub fn send(&mut self, request: &Request, backend: Backend<'_>) -> Seen {
        let mut seen = Seen::default();
        let world = std::sync::Arc::clone(&self.world);
        let Some(target) = crate::route53::leads_to(&world, &request.host) else {
            seen.pass("DNS", format!("no public zone has an address for {}", request.host));
            return seen;
        };
        seen.pass("DNS", format!("{} is {target}", request.host));
        if let Some(front) = cloudfront::at(&world, &target) {
            self.at_the_edge(&world, &front, request, backend, &mut seen);
        } else if apigateway::is_endpoint(&world, &target) {
            self.at_the_endpoint(&world, &target, request, backend, &mut seen);
        } else {
            seen.pass("DNS", format!("nothing answers at {target}"));
        }
        seen
    }

    /// Sends a request to the regional endpoint itself, past what stands before it.
    pub fn send_round(&mut self, request: &Request, backend: Backend<'_>) -> Seen {
        let mut seen = Seen::default();
        let world = std::sync::Arc::clone(&self.world);
        match apigateway::endpoint_of(&world, &request.host) {
            Some(target) => self.at_the_endpoint(&world, &target, request, backend, &mut seen),
            None => seen.pass("endpoint", format!("there is no custom domain name {}", request.host)),
        }
        seen
    }

    fn at_the_edge(
        &mut self,
        world: &World,
        front: &Front<'_>,
        request: &Request,
        backend: Backend<'_>,
        seen: &mut Seen,
    ) {
        let name = front.name();
        if let Some(why) = front.refuses(world, &request.host) {
            seen.answer(&name, why, cloudfront::unknown_host());
            return;
        }
        let behavior = front.behavior(&request.path);
        self.fetch(world, front, request, backend, seen);
        let status = seen.status().unwrap_or_default();
        if let Some(page) = front.page(status) {
            self.show(world, front, &page, seen);
        }
        let Some(mut reply) = seen.reply.take() else { return };
        match front.dress(behavior, request, &mut reply) {
            Some(policy) => seen.pass(&name, format!("puts on the headers of policy {policy}")),
            None => seen.pass(&name, "has no policy of response headers for this path"),
        }
        seen.reply = Some(reply);
    }

    /// What is behind CloudFront, or what it answers itself.
    fn fetch(
        &mut self,
        world: &World,
        front: &Front<'_>,
        request: &Request,
        backend: Backend<'_>,
        seen: &mut Seen,
    ) {
        let name = front.name();
        let behavior = front.behavior(&request.path);
        // WAF is asked before CloudFront looks for an answer ("How AWS WAF works with Amazon CloudFront").
        if let Some(acl) = front.web_acl()
            && let Some(own) = self.judge(world, acl, request, seen)
        {
            let reply = own.unwrap_or_else(cloudfront::blocked);
            let at = seen.hops.last().map(|hop| hop.at.clone()).unwrap_or_default();
            let did = seen.hops.pop().map(|hop| hop.did).unwrap_or_default();
            seen.answer(at, did, reply);
            return;
        }
        if let Some((why, reply)) = behavior.refuses(request) {
            seen.answer(&name, why, reply);
            return;
        }
        let (source, sent) = match front.forwarded(behavior, request) {
            Ok(forwarded) => forwarded,
            Err(why) => return seen.answer(&name, why, cloudfront::unreachable()),
        };
        match source {
            Source::Server { host, patience } => {
                if !sent.secure {
                    return seen.answer(&name, "its origin takes TLS alone", cloudfront::unreachable());
                }
                if !apigateway::is_endpoint(world, &host) {
                    let why = format!("nothing answers at its origin {host}");
                    return seen.answer(&name, why, cloudfront::unreachable());
                }
                seen.pass(&name, format!("sends it to origin {}", behavior.origin()));
                let before = seen.millis;
                self.at_the_endpoint(world, &host, &sent, backend, seen);
                let took = seen.millis - before;
                if took > patience {
                    seen.millis = before + patience;
                    let why = format!("its origin says nothing for {} s", patience / 1000);
                    seen.answer(&name, why, cloudfront::silent());
                }
            }
            Source::Bucket { name: bucket, signed } => {
                let reply = bucket_reply(world, front, &bucket, signed, &request.path);
                match reply {
                    Ok(reply) => seen.answer(format!("bucket {bucket}"), "has the object", reply),
                    Err(why) => {
                        seen.answer(format!("bucket {bucket}"), why, Reply::message(403, "Access Denied"))
                    }
                }
            }
        }
    }

    /// A page instead of an error ("Create a custom error page for specific HTTP status codes"): where it cannot be had,
    /// CloudFront shows the status of the page's origin.
    fn show(&self, world: &World, front: &Front<'_>, page: &cloudfront::Page, seen: &mut Seen) {
        let behavior = front.behavior(&page.path);
        let request = Request::new("GET", &format!("https://page{}", page.path));
        let found = match front.forwarded(behavior, &request) {
            Ok((Source::Bucket { name, signed }, _)) => bucket_reply(world, front, &name, signed, &page.path),
            Ok((Source::Server { host, .. }, _)) => Err(format!("the page at {host} is not walked to")),
            Err(why) => Err(why),
        };
        match found {
            Ok(reply) => {
                let reply = Reply { status: page.status, ..reply };
                seen.answer(front.name(), format!("shows {} instead", page.path), reply);
            }
            Err(why) => {
                let did = format!("cannot show {}: {why}", page.path);
                seen.answer(front.name(), did, Reply::message(403, "Access Denied"));
            }
        }
    }

    /// Asks a web ACL: `Some` if it blocks, with an answer of its own if a rule has one.
    fn judge(
        &mut self,
        world: &World,
        acl: &str,
        request: &Request,
        seen: &mut Seen,
    ) -> Option<Option<Reply>> {
        let at = format!("web ACL {}", wafv2::name(acl));
        let Some(verdict) = wafv2::judge(world, acl, request, &mut self.tally) else {
            seen.pass(at, "is not there, and so it guards nothing");
            return None;
        };
        verdict.unknown.into_iter().for_each(|what| seen.doubt(what));
        let rule =
            verdict.rule.as_deref().map_or("its default action".to_owned(), |rule| format!("rule {rule}"));
        seen.pass(at, format!("{rule} {} it", if verdict.blocks { "blocks" } else { "lets through" }));
        verdict.blocks.then_some(verdict.reply)
    }

    fn at_the_endpoint(
        &mut self,
        world: &World,
        target: &str,
        request: &Request,
        backend: Backend<'_>,
        seen: &mut Seen,
    ) {
        let host = request.headers.get("Host").unwrap_or_default().to_owned();
        match apigateway::behind(world, target, &host, &request.path) {
            Ok(api) => {
                seen.pass(format!("domain {host}"), format!("leads to {}", api.name()));
                self.at_the_stage(world, &api, request, backend, seen);
            }
            // Nothing of an API's own settings holds before its stage is known.
            Err(why) => seen.answer(format!("domain {host}"), why, Reply::message(403, "Forbidden")),
        }
    }

    fn at_the_stage(
        &mut self,
        world: &World,
        api: &Api<'_>,
        request: &Request,
        backend: Backend<'_>,
        seen: &mut Seen,
    ) {
        // "AWS WAF rules are evaluated before other access control features" ("Use AWS WAF to protect your REST APIs").
        if let Some(acl) = world.wafv2.get(api.region()).and_then(|all| all.before(&api.arn()))
            && let Some(own) = self.judge(world, acl, request, seen)
        {
            let why = seen.hops.last().map(|hop| format!("{}: {}", hop.at, hop.did)).unwrap_or_default();
            let Some(reply) = own else {
                return refuse(api, "WAF_FILTERED", "Forbidden", &why, request, seen);
            };
            seen.answer(api.name(), "answers as the web ACL's rule says", reply);
            return;
        }
        let route = match api.route(request).and_then(|route| api.check_size(request).map(|()| route)) {
            Ok(route) => route,
            Err(no) => return refuse(api, no.kind, no.message, &no.why, request, seen),
        };
        let mut event = api.event(&route, request);
        match api.asker(&route, request) {
            Ok(None) => {}
            Ok(Some(asker)) => match self.ask(world, api, &asker, &event, request, seen) {
                Ok(context) => event["requestContext"]["authorizer"] = context,
                Err((kind, message, why)) => return refuse(api, kind, message, &why, request, seen),
            },
            Err(no) => return refuse(api, no.kind, no.message, &no.why, request, seen),
        }
        match api.admit(&route, request, &mut self.tally) {
            Ok(said) => seen.pass(api.name(), format!("{} {}: {said}", request.method, route.resource)),
            Err(no) => return refuse(api, no.kind, no.message, &no.why, request, seen),
        }
        let integration = &route.method["methodIntegration"];
        match integration["type"].as_str() {
            Some("MOCK") => match api.mock(integration, request) {
                Ok(reply) => seen.answer(api.name(), "answers without a function", reply),
                Err(part) => {
                    seen.doubt(format!("the part of a mapping template: {part}"));
                    let why = "its template is not understood";
                    refuse(api, "API_CONFIGURATION_ERROR", "Internal server error", why, request, seen);
                }
            },
            Some("AWS_PROXY") => self.at_the_function(world, api, &route, event, request, backend, seen),
            other => {
                seen.doubt(format!("integrations of type {}", other.unwrap_or_default()));
                let why = "its integration is not walked";
                refuse(api, "API_CONFIGURATION_ERROR", "Internal server error", why, request, seen);
            }
        }
    }

    /// Asks an authorizer, or takes what it said of the same caller before: the caller's context, or why not.
    fn ask(
        &mut self,
        world: &World,
        api: &Api<'_>,
        asker: &Asker<'_>,
        event: &Value,
        request: &Request,
        seen: &mut Seen,
    ) -> Result<Value, (&'static str, &'static str, String)> {
        let at = format!("authorizer {}", asker.name);
        // Without its identity sources the function is not called ("Use API Gateway Lambda authorizers").
        let Some(identity) = &asker.identity else {
            return Err(("UNAUTHORIZED", "Unauthorized", format!("{at}: the request brings no token")));
        };
        let key = format!("{} {identity}", asker.source);
        let now = self.tally.now();
        let kept = self.kept.get(&key).filter(|(until, _)| now < *until).map(|(_, said)| said.clone());
        let said = match kept {
            Some(said) => {
                seen.pass(&at, "has said of this token before");
                said
            }
            None => {
                let said = self.question(world, api, asker, event, identity, request)?;
                seen.pass(&at, "is asked, and answers with a policy");
                if asker.kept > 0 {
                    self.kept.insert(key, (now + asker.kept, said.clone()));
                }
                said
            }
        };
        let called = api.called(&request.method, &request.path);
        let document = said["policyDocument"].to_string();
        let ask = Ask { who: None, action: "execute-api:Invoke", resource: &called, context: &[] };
        if !allows(&document, &ask) {
            let why = format!("{at}: its policy does not allow {called}");
            return Err(("ACCESS_DENIED", "User is not authorized to access this resource", why));
        }
        let mut context = said["context"].as_object().cloned().unwrap_or_default();
        context.insert("principalId".to_owned(), said["principalId"].clone());
        Ok(Value::Object(context))
    }

    fn question(
        &mut self,
        world: &World,
        api: &Api<'_>,
        asker: &Asker<'_>,
        event: &Value,
        identity: &str,
        request: &Request,
    ) -> Result<Value, (&'static str, &'static str, String)> {
        const BROKEN: (&str, &str) = ("AUTHORIZER_CONFIGURATION_ERROR", "Internal server error");
        let at = format!("authorizer {}", asker.name);
        let broken = |why: String| (BROKEN.0, BROKEN.1, format!("{at}: {why}"));
        let function = lambda::called(world, asker.function, self.now).map_err(broken)?;
        if let Some(why) = function.refuses(GATEWAY, &asker.source) {
            return Err(broken(format!("function {}: {why}", function.name())));
        }
        if function.is_stopped() {
            return Err(broken("no call of it is let through".to_owned()));
        }
        let called = api.called(&request.method, &request.path);
        let asked = if asker.token {
            json!({"type": "TOKEN", "methodArn": called, "authorizationToken": identity})
        } else {
            let mut asked = event.clone();
            asked["type"] = json!("REQUEST");
            asked["methodArn"] = json!(called);
            asked
        };
        match self.run(world, &function, &asked) {
            Ok(Answer::Response(said)) if said["policyDocument"].is_object() => Ok(said),
            Ok(Answer::Error(error)) if error["errorMessage"] == "Unauthorized" => {
                let mut why = format!("{at}: function {} does not take the token", function.name());
                if self.runner.is_script(&function) {
                    why.push_str("; it is a placeholder, which takes none");
                }
                Err(("UNAUTHORIZED", "Unauthorized", why))
            }
            Ok(answer) => Err(("AUTHORIZER_FAILURE", "Internal server error", format!("{at}: {answer:?}"))),
            Err(why) => Err(("AUTHORIZER_FAILURE", "Internal server error", format!("{at}: {why}"))),
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn at_the_function(
        &mut self,
        world: &World,
        api: &Api<'_>,
        route: &Route<'_>,
        mut event: Value,
        request: &Request,
        backend: Backend<'_>,
        seen: &mut Seen,
    ) {
        let binary = api.is_binary(request.headers.get("Content-Type").unwrap_or_default());
        let body = match (request.body.is_empty(), binary) {
            (true, _) => Value::Null,
            (false, true) => json!(STANDARD.encode(&request.body)),
            (false, false) => json!(String::from_utf8_lossy(&request.body)),
        };
        event["body"] = body;
        event["isBase64Encoded"] = json!(binary);
        let integration = &route.method["methodIntegration"];
        // What Lambda refuses is a 500 ("Handling Lambda errors with an API Gateway API").
        let internal = |why: &str, seen: &mut Seen| {
            refuse(api, "API_CONFIGURATION_ERROR", "Internal server error", why, request, seen);
        };
        let Some(arn) = integration["uri"].as_str().and_then(apigateway::function_of) else {
            return internal("its integration names no function", seen);
        };
        let function = match lambda::called(world, arn, self.now) {
            Ok(function) => function,
            Err(why) => return internal(&why, seen),
        };
        let at = format!("function {}", function.name());
        let verb =
            route.method["httpMethod"].as_str().filter(|verb| *verb != "ANY").unwrap_or(&request.method);
        if let Some(why) = function.refuses(GATEWAY, &api.called(verb, route.resource)) {
            return internal(&format!("{at}: {why}"), seen);
        }
        if function.is_stopped() {
            return internal(&format!("{at}: no call of it is let through"), seen);
        }
        if event.to_string().len() > LARGEST {
            return internal(&format!("{at}: the event is longer than the 6 MB that Lambda takes"), seen);
        }
        let worked = backend(&event, &function.environment());
        let waits = integration["timeoutInMillis"].as_u64().unwrap_or(29_000);
        let ends = worked.millis.min(function.timeout());
        if ends > waits {
            seen.millis += waits;
            let why = format!("{at} says nothing for {} s", waits / 1000);
            return refuse(api, "INTEGRATION_TIMEOUT", "Endpoint request timed out", &why, request, seen);
        }
        seen.millis += ends;
        let answer = match worked.answer {
            Ok(_) if worked.millis > function.timeout() => {
                Err(format!("Lambda ends it after {} s", function.timeout() / 1000))
            }
            other => other,
        };
        match answer.and_then(|answer| reply_of(&answer, api.takes_bytes(request))) {
            Ok(reply) => seen.answer(at, "answers", reply),
            // "If the function runs but returns an error, or returns a response in the wrong format, API Gateway returns a
            // 502" (the same page).
            Err(why) => {
                let (how, reply) = api.with_status("DEFAULT_5XX", 502, "Internal server error", request);
                seen.answer(api.name(), format!("{at}: {why} ({how})"), reply);
            }
        }
    }
}

/// An answer of API Gateway's own.
fn refuse(api: &Api<'_>, kind: &str, message: &str, why: &str, request: &Request, seen: &mut Seen) {
    let (how, reply) = api.own(kind, message, request);
    seen.answer(api.name(), format!("{why} ({how})"), reply);
}

/// The answer of a function ("Output format of a Lambda function for proxy integration"), to a caller who takes bytes or text.
fn reply_of(answer: &Value, bytes: bool) -> Result<Reply, String> {
    let malformed = || "its answer has not the form of one".to_owned();
    let status =
        answer["statusCode"].as_u64().and_then(|code| u16::try_from(code).ok()).ok_or_else(malformed)?;
    let text = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) if bytes => STANDARD.decode(text).map_err(|_| malformed())?,
        _ => text.as_bytes().to_vec(),
    };
    let mut reply = Reply { status, body, ..Reply::default() };
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        reply.headers.set(name, value);
    }
    Ok(reply)
}

fn bucket_reply(
    world: &World,
    front: &Front<'_>,
    bucket: &str,
    signed: bool,
    path: &str,
) -> Result<Reply, String> {
    if !signed {
        return Err("it is read as by anybody, which is not walked".to_owned());
    }
    let key = path.trim_start_matches('/');
    let (bytes, kind) = s3::read_by(world, (bucket, key), "cloudfront.amazonaws.com", &front.arn())?;
    Ok(Reply::new(200, &kind, bytes))
}
