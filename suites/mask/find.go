package mask

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// span is a part of a text that is to be hidden.
type span struct {
	start, end int
	why        reason
	noun       string // of a name that says so
}

// reason is what tells a secret.
type reason uint8

const (
	shaped reason = iota
	known
	named
	kept // it is a mask already, which only people are shown in short
)

// find lists what is to be hidden of a text, in order and apart. p, which may be
// nil, knows what the exchange has told of itself, and learns more.
func find(m *Masker, text []byte, p *pass) []span {
	var s *search
	if p != nil {
		s = &p.search // memory to use again
	} else {
		s = new(search)
	}
	s.p, s.level, s.hits = p, 0, s.hits[:0]
	s.views = appendViews(s.room[:0], text)
	for s.level = range s.views {
		if m != nil {
			s.values(m.known)
		}
		if p != nil {
			s.told(p.told)
		}
		s.names()
		s.shapes()
	}
	return merged(s.hits)
}

// toStore are those of the parts that are to be written over.
func toStore(hits []span) []span {
	return slices.DeleteFunc(hits, func(h span) bool { return h.why == kept })
}

// findKnown lists what values alone tell.
func findKnown(m *Masker, text []byte) []span {
	s := search{views: viewsOf(text)}
	for s.level = range s.views {
		s.values(m.known)
	}
	return merged(s.hits)
}

// search looks for secrets in a text, and in what it says when its escapes are
// undone.
type search struct {
	p     *pass
	views []decoded
	room  [maxLevels]decoded // of views
	level int
	hits  []span // in the text itself
}

func (s *search) text() []byte { return s.views[s.level].text }

// hit notes a part of the view at hand.
func (s *search) hit(start, end int, why reason, noun string) {
	for at := s.level; at > 0; at-- {
		from := s.views[at].from
		start, end = int(from[start]), int(from[end])
	}
	s.hits = append(s.hits, span{start, end, why, noun})
}

// values looks for what the run knows.
func (s *search) values(v *values) {
	if v == nil {
		return
	}
	b := s.text()
	for at := 0; ; {
		start, end := v.after(b, at)
		if start < 0 {
			return
		}
		start, end = wordAround(b, start, end)
		s.hit(start, end, known, "")
		at = end
	}
}

// told looks for what the exchange's own names have told.
func (s *search) told(list [][]byte) {
	b := s.text()
	for _, v := range list {
		for at := 0; ; {
			i := bytes.Index(b[at:], v)
			if i < 0 {
				break
			}
			start, end := wordAround(b, at+i, at+i+len(v))
			s.hit(start, end, known, "")
			at = end
		}
	}
}

// merged puts spans in order and makes one of those that overlap or touch.
func merged(hits []span) []span {
	if len(hits) < 2 {
		return hits
	}
	slices.SortFunc(hits, func(a, b span) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	out := hits[:1]
	for _, h := range hits[1:] {
		last := &out[len(out)-1]
		switch {
		case h.start > last.end || h.start == last.end && h.why == named:
			out = append(out, h)
		case h.end > last.end:
			last.end, last.why, last.noun = h.end, known, ""
		case last.why == kept, h.why == named && h.start == last.start && h.end == last.end:
			last.why, last.noun = h.why, h.noun
		}
	}
	return out
}

// isWord reports what keys are made of.
func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
}

// wordAround widens a part of a text to whole words, so that no word is left that
// is half a mask, and no escape of which half is left.
func wordAround(b []byte, start, end int) (int, int) {
	for {
		from, to := word(b, start, end)
		if behind := behindEscape(b, from); behind <= start {
			return behind, to
		}
		start = from - 1 // the whole escape
	}
}

// word widens a part of a text to whole words.
func word(b []byte, start, end int) (int, int) {
	for start > 0 && isWord(b[start-1]) {
		start--
	}
	for end < len(b) && isWord(b[end]) {
		end++
	}
	return start, end
}

// behindEscape is where a word begins of which the first characters end an escape.
func behindEscape(b []byte, start int) int {
	switch {
	case start == 0:
	case b[start-1] == '%' && start+1 < len(b) && traffic.IsHex(b[start]) && traffic.IsHex(b[start+1]):
		if b[start] == '2' && b[start+1] == '5' && start+3 < len(b) && traffic.IsHex(b[start+2]) && traffic.IsHex(b[start+3]) {
			return start + 4 // a percent sign that begins another one
		}
		return start + 2
	case b[start-1] == '\\' && escapeLength(b[start-1:]) > 1:
		return start - 1 + escapeLength(b[start-1:])
	}
	return start
}

// longestSentence bounds, in bytes, what isHarmless looks at.
const longestSentence = 512

// isHarmless reports a text in which no name and no shape can tell a secret, as are
// methods, paths and most sentences. It does not allocate.
func isHarmless(s string) bool {
	if len(s) > longestSentence {
		return false
	}
	var all sign
	for i, run := 0, 0; i < len(s); i++ {
		all |= signs[s[i]]
		if run++; !isWord(s[i]) {
			run = 0
		}
		if run >= minShaped {
			return false
		}
	}
	return all&(escapeSign|nameSign) == 0 &&
		(all&pathSign == 0 || !strings.Contains(s, "/user")) &&
		(all&schemeSign == 0 || !strings.Contains(s, "Bearer ") && !strings.Contains(s, "Basic "))
}

// minShaped is the shortest run of letters and digits taken for a secret: listen
// keys have 60 characters, API keys and HMAC SHA256 signatures in hexadecimal 64;
// ids that clients choose have at most 36, with dashes.
const minShaped = 40

// shapes looks for what looks like a key.
func (s *search) shapes() {
	b := s.text()
	// No such run holds none of the characters that are its length apart.
	for at := minShaped - 1; at < len(b); {
		if !isWord(b[at]) {
			at += minShaped
			continue
		}
		start, end := word(b, at, at)
		start = min(behindEscape(b, start), end)
		switch v := b[start:end]; {
		case !isKeyShaped(v):
		case isMark(v):
			s.hit(start, end, kept, "")
		default:
			s.hit(start, end, shaped, "")
		}
		at = end + minShaped
	}
}

// addressLength is that of an address on Ethereum and its like: 0x and 40 digits.
// Private keys there have 64.
const addressLength = 42

// isKeyShaped reports a long run of letters and digits that is no number, and no
// address to which money is sent.
func isKeyShaped(v []byte) bool {
	if len(v) < minShaped || len(v) == addressLength && v[0] == '0' && v[1] == 'x' && allHex(v[2:]) {
		return false
	}
	letters := false
	for _, c := range v {
		if !isWord(c) {
			return false
		}
		letters = letters || c > '9'
	}
	return letters
}

func allHex(v []byte) bool {
	return !slices.ContainsFunc(v, func(c byte) bool { return !traffic.IsHex(c) })
}
