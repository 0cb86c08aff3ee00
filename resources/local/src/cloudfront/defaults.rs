//! What CloudFront assumes where a distribution's configuration says nothing.

use super::tree::Tree;

/// Fills in what is not said.
pub(super) fn fill(config: &mut Tree) {
    config.or_leaves(&[
        ("DefaultRootObject", ""),
        ("Comment", ""),
        ("PriceClass", "PriceClass_All"),
        ("Enabled", "false"),
        ("WebACLId", ""),
        ("HttpVersion", "http2"),
        ("IsIPV6Enabled", "false"),
        ("ContinuousDeploymentPolicyId", ""),
        ("Staging", "false"),
    ]);
    for list in ["Aliases", "OriginGroups", "CacheBehaviors", "CustomErrorResponses"] {
        config.or(Tree::list(list, Vec::new()));
    }
    config.or(logging_off());
    config.or(Tree::node("Restrictions", vec![geo_none()]));
    config.or(Tree::node("ViewerCertificate", Vec::new()));
    if let Some(certificate) = config.child_mut("ViewerCertificate") {
        fill_certificate(certificate);
    }
    config.each_item("Origins", fill_origin);
    config.each_item("CacheBehaviors", fill_behavior);
    config.each_item("CustomErrorResponses", |error| {
        error.or_leaves(&[("ResponsePagePath", ""), ("ResponseCode", ""), ("ErrorCachingMinTTL", "10")]);
    });
    if let Some(behavior) = config.child_mut("DefaultCacheBehavior") {
        fill_behavior(behavior);
    }
}

fn logging_off() -> Tree {
    let leaves = [("Enabled", "false"), ("IncludeCookies", "false"), ("Bucket", ""), ("Prefix", "")];
    Tree::node("Logging", leaves.iter().map(|(name, text)| Tree::leaf(name, text)).collect())
}

fn geo_none() -> Tree {
    Tree::node("GeoRestriction", vec![Tree::leaf("RestrictionType", "none"), Tree::leaf("Quantity", 0)])
}

/// AWS says the certificate twice, in members of before and of now.
fn fill_certificate(certificate: &mut Tree) {
    if let Some(arn) = certificate.text("ACMCertificateArn").map(str::to_owned) {
        certificate.set(Tree::leaf("CloudFrontDefaultCertificate", "false"));
        certificate.or(Tree::leaf("MinimumProtocolVersion", "TLSv1"));
        certificate.set(Tree::leaf("Certificate", arn));
        certificate.set(Tree::leaf("CertificateSource", "acm"));
        return;
    }
    certificate.set(Tree::leaf("CloudFrontDefaultCertificate", "true"));
    certificate.set(Tree::leaf("SSLSupportMethod", "vip"));
    certificate.set(Tree::leaf("MinimumProtocolVersion", "TLSv1"));
    certificate.set(Tree::leaf("CertificateSource", "cloudfront"));
}

fn fill_origin(origin: &mut Tree) {
    origin.or_leaves(&[
        ("OriginPath", ""),
        ("ConnectionAttempts", "3"),
        ("ConnectionTimeout", "10"),
        ("OriginAccessControlId", ""),
    ]);
    origin.or(Tree::list("CustomHeaders", Vec::new()));
    origin.or(Tree::node("OriginShield", vec![Tree::leaf("Enabled", "false")]));
    if let Some(custom) = origin.child_mut("CustomOriginConfig") {
        custom.or_leaves(&[("OriginReadTimeout", "30"), ("OriginKeepaliveTimeout", "5")]);
        let protocols = ["TLSv1", "SSLv3"].map(|name| Tree::leaf("SslProtocol", name));
        custom.or(Tree::list("OriginSslProtocols", protocols.into()));
    }
}

fn fill_behavior(behavior: &mut Tree) {
    behavior.or_leaves(&[
        ("SmoothStreaming", "false"),
        ("Compress", "false"),
        ("FieldLevelEncryptionId", ""),
    ]);
    behavior.or(off("TrustedSigners"));
    behavior.or(off("TrustedKeyGroups"));
    behavior.or(Tree::list("LambdaFunctionAssociations", Vec::new()));
    behavior.or(Tree::list("FunctionAssociations", Vec::new()));
    let methods = || ["HEAD", "GET"].map(|name| Tree::leaf("Method", name)).to_vec();
    behavior.or(Tree::list("AllowedMethods", methods()));
    if let Some(allowed) = behavior.child_mut("AllowedMethods") {
        allowed.or(Tree::list("CachedMethods", methods()));
    }
}

fn off(name: &str) -> Tree {
    Tree::node(name, vec![Tree::leaf("Enabled", "false"), Tree::leaf("Quantity", 0)])
}
