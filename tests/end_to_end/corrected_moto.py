"""moto[server] with what it does unlike AWS corrected, each correction with its reason.

Arguments: PORT serves it on loopback; `--corrections` lists the reasons; `--working URL` tells, for moto.json on
standard input, what of it moto does have. Seen by running the stacks against moto 5.2.5, or in its source.
"""

import io
import json
import os
import sys

os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
os.environ["MOTO_ACM_VALIDATION_WAIT"] = "1"

CORRECTIONS = []


def because(reason):
    """A correction of moto: `reason` says what moto does and what AWS does."""

    def correct(correction):
        correction()
        CORRECTIONS.append(reason)
        return correction

    return correct


@because("moto has no DescribeDeliveryChannelStatus; AWS says of a new channel that nothing was delivered yet")
def deliveries():
    from moto.config.responses import ConfigResponse

    def statuses(self):
        channels = self.config_backend.describe_delivery_channels(self._get_param("DeliveryChannelNames"))
        return json.dumps({"DeliveryChannelsStatus": [{"name": channel["name"]} for channel in channels]})

    ConfigResponse.describe_delivery_channel_status = statuses


@because("moto calls functions in Docker, and fails without it; here each call succeeds, with nothing to say")
def calls():
    from moto.awslambda.models import LambdaFunction

    LambdaFunction.invoke = lambda self, body, request_headers, response_headers: b"null"


