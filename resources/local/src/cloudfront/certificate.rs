//! The certificate that a distribution shows.

use super::tree::Tree;
use crate::acm;
use crate::answer::Refusal;
use crate::world::Context;

/// Where certificates of distributions stand.
const REGION: &str = "us-east-1";

/// Names of one's own need a certificate that AWS trusts, and it must stand in us-east-1.
pub(super) fn check_certificate(cx: &Context<'_>, config: &Tree) -> Result<(), Refusal> {
    let Some(arn) = config.text("ViewerCertificate/ACMCertificateArn") else {
        if config.texts("Aliases").is_empty() {
            return Ok(());
        }
        return Err(refused(
            "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name.",
        ));
    };
    if acm::issued(cx.world, REGION, arn, cx.now()) != Some(true) {
        return Err(refused(
            "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.",
        ));
    }
    if config
        .texts("Aliases")
        .iter()
        .any(|name| !acm::covers(cx.world, REGION, arn, &name.to_ascii_lowercase()))
    {
        return Err(refused(
            "The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME) that you're trying to add.",
        ));
    }
    if config.text("ViewerCertificate/SSLSupportMethod").is_none() {
        return Err(refused("SSLSupportMethod is required with a certificate of ACM."));
    }
    Ok(())
}

fn refused(message: &str) -> Refusal {
    Refusal::bad("InvalidViewerCertificate", message)
}
