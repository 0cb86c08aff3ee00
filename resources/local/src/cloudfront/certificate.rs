//! The certificate that a distribution shows.

use super::tree::Tree;
use crate::answer::Refusal;
use crate::world::Context;

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
    if !arn.starts_with("arn:aws:acm:us-east-1:") || !stands(cx, arn) {
        return Err(refused(
            "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.",
        ));
    }
    if config.text("ViewerCertificate/SSLSupportMethod").is_none() {
        return Err(refused("SSLSupportMethod is required with a certificate of ACM."));
    }
    Ok(())
}

/// Whether ACM has issued it. The certificates of the service beneath are not looked at.
fn stands(_cx: &Context<'_>, _arn: &str) -> bool {
    true
}

fn refused(message: &str) -> Refusal {
    Refusal::bad("InvalidViewerCertificate", message)
}