def wrap(around):
    """Lets `around(environ, call)` see every request and answer."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    inner = DomainDispatcherApplication.__call__

    def outer(self, environ, start_response):
        def call(environ):
            said = []
            parts = inner(self, environ, lambda status, headers, exc=None: said.append((status, headers)))
            body = b"".join(parts)
            return said[-1][0], said[-1][1], body

        status, headers, body = around(environ, call)
        if environ.get("REQUEST_METHOD") != "HEAD":
            headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
            headers.append(("Content-Length", str(len(body))))
        start_response(status, headers)
        return [body]

    DomainDispatcherApplication.__call__ = outer


@because("DescribeVpcEndpoints answers the filter vpc-endpoint-id with HTTP 500; AWS takes it")
def endpoint_filter():
    from moto.ec2.models.vpcs import VPCEndPoint

    theirs = VPCEndPoint.get_filter_value
    VPCEndPoint.get_filter_value = (
        lambda self, name, method=None: self.id if name == "vpc-endpoint-id" else theirs(self, name, method)
    )


@because("DescribeSecurityGroupRules leaves out the description of a rule from a group; AWS gives it")
def rule_description():
    from moto.ec2.models.security_groups import SecurityGroupRule

    SecurityGroupRule.description = property(
        lambda rule: rule.ip_range.get("Description") or rule.source_group.get("Description")
    )


@because("Lambda drops a function's LoggingConfig, and changes of its tracing, KMS key and storage; AWS keeps them")
def function_configuration():
    from moto.awslambda.models import LambdaFunction

    kept = ("LoggingConfig", "DeadLetterConfig")
    made, read, changed = LambdaFunction.__init__, LambdaFunction.get_configuration, LambdaFunction.update_configuration

    def init(self, account_id, spec, *args, **kwargs):
        made(self, account_id, spec, *args, **kwargs)
        self.kept = {name: spec[name] for name in kept if name in spec}

    def configuration(self, on_create=False):
        config = {**read(self, on_create), **getattr(self, "kept", {})}
        logging = config.setdefault("LoggingConfig", {"LogFormat": "Text"})
        logging.setdefault("LogGroup", f"/aws/lambda/{self.function_name}")
        return config

    def update(self, updates):
        self.kept.update({name: updates[name] for name in kept if name in updates})
        self.tracing_config = updates.get("TracingConfig", self.tracing_config)
        self.kms_key_arn = updates.get("KMSKeyArn", self.kms_key_arn)
        self.ephemeral_storage = updates.get("EphemeralStorage", {}).get("Size", self.ephemeral_storage)
        return changed(self, updates)

    LambdaFunction.__init__ = init
    LambdaFunction.get_configuration = configuration
    LambdaFunction.update_configuration = update


# S3 names the root of some answers after the operation; the SDK takes only the names of S3's own schema.
ROOTS = {
    b"GetBucketVersioningResponse": b"VersioningConfiguration",
    b"GetBucketNotificationResponse": b"NotificationConfiguration",
}


@because("S3 answers GetBucketVersioning and GetBucketNotification with root elements of other names than AWS's")
def roots():
    wrap(lambda environ, call: renamed(*call(environ)))


def renamed(status, headers, body):
    for theirs, ours in ROOTS.items():
        body = body.replace(b"<" + theirs, b"<" + ours).replace(b"</" + theirs + b">", b"</" + ours + b">")
    return status, headers, body


@because("a bucket policy's statement denies without a look at its Condition; in AWS it counts where that holds")
def conditions():
    from moto.iam.access_control import IAMPolicyStatement, PermissionResult

    theirs = IAMPolicyStatement.is_action_permitted

    def permitted(self, action, resource="*", principal=None, incoming_condition_values=None):
        if self._statement.get("Condition") and not incoming_condition_values:
            return PermissionResult.NEUTRAL
        return theirs(self, action, resource, principal, incoming_condition_values)

    IAMPolicyStatement.is_action_permitted = permitted


@because("PutRestApi refuses a path with {proxy+} as OpenAPI without extensions; API Gateway takes it")
def greedy_path():
    import moto.apigateway.models

    moto.apigateway.models.validate = lambda document: None


@because("a configuration recorder has no ARN and no tags; in AWS it has both")
def recorder():
    from moto.config.models import ConfigBackend
    from moto.config.responses import ConfigResponse

    described, matched = ConfigBackend.describe_configuration_recorders, ConfigBackend._match_arn

    def arn(backend, name):
        return f"arn:aws:config:{backend.region_name}:{backend.account_id}:configuration-recorder/{name}/1"

    def put(self):
        wish, backend = self._get_param("ConfigurationRecorder"), self.config_backend
        standing = backend.recorders.get(wish.get("name"))
        tags = self._get_param("Tags") or []
        backend.put_configuration_recorder(wish)
        made = backend.recorders[wish["name"]]
        made.tags = getattr(standing, "tags", None) or {tag["Key"]: tag["Value"] for tag in tags}
        made.mode = wish.get("recordingMode")
        return "{}"

    def describe(self, names):
        told = []
        for recorder in described(self, names):
            stands = self.recorders[recorder["name"]]
            recorder.pop("tags", None)
            recorder.pop("mode", None)
            mode = {"recordingMode": stands.mode} if stands.mode else {}
            told.append({**recorder, **mode, "arn": arn(self, recorder["name"])})
        return told

    def match(self, wanted):
        for recorder in self.recorders.values():
            if wanted == arn(self, recorder.name):
                return recorder
        return matched(self, wanted)

    ConfigResponse.put_configuration_recorder = put
    ConfigBackend.describe_configuration_recorders = describe
    ConfigBackend._match_arn = match


@because("PutRestApi leaves out authorizers, and which of them a method asks; API Gateway imports both")
def authorizers_of_documents():
    from moto.apigateway.models import APIGatewayBackend

    theirs = APIGatewayBackend.put_rest_api

    def put(self, function_id, api_doc, *args, **kwargs):
        api = theirs(self, function_id, api_doc, *args, **kwargs)
        schemes = api_doc.get("components", {}).get("securitySchemes", {})
        api.authorizers.clear()
        made = {}
        for name, scheme in schemes.items():
            one = scheme.get("x-amazon-apigateway-authorizer")
            if one is None:
                continue
            made[name] = self.create_authorizer(
                function_id,
                name,
                one["type"].upper(),
                authorizer_uri=one.get("authorizerUri"),
                authorizer_credentials=one.get("authorizerCredentials"),
                identity_source=one.get("identitySource"),
                authorizer_result_ttl=one.get("authorizerResultTtlInSeconds"),
            )
        for path, item in api_doc["paths"].items():
            methods = api.get_resource_for_path(path).resource_methods
            for verb, operation in item.items():
                asked = [name for one in operation.get("security", api_doc.get("security", [])) for name in one]
                authorizer = next((made[name] for name in asked if name in made), None)
                if authorizer:
                    method = methods[verb.upper()]
                    method.authorization_type, method.authorizer_id = "CUSTOM", authorizer.id
        return api

    APIGatewayBackend.put_rest_api = put


@because("PutRestApi fails on an integration without URI or method, such as a mock; API Gateway takes it")
def mock_integration():
    from moto.apigateway.models import APIGatewayBackend

    theirs = APIGatewayBackend.put_integration

    def put(self, *args, **kwargs):
        for name in ("uri", "integration_method"):
            kwargs.setdefault(name, None)
        return theirs(self, *args, **kwargs)

    APIGatewayBackend.put_integration = put


@because("what a web ACL protects cannot be asked: HTTP 500; WAF and CloudFront tell, and here nothing is behind one")
def behind_web_acls():
    empty = b"<DistributionList><Marker/><MaxItems>100</MaxItems><IsTruncated>false</IsTruncated><Quantity>0</Quantity></DistributionList>"

    def serve(environ, call):
        if environ.get("HTTP_X_AMZ_TARGET", "").endswith(".ListResourcesForWebACL"):
            return "200 OK", [("Content-Type", "application/x-amz-json-1.1")], b'{"ResourceArns": []}'
        if "/distributionsByWebACLId/" in environ.get("PATH_INFO", ""):
            return "200 OK", [("Content-Type", "text/xml")], empty
        return call(environ)

    wrap(serve)


@because("the policy of a function has the statements of its aliases; Lambda keeps one for each of them, and one for it")
def policies_apart():
    from moto.awslambda.exceptions import GenericResourcNotFound
    from moto.awslambda.models import LambdaBackend

    theirs = LambdaBackend.get_policy

    def get_policy(self, function_name, qualifier=None):
        told = json.loads(theirs(self, function_name, qualifier))
        policy = json.loads(told["Policy"])
        of = [qualifier] if qualifier else []
        own = [one for one in policy["Statement"] if one["Resource"].split(":function:")[1].split(":")[1:] == of]
        if not own:
            raise GenericResourcNotFound()
        return json.dumps({**told, "Policy": json.dumps({**policy, "Statement": own})})

    LambdaBackend.get_policy = get_policy


@because("a patch of a REST API's binary media types is taken from its value; API Gateway takes it from its path")
def binary_media_types():
    from moto.apigateway.models import RestAPI

    theirs = RestAPI.apply_patch_operations
    begin = "/binaryMediaTypes/"

    def patch(self, operations):
        for one in [one for one in operations if one["path"].startswith(begin)]:
            kind = one["path"].removeprefix(begin).replace("~1", "/").replace("~0", "~")
            self.binaryMediaTypes = [other for other in self.binaryMediaTypes if other != kind]
            if one["op"] == "add":
                self.binaryMediaTypes.append(kind)
        theirs(self, [one for one in operations if not one["path"].startswith(begin)])

    RestAPI.apply_patch_operations = patch


@because("tags of a REST API cannot be set, read or removed by its ARN; API Gateway has TagResource for it")
def tags_of_apis():
    from urllib.parse import parse_qs, unquote

    from moto.apigateway.models import apigateway_backends
    from moto.core import DEFAULT_ACCOUNT_ID

    def serve(environ, call):
        path = unquote(environ.get("PATH_INFO", ""))
        if not path.startswith("/tags/arn:aws:apigateway:"):
            return call(environ)
        region, place = path.split(":")[3], path.rsplit(":", 1)[1].strip("/").split("/")
        apis = apigateway_backends[DEFAULT_ACCOUNT_ID][region].apis
        if place[0] != "restapis" or len(place) != 2 or place[1] not in apis:
            return call(environ)
        tags, method = apis[place[1]].tags, environ["REQUEST_METHOD"]
        if method == "PUT":
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            tags.update(json.loads(body)["tags"])
        elif method == "DELETE":
            for key in parse_qs(environ.get("QUERY_STRING", "")).get("tagKeys", []):
                tags.pop(key, None)
        answer = json.dumps({"tags": tags} if method == "GET" else {}).encode()
        return ("200 OK" if method == "GET" else "204 No Content"), [("Content-Type", "application/json")], answer

    wrap(serve)


@because("a flow log whose log group is given by ARN counts as one that cannot deliver; EC2 takes both forms")
def flow_logs_by_arn():
    from moto.ec2.models.flow_logs import FlowLogsBackend
    from moto.logs.exceptions import ResourceNotFoundException
    from moto.logs.models import logs_backends

    theirs = FlowLogsBackend.create_flow_logs

    def create(self, *args, **kwargs):
        made, refused = theirs(self, *args, **kwargs)
        for log in made:
            _, _, group = (log.log_destination or "").partition(":log-group:")
            try:
                logs_backends[self.account_id][self.region_name].list_tags_log_group(group.removesuffix(":*"))
            except ResourceNotFoundException:
                continue
            log.deliver_logs_status, log.deliver_logs_error_message = "SUCCESS", None
        return made, refused

    FlowLogsBackend.create_flow_logs = create


@because("provisioned concurrency cannot be listed, and none can be set; Lambda has an empty list then")
def provisioned_concurrency():
    def serve(environ, call):
        parts = environ.get("PATH_INFO", "").strip("/").split("/")
        listed = parts[1:2] == ["functions"] and parts[3:] == ["provisioned-concurrency"]
        if not listed or "List=ALL" not in environ.get("QUERY_STRING", ""):
            return call(environ)
        answer = json.dumps({"ProvisionedConcurrencyConfigs": []}).encode()
        return "200 OK", [("Content-Type", "application/json")], answer

    wrap(serve)


@because("the account's limits cannot be read; Lambda gives a region 1,000 executions at once")
def account_settings():
    def serve(environ, call):
        if environ.get("PATH_INFO", "").strip("/").split("/")[1:] != ["account-settings"]:
            return call(environ)
        limits = {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}
        answer = json.dumps({"AccountLimit": limits, "AccountUsage": {}}).encode()
        return "200 OK", [("Content-Type", "application/json")], answer

    wrap(serve)


@because("a proxy without secrets is HTTP 500, and how it logs in is dropped; RDS takes one that logs in with IAM")
def proxy_without_secrets():
    from moto.rds.responses import RDSResponse

    theirs = RDSResponse.create_db_proxy

    def create(self):
        self.params.setdefault("Auth", [])
        answer = theirs(self)
        scheme = self.params.get("DefaultAuthScheme", "NONE")
        self.backend.db_proxies[self.params["DBProxyName"]].default_auth_scheme = scheme
        return answer

    RDSResponse.create_db_proxy = create


@because("there is no Free Tier API, and HTTP 500 for it; AWS tells what plan the account is on")
def account_plan():
    def serve(environ, call):
        if not environ.get("HTTP_X_AMZ_TARGET", "").endswith("FreeTierService.GetAccountPlanState"):
            return call(environ)
        plan = {"accountId": "123456789012", "accountPlanType": "PAID", "accountPlanStatus": "ACTIVE"}
        return "200 OK", [("Content-Type", "application/x-amz-json-1.0")], json.dumps(plan).encode()

    wrap(serve)


@because("settings of asynchronous events cannot be listed; Lambda has ListFunctionEventInvokeConfigs for it")
def event_invoke_configs():
    def serve(environ, call):
        parts = environ.get("PATH_INFO", "").strip("/").split("/")
        if parts[1:2] != ["functions"] or parts[3:] != ["event-invoke-config", "list"]:
            return call(environ)
        answer = json.dumps({"FunctionEventInvokeConfigs": []}).encode()
        return "200 OK", [("Content-Type", "application/json")], answer

    wrap(serve)


@because("function URLs cannot be listed; Lambda has ListFunctionUrlConfigs for it")
def function_urls():
    from urllib.parse import unquote

    from moto.awslambda.models import lambda_backends
    from moto.core import DEFAULT_ACCOUNT_ID

    def serve(environ, call):
        parts = unquote(environ.get("PATH_INFO", "")).strip("/").split("/")
        if len(parts) != 4 or parts[1] != "functions" or parts[3] != "urls":
            return call(environ)
        region = environ.get("HTTP_AUTHORIZATION", "////").split("/")[2]
        function = lambda_backends[DEFAULT_ACCOUNT_ID][region].get_function(parts[2])
        config = function.url_config
        answer = json.dumps({"FunctionUrlConfigs": [config.to_dict()] if config else []}).encode()
        return "200 OK", [("Content-Type", "application/json")], answer

    wrap(serve)


@because("CloudWatch answers its query protocol alone; the SDK speaks the newer CBOR, which AWS takes too")
def cbor():
    import botocore.loaders
    import botocore.model
    import botocore.parsers
    import botocore.serialize

    api = botocore.loaders.Loader().load_service_model("cloudwatch", "service-2")
    model = botocore.model.ServiceModel(api, "cloudwatch")
    reader = botocore.parsers.RpcV2CBORParser()
    writer = botocore.serialize.RpcV2CBORSerializer()

    def encoded(value, shape):
        out = bytearray()
        writer._serialize_data_item(out, value, shape)
        return bytes(out)

    def serve(environ, call):
        path = environ.get("PATH_INFO", "")
        if "/operation/" not in path or "GraniteService" not in path:
            return call(environ)
        operation = model.operation_model(path.rsplit("/", 1)[1])
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        wish = reader.parse_data_item(reader.get_peekable_stream_from_bytes(body)) if body else {}
        query = botocore.serialize.QuerySerializer().serialize_to_request(wish, operation)
        from urllib.parse import urlencode

        text = urlencode(query["body"]).encode()
        status, headers, answer = call(
            {
                **environ,
                "PATH_INFO": "/",
                "CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8",
                "CONTENT_LENGTH": str(len(text)),
                "wsgi.input": io.BytesIO(text),
            }
        )
        code = int(status.split()[0])
        told = botocore.parsers.QueryParser().parse(
            {"status_code": code, "headers": {}, "body": answer}, operation.output_shape
        )
        if code >= 300:
            error = told["Error"]
            fault = {"__type": error["Code"], "message": error.get("Message", "")}
            shape = botocore.model.DenormalizedStructureBuilder()
            shape = shape.with_members({name: {"type": "string"} for name in fault}).build_model()
            answer = encoded(fault, shape)
        else:
            told.pop("ResponseMetadata", None)
            answer = encoded(told, operation.output_shape) if operation.output_shape else b"\xa0"
        return status, [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")], answer

    wrap(serve)


def lacking(url, entries):
    """What each entry's probe comes to: nothing where moto lacks it, or what moto answers instead."""
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError
    from botocore.parsers import ResponseParserError

    answers = {}
    for entry in entries:
        service, name, wish = entry["probe"]
        client = boto3.client(
            service,
            endpoint_url=url,
            region_name="ap-northeast-1",
            aws_access_key_id="AKIAPROBEPROBEPROBE0",
            aws_secret_access_key="probe",
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
        )
        try:
            getattr(client, name)(**wish)
            answers[entry["type"]] = "it answers"
        except ResponseParserError:
            pass  # A page of HTML.
        except ClientError as error:
            status, code = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
            if code not in ("404", "500", "501"):
                answers[entry["type"]] = f"{status} {code}"
    return answers


if __name__ == "__main__":
    if sys.argv[1] == "--corrections":
        print(json.dumps(CORRECTIONS))
    elif sys.argv[1] == "--working":
        print(json.dumps(lacking(sys.argv[2], json.load(sys.stdin)["lacks"])))
    else:
        from moto.server import main

        main(["-H", "127.0.0.1", "-p", sys.argv[1]])
