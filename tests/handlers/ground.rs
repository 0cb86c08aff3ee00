//! What programs of tests stand on.

use finsight_engine::program::{Handle, Scope, list};
use finsight_specs::acm::{Certificate, CertificateValidation};
use finsight_specs::apigateway::{Deployment, OpenApi, RestApi, Stage};
use finsight_specs::route53::{HostedZone, RecordSet};

/// An issued certificate of a name, in a region's scope, with its zone.
pub fn issued(scope: &Scope, there: &Scope, name: &str) -> Handle<CertificateValidation> {
    let zone = scope.add("zone", HostedZone::new("example.com"));
    let certificate = there.add("certificate", Certificate::new(name));
    let wanted = certificate.validation_record(0);
    let proof = RecordSet::new(zone.id(), &wanted.name, &wanted.record_type)
        .ttl(60)
        .resource_records(list([&wanted.value]));
    scope.add("proof", proof);
    there.add("issued", CertificateValidation::new(&certificate.arn))
}

/// A stage of an API with one path.
pub fn stage(scope: &Scope) -> Handle<Stage> {
    let body = OpenApi::new("x").cors_preflight("/a", &finsight_specs::apigateway::Cors::new(["*"]));
    let api = scope.add("ground", RestApi::new(body).name("ground"));
    let deployment = scope.add("ground", Deployment::new(&api, &api.content_hash));
    scope.add("ground", Stage::new(&api, "dev", &deployment))
}
