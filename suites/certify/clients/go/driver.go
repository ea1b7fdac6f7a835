package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
)

// maxCommand bounds a command's line, in bytes. Real ones have some hundred.
const maxCommand = 1 << 20

// driver is a client with what it can do.
type driver struct {
	client, version, configuration string
	ops                            map[string]func(params) (result, error)

	// describe says what the error holds that the client gave its caller.
	describe func(error) failure
}

// params are the venue's, as text.
type params map[string]string

func (p params) integer(name string) int64 {
	n, _ := strconv.ParseInt(p[name], 10, 64)
	return n
}

type command struct {
	ID     int64                      `json:"id"`
	Op     string                     `json:"op"`
	Params map[string]json.RawMessage `json:"params"`
}

// texts are the parameters without the quotes that some of them bear.
func (c command) texts() params {
	p := params{}
	for name, raw := range c.Params {
		var s string
		if json.Unmarshal(raw, &s) != nil {
			s = string(raw)
		}
		p[name] = s
	}
	return p
}

type answer struct {
	ID      int64    `json:"id"`
	Outcome string   `json:"outcome"`
	Result  *result  `json:"result,omitempty"`
	Error   *failure `json:"error,omitempty"`
}

type result struct {
	OrderID       int64  `json:"orderId,omitempty"`
	ClientOrderID string `json:"clientOrderId,omitempty"`
	Rows          *int   `json:"rows,omitempty"`
	FirstMs       int64  `json:"first_ms,omitempty"`
	LastMs        int64  `json:"last_ms,omitempty"`
}

func rows(n int) result { return result{Rows: &n} }

type failure struct {
	Type         string `json:"type"`
	Message      string `json:"message"`
	Status       int    `json:"status,omitempty"`
	Code         int64  `json:"code,omitempty"`
	RetryAfterMs *int64 `json:"retry_after_ms,omitempty"`

	refused bool // the client's own type says that the venue refused
}

// outcome names what an error tells its caller.
func (f failure) outcome(op string) string {
	switch {
	case f.Status == 418:
		return "banned"
	case f.Status == 429, f.Code == -1003, f.Code == -1015:
		return "rate_limited"
	case f.Code == -1006, f.Code == -1007:
		return "unknown"
	case f.Status >= 500 && slices.Contains([]string{"placeOrder", "cancelOrder", "withdraw"}, op):
		return "unknown"
	case f.Status >= 500:
		return "error"
	case f.refused, f.Status >= 400, f.Code != 0:
		return "rejected"
	}
	return "error"
}

// serve says hello and carries commands out, each by itself, until the end of
// input.
func (d driver) serve() {
	var writing sync.Mutex
	out := json.NewEncoder(os.Stdout)
	say := func(line any) {
		writing.Lock()
		defer writing.Unlock()
		if err := out.Encode(line); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	say(map[string]any{
		"protocol": 1, "client": d.client, "version": d.version, "configuration": d.configuration,
		"ops": d.names(), "base_url": true,
	})
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, maxCommand)
	for in.Scan() {
		var c command
		if err := json.Unmarshal(in.Bytes(), &c); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		go func() { say(d.do(c)) }()
	}
}

func (d driver) names() []string {
	var names []string
	for name := range d.ops {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (d driver) do(c command) answer {
	op, ok := d.ops[c.Op]
	if !ok {
		return answer{ID: c.ID, Outcome: "unsupported"}
	}
	r, err := op(c.texts())
	if err != nil {
		f := d.describe(err)
		return answer{ID: c.ID, Outcome: f.outcome(c.Op), Error: &f}
	}
	return answer{ID: c.ID, Outcome: "ok", Result: &r}
}
