#!/bin/bash
# A function of the API whose code was not deployed yet: every request is answered with 503.
set -uo pipefail

runtime="http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation"
headers="$(mktemp)"
# Any origin may read it: it says nothing of anyone, and takes no credentials.
answer='{"statusCode":503,"headers":{"Content-Type":"application/json","Cache-Control":"no-store","Retry-After":"60","Access-Control-Allow-Origin":"*"},"isBase64Encoded":false,"body":"{\"message\":\"not deployed yet\"}"}'

while curl -sSf -D "$headers" -o /dev/null "$runtime/next"; do
  id=""
  while IFS=': ' read -r name value; do
    if [ "${name,,}" = "lambda-runtime-aws-request-id" ]; then id="${value%$'\r'}"; fi
  done <"$headers"
  curl -sSf -o /dev/null -H 'Content-Type: application/json' --data-binary "$answer" "$runtime/$id/response"
done
exit 1
