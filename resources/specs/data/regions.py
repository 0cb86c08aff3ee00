#!/usr/bin/env python3
"""Makes `regions.txt` from the endpoints that botocore carries: which regions there are, and which services are not in each.

    python3 resources/specs/data/regions.py [BOTOCORE_WHEEL]

Without a wheel pip fetches botocore.
"""
import datetime, json, pathlib, subprocess, sys, tempfile, zipfile

HERE = pathlib.Path(__file__).resolve().parent
# The signing names of the services that resource types are of, and the names of their endpoints where they are others.
SERVICES = {name: name for name in """acm amplify apigateway application-autoscaling budgets cloudfront cloudtrail config ec2
    iam kms lambda logs monitoring rds route53 s3 scheduler secretsmanager sns sts tagging wafv2 xray""".split()}
SERVICES["ses"] = "email"


def wheel():
    if len(sys.argv) > 1:
        return pathlib.Path(sys.argv[1])
    folder = tempfile.mkdtemp()
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", folder, "botocore"], check=True)
    return next(pathlib.Path(folder).glob("botocore-*.whl"))


def main():
    path = wheel()
    partitions = json.loads(zipfile.ZipFile(path).read("botocore/data/endpoints.json"))["partitions"]
    absent = {service: [] for service in SERVICES}
    regions = []
    for partition in partitions:
        names = sorted(partition["regions"])
        regions += [f"region {partition['partition']} {name}" for name in names]
        for service, endpoint in SERVICES.items():
            found = partition["services"].get(endpoint)
            everywhere = found is not None and not found.get("isRegionalized", True)
            there = set(found["endpoints"]) if found else set()
            absent[service] += [name for name in names if not everywhere and name not in there]
    version = path.name.split("-")[1]
    head = f"""# AWS's regions, and the services that are not in all of them.
# `region PARTITION NAME`; `without SERVICE NAMES`: the regions in which a service, by its signing name, has no endpoint.
# Made by regions.py on {datetime.date.today()} from the endpoints of botocore {version} (https://pypi.org/project/botocore/{version}/).
"""
    without = [f"without {service} {','.join(names)}" for service, names in sorted(absent.items()) if names]
    (HERE / "regions.txt").write_text(head + "\n".join(sorted(regions) + without) + "\n")


main()
