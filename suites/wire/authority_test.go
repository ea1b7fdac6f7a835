package wire_test

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/wire"
)

func TestLeavesAreTheAuthoritys(t *testing.T) {
	t.Parallel()
	now := time.Now()
	ca, err := wire.NewAuthority(now)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca.PEM()) {
		t.Fatalf("expected a certificate in PEM, found %q", ca.PEM())
	}
	for i := range 200 { // more than are kept
		for _, host := range []string{"api.binance.com", "127.0.0.1", "::1", fmt.Sprintf("h%d.example", i)} {
			pair, err := ca.Leaf(host)
			if err != nil {
				t.Fatal(err)
			}
			leaf, err := x509.ParseCertificate(pair.Certificate[0])
			if err != nil {
				t.Fatal(err)
			}
			if _, err := leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: host}); err != nil {
				t.Errorf("%s: %v", host, err)
			}
			if leaf.NotAfter.After(now.Add(25*time.Hour)) || leaf.IsCA {
				t.Errorf("%s: expected a leaf of a day, found one until %v", host, leaf.NotAfter)
			}
		}
	}
	for _, host := range []string{"", strings.Repeat("x", 254)} {
		if _, err := ca.Leaf(host); err == nil {
			t.Errorf("expected no certificate for %d characters", len(host))
		}
	}
}

func TestAuthoritiesAreNobodys(t *testing.T) {
	one, err := wire.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	two, err := wire.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode(one.PEM())
	if block.Type != "CERTIFICATE" || len(rest) > 0 {
		t.Errorf("expected the certificate alone, found %s and %d bytes", block.Type, len(rest))
	}
	if string(one.PEM()) == string(two.PEM()) || one.DirectoryName() == two.DirectoryName() {
		t.Error("expected each run to have an authority of its own")
	}
}

// TestDirectoryName holds the hash against OpenSSL's own.
func TestDirectoryName(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	ca, err := wire.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, ca.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(openssl, "x509", "-noout", "-hash", "-in", file).Output()
	if want := strings.TrimSpace(string(out)) + ".0"; err != nil || ca.DirectoryName() != want {
		t.Errorf("expected %s, found %s, %v", want, ca.DirectoryName(), err)
	}
}

// TestKeptAuthority: it signs for its hosts alone, also in the eyes of clients, and is
// read again as it was written.
func TestKeptAuthority(t *testing.T) {
	t.Parallel()
	now := time.Now()
	hosts := []string{"api.binance.com", "127.0.0.1", "::1"}
	ca, err := wire.NewKeptAuthority(now, hosts)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ca.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wire.ParseAuthority(ca.PEM(), key, now, hosts); err != nil {
		t.Errorf("expected it to be read, found %v", err)
	}
	other, err := wire.NewKeptAuthority(now, []string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	otherKey, _ := other.KeyPEM()
	for name, c := range map[string]struct {
		certificate, key []byte
		now              time.Time
		host, want       string
	}{
		"another's key":     {ca.PEM(), otherKey, now, hosts[0], "the key of its certificate"},
		"no key":            {ca.PEM(), ca.PEM(), now, hosts[0], "expected a private key"},
		"no certificate":    {key[:9], key, now, hosts[0], "expected a certificate in PEM"},
		"another's host":    {ca.PEM(), key, now, "example.com", "can't sign for example.com"},
		"another's address": {ca.PEM(), key, now, "127.0.0.2", "can't sign for 127.0.0.2"},
		"names of none":     {other.PEM(), otherKey, now, hosts[0], "can't sign for " + hosts[0]},
		"over":              {ca.PEM(), key, now.Add(3 * 365 * 24 * time.Hour), hosts[0], "expired"},
	} {
		if _, err := wire.ParseAuthority(c.certificate, c.key, c.now, []string{c.host}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: expected %q, found %v", name, c.want, err)
		}
	}
	named, err := wire.NewKeptAuthority(now, hosts[:1])
	if err != nil {
		t.Fatal(err)
	}
	namedKey, _ := named.KeyPEM()
	if _, err := wire.ParseAuthority(named.PEM(), namedKey, now, hosts[1:]); err == nil {
		t.Error("expected no addresses where names alone are constrained")
	}
}
