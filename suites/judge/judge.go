// Package judge is the driver: it makes one pass over recordings. It finds the
// files, reads them on all cores, each core with an engine of its own, and merges
// the tallies, in constant memory for files of any length. What comes out does not
// depend on how many cores there were.
//
// A Config is what a person chooses, Options are what it comes to, and Paths is the
// pass; Find and Sources are its two halves, for those who want to know the files
// first. Traffic that comes over the wire is judged by package engine alone.
//
// It knows files, engines and tallies. It must not know any one rule, nor flags,
// reports, specs or exit codes.
package judge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Options say what to judge and how: see Config.Options. A pass changes none of
// them, so that several may have them in common, but for what they point to.
type Options struct {
	Rules   []*rule.Rule      // at least one
	Engine  engine.Options    // whose traffic, by which edition, and how many findings are kept
	Input   cassettes.Options // how files are read; the pass counts the bytes itself
	Workers int               // sources read at a time; 0 for one a core
	Joined  bool              // all sources are one recording, in the order of their names, whose exchanges are counted on
	Meter   *Meter            // counts while the pass runs; nil if nobody looks
}

// Result is what a pass found.
type Result struct {
	// Tally holds the verdicts, the counts, and in Errors what could not be
	// read, in the order of the files.
	Tally *rule.Tally

	// Broken are the faults of mbxcheck itself: readers that panicked, in the
	// order of the files. The first comes with its stack; the others are a line
	// each, and beyond maxPanics only counted.
	Broken []error
}

// smallBytes is what a source holds that one core has judged before others are
// ready to help: 256 KiB take half a millisecond, plain, and a few when they
// are compressed.
const smallBytes = 256 << 10

// maxErrors bounds the errors kept of one file: the first ones tell what is
// wrong with it, and a log of a million bad lines must not fill the memory.
const maxErrors = 10

// maxSourceErrors bounds those kept of an archive, in which each member is a
// file.
const maxSourceErrors = 1000

// Source is one file to read, or one member of a zip archive.
type Source struct {
	cassettes.File
	err error // why it can't be read, found while walking
}

// longestFarewell is how long a pass that was ended waits for what its cores
// have. They look at the context every few exchanges; one that reads from a
// device may never come back.
const longestFarewell = 2 * time.Second

// ErrNoRules says that Options have no rules: traffic that nothing judges looks like
// traffic without fault.
var ErrNoRules = errors.New("expected rules to judge by, such as Config.Options picks, found none")

// Paths judges what paths stand for: see Find and Sources.
func Paths(ctx context.Context, paths []string, o Options) (*Result, error) {
	return Sources(ctx, Find(paths, o), o)
}

// Sources judges the sources. What can't be read is no error, but counted and told
// in the tally. The error is ErrNoRules, or the context's when it ended before the pass
// did; the result is what was judged until then, nil for nothing. Some two seconds after
// the context's end it returns whatever its readers do.
func Sources(ctx context.Context, sources []Source, o Options) (*Result, error) {
	if len(o.Rules) == 0 {
		return nil, ErrNoRules
	}
	o.Meter = cmp.Or(o.Meter, &Meter{})
	o.Input.Stdin = cmp.Or(o.Input.Stdin, io.Reader(os.Stdin))
	o.Input.Stdin, o.Input.Read = &stoppable{ctx: ctx, in: o.Input.Stdin}, &o.Meter.bytes
	o.Meter.start(sources)
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	workers = max(1, min(workers, len(sources)))
	cores := runtime.GOMAXPROCS(0) / workers
	if o.Joined {
		workers, cores = 1, 1 // what is heard depends on what was heard in the file before
	}

	p := &pass{ctx: ctx, o: o, sources: sources, cores: cores}
	done := make(chan struct{})
	go func() {
		defer close(done)
		var all sync.WaitGroup
		for range workers {
			all.Go(p.work)
		}
		all.Wait()
	}()
	select {
	case <-done:
	case <-ctx.Done():
		select {
		case <-done:
		case <-time.After(longestFarewell):
		}
	}
	return p.result(), ctx.Err()
}

// Find lists what paths stand for (files, directories and "-"), each file once,
// sorted by name: reports are in the order of names, and so is what a bound on
// findings keeps. The members of a zip archive are listed, since they can be
// read at random; a tar archive is one source.
func Find(paths []string, o Options) []Source {
	var sources []Source
	seen := map[string]bool{}
	for f, err := range o.Input.Files(paths) {
		key := f.Path
		if disk, member, is := f.Member(); is {
			key = filepath.Clean(disk) + "\x00" + member
		} else if key != cassettes.StandardInput {
			key = filepath.Clean(key)
		}
		if !seen[key] {
			seen[key] = true
			sources = append(sources, Source{f, err})
		}
	}
	slices.SortStableFunc(sources, func(a, b Source) int { return strings.Compare(a.Path, b.Path) })
	return sources
}

// pass is one pass in progress. Workers take the next source until none is
// left, and merge what they have at the end.
type pass struct {
	ctx     context.Context
	o       Options
	sources []Source
	next    atomic.Int64

	cores int // for each worker

	mu     sync.Mutex
	over   bool // nobody waits any more
	tally  *rule.Tally
	broken []panickedSource
}

