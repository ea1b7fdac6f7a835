package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// ordered has an Order hear events in the order in which a line names them, and
// returns in which it hands their halves out: client, what, number and episode. A word
// is a client, the second in which the request was sent and its answer came, and what
// it is: 1:3 an exchange with instants, 1@3 one that keeps only its Date, 1=3 a
// statement of the client, ?=3 one that names nobody, !=3 what a watcher says, 1~3 an
// exchange with instants of a log without an order. Client a is client 1 before another
// venue, and heard as 11.
func ordered(t *testing.T, line string) (heard string, count rule.Traffic) {
	t.Helper()
	var words []string
	episodes := map[uint64][]int64{}
	o := NewOrder(&count, func(ev *rule.Event, isRequest bool) {
		what := map[bool]string{true: ">", false: "<"}[isRequest]
		if ev.Statement() {
			what = "="
		}
		if !slices.Contains(episodes[ev.Client], ev.Episode) {
			episodes[ev.Client] = append(episodes[ev.Client], ev.Episode)
		}
		nth := slices.Index(episodes[ev.Client], ev.Episode)
		words = append(words, fmt.Sprintf("%d%s%d%s", ev.Client, what, ev.At.Number, strings.Repeat("'", nth)))
	})
	o.Begin()
	for n, word := range strings.Fields(line) {
		if at, is := strings.CutPrefix(word, "advance"); is {
			o.Advance(noon.Add(seconds(t, at)))
			continue
		}
		ev := eventOf(t, word)
		ev.At.Number = n + 1
		o.Put(ev)
	}
	o.End()
	return strings.Join(words, " "), count
}

