package wire

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// authorityLife is how long the certificates of a run hold: longer than any
	// run, and no longer than a working day is useful to whoever should find one.
	authorityLife = 24 * time.Hour

	// keptLife is how long an authority holds that is kept: people trust it by hand,
	// and what stands between them and the venue is not to last longer.
	keptLife = 2 * 365 * 24 * time.Hour

	// leafLife is how long the certificate of a host holds at the most, which a
	// proxy that runs on makes anew leafAhead before its end.
	leafLife, leafAhead = 24 * time.Hour, time.Hour

	// authorityAge is how long they have held already, for clients whose
	// clock is behind.
	authorityAge = time.Hour

	// maxLeaves bounds the certificates that are kept: clients name a few
	// hosts, hostile ones any number.
	maxLeaves = 64

	// maxHost is the length of the longest host name (RFC 1035 section 2.3.4).
	maxHost = 253
)

// Authority is a certification authority. That of one run has its private key in
// memory alone, where it dies with the process. It is safe for concurrent use.
type Authority struct {
	root    *x509.Certificate
	key     *ecdsa.PrivateKey
	leafKey *ecdsa.PrivateKey // of all leaves: they differ in their names only
	hosts   []string          // that it signs, lower case; nil for any

	mu     sync.Mutex
	leaves map[string]*tls.Certificate
}

// NewAuthority makes an authority for one run, whose certificates hold from an hour
// before now to a day after it. It signs for the hosts alone, for any if there are none.
func NewAuthority(now time.Time, hosts ...string) (*Authority, error) {
	return newAuthority(&x509.Certificate{
		Subject: pkix.Name{CommonName: "mbxcheck throw-away CA"}, NotBefore: now.Add(-authorityAge), NotAfter: now.Add(authorityLife),
	}, hosts)
}

// NewKeptAuthority makes an authority that is to be kept, and holds for two years.
// Whoever trusts it trusts it for the hosts and their subdomains alone, also if its key
// is lost to somebody: its certificate says so (RFC 5280 section 4.2.1.10).
func NewKeptAuthority(now time.Time, hosts []string) (*Authority, error) {
	if len(hosts) == 0 {
		return nil, errors.New("a CA that is kept: expected the hosts that it is for, found none")
	}
	c := &x509.Certificate{
		Subject: pkix.Name{CommonName: "mbxcheck CA"}, NotBefore: now.Add(-authorityAge), NotAfter: now.Add(keptLife),
		PermittedDNSDomainsCritical: true,
	}
	for _, host := range hosts {
		switch ip := net.ParseIP(host); {
		case ip == nil:
			c.PermittedDNSDomains = append(c.PermittedDNSDomains, BareHost(host))
		case ip.To4() != nil:
			c.PermittedIPRanges = append(c.PermittedIPRanges, &net.IPNet{IP: ip.To4(), Mask: net.CIDRMask(32, 32)})
		default:
			c.PermittedIPRanges = append(c.PermittedIPRanges, &net.IPNet{IP: ip, Mask: net.CIDRMask(128, 128)})
		}
	}
	// What no constraint speaks of is not constrained.
	if c.PermittedIPRanges == nil {
		c.ExcludedIPRanges = []*net.IPNet{{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}, {IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)}}
	}
	if c.PermittedDNSDomains == nil {
		c.PermittedDNSDomains = []string{"invalid"} // which no host is called (RFC 6761 section 6.4)
	}
	return newAuthority(c, hosts)
}

func newAuthority(c *x509.Certificate, hosts []string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if c.SerialNumber, err = newSerial(); err != nil {
		return nil, err
	}
	// A name of its own for each: trust stores look issuers up by name.
	c.Subject.CommonName += fmt.Sprintf(" %x", c.SerialNumber.Bytes()[:4])
	c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	c.BasicConstraintsValid, c.IsCA, c.MaxPathLenZero = true, true, true
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return authorityOf(root, key, hosts)
}

// authorityOf is the authority of a certificate and its key.
func authorityOf(root *x509.Certificate, key *ecdsa.PrivateKey, hosts []string) (*Authority, error) {
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	a := &Authority{root: root, key: key, leafKey: leafKey, leaves: map[string]*tls.Certificate{}}
	for _, host := range hosts {
		a.hosts = append(a.hosts, BareHost(host))
	}
	return a, nil
}

