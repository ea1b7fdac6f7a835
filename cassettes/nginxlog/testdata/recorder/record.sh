# Records ../access.log and ../combined.log (needs nginx and curl).
cd "$(dirname "$0")"
rm -f ../access.log ../combined.log
nginx -p "$PWD/../" -c recorder/nginx.conf & server=$!
sleep 1
get() { curl -s -m 5 -o /dev/null -A sample "$@"; }
at=http://127.0.0.1:18096
get -H "Host: api.binance.com" "$at/api/v1/time?a=%22b%22"
get -H "X-MBX-APIKEY: masked00000000" -d "symbol=LTCBTC&side=BUY" "$at/api/v3/order?timestamp=1563616801000&signature=00"
get "$at/api/v1/ping"
get "$at/"
printf '\026\003\001\n\n' | timeout 1 bash -c 'exec 3<>/dev/tcp/127.0.0.1/18096; cat >&3; cat <&3' >/dev/null
kill $server
wait $server
rm -rf ../tmp ../nginx.pid
