#!/bin/sh
# Records the samples that the formats' tests read anew, with the recorders of
# Debian 12: python3-vcr 4.2.1-1, python3-betamax 0.8.1-3,
# ruby-vcr 6.0.0+really5.0.0-5, ruby-webmock 3.18.1-2, ruby-multi-json 1.14.1-2,
# r-cran-vcr 1.2.0+dfsg-1, r-cran-crul 1.3+dfsg-1
# and php-symfony-yaml 5.4.53+dfsg-0+deb12u1.
set -e
cd "$(dirname "$0")"
cassettes=$(cd ../../.. && pwd)
python3=/usr/bin/python3
export PYTHONDONTWRITEBYTECODE=1
$python3 serve.py 18080 >/dev/null &
server=$!
trap 'kill $server' EXIT
base=http://127.0.0.1:18080
sleep 1

rm -f "$cassettes"/*/testdata/recorded.json "$cassettes"/betamax/testdata/recorded-exact.json \
	"$cassettes"/vcrpy/testdata/recorded.yaml "$cassettes"/rubyvcr/testdata/recorded.yml
$python3 record-vcrpy.py $base "$cassettes/vcrpy/testdata/recorded.json"
$python3 record-vcrpy.py $base "$cassettes/vcrpy/testdata/recorded.yaml"
$python3 record-betamax.py $base "$cassettes/betamax/testdata" recorded
$python3 record-betamax.py $base "$cassettes/betamax/testdata" recorded-exact exact
ruby record-vcr.rb $base "$cassettes/rubyvcr/testdata" recorded yaml
ruby record-vcr.rb $base "$cassettes/rubyvcr/testdata" recorded json
rm -f "$cassettes"/rubyvcr/testdata/recorded-r.*
Rscript record-vcr.R $base "$cassettes/rubyvcr/testdata"

rm -f "$cassettes"/phpvcr/testdata/dumped.yml "$cassettes"/phpvcr/testdata/dumped.json
php record-phpvcr.php "$cassettes/phpvcr/testdata/dumped.yml"
php record-phpvcr.php "$cassettes/phpvcr/testdata/dumped.json"
