package main

import (
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// unit is what a number is an instant in the venue's time in.
type unit string

const (
	noUnit       unit = ""
	seconds      unit = "seconds"
	milliseconds unit = "milliseconds"
	microseconds unit = "microseconds"
	nanoseconds  unit = "nanoseconds"
)

var units = []struct {
	unit unit
	one  time.Duration
}{{seconds, time.Second}, {milliseconds, time.Millisecond}, {microseconds, time.Microsecond}, {nanoseconds, time.Nanosecond}}

// unitOf finds the unit in which a number is an instant from 2017, when the venue
// began, to 2099. No two
// of them overlap.
func unitOf(n *big.Int) (unit, time.Time) {
	if n.IsInt64() {
		for _, u := range units {
			most := int64(1<<63-1) / int64(u.one)
			if n.Int64() < 0 || n.Int64() > most {
				continue
			}
			if t := time.Unix(0, 0).Add(time.Duration(n.Int64()) * u.one).UTC(); t.Year() >= 2017 && t.Year() < 2100 {
				return u.unit, t
			}
		}
	}
	return noUnit, time.Time{}
}

// responseTimes reads G04a, field by field, of successful answers.
func responseTimes(r *reading, j *judgement) {
	if r.route == nil || !r.success() || !r.json || isError(r) {
		return
	}
	for _, f := range r.route.Times {
		if f.Exception != "" {
			continue
		}
		one := newJudgement()
		for _, v := range along(r.value, strings.TrimPrefix(f.Path, "$")) {
			judgeTime(r, one, f.Path, v, f.Sentinels)
		}
		j.worst(one)
	}
}

// isError reports whether a JSON object is an error's payload, whatever the status.
func isError(r *reading) bool {
	n, coded := r.code()
	_, said := r.object()["msg"]
	return coded && said && n != 0 && n != 200 || r.object()["success"] == false
}

// judgeTime judges one value of a time field.
func judgeTime(r *reading, j *judgement, path string, v any, sentinels []int64) {
	n, huge := integerOf(v)
	if v == nil || v == "" || n != nil && n.IsInt64() && slices.Contains(sentinels, n.Int64()) {
		return
	}
	if _, number := v.(json.Number); !number || n == nil {
		j.fail(r, "%s is %.60v, which is no integer", path, v)
		return
	}
	if huge {
		j.doubt(r, "%s is %v, which is no instant in any unit", path, v)
		return
	}
	switch u, _ := unitOf(n); u {
	case milliseconds:
		j.keep(r, "%s is %s", path, n)
	case noUnit:
		j.doubt(r, "%s is %s, which is no instant in any unit", path, n)
	case microseconds:
		if strings.EqualFold(fieldOf(r.Request.Header, "X-MBX-TIME-UNIT"), "microsecond") {
			j.doubt(r, "%s is in microseconds, as was asked for", path)
			return
		}
		fallthrough
	default:
		j.fail(r, "%s is %s, which is in %s", path, n, u)
	}
}

// along lists the values at a path such as [*].time.
func along(v any, path string) []any {
	if path == "" {
		return []any{v}
	}
	if rest, ok := strings.CutPrefix(path, "[*]"); ok {
		list, _ := v.([]any)
		var all []any
		for _, e := range list {
			all = append(all, along(e, rest)...)
		}
		return all
	}
	end := strings.IndexAny(path[1:], ".[") + 1
	if end == 0 {
		end = len(path)
	}
	step := strings.TrimPrefix(path[:end], ".")
	if o, ok := v.(map[string]any); ok {
		if inner, there := o[step]; there {
			return along(inner, path[end:])
		}
	}
	if list, ok := v.([]any); ok && strings.HasPrefix(step, "[") {
		if i, err := strconv.Atoi(strings.Trim(step, "[]")); err == nil && i < len(list) {
			return along(list[i], path[end:])
		}
	}
	return nil
}

// editedAfter is how far a timestamp may be from the response's Date.
const editedAfter = 60 * time.Second

// requestTimes reads G04b: startTime, endTime and timestamp.
func requestTimes(r *reading, j *judgement) {
	if r.family != "api" && r.family != "sapi" && r.family != "wapi" {
		return
	}
	for _, name := range []string{"startTime", "endTime", "timestamp"} {
		if v, there := r.params[name]; there && v != "" {
			judgeParameter(r, j, name, v)
		}
	}
}

func judgeParameter(r *reading, j *judgement, name, v string) {
	digits := strings.Trim(v, "0123456789") == ""
	value, _, err := big.ParseFloat(v, 10, 256, big.ToNearestEven)
	if !digits && !strings.ContainsAny(v[:1], "0123456789") {
		j.doubt(r, "%s is %s, which a recorder may have put there", name, v)
		return
	}
	u, at := noUnit, time.Time{}
	if err == nil {
		n, _ := value.Int(nil)
		u, at = unitOf(n)
	}
	near, dated := r.date()
	if !dated {
		near = r.received
	}
	switch {
	case digits && value.Sign() == 0:
	case digits && u == noUnit:
		j.doubt(r, "%s is %s, which is no instant in any unit", name, v)
	case digits && u == milliseconds:
		j.keep(r, "%s is %s", name, v)
	case name == "timestamp" && u != noUnit && at.Sub(near).Abs() > editedAfter:
		j.doubt(r, "timestamp is %s, and nothing says that it is the client's", v)
	case !digits:
		j.fail(r, "%s is %s: no digits alone", name, v)
	default:
		j.fail(r, "%s is %s, which is in %s", name, v, u)
	}
}
