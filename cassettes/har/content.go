package har

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// content undoes what the recorder did to the content's text: base64, and what
// Polly.JS made of bytes that are no UTF-8.
func (rd *reader) content() ([]byte, error) {
	x, e := &rd.B.X, &rd.entry
	switch {
	case !rd.own && bytes.HasPrefix(rd.response, []byte(`["`)) && (e.base64 || e.binary || isCoded(x.Response.Header)):
		return rd.chunks()
	case e.base64:
		return rd.Base64(rd.response, x.At.Line, "the content's text")
	case e.binary:
		n, err := hex.Decode(rd.response, rd.response)
		if err != nil {
			x.Gaps |= traffic.GapUndecoded
			return rd.response, nil
		}
		return rd.response[:n], nil
	}
	return rd.response, nil
}

// chunks joins what Polly.JS makes of a body in a content coding: a JSON list of
// the chunks that came, each in hex (up to v3 without a word of it, v4 and v5
// with "_isBinary") or in base64 (v6, with "encoding"). A list of other strings
// under a content coding may be what the server sent, decoded since, or another
// recorder's doing.
func (rd *reader) chunks() ([]byte, error) {
	e := &rd.entry
	var texts []string
	if json.Unmarshal(rd.response, &texts) == nil {
		undo := hex.DecodeString
		if e.base64 {
			undo = base64.StdEncoding.DecodeString
		}
		if chunks, ok := each(texts, undo); ok {
			e.binary = true // its size is that of the coded content
			return slices.Concat(chunks...), nil
		}
	}
	if e.base64 {
		return rd.Base64(rd.response, rd.B.X.At.Line, "the content's text")
	}
	rd.B.X.Gaps |= traffic.GapUndecoded
	return rd.response, nil
}

func each(texts []string, undo func(string) ([]byte, error)) ([][]byte, bool) {
	chunks := make([][]byte, len(texts))
	for i, text := range texts {
		var err error
		if chunks[i], err = undo(text); err != nil {
			return nil, false
		}
	}
	return chunks, true
}

func isCoded(h traffic.Header) bool {
	_, coded := h.Get("Content-Encoding")
	return coded
}

// attached reads a body that Playwright put into a file beside the recording
// ("content: attach").
func (rd *reader) attached(name string, missing traffic.Gap) []byte {
	if rd.beside != nil {
		if body, err := rd.beside(name, rd.Limits().BodyBytes); err == nil {
			return body
		}
	}
	rd.B.X.Gaps |= missing
	return nil
}
