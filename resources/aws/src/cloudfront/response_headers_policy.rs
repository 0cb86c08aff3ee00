//! `aws:cloudfront:ResponseHeadersPolicy`

use async_trait::async_trait;
use aws_sdk_cloudfront::types::ResponseHeadersPolicy as Policy;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::as_asked;
use super::policy::policy_handler;
use super::response_headers_values::{config, kept, properties};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::Inputs;

policy_handler! {
    /// The handler of `aws:cloudfront:ResponseHeadersPolicy`.
    ResponseHeadersPolicy: response_headers_policy, response_headers_policy_config,
    create create_response_headers_policy "cloudfront:CreateResponseHeadersPolicy",
    get get_response_headers_policy "cloudfront:GetResponseHeadersPolicy",
    list list_response_headers_policies "cloudfront:ListResponseHeadersPolicies" response_headers_policy_list ResponseHeadersPolicyType,
    update update_response_headers_policy "cloudfront:UpdateResponseHeadersPolicy",
    delete delete_response_headers_policy "cloudfront:DeleteResponseHeadersPolicy"
}
