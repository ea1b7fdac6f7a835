package judge

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var errPlanted = errors.New("planted")

// reusing yields n exchanges, of up to size bytes, and errors among them, in
// memory that it writes over at once.
func reusing(n, size int, seed uint64) iter.Seq2[*traffic.Exchange, error] {
	return func(yield func(*traffic.Exchange, error) bool) {
		r := rand.New(rand.NewPCG(seed, 3))
		var x traffic.Exchange
		for i := range n {
			if r.IntN(10) == 0 {
				if !yield(nil, fmt.Errorf("%w: %d", errPlanted, i)) {
					return
				}
				continue
			}
			x.Reset()
			x.At.Number = i
			x.Request.Method = "GET"
			x.Request.URL = fmt.Sprint("https://example.com/", i)
			for range r.IntN(5) {
				x.Response.Header = append(x.Response.Header, traffic.Field{Name: "X-N", Value: fmt.Sprint(i)})
			}
			x.Response.Body = append(x.Response.Body, strings.Repeat("x", r.IntN(size))...)
			if !yield(&x, nil) {
				return
			}
			for j := range x.Response.Body {
				x.Response.Body[j] = '!'
			}
		}
	}
}

// take lists up to n of what xs yields.
func take(xs iter.Seq2[*traffic.Exchange, error], n int) (all []string) {
	for x, err := range xs {
		if err != nil {
			all = append(all, err.Error())
		} else {
			all = append(all, fmt.Sprint(x.At.Number, x.Request.Method, x.Request.URL, x.Response.Header, string(x.Response.Body)))
		}
		if len(all) == n {
			break
		}
	}
	return all
}

// TestReadAheadYieldsTheSame, wherever the consumer stops.
func TestReadAheadYieldsTheSame(t *testing.T) {
	for seed := range uint64(2) {
		for _, size := range []int{1, 100, 20_000} {
			const n = 400
			for _, stop := range []int{1, 2, batchExchanges, batchExchanges + 1, n / 2, n, n + 1} {
				want, got := take(reusing(n, size, seed), stop), take(readAhead(reusing(n, size, seed)), stop)
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("seed %d, bodies up to %d bytes, %d taken: not the same", seed, size, stop)
				}
			}
		}
	}
}

func TestReadAheadOfNothing(t *testing.T) {
	if got := take(readAhead(reusing(0, 1, 0)), 1); got != nil {
		t.Errorf("expected nothing, found %q", got)
	}
}

// TestReadAheadPanics: what was read before a panic is yielded, and then it is the
// consumer's.
func TestReadAheadPanics(t *testing.T) {
	xs := func(yield func(*traffic.Exchange, error) bool) {
		yield(&traffic.Exchange{}, nil)
		panic("planted")
	}
	n := 0
	defer func() {
		if v := fmt.Sprint(recover()); !strings.HasPrefix(v, "planted") || n != 1 {
			t.Errorf("expected one exchange and the panic, found %d and %s", n, v)
		}
	}()
	for range readAhead(xs) {
		n++
	}
}

// long writes recordings of some megabytes, which are read in parts, with clean
// traffic and violations, some of them with entries out of a browser's cache, and
// one that is broken far behind its beginning.
func long(t *testing.T) []Source {
	dir := t.TempDir()
	const n = 3000
	var har, lines, broken, hops strings.Builder
	har.WriteString(`{"log":{"entries":[`)
	for i := range n {
		body := `[{\"a\":1}]`
		if i%7 == 0 {
			body = `[` + strings.Repeat(`[1563616800000,\"0.1\"],`, 200) + `[1563616800000,\"0.1\"]]`
		}
		status := 200
		if i%500 == 3 {
			status = 429
		}
		at := time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC).Add(time.Duration(i) * 100 * time.Millisecond)
		message := fmt.Sprintf(`"request":{"method":"GET","url":"https://api.binance.com/api/v1/klines?symbol=LTCBTC&interval=1m&startTime=%d","headers":[]}`, 1563616800+i%2*1563615236383)
		if i > 0 {
			har.WriteString(",\n")
		}
		fmt.Fprintf(&har, `{"startedDateTime":%q,"time":30,%s,"response":{"status":%d,"headers":[{"name":"X-MBX-USED-WEIGHT","value":"%d"}],"content":{"text":"%s"}}}`,
			at.Format(time.RFC3339Nano), message, status, i%40, body)
		if i%50 == 7 {
			fmt.Fprintf(&har, `,{"startedDateTime":%q,"_fromCache":"disk",%s}`, at.Format(time.RFC3339Nano), message)
		}
		line := fmt.Sprintf(`{"sent":%q,"duration_ms":30,%s,"response":{"status":%d,"headers":{"X-MBX-USED-WEIGHT":"%d"},"body":"%s"}}`+"\n",
			at.Format(time.RFC3339Nano), strings.Replace(message, "[]", "{}", 1), status, i%40, body)
		lines.WriteString(line)
		if i%400 == 399 {
			broken.WriteString("{\"request\":7}\n")
		} else {
			broken.WriteString(line)
		}
		if i == n/2 {
			hops.WriteString("{\"request\":7}\n")
		}
		fmt.Fprintf(&hops, `{"hop":{"id":%d,"side":%q},`, i/2+1, [...]string{"behind", "front"}[i%2])
		hops.WriteString(line[1:])
	}
	texts := map[string]string{
		"long.har": har.String() + `]}}`, "cut.har": har.String(), "broken.har": har.String() + `,7,{"time":1}]}}`,
		"long.ndjson": lines.String(), "broken.ndjson": broken.String(), "hops.ndjson": hops.String(),
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Find([]string{dir}, Options{})
}

// TestCoresDoNotMatter is the law of reading ahead: the same outcome on one core
// and on more, for one file and for many.
func TestCoresDoNotMatter(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	sources := Find([]string{library(t)}, Options{})
	groups := [][]Source{sources, sources[:1], sources[len(sources)-1:]}
	for _, s := range long(t) {
		groups = append(groups, []Source{s})
	}
	for _, some := range groups {
		var want *Result
		for _, cores := range []int{1, 2, 5} {
			runtime.GOMAXPROCS(cores)
			got, err := Sources(context.Background(), some, options(0, 3))
			if err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = got
			} else if !reflect.DeepEqual(got, want) {
				t.Errorf("%s and %d files more on %d cores: expected the outcome of one core, found another", filepath.Base(some[0].Path), len(some)-1, cores)
			}
		}
	}
}
