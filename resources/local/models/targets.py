#!/usr/bin/env python3
"""Makes `targets.txt`, what EventBridge Scheduler can call, from the service models that botocore carries.

    python3 resources/local/models/targets.py [BOTOCORE_WHEEL]

A line for each service, by the identifier that the SDKs have it under; of those that the embedded AWS has, its actions
too. Read-only ones, which Scheduler does not call, are left out by their prefixes (User Guide, "Using universal targets").
"""
import gzip, json, pathlib, re, sys, zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))
from wheel import wheel

# The embedded AWS's services, by botocore's names.
HERE_TOO = (
    "acm amplify apigateway application-autoscaling budgets cloudfront cloudtrail cloudwatch config ec2 freetier iam kms "
    "lambda logs rds route53 s3 scheduler secretsmanager sesv2 sns sts resourcegroupstaggingapi wafv2 xray"
).split()
READS = (
    "get describe list poll receive search scan query select read lookup discover validate batchGet batchDescribe "
    "batchRead transactGet adminGet adminList testMigration retrieve testConnection translateDocument isAuthorized "
    "invokeModel"
).split()


def main():
    archive = zipfile.ZipFile(wheel("botocore"))
    newest = {}
    for path in archive.namelist():
        found = re.fullmatch(r"botocore/data/([^/]+)/([0-9-]+)/service-2\.json(\.gz)?", path)
        if found and found[2] >= newest.get(found[1], ("",))[0]:
            newest[found[1]] = (found[2], path)
    lines = {}
    for name, (_, path) in newest.items():
        raw = archive.read(path)
        model = json.loads(gzip.decompress(raw) if path.endswith(".gz") else raw)
        service = re.sub(r"[^a-z0-9]", "", model["metadata"]["serviceId"].lower())
        actions = []
        if name in HERE_TOO:
            actions = [action[0].lower() + action[1:] for action in sorted(model["operations"])]
            actions = [action for action in actions if not action.startswith(tuple(READS))]
        lines[service] = " ".join([service, *actions])
    (HERE / "targets.txt").write_text("\n".join(lines[service] for service in sorted(lines)) + "\n")


if __name__ == "__main__":
    main()
