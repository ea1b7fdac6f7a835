package cli

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"time"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/admin"
	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/gateway"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

const (
	// adminHeader is what a caller of the admin port may take to send a header, and
	// adminFarewell what answers that are being written may take in the end.
	adminHeader, adminFarewell = 10 * time.Second, 2 * time.Second
)

// openAdmin opens the admin port, if there is to be one. The context it returns ends with
// the other one, or when a caller of the port ends the program; closed is called when the
// reports are written.
func (p *proxying) openAdmin(ctx context.Context, g *gateway.Gateway, began time.Time) (_ context.Context, closed func(), _ error) {
	if p.admin == "" {
		return ctx, func() {}, nil
	}
	l, err := wire.ListenLoopback(p.admin)
	if err != nil {
		return ctx, nil, usage("", "--admin: %v", err)
	}
	ctx, end := context.WithCancel(ctx)
	limit, _ := chosen(p.edition).WeightLimitAt(began) // 0 for unknown
	port := &admin.Port{
		Gateway: g, Ledger: p.ledger, Title: "mbxcheck proxy to " + p.goal(), Record: p.record, Shutdown: end,
		WeightLimit: int64(limit),
		Report:      func(t *rule.Tally) *reports.Report { return p.report(t, began) },
	}
	server := &http.Server{Handler: port.Handler(), ReadHeaderTimeout: adminHeader, ErrorLog: log.New(io.Discard, "", 0)}
	go server.Serve(l)
	p.say(fmt.Sprintf("http://%s/ shows what passes", l.Addr()))
	return ctx, func() {
		end()
		ending, cancel := context.WithTimeout(context.Background(), adminFarewell)
		defer cancel()
		if server.Shutdown(ending) != nil {
			server.Close()
		}
	}, nil
}
