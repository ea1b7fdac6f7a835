package rule

import (
	"cmp"
	"errors"
	"io/fs"
	"regexp"
	"strconv"
	"sync"
)

// InputError is input that could not be read, and where.
type InputError struct {
	Source string `json:"source,omitempty"` // what was to be read, as it was asked for; errors are in the order of their sources
	Nth    int    `json:"nth,omitempty"`    // which it is of its source's
	Text   string `json:"text"`             // as the error says it

	// What Text says, taken apart.
	File    string `json:"file,omitempty"` // "" when it does not say
	Line    int    `json:"line,omitempty"` // 0 when it does not say
	Message string `json:"message"`        // without file and line
}

// located matches how errors about recordings begin: FILE:LINE: or FILE: byte
// OFFSET:. It is compiled when first asked for: few runs need it.
var located = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([^\n]+?):(?:([0-9]{1,9})| byte [0-9]+): `)
})

// NewInputError is an error of a source, of which others were told before.
func NewInputError(source string, before int, err error) InputError {
	text := valid(err.Error())
	e := InputError{Source: valid(source), Nth: before + 1, Text: text, Message: text}
	if m := located().FindStringSubmatch(text); m != nil {
		e.File, e.Message = m[1], text[len(m[0]):]
		if m[2] == "" { // the offset is all there is, keep it
			e.Message = text[len(m[1])+2:]
		}
		e.Line, _ = strconv.Atoi(m[2])
	} else if path, ok := errors.AsType[*fs.PathError](err); ok {
		e.File, e.Message = valid(path.Path), valid(path.Err.Error())
	}
	return e
}

// compare orders errors by where they fall.
func (e *InputError) compare(o *InputError) int {
	return cmp.Or(
		cmp.Compare(e.Source, o.Source), cmp.Compare(e.Nth, o.Nth), cmp.Compare(e.Text, o.Text),
		cmp.Compare(e.File, o.File), cmp.Compare(e.Line, o.Line), cmp.Compare(e.Message, o.Message))
}

// maxErrors bounds the errors kept, some 300 bytes each: those who read recordings keep
// a thousand of an archive, and of most files none.
const maxErrors = 1 << 14

// mergedErrors are the errors of two lists in order, in order; beyond the bound the
// first are kept.
func mergedErrors(a, b []InputError) []InputError {
	all := interleaved(a, b)
	return all[:min(len(all), maxErrors)]
}

func interleaved(a, b []InputError) []InputError {
	if len(a) == 0 || len(b) == 0 || a[len(a)-1].compare(&b[0]) <= 0 {
		return append(a, b...) // as it is nearly always: sources are read in order
	}
	all := make([]InputError, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		first := &a
		if b[0].compare(&a[0]) < 0 {
			first = &b
		}
		all = append(all, (*first)[0])
		*first = (*first)[1:]
	}
	return append(append(all, a...), b...)
}
