# Records ../sample.flows: bash record.sh (needs mitmproxy, curl and python3).
cd "$(dirname "$0")"
rm -f ../sample.flows
python3 server.py & server=$!
mitmdump -q --listen-host 127.0.0.1 -p 18098 -w ../sample.flows \
	--mode reverse:http://127.0.0.1:18099 --set keep_host_header=true & proxy=$!
sleep 5
get() { curl -s -o /dev/null -A sample -H "Host: api.binance.com" "$@"; }
at=http://127.0.0.1:18098
get "$at/api/v1/depth?symbol=LTCBTC&limit=5"
get -H "X-MBX-APIKEY: masked00000000" -d "symbol=LTCBTC&side=BUY" "$at/api/v3/order?timestamp=1563616801000&signature=00"
get "$at/api/v1/ping"
get -m 1 "$at/api/v1/time"
kill $proxy
wait $proxy
kill $server
