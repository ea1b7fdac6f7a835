#!/bin/sh
# record-wiremock.sh JAR: WireMock's recordings, its journal, and stubs as its
# admin API gives them back. JAR is wiremock-standalone-3.13.2.jar, which npm's
# package wiremock 3.13.2 holds below build/ (needs Java, curl and python3).
set -e
jar=$(realpath "$1")
cd "$(dirname "$0")"
samples=$(cd ../../../wiremock/testdata && pwd)
root=$(mktemp -d)
python3 serve.py 18080 >/dev/null 2>&1 &
server=$!
java -jar "$jar" --port 18082 --bind-address 127.0.0.1 --root-dir "$root" --disable-banner >/dev/null 2>&1 &
wiremock=$!
trap 'kill $server $wiremock; rm -r "$root"' EXIT
at=http://127.0.0.1:18082
admin=$at/__admin
until curl -sf -o /dev/null $admin/mappings; do sleep 1; done

get() { curl -s -o /dev/null -A sample -H "X-MBX-APIKEY: $(printf k%.0s $(seq 64))" "$@"; }
form="symbol=LTCBTC&side=BUY&quantity=1&timestamp=1563616800000&signature=$(printf 0%.0s $(seq 64))"
curl -sf -o /dev/null $admin/recordings/start -d '{
	"targetBaseUrl": "http://127.0.0.1:18080", "captureHeaders": {"X-MBX-APIKEY": {}}, "repeatsAsScenarios": true,
	"requestBodyPattern": {"matcher": "equalTo", "caseInsensitive": false}, "extractBodyCriteria": {"textSizeThreshold": "100"}}'
get "$at/api/v1/time"
get "$at/api/v1/time"
get "$at/api/v1/depth?symbol=NOWHERE"
get -d "$form" "$at/api/v3/order"
get -d "timestamp=1563616800000" -X DELETE "$at/api/v3/order?symbol=LTC%2FBTC&symbol=ETHBTC&orderId"
get "$at/api/v1/historicalTrades?symbol=LTCBTC"
get --compressed "$at/api/v1/klines?symbol=LTCBTC&interval=1h&limit=2"
get "$at/api/v1/ping"
curl -sf $admin/recordings/stop -X POST >"$samples/recorded.json"
cp "$root"/mappings/api_v1_ping-*.json "$samples/recorded-stub.json"
curl -sf -o /dev/null -X DELETE $admin/mappings
get "$at/api/v1/nowhere"
curl -sf "$admin/requests?limit=5" >"$samples/recorded-journal.json"

for stub in \
	'{"priority":3,"persistent":true,"request":{"method":"GET","urlPath":"/api/v1/depth","queryParameters":{"symbol":{"equalTo":"LTCBTC"},"limit":{"matches":"[0-9]+"}}},"response":{"status":200,"jsonBody":{"lastUpdateId":1,"bids":[],"asks":[]}}}' \
	'{"request":{"method":"GET","urlPattern":"/api/v1/trades.*"},"response":{"status":200,"base64Body":"W10="}}' \
	'{"request":{"method":"GET","urlPathTemplate":"/api/{version}/ping"},"response":{"status":200,"body":"{}"}}' \
	'{"request":{"method":"GET","urlPath":"/api/v1/time"},"response":{"status":200,"body":"{\"serverTime\":{{now}}}","transformers":["response-template"]}}' \
	'{"request":{"method":"POST","urlPath":"/api/v3/order","formParameters":{"symbol":{"equalTo":"LTCBTC"}}},"response":{"status":400,"base64Body":"eyJjb2RlIjotMTEwMiwibXNnIjoiIn0=","headers":{"Content-Type":"application/json"}}}' \
	'{"request":{"method":"GET","url":"/api/v1/exchangeInfo"},"response":{"fault":"EMPTY_RESPONSE"}}'; do
	curl -sf -o /dev/null $admin/mappings -d "$stub"
done
curl -sf $admin/mappings >"$samples/recorded-mappings.json"
