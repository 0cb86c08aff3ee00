//! Answers to reads that cannot be read, in every protocol: asked for again, and never taken for an absence.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::*;
use crate::failure::{refused, unread};
use crate::session::{Region, SessionError};

/// What a call has found, in words; or its failure.
type Found = Pin<Box<dyn Future<Output = Result<String, FailureClass>> + Send>>;

struct Read {
    protocol: &'static str,
    /// As the fake client calls it.
    operation: &'static str,
    body: Vec<u8>,
    call: fn(Arc<Region>) -> Found,
    found: &'static str,
}

macro_rules! found {
    ($region:ident, $client:ident $(. $step:ident ( $($given:expr),* ))* => |$answer:ident| $words:expr) => {
        Box::pin(async move {
            let answer = $region.$client()$(.$step($($given),*))*.send().await;
            match answer {
                Ok($answer) => Ok($words),
                Err(error) => Err(unread("a:Read", &error).class),
            }
        })
    };
}

/// A text of less than 24 bytes, or a head of a list or map, in CBOR.
fn cbor(parts: &[(u8, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (head, text) in parts {
        bytes.push(*head | u8::try_from(text.len()).expect("a short text"));
        bytes.extend(text.as_bytes());
    }
    bytes
}

fn reads() -> Vec<Read> {
    let text = |body: &str| body.as_bytes().to_vec();
    vec![
        Read {
            protocol: "awsJson",
            operation: "ListResourceTags",
            body: text(r#"{"Tags": [{"TagKey": "a", "TagValue": "b"}], "Truncated": false}"#),
            call: |aws| found!(aws, kms.list_resource_tags().key_id("k") => |it| it.tags()[0].tag_value().to_owned()),
            found: "b",
        },
        Read {
            protocol: "restJson",
            operation: "GET /2017-03-31/tags/arn%3Aaws%3Alambda%3Ar%3A1%3Afunction%3Af",
            body: text(r#"{"Tags": {"a": "b"}}"#),
            call: |aws| found!(aws, lambda.list_tags().resource("arn:aws:lambda:r:1:function:f") => |it| it.tags().map_or("none".to_owned(), |tags| tags["a"].clone())),
            found: "b",
        },
        Read {
            protocol: "restXml",
            operation: "GET /2013-04-01/hostedzone/Z1/rrset",
            body: text(
                "<?xml version=\"1.0\"?>\n<ListResourceRecordSetsResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
                 <ResourceRecordSets><ResourceRecordSet><Name>a.</Name><Type>A</Type></ResourceRecordSet>\
                 <ResourceRecordSet><Name>b.</Name><Type>A</Type></ResourceRecordSet></ResourceRecordSets>\
                 <IsTruncated>false</IsTruncated><MaxItems>100</MaxItems></ListResourceRecordSetsResponse>",
            ),
            call: |aws| found!(aws, route53.list_resource_record_sets().hosted_zone_id("Z1") => |it| it.resource_record_sets().len().to_string()),
            found: "2",
        },
        Read {
            protocol: "restXml of S3",
            operation: "GET /b/?tagging",
            body: text(
                "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
            ),
            call: |aws| found!(aws, s3.get_bucket_tagging().bucket("b") => |it| it.tag_set().len().to_string()),
            found: "1",
        },
        Read {
            protocol: "a document of S3",
            operation: "GET /b/?policy",
            body: text(r#"{"Statement": []}"#),
            call: |aws| found!(aws, s3.get_bucket_policy().bucket("b") => |it| it.policy().unwrap_or_default().to_owned()),
            found: r#"{"Statement": []}"#,
        },
        Read {
            protocol: "query",
            operation: "ListTagsForResource",
            body: text(
                "<ListTagsForResourceResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><ListTagsForResourceResult>\
                 <Tags><member><Key>a</Key><Value>b</Value></member><member><Key>c</Key><Value>d</Value></member></Tags>\
                 </ListTagsForResourceResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></ListTagsForResourceResponse>",
            ),
            call: |aws| found!(aws, sns.list_tags_for_resource().resource_arn("t") => |it| it.tags().len().to_string()),
            found: "2",
        },
        Read {
            protocol: "ec2query",
            operation: "DescribeVpcs",
            body: text(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeVpcsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
                 <requestId>1</requestId><vpcSet><item><vpcId>vpc-1</vpcId></item><item><vpcId>vpc-2</vpcId></item></vpcSet>\
                 </DescribeVpcsResponse>",
            ),
            call: |aws| found!(aws, ec2.describe_vpcs() => |it| it.vpcs().len().to_string()),
            found: "2",
        },
        Read {
            protocol: "rpcv2Cbor",
            operation: "POST /service/GraniteServiceVersion20100801/operation/ListTagsForResource",
            // {"Tags": [{"Key": "a", "Value": "b"}]}
            body: [
                cbor(&[(0xa1, ""), (0x60, "Tags"), (0x81, "")]),
                cbor(&[(0xa2, ""), (0x60, "Key"), (0x60, "a"), (0x60, "Value"), (0x60, "b")]),
            ]
            .concat(),
            call: |aws| found!(aws, cloudwatch.list_tags_for_resource().resource_arn("a") => |it| it.tags().len().to_string()),
            found: "1",
        },
    ]
}

/// What proxies and broken services make of an answer.
fn spoiled(body: &[u8]) -> Vec<Vec<u8>> {
    let cuts = (0..body.len()).step_by(31).chain([body.len() / 2, body.len() - 1]);
    let mut all: Vec<Vec<u8>> = cuts.map(|length| body[..length].to_vec()).collect();
    all.push(
        b"<!DOCTYPE html><html><head><title>Please log in</title></head><body><p>Wi-Fi<br></body></html>"
            .to_vec(),
    );
    all.push(b"<html><body>Welcome</body></html>".to_vec());
    all.push((0..97_u8).map(|n| n.wrapping_mul(151) ^ 0xa5).collect());
    all
}

#[tokio::test]
async fn an_unreadable_answer_is_asked_for_again_in_every_protocol() {
    for read in reads() {
        let (operation, body) = (read.operation, read.body.clone());
        for spoiled in spoiled(&read.body) {
            let (whole, told) = (body.clone(), String::from_utf8_lossy(&spoiled).into_owned());
            let (session, fake) = session(None, move |asked, before| match asked {
                "GetCallerIdentity" => well(asked),
                asked if asked == operation && before < 2 => Answer::Bytes(200, spoiled.clone()),
                asked if asked == operation => Answer::Bytes(200, whole.clone()),
                asked => panic!("{asked} is asked for"),
            })
            .await;
            let found = (read.call)(session.region("ap-northeast-1")).await;
            assert_eq!(found.as_deref(), Ok(read.found), "{}: {told}", read.protocol);
            assert_eq!(fake.sent(operation).len(), 3, "{}: {told}", read.protocol);
        }
    }
}

/// Where nothing else ever comes it is told as what passes, and never as an absence.
#[tokio::test]
async fn an_answer_that_stays_unreadable_says_nothing() {
    for body in ["", &IDENTITY[..IDENTITY.len() / 2]] {
        let always = body.to_owned();
        let fake =
            Fake { script: Arc::new(move |_, _| Answer::Body(200, always.clone())), seen: Arc::default() };
        let loader = aws_config::defaults(BehaviorVersion::latest()).region(Name::new("ap-northeast-1"));
        let loader = loader.credentials_provider(key("OLD")).http_client(fake.clone());
        let base = loader.endpoint_url("http://local.invalid").load().await;
        let Err(SessionError::Identity(failure)) = Session::open(base).await else {
            panic!("a session comes of {body:?}");
        };
        assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Transient, "AnswerNotUnderstood"));
        assert!(fake.sent("GetCallerIdentity").len() > 2, "{body:?} is asked for again");
    }
}

/// A page of somebody in between says nothing about what became of a change, also where AWS says nothing either.
#[tokio::test]
async fn a_page_is_no_answer_to_a_change() {
    macro_rules! class {
        ($call:expr) => {
            $call.send().await.map_err(|error| refused("a:Change", &error).class).map(|_| ())
        };
    }
    const PAGE: &str = "<!DOCTYPE html><html><body>Please log in</body></html>";
    let (session, _) = session(None, |asked, _| match asked {
        "GetCallerIdentity" => well(asked),
        _ => Answer::Body(200, PAGE.to_owned()),
    })
    .await;
    let aws = session.region("ap-northeast-1");
    let classes = [
        ("awsJson", class!(aws.kms().disable_key_rotation().key_id("k"))),
        ("restJson", class!(aws.lambda().delete_alias().function_name("f").name("live"))),
        ("restXml", class!(aws.cloudfront().delete_distribution().id("d"))),
        ("restXml of S3", class!(aws.s3().delete_bucket().bucket("b"))),
        ("query", class!(aws.sns().delete_topic().topic_arn("t"))),
        ("ec2query", class!(aws.ec2().delete_vpc().vpc_id("v"))),
        ("rpcv2Cbor", class!(aws.cloudwatch().delete_alarms().alarm_names("a"))),
    ];
    for (protocol, class) in classes {
        assert_eq!(class, Err(FailureClass::Ambiguous), "{protocol}");
    }
}