func (p *pass) work() {
	w := &worker{p: p}
	w.renew()
	w.sum = w.engine.Take()
	var all []panickedSource
	for p.ctx.Err() == nil {
		i := int(p.next.Add(1)) - 1
		if i >= len(p.sources) {
			break
		}
		errs, by := w.read(&p.sources[i])
		w.sum.Merge(w.engine.Take())
		for nth, err := range errs {
			w.sum.NotRead(0, rule.NewInputError(p.sources[i].Path, nth, err)) // counted when it was met
		}
		if by != nil {
			w.renew() // whatever state it was left in
			w.lacks = p.o.Joined
			if len(all) > 0 {
				by.stack = nil // the first of all files is told with its stack
			}
			all = append(all, panickedSource{i, by})
		}
	}
	if w.begun {
		w.catchUp()
		w.engine.End()
		w.sum.Merge(w.engine.Take())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	p.broken = append(p.broken, all...)
	if p.tally == nil {
		p.tally = w.sum
	} else {
		p.tally.Merge(w.sum)
	}
}

// result is what the workers have handed over, nil for nothing.
func (p *pass) result() *Result {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tally == nil {
		return nil
	}
	p.over = true
	return &Result{Tally: p.tally, Broken: p.tellPanics()}
}

// worker reads one source after the other into its engine.
type worker struct {
	p      *pass
	sum    *rule.Tally // of the sources it has read
	engine *engine.Engine
	fronts []*engine.Front // that judge parts; made when needed
	begun  bool            // the recording goes on in the next source, if sources are joined
	lacks  bool            // what it went on in before could not be read
	before int             // exchanges in the sources that are joined to the one at hand
}

func (w *worker) newEngine() *engine.Engine { return engine.New(w.p.o.Rules, w.p.o.Engine) }

func (w *worker) renew() { w.engine, w.fronts, w.begun = w.newEngine(), nil, false }

// catchUp tells the engine of sources that could not be read, of which it is to hear in
// the recording that they are joined to.
func (w *worker) catchUp() {
	if w.lacks {
		w.engine.Missed()
	}
	w.lacks = false
}

// notRead counts what could not be read.
func (w *worker) notRead() {
	w.sum.NotRead(1)
	w.lacks = w.p.o.Joined
}

// read judges one source, and returns the first errors of it. A panic in a reader
// is that source's outcome, and the others are judged all the same.
func (w *worker) read(s *Source) (told []error, by *panicked) {
	defer func() {
		if v := recover(); v != nil {
			by = caught(v)
		}
	}()
	m, bad, left := w.p.o.Meter, 0, 0
	defer func() {
		if w.p.ctx.Err() == nil { // a file that was broken off was not read
			m.files.Add(1)
		}
	}()
	if s.err != nil {
		w.notRead()
		return []error{s.err}, nil
	}
	cores := w.p.cores
	if size := s.Size(); 0 < size && size <= smallBytes {
		cores = 1
	}
	for rec, err := range s.Recordings(w.p.o.Input) {
		if w.p.ctx.Err() != nil {
			break
		}
		switch {
		case err == nil:
			errs := w.exchanges(rec, cores)
			kept := min(len(errs), max(maxSourceErrors-len(told), 0))
			told, left = append(told, errs[:kept]...), left+len(errs)-kept
		case s.PassesBy(err):
			w.sum.PassOver(passedOver(s.Path, err))
		default:
			w.notRead()
			if bad++; bad <= maxErrors {
				told = append(told, err)
			}
		}
	}
	if bad > maxErrors {
		told = append(told, fmt.Errorf("%s: %d more members that could not be read", s.Path, bad-maxErrors))
	}
	if left > 0 {
		told = append(told, fmt.Errorf("%s: more errors in its members than the %d above", s.Path, maxSourceErrors))
	}
	return told, nil
}

// passedOver is the file that an error of a source is about: of an archive, the
// member.
func passedOver(path string, err error) string {
	if e, ok := errors.AsType[*format.Error](err); ok && e.File != "" {
		return e.File
	}
	return path
}

// exchanges feeds the engine, and returns the first errors and how many more
// there were.
func (w *worker) exchanges(rec *cassettes.Recording, cores int) []error {
	const look = 64 // exchanges between two looks at the context, which takes a lock
	n := 0
	m := w.p.o.Meter
	if w.begun {
		w.engine.Continue()
	} else {
		w.engine.Begin()
	}
	w.begun = w.p.o.Joined
	w.catchUp()
	exchanges, found := w.divided(rec, cores)
	last := w.before
	for x, err := range exchanges {
		if n++; n%look == 0 {
			m.exchanges.Add(look)
			if w.p.ctx.Err() != nil {
				n = 0
				break
			}
		}
		switch {
		case err == nil:
			x.At.Number += w.before
			last = x.At.Number
			w.engine.Observe(x)
		case w.p.ctx.Err() != nil: // cut off, not broken
		default:
			found.add(err)
			w.engine.Missed()
		}
	}
	if w.p.ctx.Err() != nil {
		w.engine.Missed()
	}
	m.exchanges.Add(int64(n % look))
	if w.before = last; !w.begun {
		w.before = 0
		w.engine.End()
	}
	w.sum.NotRead(found.n)
	if found.n > maxErrors {
		found.errs = append(found.errs, fmt.Errorf("%s: %d more entries that could not be read", rec.File, found.n-maxErrors))
	}
	return found.errs
}

// divided returns what of a recording is to be judged by this worker's engine
// alone: all of it, but for what several cores could do in parts.
func (w *worker) divided(rec *cassettes.Recording, cores int) (exchanges iter.Seq2[*traffic.Exchange, error], found faults) {
	if cores < 2 {
		return rec.Exchanges(), found
	}
	if parts := rec.Parts(); parts != nil {
		exchanges, found = w.judgeInParts(parts, cores)
	} else {
		exchanges = rec.Exchanges()
	}
	return readAhead(exchanges), found
}
