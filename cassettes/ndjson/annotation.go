package ndjson

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// outcomes, losses and sides are the words that may stand in told.outcome, lost and
// hop.side.
var (
	outcomes = []traffic.Outcome{
		traffic.OutcomeOK, traffic.OutcomeRejected, traffic.OutcomeRateLimited, traffic.OutcomeBanned, traffic.OutcomeUnknown,
		traffic.OutcomeError, traffic.OutcomeUnsupported, traffic.OutcomeWatched,
	}
	sides  = []string{traffic.Front.String(), traffic.Behind.String()}
	losses = []traffic.Lost{traffic.LostClosed, traffic.LostReset, traffic.LostHung}
)

// note returns the annotation of the line at hand. It is made anew for each: it
// must outlive the reader's next exchange, and few recordings have any.
func (rd *reader) note() *traffic.Annotation {
	if rd.B.X.Annotation == nil {
		rd.B.X.Annotation = new(traffic.Annotation)
	}
	return rd.B.X.Annotation
}

func (rd *reader) command() error {
	c := &rd.note().Command
	return rd.Object("an object in command", func(name []byte) (err error) {
		switch string(name) {
		case "id":
			c.ID, err = rd.integer("id")
		case "op":
			c.Op, err = rd.kept("a string in op")
		case "own":
			c.Own, err = rd.Bool("true or false in own")
		default:
			err = rd.unknown(name)
		}
		return err
	})
}

func (rd *reader) told() error {
	t := &rd.note().Told
	err := rd.Object("an object in told", func(name []byte) (err error) {
		switch string(name) {
		case "outcome":
			t.Outcome, err = word(rd, "told.outcome", outcomes)
		case "type":
			t.Type, err = rd.kept("a string in type")
		case "status":
			t.Status, err = rd.Status()
		case "code":
			t.Code, err = rd.integer("code")
		case "retry_after_ms":
			var ms int64
			ms, err = rd.integer("retry_after_ms")
			t.RetryAfter = time.Duration(min(max(ms, 0), math.MaxInt64/int64(time.Millisecond))) * time.Millisecond
		default:
			err = rd.unknown(name)
		}
		return err
	})
	if err == nil && t.Outcome == "" {
		return rd.errorf(`"outcome" in "told"`, "none")
	}
	return err
}

func (rd *reader) experiment() error {
	e := &rd.note().Experiment
	return rd.Object("an object in experiment", func(name []byte) (err error) {
		switch string(name) {
		case "name":
			e.Name, err = rd.kept("a string in name")
		case "group":
			e.Group, err = rd.integer("group")
		case "variant":
			e.Variant, err = rd.kept("a string in variant")
		default:
			err = rd.unknown(name)
		}
		return err
	})
}

func (rd *reader) lost() (err error) {
	rd.note().Lost, err = word(rd, "lost", losses)
	return err
}

func (rd *reader) hop() error {
	h := &rd.note().Hop
	*h = traffic.Hop{}
	err := rd.Object("an object in hop", func(name []byte) (err error) {
		switch string(name) {
		case "id":
			var id int64
			if rd.Kind() == '"' {
				return rd.errorf("an integer in hop.id", "a string")
			}
			if id, err = rd.integer("id"); err == nil && (id < 1 || id > traffic.MaxHop) {
				err = rd.errorf(fmt.Sprintf("hop.id from 1 to %d", traffic.MaxHop), fmt.Sprint(id))
			}
			h.ID = uint64(max(id, 0))
		case "side":
			h.Side, err = rd.side()
		default:
			err = rd.unknown(name)
		}
		return err
	})
	if err == nil && (h.ID == 0 || h.Side == traffic.Alone) {
		return rd.errorf(`"id" and "side" in "hop"`, "not both")
	}
	return err
}

func (rd *reader) side() (traffic.Side, error) {
	word, err := word(rd, "hop.side", sides)
	side, _ := traffic.SideOf(word)
	return side, err
}

// kept reads a string that outlives the line.
func (rd *reader) kept(what string) (string, error) {
	s, err := rd.String(what)
	return strings.Clone(s), err
}

// integer reads a whole number that a float64 holds exactly; null is 0.
func (rd *reader) integer(name string) (int64, error) {
	if rd.Kind() == 'n' {
		return 0, nil
	}
	n, _, err := rd.Number("an integer in " + name)
	if err == nil && (n != math.Trunc(n) || math.Abs(n) > 1<<53) {
		err = rd.errorf("an integer in "+name, fmt.Sprint(n))
	}
	return int64(n), err
}

// word reads one of some words.
func word[W ~string](rd *reader, name string, words []W) (W, error) {
	s, err := rd.String("a word in " + name)
	if err != nil {
		return "", err
	}
	list := make([]string, len(words))
	for i, w := range words {
		if list[i] = string(w); list[i] == s {
			return w, nil
		}
	}
	return "", rd.errorf(name+": one of "+strings.Join(list, ", "), mask.Quoted(s))
}

func (l *line) annotation(a *traffic.Annotation) {
	if a == nil {
		return
	}
	if c := a.Command; c != (traffic.Command{}) {
		l.Put(jsontext.String("command"), jsontext.BeginObject)
		l.integer("id", c.ID)
		l.word("op", c.Op)
		if c.Own {
			l.Put(jsontext.String("own"), jsontext.True)
		}
		l.Put(jsontext.EndObject)
	}
	if t := a.Told; t.Outcome != "" {
		l.Put(jsontext.String("told"), jsontext.BeginObject)
		l.Member("outcome", string(t.Outcome))
		l.word("type", t.Type)
		l.integer("status", int64(t.Status))
		l.integer("code", t.Code)
		l.integer("retry_after_ms", t.RetryAfter.Milliseconds())
		l.Put(jsontext.EndObject)
	}
	if e := a.Experiment; e != (traffic.Experiment{}) {
		l.Put(jsontext.String("experiment"), jsontext.BeginObject)
		l.word("name", e.Name)
		l.integer("group", e.Group)
		l.word("variant", e.Variant)
		l.Put(jsontext.EndObject)
	}
	l.word("lost", string(a.Lost))
	if h := a.Hop; h != (traffic.Hop{}) {
		l.Put(jsontext.String("hop"), jsontext.BeginObject)
		l.Put(jsontext.String("id"), jsontext.Uint(h.ID))
		l.Member("side", h.Side.String())
		l.Put(jsontext.EndObject)
	}
}

// word and integer write what is not its type's zero value.

func (l *line) word(name, value string) {
	if value != "" {
		l.Member(name, value)
	}
}

func (l *line) integer(name string, value int64) {
	if value != 0 {
		l.Put(jsontext.String(name), jsontext.Int(value))
	}
}
