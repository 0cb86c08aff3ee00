"""Prowler's checks of the services that a stack uses, against an account behind a URL.

Argument: the URL. On standard output: what each check says of each resource, and which checks have not run, and why.
A check has not run where something that it reads was to come from a call that failed: Prowler itself goes on with
nothing, and would pass. Which is told from the code: what the function that made the call fills, and what the check
reads.
"""

import ast
import importlib
import inspect
import json
import os
import pathlib
import sys
import traceback

SERVICES = (
    "acm apigateway awslambda cloudfront cloudtrail cloudwatch config ec2 iam kms rds route53 s3 secretsmanager ses sns"
    " vpc wafv2"
).split()
REGIONS = {"ap-northeast-1", "us-east-1"}

# Answers that tell that something is not set. Prowler reads them so.
TELLING = {
    "cloudtrail:GetInsightSelectors InsightNotEnabledException",
    "iam:GetAccountPasswordPolicy NoSuchEntity",
    "iam:GetRole NoSuchEntity",
    "iam:GetLoginProfile NoSuchEntity",
    "lambda:GetFunctionUrlConfig ResourceNotFoundException",
    "lambda:GetPolicy ResourceNotFoundException",
    "s3:GetBucketLifecycleConfiguration NoSuchLifecycleConfiguration",
    "s3:GetBucketPolicy NoSuchBucketPolicy",
    "s3:GetBucketReplication ReplicationConfigurationNotFoundError",
    "s3:HeadBucket 404",
}

# The embedded AWS has no S3 Control. This is what AWS answers where, as here, no one blocks for the whole account.
S3_CONTROL = {"GetPublicAccessBlock": "NoSuchPublicAccessBlockConfiguration"}

os.environ.update(
    AWS_ENDPOINT_URL=sys.argv[1],
    AWS_ACCESS_KEY_ID="AKIAEXAMPLEEXAMPLE00",
    AWS_SECRET_ACCESS_KEY="secret",
    AWS_DEFAULT_REGION="ap-northeast-1",
    AWS_EC2_METADATA_DISABLED="true",
)

import botocore.client
import botocore.exceptions
import prowler.providers.aws.services
from prowler.lib.logger import set_logging_config
from prowler.providers.aws.aws_provider import AwsProvider
from prowler.providers.common.models import Audit_Metadata
from prowler.providers.common.provider import Provider

HOME = pathlib.Path(prowler.providers.aws.services.__path__[0])

# What failed calls were told, by file and name of the function of Prowler that made them.
FAILED = {}


def watch():
    """Writes down every call that fails, and who made it."""
    inner = botocore.client.BaseClient._make_api_call

    def call(self, operation, args):
        service = self.meta.service_model.service_name
        try:
            if service == "s3control":
                code = S3_CONTROL.get(operation, "NotImplemented")
                raise botocore.exceptions.ClientError({"Error": {"Code": code, "Message": code}}, operation)
            return inner(self, operation, args)
        except Exception as error:
            code = type(error).__name__
            if isinstance(error, botocore.exceptions.ClientError):
                code = error.response["Error"].get("Code") or code
            said = f"{service}:{operation} {code}"
            makers = [frame for frame in traceback.extract_stack() if HOME in pathlib.Path(frame.filename).parents]
            if makers and said not in TELLING and code not in S3_CONTROL.values():
                FAILED.setdefault((pathlib.Path(makers[-1].filename), makers[-1].name), set()).add(said)
            raise

    botocore.client.BaseClient._make_api_call = call


def written(function):
    """The names of attributes that a function sets or fills."""
    names = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr not in {"append", "extend", "update", "add", "setdefault"}:
                continue
            targets = [node.func.value]
        elif isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            targets = [node.target]
        else:
            continue
        for target in targets:
            while isinstance(target, ast.Subscript):
                target = target.value
            if isinstance(target, ast.Attribute):
                names.add(target.attr)
    return names


def unread():
    """Of each service, the attributes that failed functions were to fill, with what was said."""
    found = {}
    for path in {path for path, _ in FAILED}:
        service = path.relative_to(HOME).parts[0]
        tree = ast.parse(path.read_text())
        for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
            for name in written(function) if (path, function.name) in FAILED else []:
                found.setdefault(service, {}).setdefault(name, set()).update(FAILED[path, function.name])
    return found


def reads(module):
    """The services whose clients a check has, and the names of attributes that it reads."""
    tree = ast.parse(inspect.getsource(module))
    services, names = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("prowler.providers.aws.services."):
            services.add(node.module.split(".")[4])
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
    return services, names


def run(module, name):
    return [
        {
            "tool": "prowler",
            "check": name,
            "resource": f"{one.region} {one.resource_id or one.resource_arn}",
            "status": one.status,
            "says": one.status_extended,
        }
        for one in getattr(module, name)().execute()
    ]


def main():
    set_logging_config("CRITICAL")
    watch()
    provider = AwsProvider(regions=REGIONS, config_content={}, mutelist_content={"Accounts": {}})
    Provider.set_global_provider(provider)
    checks = [path for service in SERVICES for path in sorted((HOME / service).iterdir())]
    checks = {path.name: path.parent.name for path in checks if (path / f"{path.name}.py").is_file()}
    provider.audit_metadata = Audit_Metadata(
        services_scanned=0, expected_checks=list(checks), completed_checks=0, audit_progress=0
    )
    answers, modules, not_run = {}, {}, {}
    for name, service in checks.items():
        try:
            modules[name] = importlib.import_module(f"prowler.providers.aws.services.{service}.{name}.{name}")
            answers[name] = run(modules[name], name)
        except (Exception, SystemExit) as error:
            not_run[name] = f"{type(error).__name__}: {error}"
    # The calls are made by the first check that needs them, so what failed is known only now.
    lacking = unread()
    for name, module in modules.items():
        services, read = reads(module)
        lacks = [said for service in services for what, said in lacking.get(service, {}).items() if what in read]
        if lacks:
            not_run[name] = ", ".join(sorted(set().union(*lacks)))
    json.dump({"checks": answers, "not_run": not_run}, sys.stdout)


main()
