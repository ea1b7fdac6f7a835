// Package proxies lists ordinary configurations of proxies that people use, for
// certify-proxy: each has a folder here, with the templates of its configuration and
// the command that starts it, which run.sh fills in. They are those of Debian 12, of
// the Go module in go and of the npm packages in node.
//
// The package must not know rules or reports.
package proxies

// Proxy is a proxy in one configuration.
type Proxy struct {
	Name          string // of its folder
	Software      string // what people call it
	Configuration string
	Forward       bool

	// Version is a command, run in the module's root, whose output has the version
	// as its first number with dots.
	Version []string
}

// All returns every proxy in every configuration. The caller owns the slice.
func All() []Proxy {
	nginx, haproxy, apache := []string{"nginx", "-v"}, []string{"haproxy", "-v"}, []string{"apache2", "-v"}
	squid, mitmproxy := []string{"squid", "-v"}, []string{"mitmdump", "--version"}
	return []Proxy{
		{"nginx-plain", "nginx", "proxy_pass", false, nginx},
		{"nginx-good", "nginx", "proxy_pass, proxy_pass_header Date, proxy_next_upstream off", false, nginx},
		{"nginx-keepalive", "nginx", "keepalive 16", false, nginx},
		{"nginx-cache", "nginx", "proxy_cache", false, nginx},
		{"nginx-microcache", "nginx", "proxy_cache for 1s, Cache-Control ignored", false, nginx},
		{"nginx-next-upstream", "nginx", "two servers, proxy_next_upstream with statuses", false, nginx},
		{"nginx-next-upstream-non-idempotent", "nginx", "two servers, proxy_next_upstream non_idempotent", false, nginx},
		{"nginx-two", "nginx", "two servers", false, nginx},
		{"haproxy-plain", "haproxy", "default", false, haproxy},
		{"haproxy-retry-all", "haproxy", "retry-on all-retryable-errors", false, haproxy},
		{"apache-plain", "Apache httpd", "ProxyPass", false, apache},
		{"apache-nocanon", "Apache httpd", "ProxyPass nocanon", false, apache},
		{"varnish", "Varnish", "default", false, []string{"varnishd", "-V"}},
		{"squid-reverse", "Squid", "accel", false, squid},
		{"squid-forward", "Squid", "forward", true, squid},
		{"trafficserver", "Traffic Server", "map", false, []string{"traffic_server", "-V"}},
		{"mitmproxy-reverse", "mitmproxy", "reverse", false, mitmproxy},
		{"mitmproxy-forward", "mitmproxy", "forward", true, mitmproxy},
		{"tinyproxy", "tinyproxy", "forward", true, []string{"tinyproxy", "-v"}},
		{"privoxy", "Privoxy", "forward", true, []string{"privoxy", "--version"}},
		{"caddy", "Caddy", "reverse_proxy", false, []string{"caddy", "version"}},
		{"go-reverseproxy", "net/http/httputil.ReverseProxy", "default", false, []string{"go", "version", "bin/proxy-reverseproxy"}},
		{"goproxy-forward", "github.com/elazarl/goproxy", "forward", true, []string{"sh", "-c", "go version -m bin/proxy-goproxy | grep elazarl"}},
		{"node-http-proxy", "http-proxy", "default", false, npm("http-proxy")},
		{"node-http-proxy-middleware", "http-proxy-middleware", "express", false, npm("http-proxy-middleware")},
		{"node-reply-from", "@fastify/reply-from", "bodies as streams", false, npm("@fastify/reply-from")},
		{"mbxcheck-proxy", "mbxcheck proxy", "default", false, []string{"sh", "-c", "bin/mbxcheck version | head -n 1"}},
	}
}

// npm is the command that tells the version of an installed package.
func npm(name string) []string {
	return []string{"node", "-p", "require('./suites/certify/relay/proxies/node/node_modules/" + name + "/package.json').version"}
}
