//! One request, understood as far as it must be to know who answers it.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

use crate::answer::Refusal;
use crate::services::services;
use crate::wire::query::{Params, Seen};
use crate::{amplify, apigateway, cloudfront, lambda, route53, s3, scheduler, sesv2, xray};

/// The account of the local cloud.
pub(crate) const ACCOUNT: &str = "123456789012";

/// How a service writes requests, answers and errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Ec2,
    Query,
    Json,
    RestJson,
    RestXml,
    Cbor,
}

macro_rules! service {
    ($($module:ident: $service:ident, $signing:literal, $host:literal, $scope:ident, $protocol:ident, $state:ty, $beneath:ty;)*) => {
        /// A service that the local cloud has.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Service {
            $($service,)*
        }

        impl Service {
            pub(crate) const ALL: &[Service] = &[$(Service::$service),*];

            /// The signing name, which also names its file.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Service::$service => $signing,)*
                }
            }

            /// The first label of its host.
            fn label(self) -> &'static str {
                match self {
                    $(Service::$service => $host,)*
                }
            }

            /// Whether its state belongs to the account and not to a region.
            fn global(self) -> bool {
                match self {
                    $(Service::$service => stringify!($scope) == "global",)*
                }
            }

            pub(crate) fn protocol(self) -> Protocol {
                match self {
                    $(Service::$service => Protocol::$protocol,)*
                }
            }
        }
    };
}
services!(service);

impl Service {
    fn named(name: &str) -> Option<Service> {
        Service::ALL.iter().copied().find(|s| s.name() == name || s.label() == name)
    }

    /// The state region of a call: global services have one.
    fn home(self, region: &str) -> String {
        if self.global() { "us-east-1".to_owned() } else { region.to_owned() }
    }

    /// The host that the service beneath is addressed at.
    pub(crate) fn host(self, region: &str) -> String {
        if self.global() {
            format!("{}.amazonaws.com", self.label())
        } else {
            format!("{}.{region}.amazonaws.com", self.label())
        }
    }
}

/// A request as it came in over either way.
#[derive(Debug, Clone)]
pub(crate) struct Incoming {
    pub method: String,
    /// The host, without port, if the address has one.
    pub host: String,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A request to a known service.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub service: Service,
    pub operation: String,
    pub region: String,
    /// The region that the caller signed for; global services have one state for all.
    pub signed_region: String,
    pub method: String,
    /// The path; S3's begins with the bucket.
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The answer of the service beneath, where it was asked first to give the id.
    pub minted: Option<Value>,
    /// Which of its parameters its operation has looked at.
    seen: Seen,
}

impl Call {
    /// Finds service, region and operation.
    pub(crate) fn identify(mut incoming: Incoming) -> Result<Call, Unknown> {
        let scope = Scope::of(&incoming);
        let Some(service) = Service::named(&scope.service) else {
            return Err(Unknown { service: scope.service, protocol: spoken(&incoming) });
        };
        // The first version of SES signs as the second does.
        if service == Service::Ses && spoken(&incoming) == Protocol::Query {
            return Err(Unknown { service: "ses, version 1".to_owned(), protocol: Protocol::Query });
        }
        if service == Service::S3 {
            incoming.path = s3::path_style(&incoming.host, &incoming.path);
        }
        let operation = operation(service, &incoming);
        Ok(Call {
            service,
            operation,
            region: service.home(&scope.region),
            signed_region: scope.region,
            method: incoming.method,
            path: incoming.path,
            query: incoming.query,
            headers: incoming.headers,
            body: incoming.body,
            minted: None,
            seen: Seen::default(),
        })
    }

    /// Whether the call may change something.
    pub(crate) fn mutating(&self) -> bool {
        const READS: [&str; 15] = [
            "Describe",
            "Get",
            "Head",
            "List",
            "Filter",
            "Test",
            "Simulate",
            "Encrypt",
            "Decrypt",
            "ReEncrypt",
            "GenerateDataKey",
            "GenerateRandom",
            "GenerateMac",
            "Verify",
            "Sign",
        ];
        match self.service {
            Service::Sts => false,
            _ if self.operation.contains(' ') => !matches!(self.method.as_str(), "GET" | "HEAD"),
            _ => !READS.iter().any(|r| self.operation.starts_with(r)),
        }
    }

    /// The protocol that it is written in: CloudWatch takes three.
    pub(crate) fn protocol_used(&self) -> Protocol {
        match self.service.protocol() {
            Protocol::Cbor if self.path.contains("/operation/") => Protocol::Cbor,
            Protocol::Cbor if self.headers.contains_key("x-amz-target") => Protocol::Json,
            Protocol::Cbor => Protocol::Query,
            other => other,
        }
    }

    /// The parameters of a query-protocol call, for its operation.
    pub(crate) fn params(&self) -> Params {
        self.form().watched(&self.seen)
    }

    /// The same, for whoever only looks on.
    pub(crate) fn form(&self) -> Params {
        Params::parse(&String::from_utf8_lossy(&self.body))
    }

