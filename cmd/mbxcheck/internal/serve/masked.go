package serve

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"

	"github.com/mbxcheck/mbxcheck/suites/inert"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/venue"
)

// masker knows the keys of the venue's accounts.
func masker(accounts []venue.Account) *mask.Masker {
	var known []string
	for _, a := range accounts {
		known = append(known, a.Key, a.Secret)
	}
	return mask.New(known...)
}

// maskedLog hides secrets in all that is logged, and takes commands apart that the
// program which runs a build would obey: a path may hold a listen key, a method or
// the address of a peer anything.
type maskedLog struct {
	slog.Handler
	hide *mask.Masker
}

// Handle implements slog.Handler.
func (h *maskedLog) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, h.hide.Text(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.attr(a))
		return true
	})
	return h.Handler.Handle(ctx, clean)
}

func (h *maskedLog) attr(a slog.Attr) slog.Attr {
	switch v := a.Value.Resolve(); v.Kind() {
	case slog.KindString, slog.KindAny:
		a.Value = slog.StringValue(inert.Lines(h.hide.Text(v.String())))
	case slog.KindGroup:
		members := make([]any, 0, len(v.Group()))
		for _, m := range v.Group() {
			members = append(members, h.attr(m))
		}
		return slog.Group(a.Key, members...)
	}
	return a
}

// WithAttrs implements slog.Handler.
func (h *maskedLog) WithAttrs(list []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(list))
	for i, a := range list {
		clean[i] = h.attr(a)
	}
	return &maskedLog{h.Handler.WithAttrs(clean), h.hide}
}

// WithGroup implements slog.Handler.
func (h *maskedLog) WithGroup(name string) slog.Handler {
	return &maskedLog{h.Handler.WithGroup(name), h.hide}
}

// maskedAnswers hides secrets in what a handler answers: the keys of the venue
// everywhere, and in errors, which quote what was sent, all that looks like one. A
// scenario is shown as it was set otherwise, so that it can be set again.
func maskedAnswers(next http.Handler, hide *mask.Masker) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		held := &heldAnswer{header: w.Header(), status: http.StatusOK}
		next.ServeHTTP(held, r)
		body := hide.Known(held.body.Bytes())
		if held.status >= http.StatusBadRequest {
			body = []byte(hide.Text(string(body)))
		}
		w.WriteHeader(held.status)
		_, _ = w.Write(body) // the client may have gone
	})
}

// heldAnswer keeps an answer until it is whole. Those of the admin port are small.
type heldAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *heldAnswer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *heldAnswer) WriteHeader(status int) { a.status = status }

// Write implements http.ResponseWriter.
func (a *heldAnswer) Write(p []byte) (int, error) { return a.body.Write(p) }
