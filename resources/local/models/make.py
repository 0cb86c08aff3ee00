#!/usr/bin/env python3
"""Makes the service models of the embedded AWS from those that botocore carries: facts only.

    python3 resources/local/models/make.py [BOTOCORE_WHEEL]

Without a wheel pip fetches botocore. For each service one file is written: the operations that
`resources/aws` calls, with the shapes of what they take (required members, lengths, ranges, patterns,
enumerations, places on the wire) and the codes of the errors that they list. Documentation is left out.
Nothing of it is written by hand; what AWS does not hold itself to stands in `exceptions.json`.
"""
import gzip, json, pathlib, re, sys, zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))
from wheel import wheel

CALLERS = HERE.parent.parent / "aws" / "src"
# The names of our files (the signing names), and botocore's.
SERVICES = {
    "acm": "acm", "amplify": "amplify", "apigateway": "apigateway",
    "application-autoscaling": "application-autoscaling", "budgets": "budgets", "cloudfront": "cloudfront",
    "cloudtrail": "cloudtrail", "monitoring": "cloudwatch", "config": "config", "ec2": "ec2", "events": "events", "freetier": "freetier", "iam": "iam",
    "kms": "kms", "lambda": "lambda", "logs": "logs", "rds": "rds", "route53": "route53", "s3": "s3",
    "scheduler": "scheduler", "secretsmanager": "secretsmanager", "ses": "sesv2", "sns": "sns", "sts": "sts",
    "tagging": "resourcegroupstaggingapi", "wafv2": "wafv2", "xray": "xray",
}


def snake(name):
    """The name of an SDK's method."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


def plain(name):
    """So that it does not matter where a name of capitals is cut."""
    return snake(name).replace("_", "")


def called():
    names = set()
    for path in CALLERS.rglob("*.rs"):
        names |= {found.replace("_", "") for found in re.findall(r"\b[a-z0-9]+_[a-z0-9_]+\b|(?<=\.)[a-z]+(?=\(\))", path.read_text())}
    return names


def bounds(shape):
    # botocore writes whole numbers, some of them beyond what a signed 64-bit number holds.
    return {key: shape[key] for key in ("min", "max") if key in shape and abs(shape[key]) < 2**53}


def member(of, ref):
    found = {"of": of}
    if ref.get("locationName"):
        found["wire"] = ref["locationName"]
    if ref.get("queryName"):
        found["query"] = ref["queryName"]
    if ref.get("location"):
        found["in"] = ref["location"]
    if ref.get("xmlAttribute"):
        found["in"] = "attribute"
    if ref.get("flattened"):
        found["flat"] = True
    return found


def compact(name, shape):
    kind = shape["type"]
    if kind == "structure":
        members = {key: member(ref["shape"], ref) for key, ref in shape["members"].items()}
        found = {"type": kind, "members": members}
        for key in ("required", "payload"):
            if shape.get(key):
                found[key] = shape[key]
        return found
    if kind == "list":
        return {"type": kind, "member": member(shape["member"]["shape"], shape["member"]),
                **({"flat": True} if shape.get("flattened") else {}), **bounds(shape)}
    if kind == "map":
        return {"type": kind, "key": member(shape["key"]["shape"], shape["key"]),
                "value": member(shape["value"]["shape"], shape["value"]),
                **({"flat": True} if shape.get("flattened") else {}), **bounds(shape)}
    found = {"type": kind, **bounds(shape)}
    for key in ("pattern", "enum", "sensitive"):
        if shape.get(key):
            found[key] = shape[key]
    return found


def refs(shape):
    for key in ("member", "key", "value"):
        if key in shape:
            yield shape[key]["shape"]
    for ref in shape.get("members", {}).values():
        yield ref["shape"]


def model(service, data, version, used):
    shapes, operations, wanted = {}, {}, []
    for name, operation in sorted(data["operations"].items()):
        if plain(name) not in used:
            continue
        # S3's bucket stands in the path here, as it does for every SDK's request once it has come in.
        found = {"uri": operation["http"]["requestUri"].split("?")[0]}
        if "input" in operation:
            found["input"] = operation["input"]["shape"]
            wanted.append(found["input"])
        codes = []
        for error in operation.get("errors", []):
            shape = data["shapes"][error["shape"]]
            codes.append(shape.get("error", {}).get("code") or error["shape"])
        if codes:
            found["errors"] = sorted(set(codes))
        operations[name] = found
    while wanted:
        name = wanted.pop()
        if name not in shapes:
            shapes[name] = compact(name, data["shapes"][name])
            wanted.extend(refs(data["shapes"][name]))
    return {"service": service, "botocore": version, "api": data["metadata"]["apiVersion"],
            "operations": operations, "shapes": dict(sorted(shapes.items()))}


def main():
    path = wheel("botocore")
    version = path.name.split("-")[1]
    used = called()
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        for ours, theirs in SERVICES.items():
            found = sorted(n for n in names if re.fullmatch(rf"botocore/data/{theirs}/[^/]+/service-2\.json(\.gz)?", n))
            raw = archive.read(found[-1])
            data = json.loads(gzip.decompress(raw) if found[-1].endswith(".gz") else raw)
            made = model(ours, data, version, used)
            lines = ["{"]
            lines += [f'"{key}": {json.dumps(made[key])},' for key in ("service", "botocore", "api")]
            for key, end in (("operations", ","), ("shapes", "")):
                entries = [f"{json.dumps(n)}: {json.dumps(v, sort_keys=True, separators=(',', ':'))}" for n, v in made[key].items()]
                lines += [f'"{key}": {{', ",\n".join(entries), "}" + end]
            (HERE / f"{ours}.json").write_text("\n".join(lines + ["}", ""]))
            print(f"{ours}: {len(made['operations'])} operations, {len(made['shapes'])} shapes")


main()
