package process

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// kept are the variables that a client has from its caller: where programs are,
// and in which language they speak. On Windows no program starts without the
// others.
func kept() []string {
	list := []string{"PATH", "LANG"}
	if runtime.GOOS == "windows" {
		list = append(list, "SystemRoot", "ComSpec", "PATHEXT")
	}
	return list
}

// environment is all that a client finds: nothing of the caller's but what is
// kept or named, lest a real key or proxy come in.
func environment(o Options, dir, url string) []string {
	home, scratch, trust := filepath.Join(dir, homeDir), filepath.Join(dir, scratchDir), filepath.Join(dir, trustDir)
	var env []string
	set := func(value string, names ...string) {
		for _, n := range names {
			env = setVariable(env, n, value)
		}
	}
	for _, name := range kept() {
		if v, ok := os.LookupEnv(name); ok {
			set(v, name)
		}
	}
	set(home, "HOME")
	set(scratch, "TMPDIR")
	if runtime.GOOS == "windows" {
		set(home, "USERPROFILE")
		set(scratch, "TEMP", "TMP")
	}
	set(o.APIKey, "BINANCE_API_KEY", "MBXCHECK_API_KEY")
	set(o.SecretKey, "BINANCE_SECRET_KEY", "BINANCE_API_SECRET", "MBXCHECK_SECRET_KEY")
	switch o.Way {
	case wire.ByURL:
		set(url, "MBXCHECK_URL")
	case wire.ByProxy:
		proxyVariables(set, url)
	}
	if o.Isolate || o.Way == wire.ByProxy {
		file := filepath.Join(trust, authorityFile)
		set(file, trustVariables()...)
		set(filepath.Join(trust, certsDir), "SSL_CERT_DIR")
	}
	for _, e := range o.Env {
		name, value, says := strings.Cut(e, "=")
		if !says {
			var ok bool
			if value, ok = os.LookupEnv(name); !ok {
				continue
			}
		}
		set(o.fill(value, url), name)
	}
	return env
}

// proxyVariables are those by which runtimes find a proxy.
func proxyVariables(set func(value string, names ...string), url string) {
	set(url, "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
	set("1", "NODE_USE_ENV_PROXY")
}

// nodeTrust names certificates beside Node's own; the other trustVariables stand in
// place of the system's.
const nodeTrust = "NODE_EXTRA_CA_CERTS"

// trustVariables name files of certificates that are to be trusted, of OpenSSL and Go,
// Node, Python's requests, and curl.
func trustVariables() []string {
	return []string{"SSL_CERT_FILE", nodeTrust, "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
}

// setVariable sets a variable, in place of the one of that name.
func setVariable(env []string, name, value string) []string {
	for i := range env {
		if strings.HasPrefix(env[i], name+"=") {
			env[i] = name + "=" + value
			return env
		}
	}
	return append(env, name+"="+value)
}

func valueOf(env []string, name string) string {
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			return v
		}
	}
	return ""
}

// What a client is to trust: a file, and a directory as OpenSSL has it, which in
// isolation lies over the system's.
const (
	authorityFile = "ca.pem"
	certsDir      = "certs"
)

// certNames are the names that bundles have in directories of certificates, on
// Debian and on Fedora.
func certNames(a *wire.Authority) []string {
	return []string{a.DirectoryName(), "ca-certificates.crt", "ca-bundle.crt", "cert.pem"}
}

// writeTrust writes a certificate below a directory, and under names in one for
// itself.
func writeTrust(dir string, text []byte, names []string) error {
	if err := os.WriteFile(filepath.Join(dir, authorityFile), text, 0o644); err != nil {
		return err
	}
	certs := filepath.Join(dir, certsDir)
	if err := os.Mkdir(certs, 0o755); err != nil {
		return err
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(certs, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// bundleDirs are where systems keep the certificates that they trust, one by one and in
// files of certNames.
func bundleDirs() []string { return []string{"/etc/ssl/certs", "/etc/pki/tls/certs"} }

// bundles are where they keep them in one file, those in bundleDirs first.
func bundles() []string {
	return append([]string{
		"/etc/ssl/certs/ca-certificates.crt", // Debian
		"/etc/pki/tls/certs/ca-bundle.crt",   // Fedora
	}, otherBundles()...)
}

// otherBundles are those that lie in no directory of certificates. What ignores the
// variables (libcurl in PHP, wget, GnuTLS) reads them.
func otherBundles() []string {
	return []string{
		"/etc/ssl/cert.pem",                                 // Alpine
		"/etc/ssl/ca-bundle.pem",                            // openSUSE
		"/var/lib/ca-certificates/ca-bundle.pem",            // openSUSE
		"/etc/pki/tls/cert.pem",                             // Fedora
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora
		"/etc/ca-certificates/extracted/tls-ca-bundle.pem",  // Arch
		"/usr/lib/ssl/cert.pem",                             // OpenSSL's own default on Debian
		"/usr/local/share/certs/ca-root-nss.crt",
	}
}