    /// The parameters that its operation has not looked at.
    pub(crate) fn unseen(&self) -> Vec<String> {
        if !matches!(self.protocol_used(), Protocol::Ec2 | Protocol::Query) {
            return Vec::new();
        }
        let names = self.params();
        let of_all = |name: &&str| !matches!(*name, "Action" | "Version");
        names.unseen().into_iter().filter(of_all).map(str::to_owned).collect()
    }

    /// The body of a JSON call; an empty body is an empty object.
    pub(crate) fn json(&self) -> Result<Value, Refusal> {
        if self.body.is_empty() {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        serde_json::from_slice(&self.body).map_err(|e| {
            Refusal::new(400, "SerializationException", format!("could not parse request body: {e}"))
        })
    }

    /// The decoded segments of the path.
    pub(crate) fn segments(&self) -> Vec<String> {
        segments(&self.path)
    }

    /// The parameters of the query string.
    pub(crate) fn query_params(&self) -> Params {
        Params::parse(&self.query)
    }
}

/// The decoded segments of a path, without empty ones.
pub(crate) fn segments(path: &str) -> Vec<String> {
    path.split('/').filter(|s| !s.is_empty()).map(crate::wire::query::decode_path).collect()
}

/// The service of a request that nobody answers, and what its caller speaks.
#[derive(Debug)]
pub(crate) struct Unknown {
    pub service: String,
    pub protocol: Protocol,
}

/// What the form of a request says of its protocol.
fn spoken(incoming: &Incoming) -> Protocol {
    let header = |name: &str| incoming.headers.get(name).and_then(|value| value.to_str().ok());
    let content = header("content-type").unwrap_or_default();
    if header("x-amz-target").is_some() || content.starts_with("application/x-amz-json") {
        Protocol::Json
    } else if header("smithy-protocol") == Some("rpc-v2-cbor") {
        Protocol::Cbor
    } else if content.starts_with("application/x-www-form-urlencoded") {
        Protocol::Query
    } else {
        Protocol::RestJson
    }
}

/// The operation that a parameter names, in the body or the address.
fn action(incoming: &Incoming) -> Option<String> {
    let body = String::from_utf8_lossy(&incoming.body);
    let in_body = Params::parse(&body).text("Action");
    in_body.or_else(|| Params::parse(&incoming.query).text("Action"))
}

/// The operation that a header names.
fn target(incoming: &Incoming) -> Option<String> {
    let header = incoming.headers.get("x-amz-target")?.to_str().ok()?;
    header.rsplit('.').next().map(str::to_owned)
}

fn operation(service: Service, incoming: &Incoming) -> String {
    let found = match service.protocol() {
        Protocol::Ec2 | Protocol::Query => action(incoming),
        Protocol::Json => target(incoming),
        // `/service/GraniteServiceVersion20100801/operation/PutMetricAlarm`
        Protocol::Cbor => match incoming.path.rsplit_once("/operation/") {
            Some((_, name)) => Some(name.to_owned()),
            None => target(incoming).or_else(|| action(incoming)),
        },
        Protocol::RestJson | Protocol::RestXml => {
            let parts = segments(&incoming.path);
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            let (method, query) = (incoming.method.as_str(), incoming.query.as_str());
            match service {
                Service::Amplify => amplify::operation(method, &parts, query),
                Service::ApiGateway => apigateway::operation(method, &parts, query),
                Service::CloudFront => cloudfront::operation(method, &parts, query),
                Service::Lambda => lambda::operation(method, &parts, query),
                Service::Route53 => route53::operation(method, &parts, query),
                Service::S3 => s3::operation(method, &parts, query),
                Service::Scheduler => scheduler::operation(method, &parts, query),
                Service::Ses => sesv2::operation(method, &parts, query),
                Service::XRay => xray::operation(method, &parts, query),
                _ => None,
            }
        }
    };
    found.unwrap_or_else(|| format!("{} {}", incoming.method, incoming.path))
}

/// Service and region of a request: from its signature, else from its host.
struct Scope {
    service: String,
    region: String,
}

impl Scope {
    fn of(incoming: &Incoming) -> Scope {
        Scope::signed(incoming).unwrap_or_else(|| Scope::addressed(&incoming.host))
    }

    /// `AWS4-HMAC-SHA256 Credential=AKID/20260101/ap-northeast-1/ec2/aws4_request, …`
    fn signed(incoming: &Incoming) -> Option<Scope> {
        let header = incoming.headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
        let credential = header.split("Credential=").nth(1)?.split([',', ' ']).next()?;
        let mut parts = credential.split('/').skip(2);
        let region = parts.next()?.to_owned();
        let service = parts.next()?.to_owned();
        Some(Scope { service, region })
    }

    /// `ec2.ap-northeast-1.amazonaws.com`, `iam.amazonaws.com`.
    fn addressed(host: &str) -> Scope {
        let labels: Vec<&str> = host.split('.').collect();
        let region = if labels.len() >= 4 { labels[1] } else { "us-east-1" };
        Scope { service: labels.first().copied().unwrap_or_default().to_owned(), region: region.to_owned() }
    }
}