// ParseAuthority reads an authority that was kept, which is to sign for hosts, and is
// refused where a client could not trust what it signs for them.
func ParseAuthority(certificate, key []byte, now time.Time, hosts []string) (*Authority, error) {
	block, _ := pem.Decode(certificate)
	if block == nil {
		return nil, errors.New("expected a certificate in PEM, found none")
	}
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("its certificate can't be read: %w", err)
	}
	var private *ecdsa.PrivateKey
	if block, _ = pem.Decode(key); block != nil {
		private, _ = x509.ParseECPrivateKey(block.Bytes)
	}
	switch {
	case private == nil: // an error of the parser might quote it
		return nil, errors.New("expected a private key for ECDSA in PEM, found none")
	case !private.PublicKey.Equal(root.PublicKey):
		return nil, errors.New("expected the key of its certificate, found another's")
	}
	a, err := authorityOf(root, private, hosts)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	for _, host := range a.hosts {
		leaf, err := a.sign(host, now)
		if err != nil {
			return nil, err
		}
		if _, err := leaf.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: host, CurrentTime: now}); err != nil {
			return nil, fmt.Errorf("it can't sign for %s: %w", host, err)
		}
	}
	return a, nil
}

func newSerial() (*big.Int, error) {
	const bits = 126 // at most 20 bytes, and positive (RFC 5280 section 4.1.2.2)
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), bits))
	if err != nil {
		return nil, err
	}
	return n.SetBit(n, bits, 1), nil
}

// PEM is the authority's certificate for clients to trust.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.Raw})
}

// KeyPEM is the authority's private key, for a file that nobody else may read.
func (a *Authority) KeyPEM() ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(a.key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
}

// Ends is when the authority's certificate ceases to hold.
func (a *Authority) Ends() time.Time { return a.root.NotAfter }

// DirectoryName is the name under which OpenSSL looks for the certificate in a
// directory of trusted ones (SSL_CERT_DIR): the hash of the subject in its
// canonical form, which is lower case and free of the outer sequence.
func (a *Authority) DirectoryName() string {
	type attribute struct {
		Type  asn1.ObjectIdentifier
		Value string `asn1:"utf8"`
	}
	commonName := asn1.ObjectIdentifier{2, 5, 4, 3}
	der, err := asn1.MarshalWithParams([]attribute{{commonName, strings.ToLower(a.root.Subject.CommonName)}}, "set")
	if err != nil {
		return "" // a constant OID and ASCII text always marshal
	}
	sum := sha1.Sum(der)
	return fmt.Sprintf("%08x.0", binary.LittleEndian.Uint32(sum[:4]))
}

// Leaf returns a certificate for a host, made when it is first asked for, and again
// before it ceases to hold.
func (a *Authority) Leaf(host string) (*tls.Certificate, error) { return a.leafAt(host, time.Now()) }

func (a *Authority) leafAt(host string, now time.Time) (*tls.Certificate, error) {
	host = strings.ToLower(host)
	if host == "" || len(host) > maxHost {
		return nil, fmt.Errorf("certificate for a host: expected a name of 1 to %d characters, found %d", maxHost, len(host))
	}
	if a.hosts != nil && !slices.Contains(a.hosts, BareHost(host)) {
		return nil, fmt.Errorf("certificate for %q: it is none of the hosts that were named", host)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if leaf := a.leaves[host]; leaf != nil && (now.Before(leaf.Leaf.NotAfter.Add(-leafAhead)) || !leaf.Leaf.NotAfter.Before(a.root.NotAfter)) {
		return leaf, nil
	}
	leaf, err := a.sign(host, now)
	if err != nil {
		return nil, err
	}
	for old := range a.leaves {
		if len(a.leaves) < maxLeaves {
			break
		}
		delete(a.leaves, old)
	}
	a.leaves[host] = leaf
	return leaf, nil
}

func (a *Authority) sign(host string, now time.Time) (*tls.Certificate, error) {
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{Organization: []string{"mbxcheck"}},
		NotBefore: now.Add(-authorityAge), NotAfter: now.Add(leafLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	if template.NotBefore.Before(a.root.NotBefore) {
		template.NotBefore = a.root.NotBefore
	}
	if template.NotAfter.After(a.root.NotAfter) {
		template.NotAfter = a.root.NotAfter
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.root, &a.leafKey.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("certificate for %q: %w", host, err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate for %q: %w", host, err)
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.root.Raw}, PrivateKey: a.leafKey, Leaf: leaf}, nil
}
