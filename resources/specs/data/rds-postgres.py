#!/usr/bin/env python3
"""Makes `rds-postgres.txt` from what cfn-lint carries of RDS: versions of PostgreSQL, instance classes and their regions.

    python3 resources/specs/data/rds-postgres.py [CFN_LINT_WHEEL]

Without a wheel pip fetches cfn-lint.
"""
import datetime, json, pathlib, sys, zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))
from wheel import wheel

FOLDER = "cfnlint/data/schemas/extensions/aws_rds_dbinstance/"


def of_postgres(rules, then):
    """What rules say of PostgreSQL, whatever else they ask for."""
    for rule in rules["allOf"]:
        asked = rule["if"]["properties"]
        if asked["Engine"].get("const") == "postgres" and rule.get("then"):
            yield rule["then"]["properties"][then]["enum"]


def main():
    path = wheel("cfn-lint")
    files = zipfile.ZipFile(path)
    read = lambda name: json.loads(files.read(FOLDER + name))
    regions = {name: rules for name, rules in read("dbinstanceclass_enum.json").items() if isinstance(rules, dict)}
    there = {}
    for region, rules in regions.items():
        for classes in of_postgres(rules, "DBInstanceClass"):
            for name in classes:
                there.setdefault(name, set()).add(region)
    versions = sorted({version for some in of_postgres(read("engine_version.json"), "EngineVersion") for version in some})
    number = path.name.split("-")[1]
    head = f"""# What RDS for PostgreSQL has: `versions WORDS`, those among them that it makes no more; `regions NAMES`, of which this is
# known; `classes NAMES without NAMES`, the regions without them.
# Made by rds-postgres.py on {datetime.date.today()} from cfn-lint {number} (https://pypi.org/project/cfn-lint/{number}/).
"""
    lines = [f"versions {','.join(versions)}", f"regions {','.join(sorted(regions))}"]
    alike = {}
    for name, found in sorted(there.items()):
        alike.setdefault(",".join(sorted(set(regions) - found)), []).append(name)
    lines += [f"classes {','.join(names)} without {without}".rstrip() for without, names in alike.items()]
    (HERE / "rds-postgres.txt").write_text(head + "\n".join(lines) + "\n")


main()
