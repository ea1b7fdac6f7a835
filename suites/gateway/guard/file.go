package guard

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
)

// maxFile bounds a ledger's file, in bytes: maxClients and maxAccounts take some two
// megabytes.
const maxFile = 8 << 20

// version is that of the file's form.
const version = 1

// saved is a ledger as its file has it. It holds no key.
type saved struct {
	Version  int                     `json:"version"`
	Salt     []byte                  `json:"salt"`
	Limits   []Limit                 `json:"limits"`
	Totals   []window                `json:"totals"` // of those that hold for the address, in their order
	Silence  silence                 `json:"silence"`
	Routes   map[string]int64        `json:"routes"`
	Accounts map[string]savedAccount `json:"accounts"`
	Clients  []savedClient           `json:"clients"`
	Keys     map[string]int          `json:"keys"`
}

type savedAccount struct {
	Orders  []window `json:"orders"`
	Silence silence  `json:"silence"`
}

type savedClient struct {
	Use  Use    `json:"use"`
	Used window `json:"used"`
}

// Open reads the ledger of a file, or begins one where there is none; without a name it
// is kept in memory alone.
func Open(file string, e *edition.Edition, now time.Time) (*Ledger, error) {
	l := &Ledger{
		edition: e, file: file, salt: make([]byte, 16),
		clients: map[string]*client{}, accounts: map[string]*account{}, people: newPeople(), routes: map[string]int64{}, seen: map[string]int64{},
	}
	rand.Read(l.salt)
	l.limit(limitsOf(e, now))
	if file == "" {
		return l, nil
	}
	f, err := os.Open(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return l, l.Save()
	case err != nil:
		return nil, fmt.Errorf("the ledger of the address can't be read: %w", err)
	}
	defer f.Close()
	var s saved
	d := json.NewDecoder(io.LimitReader(f, maxFile))
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("the ledger of the address %s can't be read: %w; remove it if no ban is running", file, err)
	}
	if err := l.restore(&s, now); err != nil {
		return nil, fmt.Errorf("the ledger of the address %s can't be read: %w; remove it if no ban is running", file, err)
	}
	return l, nil
}

// restore takes over what was saved.
func (l *Ledger) restore(s *saved, now time.Time) error {
	if s.Version != version {
		return fmt.Errorf("expected version %d, found %d", version, s.Version)
	}
	for _, limit := range s.Limits {
		if limit.Span < time.Second || limit.Span > maxSpan || limit.Most < 1 || limit.Most > maxMost {
			return fmt.Errorf("expected a limit of 1 s to %s, found %s", maxSpan, limit)
		}
	}
	if len(s.Limits) > 0 && len(s.Limits) <= maxLimits && hasWeight(s.Limits) {
		l.limit(s.Limits)
	}
	if len(s.Salt) > 0 {
		l.salt = s.Salt
	}
	for i := range l.totals {
		if i < len(s.Totals) {
			l.totals[i].window.takeOver(s.Totals[i], now)
		}
	}
	latest := now.Add(l.edition.MaxBan + rounding)
	l.silence = s.Silence.restored(latest)
	for route, weight := range s.Routes {
		if len(l.routes) < maxRoutes && len(route) <= maxRoute && weight > 0 {
			l.routes[route] = weight
		}
	}
	for hash, old := range s.Accounts {
		a := l.account(hash, now)
		a.silence = old.Silence.restored(latest)
		for i := range min(len(a.orders), len(old.Orders)) {
			a.orders[i].takeOver(old.Orders[i], now)
		}
	}
	for key, n := range s.Keys {
		if len(l.people.keys) < maxClients {
			l.people.keys[key] = n
		}
	}
	for _, old := range s.Clients {
		if len(l.clients) < maxClients {
			c := l.of(old.Use.Client)
			c.use = old.Use
			c.used.takeOver(old.Used, now)
		}
	}
	return nil
}

func hasWeight(list []Limit) bool {
	for _, l := range list {
		if l.Type == weightLimit {
			return true
		}
	}
	return false
}

// restored is a saved silence as far as it can be: none lasts beyond latest, where a clock
// was wrong.
func (s silence) restored(latest time.Time) silence {
	if s.Until.After(latest) {
		s.Until = latest
	}
	s.Refusals = max(0, s.Refusals)
	return s
}

// takeOver has a window go on from a saved one of the same width.
func (w *window) takeOver(old window, now time.Time) {
	if old.Width != w.Width || len(old.Slots) != slots || slices.Min(old.Slots) < 0 || slices.Max(old.Slots) > maxMost {
		return
	}
	copy(w.Slots, old.Slots)
	w.Latest = old.Latest
	w.at(now)
}

// noted is the silence of the address that stands in the file: another program that keeps
// the same ledger may have been asked for it. Zero where there is none.
func (l *Ledger) noted() silence {
	var s struct{ Silence silence }
	if text, err := os.ReadFile(l.file); err != nil || json.Unmarshal(text, &s) != nil {
		return silence{}
	}
	return s.Silence
}

// Save writes the ledger's file: whole, or not at all. A silence that another program
// noted there is kept from then on.
func (l *Ledger) Save() error {
	if l.file == "" {
		return nil
	}
	l.saving.Lock()
	defer l.saving.Unlock()
	noted := l.noted()
	l.mu.Lock()
	if noted.Until.After(l.silence.Until) {
		l.silence = noted
	}
	text, err := l.text()
	l.changed = false
	l.mu.Unlock()
	if err == nil {
		err = write(l.file, text)
	}
	if err != nil {
		l.mu.Lock()
		l.changed = true
		l.mu.Unlock()
		return fmt.Errorf("the ledger of the address can't be kept, and a ban would be forgotten at the next start: %w", err)
	}
	return nil
}

// Changed reports whether there is something to save.
func (l *Ledger) Changed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

func (l *Ledger) text() ([]byte, error) {
	s := saved{
		Version: version, Salt: l.salt, Limits: l.limits, Silence: l.silence, Routes: l.routes,
		Accounts: map[string]savedAccount{}, Keys: l.people.keys,
	}
	for i := range l.totals {
		s.Totals = append(s.Totals, l.totals[i].window)
	}
	for hash, a := range l.accounts {
		s.Accounts[hash] = savedAccount{a.orders, a.silence}
	}
	for _, c := range l.clients {
		u := c.use
		u.Client = c.name
		s.Clients = append(s.Clients, savedClient{u, c.used})
	}
	return json.Marshal(&s)
}

// write puts text in the place of a file, which nobody else may read: it tells who
// trades how much.
func write(file string, text []byte) error {
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, filepath.Base(file)+".*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
