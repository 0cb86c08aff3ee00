"""parliament and cloudsplaining on every policy that stands in an account, and on the printed ones.

Argument: the URL of the account. On standard input: the printed policies, by purpose. On standard output: how many
policies of each kind there are, and the findings. parliament sees all; cloudsplaining sees what identities may do.
"""

import json
import sys

import boto3
import parliament
from cloudsplaining.command.scan_policy_file import scan_policy

REGIONS = ["ap-northeast-1", "us-east-1"]

# What cloudsplaining finds, each with how one part of it is called.
RISKS = {
    "PrivilegeEscalation": lambda found: found["type"],
    "DataExfiltration": str,
    "ResourceExposure": str,
    "ServiceWildcard": str,
    "CredentialsExposure": str,
    "InfrastructureModification": str,
}


def client(service, region=REGIONS[0]):
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=sys.argv[1],
        aws_access_key_id="AKIAEXAMPLEEXAMPLE00",
        aws_secret_access_key="secret",
        config=boto3.session.Config(s3={"addressing_style": "path"}),
    )


def pages(of, call, key, **args):
    return [one for page in of.get_paginator(call).paginate(**args) for one in page[key]]


def of_identities():
    """The managed policies of this account, and those of its roles. It has no users and no groups."""
    iam = client("iam")
    for policy in pages(iam, "list_policies", "Policies", Scope="Local"):
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        yield f"policy {policy['PolicyName']}", version["PolicyVersion"]["Document"]
    for role in pages(iam, "list_roles", "Roles"):
        name = role["RoleName"]
        for policy in pages(iam, "list_role_policies", "PolicyNames", RoleName=name):
            document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            yield f"role {name} {policy}", document
    others = pages(iam, "list_users", "Users") + pages(iam, "list_groups", "Groups")
    assert not others, f"not audited: {others}"


def of_trust():
    for role in pages(client("iam"), "list_roles", "Roles"):
        document = role["AssumeRolePolicyDocument"]
        # parliament takes a policy without resources for a broken one. This one's resource is its role.
        statements = [{**statement, "Resource": role["Arn"]} for statement in document["Statement"]]
        yield f"trust {role['RoleName']}", {**document, "Statement": statements}


def of_resources():
    """The policies of buckets, keys and topics."""
    s3 = client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        try:
            yield f"bucket {bucket['Name']}", s3.get_bucket_policy(Bucket=bucket["Name"])["Policy"]
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
                raise
    for region in REGIONS:
        kms = client("kms", region)
        aliases = {alias.get("TargetKeyId"): alias["AliasName"] for alias in pages(kms, "list_aliases", "Aliases")}
        for key in pages(kms, "list_keys", "Keys"):
            policy = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
            yield f"key {aliases.get(key['KeyId'], key['KeyId'])}", policy
        sns = client("sns", region)
        for topic in pages(sns, "list_topics", "Topics"):
            attributes = sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]
            yield f"topic {topic['TopicArn'].split(':')[-1]}", attributes["Policy"]


def parts(finding):
    """What a finding of parliament is about, one by one."""
    detail, location = finding.detail, finding.location
    if isinstance(detail, list):
        return [one if isinstance(one, str) else f"{one['action']} on {one['required_format']}" for one in detail]
    if isinstance(location, dict) and location.get("actions"):
        kind = f"{location['type']} " if "type" in location else ""
        return [f"{kind}{action}" for action in location["actions"]]
    return [detail or "the whole of it"]


def asked_of_parliament(document):
    policy = parliament.analyze_policy_string(json.dumps(document), include_community_auditors=True)
    return [("parliament", finding.issue, part) for finding in policy.findings for part in parts(finding)]


def asked_of_cloudsplaining(document):
    found = scan_policy(document)
    risks = [risk for risk in RISKS if found[risk]]
    return [("cloudsplaining", risk, RISKS[risk](one)) for risk in risks for one in found[risk]["findings"]]


def main():
    printed = json.load(sys.stdin)
    kinds = {
        "of identities": list(of_identities()),
        "printed": [(f"permissions {purpose}", one) for purpose, policies in printed.items() for one in policies],
        "of trust": list(of_trust()),
        "of resources": list(of_resources()),
    }
    findings = []
    for kind, policies in kinds.items():
        for name, document in policies:
            document = json.loads(document) if isinstance(document, str) else document
            found = asked_of_parliament(document)
            if kind in ["of identities", "printed"]:
                found += asked_of_cloudsplaining(document)
            for tool, check, part in found:
                findings.append({"tool": tool, "check": check, "resource": f"{name}: {part}", "says": ""})
    counts = {kind: len(policies) for kind, policies in kinds.items()}
    json.dump({"policies": counts, "findings": findings}, sys.stdout)


main()
