// Package admin is the port at which a running proxy is looked at and ended: its page,
// its reports, counts for Prometheus, and what ends it.
//
// Requests that a web page of another site may have sent are refused, for whoever is on
// this port can end the proxy. The package must not know flags or exit codes.
package admin

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/gateway"
	"github.com/mbxcheck/mbxcheck/suites/gateway/guard"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// Port is what the port tells of and ends. Its fields are read only.
type Port struct {
	Gateway *gateway.Gateway
	Ledger  *guard.Ledger // nil for none
	Title   string        // of the page
	Record  string        // the recording's file, "" for none

	// WeightLimit is what may be used in a minute, 0 for unknown; a ledger knows better.
	WeightLimit int64

	// Report makes a report of what was judged so far.
	Report func(*rule.Tally) *reports.Report

	// Shutdown ends the program, with its report. It may be called again.
	Shutdown func()
}

const index = `The admin port of an mbxcheck proxy.

GET  /                      its page
GET  /live                  what changes of it
GET  /report?format=NAME    a report of what was judged so far, or in the end
GET  /healthz               200 while requests are passed on, 503 afterwards
GET  /metrics               counts, for Prometheus
POST /stop                  take no more requests, let those in progress end,
                            and judge and record what is left
POST /shutdown              stop, write the reports and end the program

Requests whose Host is not localhost or a loopback address, or whose Origin is
another site, are refused with 403: a web page may have sent them.
`

// Handler answers what stands in the index.
func (p *Port) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { p.page(w, reports.WriteLivePage) })
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, r *http.Request) { p.page(w, reports.WriteLive) })
	mux.HandleFunc("GET /report", p.report)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if p.Gateway.Ended() {
			say(w, http.StatusServiceUnavailable, "it was stopped\n")
			return
		}
		say(w, http.StatusOK, "ok\n")
	})
	registry := prometheus.NewRegistry()
	registry.MustRegister(&counts{p})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("POST /stop", func(w http.ResponseWriter, _ *http.Request) { p.stop(w) })
	mux.HandleFunc("POST /shutdown", func(w http.ResponseWriter, _ *http.Request) {
		say(w, http.StatusAccepted, "it ends, and writes its reports\n")
		p.Shutdown()
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusNotFound, index) })
	return fault.LocalOnly(mux)
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the caller may have gone
}

// stop ends the gateway, and tells when it has ended.
func (p *Port) stop(w http.ResponseWriter) {
	o, err := p.Gateway.Close()
	if err != nil {
		say(w, http.StatusInternalServerError, fmt.Sprintf("stopped; the recording is not whole: %v\n", err))
		return
	}
	say(w, http.StatusOK, fmt.Sprintf("stopped: %d exchanges, %d in the recording\n", o.Exchanges, o.Recorded))
}

// report writes a report of the format asked for.
func (p *Port) report(w http.ResponseWriter, r *http.Request) {
	name := cmp.Or(r.FormValue("format"), "text")
	format, known := reports.ByName(name)
	if !known {
		names := wording.Each(reports.Formats(), func(f reports.Format) string { return f.Name })
		say(w, http.StatusBadRequest, fmt.Sprintf("format %.40q: expected %s\n", name, strings.Join(names, ", ")))
		return
	}
	s, err := p.Gateway.Snapshot()
	if err != nil {
		say(w, http.StatusInternalServerError, err.Error()+"\n")
		return
	}
	var b bytes.Buffer
	report := p.Report(s.Tally)
	if !p.Gateway.Ended() {
		report.Partial = "the proxy goes on: what waits to be judged with what is to come is not in it"
	}
	if err := format.Write(&b, report); err != nil {
		say(w, http.StatusInternalServerError, err.Error()+"\n")
		return
	}
	w.Header().Set("Content-Type", format.Type)
	_, _ = b.WriteTo(w)
}

// page writes the page, or what changes of it, which asks for nothing of another host.
func (p *Port) page(w http.ResponseWriter, write func(io.Writer, *reports.Live) error) {
	s, err := p.Gateway.Snapshot()
	if err != nil {
		say(w, http.StatusInternalServerError, err.Error()+"\n")
		return
	}
	l := p.live(s)
	l.Nonce = rand.Text()
	var b bytes.Buffer
	if err := write(&b, l); err != nil {
		say(w, http.StatusInternalServerError, err.Error()+"\n")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; style-src 'nonce-%[1]s'; script-src 'nonce-%[1]s'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", l.Nonce))
	_, _ = b.WriteTo(w)
}

// live is what the page shows.
func (p *Port) live(s *gateway.Snapshot) *reports.Live {
	now := time.Now()
	l := &reports.Live{Title: p.Title, Report: p.Report(s.Tally), Now: now, Ended: p.Gateway.Ended(), Failed: s.Failed, WeightLimit: p.WeightLimit}
	if p.Record != "" {
		l.Recorded = fmt.Sprintf("%d of %d exchanges", s.Recorded, s.Due)
		l.Failed = l.Failed || s.Recorded < s.Due
	}
	for _, m := range s.Minutes {
		l.Minutes = append(l.Minutes, reports.LiveMinute{At: m.At, Used: m.Used, Requests: m.Requests, Refused: m.Refused, Banned: m.Banned, FailedOrNoAnswers: m.Failed})
	}
	for _, q := range s.Silences {
		l.Silences = append(l.Silences, reports.LiveSilence{At: q.At, Status: q.Status, Call: q.Method + " " + q.Path, For: q.For})
	}
	if p.Ledger != nil {
		_, l.WeightLimit, l.SilentUntil = p.Ledger.Standing(now)
		for _, u := range p.Ledger.Uses(now) {
			l.Clients = append(l.Clients, reports.LiveClient{Name: u.Client, LastMinute: u.LastMinute, Weight: u.Weight, Requests: u.Requests, Orders: u.Orders, Held: u.Held, Refused: u.Refused})
		}
	}
	return l
}
