//go:build unix

package main

import (
	"bufio"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// flow writes what mitmproxy 8 does: a dictionary of netstrings with a letter
// for the type behind each.
func flow(w *bufio.Writer, x *exchange) {
	sent, received := instant(x.at), instant(x.at.Add(x.took))
	connection := []string{
		tnet(';', "id"), tnet(';', "3dd3c859-07c4-4e0d-b3f4-bd686623acc9"), tnet(';', "alpn"), tnet('~', ""), tnet(';', "alpn_offers"), tnet(']', ""),
		tnet(';', "certificate_list"), tnet(']', ""), tnet(';', "cipher_list"), tnet(']', ""), tnet(';', "cipher_name"), tnet('~', ""),
		tnet(';', "error"), tnet('~', ""), tnet(';', "sni"), tnet(';', "api.binance.com"), tnet(';', "state"), tnet('#', "3"), tnet(';', "tls"), tnet('!', "true"),
		tnet(';', "tls_established"), tnet('!', "true"), tnet(';', "tls_version"), tnet(';', "TLSv1.3"), tnet(';', "timestamp_start"), sent,
		tnet(';', "timestamp_end"), tnet('~', ""), tnet(';', "timestamp_tls_setup"), sent, tnet(';', "address"), address("203.0.113.7", 51198),
	}
	client := append(connection[:len(connection):len(connection)],
		tnet(';', "mitmcert"), tnet('~', ""), tnet(';', "sockname"), address("127.0.0.1", 8080), tnet(';', "tls_extensions"), tnet(']', ""))
	server := append(connection[:len(connection):len(connection)],
		tnet(';', "ip_address"), address("52.84.150.39", 443), tnet(';', "source_address"), address("127.0.0.1", 43706),
		tnet(';', "timestamp_tcp_setup"), sent, tnet(';', "via"), tnet('~', ""), tnet(';', "via2"), tnet('~', ""))
	w.WriteString(tnet('}', tnet(';', "websocket"), tnet('~', ""),
		tnet(';', "response"), tnet('}', append(message(x.responseFields(), x.body, received),
			tnet(';', "status_code"), tnet('#', strconv.Itoa(x.status)), tnet(';', "reason"), tnet(',', http.StatusText(x.status)))...),
		tnet(';', "request"), tnet('}', append(message(x.requestFields(), []byte(x.form), sent),
			tnet(';', "method"), tnet(',', x.method), tnet(';', "scheme"), tnet(',', "https"), tnet(';', "host"), tnet(';', "api.binance.com"),
			tnet(';', "port"), tnet('#', "443"), tnet(';', "authority"), tnet(',', ""), tnet(';', "path"), tnet(',', strings.TrimPrefix(x.url, "https://api.binance.com")))...),
		tnet(';', "timestamp_created"), sent, tnet(';', "comment"), tnet(';', ""), tnet(';', "metadata"), tnet('}', ""), tnet(';', "marked"), tnet(';', ""),
		tnet(';', "is_replay"), tnet('~', ""), tnet(';', "intercepted"), tnet('!', "false"), tnet(';', "server_conn"), tnet('}', server...), tnet(';', "client_conn"), tnet('}', client...),
		tnet(';', "error"), tnet('~', ""), tnet(';', "id"), tnet(';', fmt.Sprintf("4b195582-2c70-4077-8e83-%012d", x.number)), tnet(';', "type"), tnet(';', "http"), tnet(';', "version"), tnet('#', "17")))
}

// message is what requests and responses have in common.
func message(fs []field, body []byte, at string) []string {
	var pairs []string
	for _, f := range fs {
		pairs = append(pairs, tnet(']', tnet(',', f.name), tnet(',', f.value)))
	}
	return []string{
		tnet(';', "http_version"), tnet(',', "HTTP/1.1"), tnet(';', "headers"), tnet(']', pairs...), tnet(';', "content"), tnet(',', string(body)),
		tnet(';', "trailers"), tnet('~', ""), tnet(';', "timestamp_start"), at, tnet(';', "timestamp_end"), at,
	}
}

func address(host string, port int) string {
	return tnet(']', tnet(';', host), tnet('#', strconv.Itoa(port)))
}

func instant(t time.Time) string {
	return tnet('^', strconv.FormatFloat(float64(t.UnixMicro())/1e6, 'f', 6, 64))
}

// tnet is a netstring of the parts, with the letter of their type.
func tnet(letter byte, parts ...string) string {
	text := strings.Join(parts, "")
	return strconv.Itoa(len(text)) + ":" + text + string(letter)
}
