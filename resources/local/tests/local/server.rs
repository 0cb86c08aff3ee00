use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use finsight_local::{CallInfo, Fault, Faults, LocalCloud, LocalError};

const ANY: &str = "127.0.0.1:0";

/// Sends a raw request and gives all that comes back.
pub fn raw(addr: SocketAddr, request: String) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

pub fn signed(addr: SocketAddr, service: &str, region: &str, head: &str, body: &str) -> String {
    let scope = format!("Credential=AKIA/20260101/{region}/{service}/aws4_request");
    let length = body.len();
    format!(
        "{head} HTTP/1.1\r\nHost: {addr}\r\nAuthorization: AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_signature_names_the_service() {
    let cloud = LocalCloud::in_memory();
    let server = cloud.serve(ANY.parse().unwrap()).await.unwrap();
    let addr = server.addr();
    let made = raw(
        addr,
        signed(addr, "ec2", "ap-northeast-1", "POST /", "Action=CreateVpc&CidrBlock=10.0.0.0%2F16"),
    );
    assert!(made.contains("200 OK") && made.contains("<vpcId>vpc-"), "{made}");
    let here = raw(addr, signed(addr, "ec2", "ap-northeast-1", "POST /", "Action=DescribeVpcs"));
    assert!(here.contains("<vpcId>vpc-"), "{here}");
    let elsewhere = raw(addr, signed(addr, "ec2", "us-east-1", "POST /", "Action=DescribeVpcs"));
    assert!(!elsewhere.contains("<vpcId>"), "regions are apart: {elsewhere}");
    let lambda = raw(addr, signed(addr, "lambda", "us-east-1", "GET /2015-03-31/functions/none", ""));
    assert!(lambda.contains("404") && lambda.contains("ResourceNotFoundException"), "{lambda}");
    let me = raw(addr, signed(addr, "sts", "us-east-1", "POST /", "Action=GetCallerIdentity"));
    assert!(me.contains("123456789012"), "{me}");
    let strange = raw(addr, signed(addr, "quantum", "us-east-1", "POST /", ""));
    assert!(strange.contains("501") && strange.contains("quantum"), "{strange}");
    server.shutdown().await;
    assert!(TcpStream::connect(addr).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn cloudwatch_speaks_the_older_protocols_too() {
    let cloud = LocalCloud::in_memory();
    let server = cloud.serve(ANY.parse().unwrap()).await.unwrap();
    let addr = server.addr();
    let query = |body: &str| raw(addr, signed(addr, "monitoring", "us-east-1", "POST /", body));
    let made = query(
        "Action=PutMetricAlarm&AlarmName=a&Namespace=N&MetricName=M&Statistic=Sum&Period=60&EvaluationPeriods=1&Threshold=0.5&ComparisonOperator=LessThanThreshold&ActionsEnabled=false&Dimensions.member.1.Name=D&Dimensions.member.1.Value=x",
    );
    assert!(made.contains("200 OK") && made.contains("<PutMetricAlarmResponse"), "{made}");
    let seen = query("Action=DescribeAlarms&AlarmNames.member.1=a");
    for part in [
        "<MetricAlarms><member>",
        "<Dimensions><member><Name>D</Name><Value>x</Value></member></Dimensions>",
        "<Threshold>0.5</Threshold>",
        "<ActionsEnabled>false</ActionsEnabled>",
        "<StateUpdatedTimestamp>20",
    ] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    let unknown = query("Action=DeleteAlarms&AlarmNames.member.1=b");
    assert!(unknown.contains("404") && unknown.contains("<Code>ResourceNotFound</Code>"), "{unknown}");
    // Its last header takes what `signed` puts behind.
    let head = "POST / HTTP/1.1\r\nX-Amz-Target: GraniteServiceVersion20100801.DescribeAlarms\r\nX-Rest:";
    let request = signed(addr, "monitoring", "us-east-1", head, "{}");
    let json = raw(addr, request);
    assert!(json.contains(r#""AlarmName":"a""#), "{json}");
    server.shutdown().await;
}

struct Cut;

impl Faults for Cut {
    fn before(&self, _: &CallInfo) -> Option<Fault> {
        None
    }

    fn after(&self, _: &CallInfo) -> Option<Fault> {
        Some(Fault::DropConnection)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_closes_the_connection() {
    let cloud = LocalCloud::in_memory();
    let server = cloud.serve(ANY.parse().unwrap()).await.unwrap();
    cloud.set_faults(Some(Arc::new(Cut)));
    let request =
        signed(server.addr(), "ec2", "us-east-1", "POST /", "Action=CreateVpc&CidrBlock=10.0.0.0%2F16");
    assert_eq!(raw(server.addr(), request), "");
    assert_eq!(cloud.status().await.count("aws:ec2:Vpc"), 1);
    server.shutdown().await;
}

#[tokio::test]
async fn only_loopback() {
    let refused = LocalCloud::in_memory().serve("0.0.0.0:0".parse().unwrap()).await;
    assert!(matches!(refused, Err(LocalError::NotLoopback { .. })));
}

/// CloudWatch's clients speak CBOR, JSON or query: a refusal that comes before the operation is asked is in the words of
/// the call too.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_written_as_the_call_was() {
    let cloud = LocalCloud::in_memory();
    let server = cloud.serve(ANY.parse().unwrap()).await.unwrap();
    let addr = server.addr();
    let long = "x".repeat(300);
    let query = |action: &str| {
        raw(addr, signed(addr, "monitoring", "ap-northeast-1", "POST /", &format!("Action={action}")))
    };
    let json = |body: &str| {
        let head = "POST / HTTP/1.1\r\nX-Amz-Target: GraniteServiceVersion20100801.PutMetricAlarm";
        raw(
            addr,
            signed(addr, "monitoring", "ap-northeast-1", "POST /", body).replacen("POST / HTTP/1.1", head, 1),
        )
    };
    // By the model.
    let refused = query(&format!("PutMetricAlarm&AlarmName={long}"));
    assert!(
        refused.contains("<ErrorResponse>") && refused.contains("<Code>ValidationError</Code>"),
        "{refused}"
    );
    let refused = json(&format!(r#"{{"AlarmName":"{long}"}}"#));
    assert!(refused.contains(r#""__type":"ValidationError""#), "{refused}");
    // For want of a right.
    cloud.set_caller(Some(vec![r#"{"Statement":[]}"#.to_owned()]));
    let refused = query("DescribeAlarms");
    assert!(refused.contains("403") && refused.contains("<ErrorResponse>"), "{refused}");
    let refused =
        json(r#"{"AlarmName":"a","ComparisonOperator":"GreaterThanThreshold","EvaluationPeriods":1}"#);
    assert!(refused.contains("403") && refused.contains(r#""__type":"AccessDenied"#), "{refused}");
}
