//! What a distribution makes of a request, and of the answer to it.

use super::Edge;
use super::distribution::{Distribution, bucket_of};
use super::managed;
use super::policy::Kind;
use super::tree::Tree;
use crate::acm;
use crate::policy::fits;
use crate::walk::{Headers, Reply, Request};
use crate::world::World;

/// Where CloudFront's certificates are.
const HOME: &str = "us-east-1";

/// A distribution with the policies of its account.
pub(crate) struct Front<'a> {
    edge: &'a Edge,
    distribution: &'a Distribution,
}

/// How a distribution treats some paths.
#[derive(Clone, Copy)]
pub(crate) struct Behavior<'a>(&'a Tree);

/// Where a distribution fetches from.
pub(crate) enum Source {
    /// Any server: its host, and the milliseconds for which CloudFront waits for an answer.
    Server { host: String, patience: u64 },
    /// A bucket, read with a signature or as anybody.
    Bucket { name: String, signed: bool },
}

/// What is shown instead of an error.
pub(crate) struct Page {
    pub path: String,
    pub status: u16,
}

/// The distribution that answers under a name of CloudFront's.
pub(crate) fn at<'a>(world: &'a World, domain: &str) -> Option<Front<'a>> {
    world.cloudfront.values().find_map(|edge| {
        let own = |one: &&Distribution| format!("d{}.cloudfront.net", one.id.to_ascii_lowercase()) == domain;
        edge.distributions.values().find(own).map(|distribution| Front { edge, distribution })
    })
}

/// What CloudFront says itself.
fn own(status: u16, text: &str) -> Reply {
    Reply::new(
        status,
        "text/html",
        format!("<H1>{status} ERROR</H1><H2>The request could not be satisfied.</H2>{text}"),
    )
}

impl<'a> Front<'a> {
    /// Its name on the way.
    pub fn name(&self) -> String {
        format!("distribution {}", self.distribution.id)
    }

    pub fn arn(&self) -> String {
        self.distribution.arn()
    }

    /// Why it does not take requests for a host: it is off, the host is none of its names (developer guide, "HTTP 403
    /// status code (Permission Denied)"), or its certificate is not for it.
    pub fn refuses(&self, world: &World, host: &str) -> Option<String> {
        if !self.distribution.config.flag("Enabled") {
            return Some("it is switched off".to_owned());
        }
        let host = host.to_ascii_lowercase();
        if !self.distribution.aliases().any(|alias| fits(&alias, &host)) {
            return Some(format!("{host} is none of its alternate domain names"));
        }
        let certificate =
            self.distribution.config.text("ViewerCertificate/ACMCertificateArn").unwrap_or_default();
        let good = acm::covers(world, HOME, certificate, &host);
        (!good).then(|| format!("its certificate is not for {host}: no browser connects"))
    }

