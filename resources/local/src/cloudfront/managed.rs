//! The policies that AWS keeps for every account.

use super::policy::{Kind, Policy};
use super::tree::Tree;

/// AWS's policies of a kind; there are no access controls of AWS's.
pub(super) fn all(kind: Kind) -> Vec<Policy> {
    match kind {
        Kind::Cache => CACHE.iter().map(Cache::policy).collect(),
        Kind::OriginRequest => REQUEST.iter().map(Request::policy).collect(),
        Kind::ResponseHeaders => RESPONSE.iter().map(Response::policy).collect(),
        Kind::AccessControl => Vec::new(),
    }
}

fn policy(id: &str, config: Tree) -> Policy {
    Policy { id: id.to_owned(), config, etag: "E23ZP02F085DFQ".to_owned(), modified_at: 0 }
}

/// A cache policy: id, name, seconds, compressed forms, headers, whether cookies and query strings count.
struct Cache(&'static str, &'static str, [i64; 3], bool, &'static [&'static str], bool, bool);

const CACHE: &[Cache] = &[
    Cache(
        "658327ea-f89d-4fab-a63d-7e88639e58f6",
        "Managed-CachingOptimized",
        [1, 86_400, 31_536_000],
        true,
        &[],
        false,
        false,
    ),
    Cache(
        "b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
        "Managed-CachingOptimizedForUncompressedObjects",
        [1, 86_400, 31_536_000],
        false,
        &[],
        false,
        false,
    ),
    Cache(
        "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        "Managed-CachingDisabled",
        [0, 0, 0],
        false,
        &[],
        false,
        false,
    ),
    Cache(
        "2e54312d-136d-493c-8eb9-b001f22f67d2",
        "Managed-Amplify",
        [2, 2, 600],
        true,
        &["Authorization", "CloudFront-Viewer-Country", "Host"],
        true,
        true,
    ),
    Cache(
        "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
        "UseOriginCacheControlHeaders",
        [0, 0, 31_536_000],
        true,
        &ORIGIN_HEADERS,
        true,
        false,
    ),
    Cache(
        "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
        "UseOriginCacheControlHeaders-QueryStrings",
        [0, 0, 31_536_000],
        true,
        &ORIGIN_HEADERS,
        true,
        true,
    ),
];

const ORIGIN_HEADERS: [&str; 5] =
    ["host", "origin", "x-http-method", "x-http-method-override", "x-method-override"];

impl Cache {
    fn policy(&self) -> Policy {
        let Cache(id, name, [least, usual, most], compressed, headers, cookies, queries) = self;
        let key = vec![
            Tree::leaf("EnableAcceptEncodingGzip", compressed),
            Tree::leaf("EnableAcceptEncodingBrotli", compressed),
            named("Header", if headers.is_empty() { "none" } else { "whitelist" }, headers),
            named("Cookie", if *cookies { "all" } else { "none" }, &[]),
            named("QueryString", if *queries { "all" } else { "none" }, &[]),
        ];
        let children = vec![
            Tree::leaf("Comment", ""),
            Tree::leaf("Name", name),
            Tree::leaf("MinTTL", least),
            Tree::leaf("DefaultTTL", usual),
            Tree::leaf("MaxTTL", most),
            Tree::node("ParametersInCacheKeyAndForwardedToOrigin", key),
        ];
        policy(id, Tree::node("CachePolicyConfig", children))
    }
}

/// `HeadersConfig` and its like: a behavior, and names where it needs them.
fn named(noun: &str, behavior: &str, names: &[&str]) -> Tree {
    let mut children = vec![Tree::leaf(&format!("{noun}Behavior"), behavior)];
    if !names.is_empty() {
        let items = names.iter().map(|name| Tree::leaf("Name", name)).collect();
        children.push(Tree::list(&format!("{noun}s"), items));
    }
    Tree::node(&format!("{noun}sConfig"), children)
}

