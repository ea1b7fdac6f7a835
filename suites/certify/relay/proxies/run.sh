#!/bin/sh
# Fills in a proxy's configuration and runs the proxy in the foreground, in a directory
# below TMPDIR:
#
#	mbxcheck certify-proxy -- sh run.sh NAME {listen} {upstream_host} {upstream_port}
#
# NAME is a folder here: its *.tmpl are filled in, and start is the command.
set -e
here=$(cd "$(dirname "$0")" && pwd)
own=$here/$1 listen=$2 host=$3 port=$4
dir=$(mktemp -d)
PATH=$PATH:/usr/sbin:/sbin
fill() {
	sed -e "s|{listen}|$listen|g; s|{listen_host}|${listen%:*}|g; s|{listen_port}|${listen##*:}|g" \
		-e "s|{upstream}|http://$host:$port|g; s|{upstream_host}|$host|g; s|{upstream_port}|$port|g" \
		-e "s|{dir}|$dir|g; s|{here}|$here|g" "$1"
}
for template in "$own"/*.tmpl; do
	[ -e "$template" ] || continue
	file=${template##*/}
	fill "$template" >"$dir/${file%.tmpl}"
done
cd "$dir"
start=$(fill "$own/start")
exec sh -c "exec $start"
