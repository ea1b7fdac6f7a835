package judge

import (
	"context"
	"io"
	"sync"
)

// stoppable reads from in until the context ends, also if in never yields
// another byte: what came until then can be judged.
type stoppable struct {
	ctx   context.Context
	in    io.Reader
	begin sync.Once
	out   *io.PipeReader
}

// Read begins to read from in when it is first called.
func (s *stoppable) Read(p []byte) (int, error) {
	s.begin.Do(func() {
		r, w := io.Pipe()
		s.out = r
		context.AfterFunc(s.ctx, func() { w.Close() })
		go func() {
			defer func() {
				if v := recover(); v != nil {
					w.CloseWithError(caught(v))
				}
			}()
			_, err := io.Copy(w, s.in)
			w.CloseWithError(err)
		}()
	})
	n, err := s.out.Read(p)
	if v, is := err.(*panicked); is {
		own := *v
		panic(&own) // where it is caught and told
	}
	return n, err
}
