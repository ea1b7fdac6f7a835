package serve

import (
	"context"
	"net/http"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// Record answers requests as next does, and writes every exchange to a file, as
// a server with Options.Record does: by the clock, which many goroutines may
// ask and nobody sets, and with each peer's own address. Close completes the file and returns
// the first error there was; nothing may be asked of the handler after it.
func Record(next http.Handler, name string, clock func() time.Time) (h http.Handler, close func() error, err error) {
	r, err := cassettes.Create(name, nil)
	if err != nil {
		return nil, nil, err
	}
	ended := func(s *wire.Seen) { _ = r.Add(s.Exchange()) } // close tells of it
	return &wire.Tap{Handler: next, Clock: clock, Ended: ended}, r.Close, nil
}

// tap has what passes on the way to a handler recorded.
func (s *Server) tap(o Options, next http.Handler, ending context.Context) *wire.Tap {
	return &wire.Tap{Handler: next, Clock: o.clock, Client: clientIP(o.ClientIPHeader), Ending: ending, Ended: func(seen *wire.Seen) {
		err := s.record.Add(seen.Exchange())
		if err == nil {
			return
		}
		s.log.Error("the recording is not whole: exchanges are left out until there is room", "error", err)
		if o.NotRecorded != nil {
			o.NotRecorded(err)
		}
	}}
}
