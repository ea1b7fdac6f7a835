package edition

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mbxcheck/mbxcheck/schemas/editions"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// shelved is an edition that is read when it is first asked for. One that ships
// with a fault panics then; a test reads them all.
type shelved struct {
	id   string
	read func() *Edition
}

// shelf holds the editions known, the oldest first: their folders' names begin
// with the year.
var shelf = shelve(editions.FS)

func shelve(fsys fs.FS) []shelved {
	folders, _ := fs.ReadDir(fsys, ".") // which an embedded one always has
	var all []shelved
	for _, f := range folders {
		all = append(all, shelved{f.Name(), sync.OnceValue(func() *Edition {
			e, err := read(fsys, f.Name())
			if err != nil {
				panic(err)
			}
			return e
		})})
	}
	return all
}

// read reads an edition from the folder called as it is. Errors name the file and
// what stands in it: the route, the code, the clause.
func read(fsys fs.FS, id string) (*Edition, error) {
	var head struct {
		About map[string]string // for who reads the file
		Edition
	}
	var dialect struct {
		About map[string]string
		traffic.Dialect
	}
	var codes struct {
		Codes, SAPICodes               []ErrorCode
		EngineMessages, FilterFailures []string
	}
	routes := make([]Endpoint, 0, 1<<7)
	e, form := &head.Edition, form()
	e.ID = id
	for _, f := range [...]struct {
		name  string
		into  any
		build func() error
	}{
		{"edition.json", &head, nil},
		{"clauses.json", &e.Clauses, nil},
		{"errorcodes.json", &codes, func() (err error) {
			e.Codes, err = NewCodes(append(codes.Codes, codes.SAPICodes...), codes.EngineMessages, codes.FilterFailures)
			return err
		}},
		{"endpoints.json", &routes, func() (err error) { e.Catalogue, err = NewCatalogue(routes); return err }},
		{"dialect.json", &dialect, func() (err error) { e.Dialect, err = traffic.NewDialect(dialect.Dialect); return err }},
	} {
		file, err := fsys.Open(path.Join(id, f.name))
		if err == nil {
			err = errors.Join(json.UnmarshalRead(file, f.into, form), file.Close())
		}
		if err == nil && f.build != nil {
			err = f.build()
		}
		if err != nil {
			return nil, fmt.Errorf("edition %s: %s: %w", id, f.name, err)
		}
	}
	return e, nil
}

// form is how the files are written. Members are called as the fields are, in
// small letters and with underscores; a constant is its word.
func form() json.Options {
	return json.JoinOptions(json.RejectUnknownMembers(true), json.MatchCaseInsensitiveNames(true), json.WithUnmarshalers(json.JoinUnmarshalers(
		text(time.ParseDuration), text(parseDate), text(parseParam), text(parseClause()),
		text(oneOf(API, WAPI, SAPI)), text(oneOf(between(Object, Object|Array)...)), text(oneOf(DateString, Seconds)), text(oneOf(between(Enforce, Contradicted)...)),
		text(oneOf(WeightFixed, WeightByLimit, WeightByPresence, WeightByValue, WeightByOutcome, WeightUndocumented)),
		text(oneOf(between(traffic.RoleTimestamp, traffic.RoleLimit)...)), text(oneOf(between(traffic.InternalError, traffic.MissingParam)...)),
		text(oneOf(traffic.EnvelopeCode, traffic.EnvelopeSuccess)), text(oneOf(between(traffic.UnitMilliseconds, traffic.UnitNanoseconds)...)),
		json.UnmarshalFromFunc(readRoutes), json.UnmarshalFromFunc(readStep), json.UnmarshalFromFunc(undecided), json.UnmarshalFromFunc(readRepetition),
	)))
}

// text reads what stands there as a string. Of anything else the token is no word of
// anything.
func text[T any](parse func(string) (T, error)) *json.Unmarshalers {
	return json.UnmarshalFromFunc(func(d *jsontext.Decoder, v *T) error {
		word, err := d.ReadToken()
		if err == nil {
			*v, err = parse(word.String())
		}
		return err
	})
}

// oneOf reads the word of a constant, which is how it is printed.
func oneOf[T any](constants ...T) func(string) (T, error) {
	var words []string
	for _, c := range constants {
		words = append(words, fmt.Sprint(c))
	}
	return func(word string) (v T, err error) {
		if i := slices.Index(words, word); i >= 0 {
			return constants[i], nil
		}
		return v, fmt.Errorf("expected one of %q, found %q", words, word)
	}
}

// between are the constants from the first to the last.
func between[T ~uint8](first, last T) (all []T) {
	for c := first; c <= last; c++ {
		all = append(all, c)
	}
	return all
}

// parseClause reads the ID of one that no other text is of.
func parseClause() func(id string) (clause.Clause, error) {
	seen := map[string]bool{}
	return func(id string) (clause.Clause, error) {
		c, known := clause.ByID(id)
		if !known || seen[id] {
			return c, fmt.Errorf("expected a clause of package clause, each once, found %q", id)
		}
		seen[id] = true
		return c, nil
	}
}

// parseParam reads "name TYPE [ms] [mandatory [always]]".
func parseParam(s string) (Param, error) {
	words := strings.Split(s, " ")
	if len(words) < 2 || words[0] == "" || words[1] == "" {
		return Param{}, fmt.Errorf("expected %q, found %q", "name TYPE", s)
	}
	p := Param{Name: words[0], Type: words[1]}
	for _, word := range words[2:] {
		switch word {
		case "ms":
			p.Ms = true
		case "mandatory":
			p.Mandatory = true
		case "always":
			p.Always = true
		default:
			return Param{}, fmt.Errorf("%q: expected ms, mandatory or always, found %q", s, word)
		}
	}
	return p, nil
}

// readRoutes reads them one by one, so that errors can name them.
func readRoutes(d *jsontext.Decoder, all *[]Endpoint) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		*all = append(*all, Endpoint{})
		e := &(*all)[len(*all)-1]
		if err := json.UnmarshalDecode(d, e); err != nil {
			return fmt.Errorf("route %d, %s %s: %w", len(*all), e.Method, e.Path, err)
		}
	}
	_, err := d.ReadToken()
	return err
}

// readStep reads [max, weight].
func readStep(d *jsontext.Decoder, s *WeightStep) error {
	var pair [2]int
	err := json.UnmarshalDecode(d, &pair)
	*s = WeightStep{pair[0], pair[1]}
	return err
}

// undecided has weights that a row does not tell be NotDecided, then leaves the
// row to be read as any object.
func undecided(_ *jsontext.Decoder, r *WeightRow) error {
	r.Present, r.Absent, r.Success, r.Failure = NotDecided, NotDecided, NotDecided, NotDecided
	return errors.ErrUnsupported
}

// readRepetition has a route say both what a repetition does and why: a rule that
// judges money rests on it.
func readRepetition(d *jsontext.Decoder, r *Repetition) error {
	var said struct {
		ActsTwice *bool
		NamedBy   []string
		Because   string
	}
	err := json.UnmarshalDecode(d, &said)
	switch {
	case err != nil:
		return err
	case said.ActsTwice == nil || said.Because == "":
		return errors.New("expected acts_twice and because, found not both")
	}
	*r = Repetition{*said.ActsTwice, said.NamedBy, said.Because}
	return nil
}