/// An origin request policy: id, name, headers with their behavior, whether cookies and query strings go along.
struct Request(&'static str, &'static str, &'static str, &'static [&'static str], bool);

const REQUEST: &[Request] = &[
    Request("216adef6-5c7f-47e4-b989-5492eafa07d3", "Managed-AllViewer", "allViewer", &[], true),
    Request(
        "b689b0a8-53d0-40ab-baf2-68738e2966ac",
        "Managed-AllViewerExceptHostHeader",
        "allExcept",
        &["host"],
        true,
    ),
    Request(
        "33f36d7e-f396-46d9-90e0-52428a34d9dc",
        "Managed-AllViewerAndCloudFrontHeaders-2022-06",
        "allViewerAndWhitelistCloudFront",
        &["CloudFront-Forwarded-Proto", "CloudFront-Viewer-Address", "CloudFront-Viewer-Country"],
        true,
    ),
    Request(
        "59781a5b-3903-41f3-afcb-af62929ccde1",
        "Managed-CORS-CustomOrigin",
        "whitelist",
        &["origin"],
        false,
    ),
    Request(
        "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
        "Managed-CORS-S3Origin",
        "whitelist",
        &["access-control-request-headers", "access-control-request-method", "origin"],
        false,
    ),
    Request(
        "acba4595-bd28-49b8-b9fe-13317c0390fa",
        "Managed-UserAgentRefererHeaders",
        "whitelist",
        &["referer", "user-agent"],
        false,
    ),
];

impl Request {
    fn policy(&self) -> Policy {
        let Request(id, name, behavior, headers, all) = self;
        let rest = if *all { "all" } else { "none" };
        let children = vec![
            Tree::leaf("Comment", ""),
            Tree::leaf("Name", name),
            named("Header", behavior, headers),
            named("Cookie", rest, &[]),
            named("QueryString", rest, &[]),
        ];
        policy(id, Tree::node("OriginRequestPolicyConfig", children))
    }
}

/// A response headers policy: id, name, the methods that other origins may use, whether security headers are added.
struct Response(&'static str, &'static str, &'static [&'static str], bool);

const RESPONSE: &[Response] = &[
    Response("60669652-455b-4ae9-85a4-c4c02393f86c", "Managed-SimpleCORS", &["GET"], false),
    Response("5cc3b908-e619-4b99-88e5-2cf7f45965bd", "Managed-CORS-With-Preflight", &["ALL"], false),
    Response("67f7725c-6f97-4210-82d7-5512b31e9d03", "Managed-SecurityHeadersPolicy", &[], true),
    Response(
        "e61eb60c-9c35-4d20-a928-2b84e02af89c",
        "Managed-CORS-and-SecurityHeadersPolicy",
        &["GET"],
        true,
    ),
    Response(
        "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
        "Managed-CORS-with-preflight-and-SecurityHeadersPolicy",
        &["ALL"],
        true,
    ),
];

impl Response {
    fn policy(&self) -> Policy {
        let Response(id, name, methods, security) = self;
        let mut children = vec![Tree::leaf("Comment", ""), Tree::leaf("Name", name)];
        if !methods.is_empty() {
            let list = |noun: &str, item: &str, texts: &[&str]| {
                let items = texts.iter().map(|text| Tree::leaf(item, text)).collect();
                Tree::list(&format!("AccessControlAllow{noun}"), items)
            };
            children.push(Tree::node(
                "CorsConfig",
                vec![
                    list("Origins", "Origin", &["*"]),
                    list("Headers", "Header", &["*"]),
                    list("Methods", "Method", methods),
                    Tree::leaf("AccessControlAllowCredentials", false),
                    Tree::leaf("OriginOverride", false),
                ],
            ));
        }
        if *security {
            children.push(security_headers());
        }
        policy(id, Tree::node("ResponseHeadersPolicyConfig", children))
    }
}

fn security_headers() -> Tree {
    let header = |name: &str, wins: bool, members: &[(&str, &str)]| {
        let mut children: Vec<Tree> = members.iter().map(|(name, text)| Tree::leaf(name, text)).collect();
        children.push(Tree::leaf("Override", wins));
        Tree::node(name, children)
    };
    Tree::node(
        "SecurityHeadersConfig",
        vec![
            header("ContentTypeOptions", true, &[]),
            header("FrameOptions", false, &[("FrameOption", "SAMEORIGIN")]),
            header("ReferrerPolicy", false, &[("ReferrerPolicy", "strict-origin-when-cross-origin")]),
            header("StrictTransportSecurity", false, &[("AccessControlMaxAgeSec", "31536000")]),
            header("XSSProtection", false, &[("Protection", "true"), ("ModeBlock", "true")]),
        ],
    )
}