    pub fn web_acl(&self) -> Option<&'a str> {
        self.distribution.web_acl()
    }

    /// The first behavior whose pattern fits the path; the default one where none does.
    pub fn behavior(&self, path: &str) -> Behavior<'a> {
        let config = &self.distribution.config;
        let pattern = |one: &&Tree| {
            let pattern = one.text("PathPattern").unwrap_or_default();
            fits(&format!("/{}", pattern.trim_start_matches('/')), path)
        };
        let found = config.items("CacheBehaviors").iter().find(pattern);
        Behavior(found.or_else(|| config.child("DefaultCacheBehavior")).unwrap_or(config))
    }

    /// What is sent to the origin, and where that is. Headers go along as cache policy and origin request policy say; what
    /// the origin's settings add stands above what a viewer sent under that name ("Add custom headers to origin requests").
    pub fn forwarded(&self, behavior: Behavior<'_>, request: &Request) -> Result<(Source, Request), String> {
        let id = behavior.0.text("TargetOriginId").unwrap_or_default();
        let origins = self.distribution.config.items("Origins");
        let origin = origins.iter().find(|origin| origin.text("Id") == Some(id));
        let origin = origin.ok_or_else(|| format!("there is no origin {id}"))?;
        let host = origin.text("DomainName").unwrap_or_default().to_owned();
        let mut sent = request.clone();
        sent.headers = self.headers(behavior, request, &host);
        for header in origin.items("CustomHeaders") {
            if let (Some(name), Some(value)) = (header.text("HeaderName"), header.text("HeaderValue")) {
                sent.headers.set(name, value);
            }
        }
        sent.path = format!("{}{}", origin.text("OriginPath").unwrap_or_default(), request.path);
        let custom = origin.child("CustomOriginConfig");
        let source = match custom {
            Some(custom) => {
                sent.secure = match custom.text("OriginProtocolPolicy") {
                    Some("https-only") => true,
                    Some("match-viewer") => request.secure,
                    _ => false,
                };
                let seconds = custom.number("OriginReadTimeout").unwrap_or(30);
                Source::Server { host, patience: u64::try_from(seconds).unwrap_or_default() * 1000 }
            }
            None => Source::Bucket {
                name: bucket_of(&host).to_owned(),
                signed: origin.text("OriginAccessControlId").is_some(),
            },
        };
        Ok((source, sent))
    }

    fn headers(&self, behavior: Behavior<'_>, request: &Request, host: &str) -> Headers {
        let cache = self.policy(Kind::Cache, behavior).map(|policy| {
            let key = policy.child("ParametersInCacheKeyAndForwardedToOrigin").cloned().unwrap_or_default();
            let names = key.texts("HeadersConfig/Headers").into_iter().map(str::to_ascii_lowercase).collect();
            (key.text("HeadersConfig/HeaderBehavior").unwrap_or("none").to_owned(), names)
        });
        let asked = self.policy(Kind::OriginRequest, behavior).map(|policy| {
            let names =
                policy.texts("HeadersConfig/Headers").into_iter().map(str::to_ascii_lowercase).collect();
            (policy.text("HeadersConfig/HeaderBehavior").unwrap_or("none").to_owned(), names)
        });
        let rules: Vec<(String, Vec<String>)> = cache.into_iter().chain(asked).collect();
        let goes = |name: &str| {
            let name = name.to_ascii_lowercase();
            rules.iter().any(|(rule, names)| match rule.as_str() {
                "allViewer" | "allViewerAndWhitelistCloudFront" => true,
                "allExcept" => !names.contains(&name),
                "whitelist" => names.contains(&name),
                _ => false,
            })
        };
        let mut headers = request.headers.clone();
        headers.retain(goes);
        // "HTTP request headers and CloudFront behavior (custom and Amazon S3 origins)".
        if headers.get("Host").is_none() {
            headers.set("Host", host);
        }
        if headers.get("User-Agent").is_none() {
            headers.set("User-Agent", "Amazon CloudFront");
        }
        let before = request.headers.get("X-Forwarded-For").map(|all| format!("{all}, ")).unwrap_or_default();
        headers.set("X-Forwarded-For", format!("{before}{}", request.from));
        headers
    }

    fn policy(&self, kind: Kind, behavior: Behavior<'_>) -> Option<Tree> {
        let id = behavior.0.text(kind.member())?;
        let own = match kind {
            Kind::Cache => &self.edge.cache_policies,
            Kind::OriginRequest => &self.edge.origin_request_policies,
            Kind::ResponseHeaders => &self.edge.response_headers_policies,
            Kind::AccessControl => &self.edge.access_controls,
        };
        let own = own.get(id).map(|policy| policy.config.clone());
        own.or_else(|| {
            managed::all(kind).into_iter().find(|policy| policy.id == id).map(|policy| policy.config)
        })
    }

    /// The page in the place of an error of this status, if there is one.
    pub fn page(&self, status: u16) -> Option<Page> {
        let errors = self.distribution.config.items("CustomErrorResponses");
        let error = errors.iter().find(|error| error.number("ErrorCode") == Some(status.into()))?;
        let path = error.text("ResponsePagePath")?.to_owned();
        let shown = error.number("ResponseCode").and_then(|code| u16::try_from(code).ok());
        Some(Page { path, status: shown.unwrap_or(status) })
    }

    /// Puts on an answer what the behavior's policy says: onto every response that is sent for requests which match the
    /// behavior ("Add or remove HTTP headers in CloudFront responses with a policy"), its own errors and a web ACL's among
    /// them. `None` where there is no policy.
    pub fn dress(&self, behavior: Behavior<'_>, request: &Request, reply: &mut Reply) -> Option<String> {
        let policy = self.policy(Kind::ResponseHeaders, behavior)?;
        let name = policy.text("Name").unwrap_or_default().to_owned();
        if let Some(cors) = policy.child("CorsConfig") {
            cross_origin(cors, request, reply);
        }
        if let Some(security) = policy.child("SecurityHeadersConfig") {
            secure(security, reply);
        }
        for header in policy.items("CustomHeadersConfig") {
            if let (Some(name), Some(value)) = (header.text("Header"), header.text("Value")) {
                put(reply, name, value, header.flag("Override"));
            }
        }
        for header in policy.items("RemoveHeadersConfig") {
            reply.headers.remove(header.text("Header").unwrap_or_default());
        }
        Some(name)
    }
}

