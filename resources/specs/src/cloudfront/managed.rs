//! The policies that AWS keeps for everybody.

use finsight_engine::program::Input;

use crate::ids::{CachePolicyId, OriginRequestPolicyId, ResponseHeadersPolicyId};

macro_rules! managed {
    ($($(#[doc = $doc:literal])+ $name:ident, $id:ident { $( $(#[doc = $pdoc:literal])+ $policy:ident = $uuid:literal, $aws:literal; )* })*) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(&'static str);

        impl $name {
            $( $(#[doc = $pdoc])+ pub const $policy: Self = Self($uuid); )*

            /// All of them, each with AWS's name for it.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$policy, $aws)),*];

            /// Its id.
            #[must_use]
            pub const fn id(self) -> &'static str {
                self.0
            }
        }

        impl From<$name> for Input<$id> {
            fn from(policy: $name) -> Self {
                $id::literal(policy.0).into()
            }
        }
    )*};
}
managed! {
    /// A cache policy of AWS's.
    ManagedCachePolicy, CachePolicyId {
        /// For what compresses well and does not depend on who asks.
        CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6", "Managed-CachingOptimized";
        /// The same, without compressed forms.
        CACHING_OPTIMIZED_FOR_UNCOMPRESSED_OBJECTS = "b2884449-e4de-46a7-ac36-70bc7f1ddd6d", "Managed-CachingOptimizedForUncompressedObjects";
        /// Nothing is cached.
        CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "Managed-CachingDisabled";
        /// For Amplify apps.
        AMPLIFY = "2e54312d-136d-493c-8eb9-b001f22f67d2", "Managed-Amplify";
        /// The origin's cache headers decide.
        USE_ORIGIN_CACHE_CONTROL_HEADERS = "83da9c7e-98b4-4e11-a168-04f0df8e2c65", "UseOriginCacheControlHeaders";
        /// The origin's cache headers decide, for each query string of its own.
        USE_ORIGIN_CACHE_CONTROL_HEADERS_QUERY_STRINGS = "4cc15a8a-d715-48a4-82b8-cc0b614638fe", "UseOriginCacheControlHeaders-QueryStrings";
    }
    /// An origin request policy of AWS's.
    ManagedOriginRequestPolicy, OriginRequestPolicyId {
        /// All that the viewer sent.
        ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3", "Managed-AllViewer";
        /// All that the viewer sent but `Host`: for API Gateway and function URLs.
        ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac", "Managed-AllViewerExceptHostHeader";
        /// All that the viewer sent, and CloudFront's own headers of June 2022.
        ALL_VIEWER_AND_CLOUDFRONT_HEADERS_2022_06 = "33f36d7e-f396-46d9-90e0-52428a34d9dc", "Managed-AllViewerAndCloudFrontHeaders-2022-06";
        /// What an origin of one's own needs for CORS.
        CORS_CUSTOM_ORIGIN = "59781a5b-3903-41f3-afcb-af62929ccde1", "Managed-CORS-CustomOrigin";
        /// What S3 needs for CORS.
        CORS_S3_ORIGIN = "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf", "Managed-CORS-S3Origin";
        /// `User-Agent` and `Referer` alone.
        USER_AGENT_REFERER_HEADERS = "acba4595-bd28-49b8-b9fe-13317c0390fa", "Managed-UserAgentRefererHeaders";
    }
    /// A response headers policy of AWS's.
    ManagedResponseHeadersPolicy, ResponseHeadersPolicyId {
        /// Every origin may read.
        SIMPLE_CORS = "60669652-455b-4ae9-85a4-c4c02393f86c", "Managed-SimpleCORS";
        /// Every origin may do everything.
        CORS_WITH_PREFLIGHT = "5cc3b908-e619-4b99-88e5-2cf7f45965bd", "Managed-CORS-With-Preflight";
        /// The security headers.
        SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03", "Managed-SecurityHeadersPolicy";
        /// Every origin may read; the security headers.
        CORS_AND_SECURITY_HEADERS = "e61eb60c-9c35-4d20-a928-2b84e02af89c", "Managed-CORS-and-SecurityHeadersPolicy";
        /// Every origin may do everything; the security headers.
        CORS_WITH_PREFLIGHT_AND_SECURITY_HEADERS = "eaab4381-ed33-4a86-88ca-d9558dc6cd63", "Managed-CORS-with-preflight-and-SecurityHeadersPolicy";
    }
}
