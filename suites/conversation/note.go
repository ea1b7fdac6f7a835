package conversation

import (
	"strconv"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// annotations read the settings of a conversation that fill in an Annotation;
// each reports whether it could read its value.
var annotations = map[string]func(*traffic.Annotation, string) bool{
	"cmd": func(a *traffic.Annotation, v string) bool { return readCommand(&a.Command, v) },
	"own": func(a *traffic.Annotation, v string) bool {
		a.Command.Own = true
		return readCommand(&a.Command, v)
	},
	"lost": text(func(a *traffic.Annotation) *traffic.Lost { return &a.Lost }),
	"try": func(a *traffic.Annotation, v string) bool {
		parts := strings.Split(v, "/")
		if len(parts) != 3 {
			return false
		}
		group, err := strconv.ParseInt(parts[1], 10, 64)
		a.Experiment = traffic.Experiment{Name: parts[0], Group: group, Variant: parts[2]}
		return err == nil
	},
	"hop": func(a *traffic.Annotation, v string) bool {
		id, word, _ := strings.Cut(v, "/")
		n, err := strconv.ParseUint(id, 10, 64)
		side, ok := traffic.SideOf(word)
		a.Hop = traffic.Hop{ID: n, Side: side}
		return ok && err == nil && n >= 1 && n <= traffic.MaxHop
	},
	"told":   text(func(a *traffic.Annotation) *traffic.Outcome { return &a.Told.Outcome }),
	"type":   text(func(a *traffic.Annotation) *string { return &a.Told.Type }),
	"status": number(func(a *traffic.Annotation) *int { return &a.Told.Status }),
	"code":   number(func(a *traffic.Annotation) *int64 { return &a.Told.Code }),
	"wait": func(a *traffic.Annotation, v string) bool {
		d, err := time.ParseDuration(v)
		a.Told.RetryAfter = d
		return err == nil
	},
}

// text reads a member that is text, and not empty.
func text[T ~string](of func(*traffic.Annotation) *T) func(*traffic.Annotation, string) bool {
	return func(a *traffic.Annotation, v string) bool {
		*of(a) = T(v)
		return v != ""
	}
}

// number reads a member that is a number.
func number[T int | int64](of func(*traffic.Annotation) *T) func(*traffic.Annotation, string) bool {
	return func(a *traffic.Annotation, v string) bool {
		n, err := strconv.ParseInt(v, 10, 64)
		*of(a) = T(n)
		return err == nil
	}
}

// readCommand reads "1:klines".
func readCommand(c *traffic.Command, v string) bool {
	id, op, ok := strings.Cut(v, ":")
	n, err := strconv.ParseInt(id, 10, 64)
	c.ID, c.Op = n, op
	return ok && err == nil && n > 0
}

// statement reads what a driven client told its caller. "from" is when the
// command was given, by default when it was answered. "client=IP" says which one told
// it, by default the one that sent the command's requests; what a watcher says is of
// all.
func (p *parser) statement(words []string) error {
	from, rest := time.Duration(-1), words[:0:0]
	for _, w := range words {
		value, is := strings.CutPrefix(w, "from=+")
		if !is {
			rest = append(rest, w)
			continue
		}
		d, err := time.ParseDuration(value)
		if err != nil {
			return p.errorf("expected an offset such as from=+4s, found %q", w)
		}
		from = d
	}
	s, err := p.settings(rest, p.c.next)
	if err != nil {
		return err
	}
	if s.note.Told.Outcome == "" {
		return p.errorf("expected told=OUTCOME, found none")
	}
	if from < 0 || from > s.at {
		from = s.at
	}
	if s.client == "" && s.note.Told.Outcome != traffic.OutcomeWatched {
		s.client = p.speaker(s.note.Command.ID)
	}
	x := &traffic.Exchange{Client: s.client, Annotation: &s.note, Gaps: traffic.GapResponse}
	x.At = traffic.Position{File: p.file, Line: p.at + 1, Number: len(p.c.Exchanges) + 1}
	x.Sent, x.Received = traffic.Exactly(p.c.start.Add(from)), traffic.Exactly(p.c.start.Add(s.at))
	p.c.Exchanges = append(p.c.Exchanges, x)
	p.last, p.c.next = x, s.at+time.Second
	p.at++
	return nil
}

// speaker is the client that sent the requests of a command, "" where none has a
// client of its own; of a command that none of them served, it is the one that sent
// the request before.
func (p *parser) speaker(command int64) string {
	client := ""
	for _, x := range p.c.Exchanges {
		if x.Statement() {
			continue
		}
		client = x.Client
		if command != 0 && x.Annotation != nil && x.Annotation.Command.ID == command {
			return client
		}
	}
	return client
}
