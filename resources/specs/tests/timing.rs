//! How long AWS may take: what a step's ceiling must not be below, each with what takes so long.

use finsight_engine::schema::TypeSpec;

const MINUTE: u64 = 60_000;
const CREATE: usize = 0;
const UPDATE: usize = 1;
const DELETE: usize = 2;

/// The ceilings that would end a run in the middle of what AWS does as ever.
const LEAST: [(&str, usize, u64, &str); 15] = [
    (
        "aws:ec2:SecurityGroup",
        DELETE,
        60,
        "Lambda lets go of its interfaces 20 to 45 minutes after the last function (H8)",
    ),
    ("aws:ec2:Subnet", DELETE, 60, "the same (H8)"),
    (
        "aws:lambda:Function",
        DELETE,
        60,
        "it stands until its interfaces are gone, for the sake of its role (H8, L1)",
    ),
    (
        "aws:acm:Certificate",
        DELETE,
        60,
        "it is called in use for 10 to 60 minutes after CloudFront's or a domain's end (L4)",
    ),
    ("aws:cloudfront:Distribution", DELETE, 60, "it is switched off first, which is spread to all places"),
    ("aws:rds:DBProxy", DELETE, 60, "its interfaces go with it"),
    ("aws:s3:Bucket", CREATE, 60, "a name just given up is free again after up to an hour (K7)"),
    (
        "aws:amplify:DomainAssociation",
        CREATE,
        60,
        "CloudFront keeps the names of a failed one for up to an hour (K4)",
    ),
    ("aws:amplify:DomainAssociation", UPDATE, 60, "the same (K4)"),
    ("aws:acm:CertificateValidation", CREATE, 60, "the records are looked for again and again"),
    ("aws:rds:DBInstance", UPDATE, 60, "class, engine and storage are changed one after the other (H9)"),
    (
        "aws:rds:EventSubscription",
        CREATE,
        40,
        "one that is made and deleted takes nine minutes (terraform-provider-aws#9371), and Terraform waits for 40",
    ),
    ("aws:rds:EventSubscription", UPDATE, 40, "the same"),
    ("aws:rds:EventSubscription", DELETE, 40, "the same"),
    ("aws:lambda:Alias", UPDATE, 15, "it moves along with its provisioned concurrency (H4)"),
];

fn spec(name: &str) -> TypeSpec {
    finsight_specs::registry().get(name).unwrap_or_else(|| panic!("no type {name}")).clone()
}

#[test]
fn what_aws_takes_long_for_has_a_ceiling_beyond_that() {
    for (name, which, minutes, why) in LEAST {
        let ceiling = spec(name).timing.timeout[which] / MINUTE;
        assert!(ceiling >= minutes, "{name}: {ceiling} minutes, and {why}");
    }
}

/// H8: the preview counts the time for which a function in a VPC stands.
#[test]
fn what_lingers_is_counted_and_ends_before_its_ceiling() {
    let lingering = spec("aws:lambda:Function").lingers.expect("it does");
    assert!(lingering.millis >= 20 * MINUTE, "{} minutes", lingering.millis / MINUTE);
    for spec in finsight_specs::registry().iter() {
        if let Some(lingers) = spec.lingers {
            assert!(lingers.millis < spec.timing.timeout[DELETE], "{}", spec.name);
            assert!(spec.property(lingers.property).is_some(), "{}", spec.name);
        }
    }
}

#[test]
fn what_is_typical_ends_before_its_ceiling() {
    for spec in finsight_specs::registry().iter() {
        let timing = spec.timing;
        let typical = [timing.create, timing.update, timing.delete];
        for (typical, ceiling) in typical.into_iter().zip(timing.timeout) {
            assert!(typical * 2 <= ceiling, "{}: {typical} ms of at most {ceiling} ms", spec.name);
        }
    }
}
