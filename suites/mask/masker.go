package mask

import (
	"bytes"
	"sync"
	"unsafe"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Masker hides secrets, those of one run among them. A nil Masker knows no values,
// and does not tell short ones apart. It is safe for concurrent use.
type Masker struct {
	known *values

	mu     sync.Mutex
	short  map[string]int   // numbers of secrets that somebody could guess
	counts [unguessable]int // of those by their length
}

// New makes a masker for a run that knows these values to be secret. Of a value
// of several lines each line counts, as of a key in PEM. What is no secret by
// itself is passed over: less than 6 characters, digits alone, and what stands
// in the place of a secret.
func New(secrets ...string) *Masker {
	return &Masker{known: newValues(secrets), short: map[string]int{}}
}

// Or is the masker, or for none a new one, which knows no values.
func Or(m *Masker) *Masker {
	if m == nil {
		return New()
	}
	return m
}

// Exchange returns the exchange as it may be stored. It is x itself where there is
// nothing to hide, and shares with x what is not changed. Each mask has its value's
// length, so that Content-Length still fits, and the same value has the same mask
// throughout the run, so that two keys stay two keys. Masking again changes
// nothing.
func (m *Masker) Exchange(x *traffic.Exchange) *traffic.Exchange {
	p := pass{m: m, x: x}
	p.request()
	if p.told = p.learned; len(p.told) > 0 {
		p.request() // what one part of it tells may stand in another
	}
	p.learned = nil
	p.response()
	if p.out == nil {
		return x
	}
	return p.out
}

// Bytes is text as it may be stored, each mask as long as what it hides. It
// returns b itself where there is nothing to hide.
func (m *Masker) Bytes(b []byte) []byte {
	return hide(m, b, nil)
}

// Text is text as it may be shown to people: of a long secret the first four
// characters are left, of others none. It returns s itself where there is nothing
// to hide.
func (m *Masker) Text(s string) string {
	if !m.KnowsValues() && isHarmless(s) {
		return s
	}
	return shown(s, find(m, view(s), nil))
}

// Secret is a value that others know to be secret, as Text shows one.
func Secret(v string) string {
	if isMark([]byte(v)) {
		return v
	}
	return shown(v, []span{{end: len(v)}})
}

// Known is text in which only the values that the run knows are hidden, as Text
// hides them: for what was masked in its parts.
func (m *Masker) Known(b []byte) []byte {
	if !m.KnowsValues() {
		return b
	}
	hits := findKnown(m, b)
	if len(hits) == 0 {
		return b
	}
	return []byte(shown(string(b), hits))
}

// holds reports whether a text without escapes has a value in it that the run
// knows.
func (m *Masker) holds(b []byte) bool {
	if !m.KnowsValues() || len(b) < m.known.window {
		return false
	}
	start, _ := m.known.after(b, 0)
	return start >= 0
}

// KnowsValues reports whether there is anything that Known would hide.
func (m *Masker) KnowsValues() bool { return m != nil && m.known != nil }

// Text hides what is secret by its name or its shape, as a Masker does that knows
// no values.
func Text(s string) string { return (*Masker)(nil).Text(s) }

// pass masks one exchange.
type pass struct {
	m   *Masker
	x   *traffic.Exchange
	out *traffic.Exchange // a copy, once there is something to change

	search search

	told    [][]byte // what the request's names say is secret
	learned [][]byte
}

// now is the exchange as far as it is masked.
func (p *pass) now() *traffic.Exchange {
	if p.out != nil {
		return p.out
	}
	return p.x
}

// copied is the copy that changes are made in.
func (p *pass) copied() *traffic.Exchange {
	if p.out == nil {
		c := *p.x
		p.out = &c
	}
	return p.out
}

func (p *pass) request() {
	r := &p.now().Request
	if v, ok := p.text(r.Method); ok {
		p.copied().Request.Method = v
	}
	if v, ok := p.text(r.URL); ok {
		p.copied().Request.URL = v
	}
	if v, ok := p.text(p.x.Client); ok {
		p.copied().Client = v
	}
	if h, ok := p.header(r.Header); ok {
		p.copied().Request.Header = h
	}
	if b, ok := p.body(r.Body); ok {
		p.copied().Request.Body = b
	}
	p.annotation()
}

func (p *pass) response() {
	r := &p.now().Response
	if h, ok := p.header(r.Header); ok {
		p.copied().Response.Header = h
	}
	if b, ok := p.body(r.Body); ok {
		p.copied().Response.Body = b
	}
}

// annotation masks the words that a driver said.
func (p *pass) annotation() {
	a := p.now().Annotation
	if a == nil {
		return
	}
	c := *a
	for _, word := range [...]*string{&c.Command.Op, &c.Told.Type, &c.Experiment.Name, &c.Experiment.Variant} {
		if v, ok := p.text(*word); ok {
			*word = v
		}
	}
	if c != *a {
		p.copied().Annotation = &c
	}
}

func (p *pass) text(s string) (string, bool) {
	if len(p.told) == 0 && isHarmless(s) && !p.m.holds(view(s)) {
		return s, false
	}
	b, changed := p.body(view(s))
	if !changed {
		return s, false
	}
	return string(b), true
}

func (p *pass) body(b []byte) ([]byte, bool) {
	out := hide(p.m, b, p)
	return out, len(b) > 0 && &out[0] != &b[0]
}

// header masks the values of fields whose names say that they are secret, and what
// is secret in the others.
func (p *pass) header(h traffic.Header) (traffic.Header, bool) {
	var out traffic.Header
	for i, f := range h {
		name, changedName := p.text(f.Name)
		value, changed := p.field(f)
		if !changed && !changedName {
			continue
		}
		if out == nil {
			out = append(make(traffic.Header, 0, len(h)), h...)
		}
		out[i] = traffic.Field{Name: name, Value: value}
	}
	return out, out != nil
}

func (p *pass) field(f traffic.Field) (string, bool) {
	noun := nounOf(view(f.Name))
	if noun == "" {
		return p.text(f.Value)
	}
	v := view(f.Value)
	if isMark(v) {
		return f.Value, false
	}
	p.learn(lastWord(v))
	return string(stored(p.m, v, []span{{0, len(v), named, noun}})), true
}

// shortestLearned is the shortest value that is looked for in the rest of an
// exchange because a name in its request says that it is secret: shorter ones may
// be words.
const shortestLearned = 16

// learn notes a value that its name says is secret, unless its shape says so too.
func (p *pass) learn(v []byte) {
	if p.told != nil || len(v) < shortestLearned || !isKeyish(v) || isMark(v) {
		return
	}
	if v = plainest(v); !isKeyShaped(v) && len(v) >= shortestLearned {
		p.learned = append(p.learned, bytes.Clone(v))
	}
}

// lastWord is a credential without the name of its scheme (RFC 9110 section 11.4).
func lastWord(v []byte) []byte { return v[bytes.LastIndexByte(v, ' ')+1:] }

// view looks at a string as bytes, which nobody may change.
func view(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
