#!/usr/bin/env python3
"""Makes `schemas.json`: of each of our types, what CloudFormation's published schema says of its properties.

    python3 resources/specs/tests/cloudformation/make.py [CFN_LINT_WHEEL]

Without a wheel pip fetches cfn-lint, which carries the schemas. Facts only: the names of the properties, those that
only a create sets (`createOnlyProperties`, `conditionalCreateOnlyProperties`), and enumerations.
"""
import json, pathlib, re, sys, zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))
from wheel import wheel

REFERENCE = HERE.parents[3] / "docs" / "reference" / "types"
SERVICES = {
    "acm": "CertificateManager", "amplify": "Amplify", "apigateway": "ApiGateway",
    "applicationautoscaling": "ApplicationAutoScaling", "budgets": "Budgets", "cloudfront": "CloudFront",
    "cloudtrail": "CloudTrail", "cloudwatch": "CloudWatch", "config": "Config", "ec2": "EC2", "events": "Events", "iam": "IAM", "kms": "KMS",
    "lambda": "Lambda", "logs": "Logs", "rds": "RDS", "route53": "Route53", "s3": "S3", "scheduler": "Scheduler",
    "secretsmanager": "SecretsManager", "ses": "SES", "sns": "SNS", "wafv2": "WAFv2", "xray": "XRay",
}
# Names of ours that CloudFormation has otherwise.
NAMES = {
    "aws:cloudwatch:MetricAlarm": "AWS::CloudWatch::Alarm",
    "aws:config:Rule": "AWS::Config::ConfigRule",
    "aws:amplify:DomainAssociation": "AWS::Amplify::Domain",
    "aws:ec2:FlowLog": "AWS::EC2::FlowLog",
    "aws:apigateway:Authorizer": "AWS::ApiGateway::Authorizer",
    "aws:ec2:VpcGatewayAttachment": "AWS::EC2::VPCGatewayAttachment",
    "aws:ec2:VpcEndpoint": "AWS::EC2::VPCEndpoint",
    "aws:ec2:Vpc": "AWS::EC2::VPC",
    "aws:secretsmanager:ResourcePolicy": "AWS::SecretsManager::ResourcePolicy",
}


def ours():
    for page in sorted(REFERENCE.glob("*.md")):
        yield from re.findall(r"^## `(aws:[^`]+)`", page.read_text(), re.M)


def names(paths):
    return sorted({path.removeprefix("/properties/").split("/")[0] for path in paths})


def main():
    path = wheel("cfn-lint")
    found, missing = {}, []
    with zipfile.ZipFile(path) as archive:
        files = json.loads(archive.read("cfnlint/data/schemas/providers/ap-northeast-1.json"))
        for kind in ours():
            _, service, name = kind.split(":")
            theirs = NAMES.get(kind, f"AWS::{SERVICES[service]}::{name}")
            if theirs not in files:
                missing.append(f"{kind} ({theirs})")
                continue
            schema = json.loads(archive.read(f"cfnlint/data/schemas/resources/{files[theirs]}.json"))
            enums = {key: one["enum"] for key, one in schema["properties"].items() if isinstance(one, dict) and "enum" in one}
            found[kind] = {
                "schema": theirs,
                "properties": sorted(schema["properties"]),
                "create_only": names(schema.get("createOnlyProperties", [])),
                "maybe": names(schema.get("conditionalCreateOnlyProperties", [])),
                "enums": enums,
            }
    lines = [f"{json.dumps(kind)}: {json.dumps(one)}" for kind, one in sorted(found.items())]
    text = '{\n"cfn_lint": ' + json.dumps(path.name.split("-")[1]) + ',\n"types": {\n' + ",\n".join(lines) + "\n}\n}\n"
    (HERE / "schemas.json").write_text(text)
    print(f"{len(found)} types; CloudFormation has no {', '.join(missing)}")


main()