func seconds(t *testing.T, s string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(s + "s")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func eventOf(t *testing.T, word string) *rule.Event {
	t.Helper()
	at := noon.Add(seconds(t, word[2:]))
	ev := &rule.Event{Sent: traffic.Exactly(at), Received: traffic.Exactly(at.Add(time.Millisecond)), Exact: true, Answered: true}
	switch client := word[0]; {
	case client >= '0' && client <= '9':
		ev.Client, ev.Address = uint64(client-'0'), uint64(client-'0')
	case client >= 'a' && client <= 'i':
		ev.Client, ev.Address = 11+uint64(client-'a'), 1+uint64(client-'a')
	}
	told := traffic.OutcomeOK
	switch {
	case word[1] == '~':
		ev.Loose = true
		return ev
	case word[0] == '!':
		told = traffic.OutcomeWatched
	case word[1] == ':':
		return ev
	case word[1] == '@':
		*ev = rule.Event{Client: ev.Client, Address: ev.Address, Date: at, Answered: true}
		return ev
	}
	ev.Client, ev.Annotation = 0, &traffic.Annotation{Told: traffic.Told{Outcome: told}}
	return ev
}

// What is handed out, and in which order. A ' marks each further episode of a client.
func TestOrderOfStreams(t *testing.T) {
	inOrder := strings.Repeat("3:0 ", 9)
	for _, c := range []struct {
		name, line, want string
		late, cuts       int64
	}{
		{"by instants", "1:2 1:1", "1>2 1<2 1>1 1<1", 0, 0},
		{"two clients", "1:1 2:0 1:2", "2>2 2<2 1>1 1<1 1>3 1<3", 0, 0},
		{"a statement of its client alone", "1:1 2:1 1=2", "1>1 2>2 1<1 2<2 1=3", 0, 0},
		{"a statement before the client was heard", "1:1 2=0", "1>1 1<1", 0, 0},
		{"a statement before anything of the client, which comes yet", "1:1 1=0", "1>1 1<1", 0, 0},
		{"a statement that names nobody, before anything of the second client", "1:1 2:3 ?=2", "1>1 1<1 1=3 2>2 2<2", 0, 0},
		{"a statement that names nobody, of the only one before two venues", "1:1 a:1 ?=2 2:3", "1>1 11>2 1<1 11<2 1=3 11=3 2>4 2<4", 0, 0},
		{"a statement that names nobody, of the only one", "1:1 ?=2", "1>1 1<1 1=2", 0, 0},
		{"a statement that names nobody, of two", "1:1 2:1 ?=2", "1>1 2>2 1<1 2<2", 0, 0},
		{"what a watcher says, of all", "1:1 !=2", "1>1 1<1 1=2", 0, 0},
		{"handed out before, and late", "1:5 advance9 1:1", "1>1 1<1 1>3' 1<3'", 0, 1},
		{"late, and nothing to another client", "1:5 2:5 advance9 1:1 2:6", "1>1 2>2 1<1 2<2 1>4' 1<4' 2>5 2<5", 0, 1},
		{"late once, and not what comes behind it", "1:5 advance9 1:1 1:2", "1>1 1<1 1>3' 1<3' 1>4' 1<4'", 0, 1},
		{"late, with what waits", "1:5 advance5.5 1:7 1:1", "1>1 1<1 1>3 1<3 1>4' 1<4'", 0, 1},
		{"at the instant up to which all was handed out", "1:5 advance9 1:5.001", "1>1 1<1 1>3 1<3", 0, 0},
		{"a statement too late", "1:5 advance9 1=1", "1>1 1<1", 1, 0},
		{"a statement late for another client alone", "1:5 2:1 advance9 2=3", "2>2 2<2 1>1 1<1 2=4", 0, 0},
		{"a watermark before all", "1:5 advance5 1:4", "1>3 1<3 1>1 1<1", 0, 0},
		{"Dates jump", "1@0 1@5000", "1>1 1<1 1>2' 1<2'", 0, 1},
		{"Dates jump twice", "1@0 1@5000 1@10000 1@10001", "1>1 1<1 1>2' 1<2' 1>3'' 1<3'' 1>4'' 1<4''", 0, 2},
		{"Dates jump, of one client", "1@0 2@5000 1@1 2@5001", "1>1 1<1 2>2 2<2 1>3 1<3 2>4 2<4", 0, 0},
		{"what waits of the client comes first", "1:9 2:9 1@5", "1>1 1<1 1>3 1<3 2>2 2<2", 0, 0},
		{"a statement that waits comes first, once", "1:1 1=2 1@5 1@6", "1>1 1<1 1=2 1>3 1<3 1>4 1<4", 0, 0},
		{"what falls back, in a recording that keeps an order", inOrder + "1:5 1:1", "1>10 1<10 1>11' 1<11'", 0, 1},
		{"what falls back, among no more in order than of a log", strings.Repeat("3~0 ", 9) + "1:5 1:1", "1>11 1<11 1>10 1<10", 0, 0},
		{"what falls back, where one more is out of order by a nanosecond", inOrder + "1:5 1:1 2:5.000000001 2:5", "1>11 1<11 1>10 2>13 2>12 1<10 2<13 2<12", 0, 0},
		{"what falls back, decided when as many were read as wait", strings.Repeat("3:9 ", 9) + "1:5 1:1 " + strings.Repeat("?=9.5 ", windowSize-11), "1>10 1<10 1>11' 1<11'", 0, 1},
		{"Dates jump, and instants behind them are no neighbours of those before", inOrder + "1@9000 1:9000 1@0 1:1", "1>10 1<10 1>11 1<11 1>12' 1<12' 1>13' 1<13'", 0, 1},
		{"what came late is no neighbour of what was handed out", inOrder + "1:5 advance9 1:1 2:5 2:1", "1>10 1<10 2>13 2<13 1>12' 2>14' 1<12' 2<14'", 0, 2},
		{"a statement before what falls back", inOrder + "1:5 1=6 1:1 1=7", "1>10 1<10 1=11 1>12' 1<12' 1=13'", 0, 1},
		{"what falls back is nothing to another client that is handed out", "3:0 2:5 2:1 1:5 1:1 1@9 " + inOrder + inOrder, "1>5 1<5 1>4 1<4 1>6 1<6 2>2 2<2 2>3' 2<3'", 0, 1},
		{"what falls back waits, whatever the watermark", inOrder + "1:5 1:1 advance9", "1>10 1<10 1>11' 1<11'", 0, 1},
	} {
		got, count := ordered(t, c.line)
		if strings.Contains(c.name, "two venues") { // streams are told in no order
			got = strings.Replace(got, "11=3 1=3", "1=3 11=3", 1)
		}
		if strings.HasPrefix(c.line, "3") {
			got = strings.Join(slices.DeleteFunc(strings.Fields(got), func(word string) bool { return word[0] == '3' }), " ")
		}
		if got != c.want || count.Late != c.late || count.Cuts != c.cuts {
			t.Errorf("%s: expected %s, %d late and %d cuts, found %s, %d and %d", c.name, c.want, c.late, c.cuts, got, count.Late, count.Cuts)
		}
	}
}
