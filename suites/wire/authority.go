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
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"time"
)

const (
	// authorityLife is how long the certificates hold: longer than any run,
	// and no longer than a working day is useful to whoever should find one.
	authorityLife = 24 * time.Hour

	// authorityAge is how long they have held already, for clients whose
	// clock is behind.
	authorityAge = time.Hour

	// maxLeaves bounds the certificates that are kept: clients name a few
	// hosts, hostile ones any number.
	maxLeaves = 64

	// maxHost is the length of the longest host name (RFC 1035 section 2.3.4).
	maxHost = 253
)

// Authority is a certification authority for one run: its private key lives in
// memory alone and dies with the process. It is safe for concurrent use.
type Authority struct {
	root    *x509.Certificate
	key     *ecdsa.PrivateKey
	leafKey *ecdsa.PrivateKey // of all leaves: they differ in their names only

	mu     sync.Mutex
	leaves map[string]*tls.Certificate
}

// NewAuthority makes an authority whose certificates hold from an hour before
// now to a day after it.
func NewAuthority(now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		// A name of its own for each: trust stores look issuers up by name.
		Subject:   pkix.Name{CommonName: fmt.Sprintf("mbxcheck throw-away CA %x", serial.Bytes()[:4])},
		NotBefore: now.Add(-authorityAge), NotAfter: now.Add(authorityLife),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &Authority{root: root, key: key, leafKey: leafKey, leaves: map[string]*tls.Certificate{}}, nil
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

// Leaf returns a certificate for a host, made when it is first asked for.
func (a *Authority) Leaf(host string) (*tls.Certificate, error) {
	host = strings.ToLower(host)
	if host == "" || len(host) > maxHost {
		return nil, fmt.Errorf("certificate for a host: expected a name of 1 to %d characters, found %d", maxHost, len(host))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if leaf := a.leaves[host]; leaf != nil {
		return leaf, nil
	}
	leaf, err := a.sign(host)
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

func (a *Authority) sign(host string) (*tls.Certificate, error) {
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{Organization: []string{"mbxcheck"}},
		NotBefore: a.root.NotBefore, NotAfter: a.root.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
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
	return &tls.Certificate{Certificate: [][]byte{der, a.root.Raw}, PrivateKey: a.leafKey}, nil
}