impl Behavior<'_> {
    /// What CloudFront answers to a request that this behavior does not take.
    pub fn refuses(self, request: &Request) -> Option<(&'static str, Reply)> {
        if !request.secure {
            match self.0.text("ViewerProtocolPolicy") {
                Some("https-only") => return Some(("it takes HTTPS alone", own(403, "Bad request."))),
                Some("redirect-to-https") => {
                    let mut reply = own(301, "");
                    reply.headers.set("Location", format!("https://{}{}", request.host, request.path));
                    return Some(("it leads to HTTPS", reply));
                }
                _ => {}
            }
        }
        let allowed = self.0.texts("AllowedMethods");
        // "HTTP 403 status code (Invalid method)".
        (!allowed.contains(&request.method.as_str())).then(|| {
            (
                "its behavior does not take this method",
                own(403, "This distribution is not configured to allow the HTTP request method."),
            )
        })
    }

    /// The id of the origin.
    pub fn origin(&self) -> &str {
        self.0.text("TargetOriginId").unwrap_or_default()
    }
}

/// What CloudFront answers for a web ACL that blocks.
pub(crate) fn blocked() -> Reply {
    own(403, "Request blocked.")
}

/// What CloudFront answers where the origin says nothing in time ("HTTP 504 status code (Gateway Timeout)").
pub(crate) fn silent() -> Reply {
    own(504, "")
}

/// What CloudFront answers where it cannot connect to the origin ("HTTP 502 status code (Bad Gateway)").
pub(crate) fn unreachable() -> Reply {
    own(502, "")
}

/// What CloudFront answers where the host is none of its names.
pub(crate) fn unknown_host() -> Reply {
    own(403, "Bad request.")
}

fn put(reply: &mut Reply, name: &str, value: impl Into<String>, over: bool) {
    if over || reply.headers.get(name).is_none() {
        reply.headers.set(name, value);
    }
}

/// The headers of "CorsConfig": for requests that have an `Origin` (API reference, `ResponseHeadersPolicyCorsConfig`).
fn cross_origin(cors: &Tree, request: &Request, reply: &mut Reply) {
    let Some(origin) = request.headers.get("Origin") else { return };
    let over = cors.flag("OriginOverride");
    let allowed = cors.texts("AccessControlAllowOrigins");
    let value = match allowed.as_slice() {
        ["*"] => "*",
        _ if allowed.iter().any(|one| fits(one, origin)) => origin,
        _ => return,
    };
    put(reply, "Access-Control-Allow-Origin", value, over);
    if cors.flag("AccessControlAllowCredentials") {
        put(reply, "Access-Control-Allow-Credentials", "true", over);
    }
    if !request.is_preflight() {
        let exposed = cors.texts("AccessControlExposeHeaders").join(",");
        if !exposed.is_empty() {
            put(reply, "Access-Control-Expose-Headers", exposed, over);
        }
        return;
    }
    const ALL: &str = "GET,HEAD,PUT,POST,PATCH,DELETE,OPTIONS";
    let methods = cors.texts("AccessControlAllowMethods");
    let methods = if methods == ["ALL"] { ALL.to_owned() } else { methods.join(",") };
    put(reply, "Access-Control-Allow-Methods", methods, over);
    put(reply, "Access-Control-Allow-Headers", cors.texts("AccessControlAllowHeaders").join(","), over);
    if let Some(seconds) = cors.text("AccessControlMaxAgeSec") {
        put(reply, "Access-Control-Max-Age", seconds, over);
    }
}

fn secure(config: &Tree, reply: &mut Reply) {
    for one in &config.children {
        let over = one.flag("Override");
        match one.name.as_str() {
            "StrictTransportSecurity" => {
                let mut value = format!("max-age={}", one.text("AccessControlMaxAgeSec").unwrap_or("0"));
                if one.flag("IncludeSubdomains") {
                    value.push_str("; includeSubDomains");
                }
                if one.flag("Preload") {
                    value.push_str("; preload");
                }
                put(reply, "Strict-Transport-Security", value, over);
            }
            "ContentTypeOptions" => put(reply, "X-Content-Type-Options", "nosniff", over),
            "FrameOptions" => {
                put(reply, "X-Frame-Options", one.text("FrameOption").unwrap_or_default(), over)
            }
            "ReferrerPolicy" => {
                put(reply, "Referrer-Policy", one.text("ReferrerPolicy").unwrap_or_default(), over);
            }
            "ContentSecurityPolicy" => {
                put(
                    reply,
                    "Content-Security-Policy",
                    one.text("ContentSecurityPolicy").unwrap_or_default(),
                    over,
                );
            }
            _ => {}
        }
    }
}
