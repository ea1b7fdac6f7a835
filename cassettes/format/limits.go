package format

import (
	"fmt"
	"strconv"
	"strings"
)

// The defaults of those Limits that are asked for by themselves; LimitList says of each why.
const (
	MaxEntryBytes   = 64 << 20
	MaxBodyBytes    = 64 << 20
	MaxHeaderFields = 1000
	MaxDepth        = 500
	MaxYAMLBytes    = 64 << 20
)

// Beneath these sizes no ratio of decompression does harm, nor do aliases, and
// short texts of one letter compress beyond any honest ratio.
const (
	RatioFreeBytes     = 64 << 20 // of a file
	RatioFreeBodyBytes = 8 << 20  // of a body
)

// Limits bound what is read from outside, so that no recording takes more
// memory or time than it may. None of them is zero.
type Limits struct {
	EntryBytes     int64
	BodyBytes      int64
	Entries        int64
	HeaderFields   int64
	Broken         int64
	Depth          int64
	YAMLBytes      int64
	YAMLSyntax     int64
	Aliases        int64
	Ratio          int64
	FileSeconds    int64
	DirectoryBytes int64
}

// DefaultLimits returns the limits that hold where nobody sets others.
func DefaultLimits() (all Limits) {
	for _, l := range LimitList() {
		*l.of(&all) = l.Default
	}
	return all
}

// Limit is one of Limits, as a person sets it.
type Limit struct {
	Name    string
	Default int64
	Doc     string // what it bounds, and why at its default
	of      func(*Limits) *int64

	least, most int64 // that it may be set to; 0 for any
}

// leastDepth is beyond what readers that count no levels go through, mostDepth
// what the JSON and YAML libraries go through at most.
const (
	leastDepth = 100
	mostDepth  = 10_000
)

// mostSeconds is 30 years.
const mostSeconds = 1_000_000_000

// LimitList lists all limits. The slice is the caller's.
func LimitList() []Limit {
	return []Limit{
		{Name: "entry-bytes", Default: MaxEntryBytes, of: func(l *Limits) *int64 { return &l.EntryBytes },
			Doc: "bytes of one entry (a request and its response, as recorded): the largest real one, an exchangeInfo reply of 2025, has 18 MB"},
		{Name: "body-bytes", Default: MaxBodyBytes, of: func(l *Limits) *int64 { return &l.BodyBytes },
			Doc: "bytes of one body, decompressed; that reply again"},
		{Name: "entries", Default: 100_000_000, of: func(l *Limits) *int64 { return &l.Entries },
			Doc: "exchanges of one file: some 200 GB of them"},
		{Name: "header-fields", Default: MaxHeaderFields, of: func(l *Limits) *int64 { return &l.HeaderFields },
			Doc: "header field lines of one message: servers refuse far fewer"},
		{Name: "broken-entries", Default: 100_000, of: func(l *Limits) *int64 { return &l.Broken },
			Doc: "entries of one file that can't be read, before reading it ends: it is no recording, or a hostile one"},
		{Name: "depth", Default: MaxDepth, of: func(l *Limits) *int64 { return &l.Depth }, least: leastDepth, most: mostDepth,
			Doc: "levels of nesting in a recording, 100 to 10000: recordings have some ten, and the venue's deepest reply six. A body that stands in quotes is judged up to 512"},
		{Name: "yaml-bytes", Default: MaxYAMLBytes, of: func(l *Limits) *int64 { return &l.YAMLBytes },
			Doc: "bytes of a YAML document that must be read whole, being in flow style or using anchors: cassettes that do have a few megabytes"},
		{Name: "yaml-syntax-bytes", Default: 2 << 20, of: func(l *Limits) *int64 { return &l.YAMLSyntax },
			Doc: "bytes of YAML beside quoted and block values that are parsed at once, an entry or a document read whole: each may take 150 bytes of memory; an entry has about a thousand"},
		{Name: "aliases", Default: 100, of: func(l *Limits) *int64 { return &l.Aliases },
			Doc: "times that a YAML document may grow, its aliases written out, beyond 64 MiB: recordings share a request or a body among some dozens of entries"},
		{Name: "ratio", Default: 200, of: func(l *Limits) *int64 { return &l.Ratio },
			Doc: "times that a file of more than 64 MiB, or a body of more than 8 MiB, may be larger than what it is decompressed from: traffic comes to 5 to 50, bombs to 1000 and more"},
		{Name: "file-seconds", Default: 3600, of: func(l *Limits) *int64 { return &l.FileSeconds }, most: mostSeconds,
			Doc: "seconds that reading one file may take: an hour is enough for 500 GB, and what takes longer is a pipe that nobody feeds"},
		{Name: "directory-bytes", Default: 16 << 20, of: func(l *Limits) *int64 { return &l.DirectoryBytes },
			Doc: "bytes of a zip archive's directory, which is held in memory: some 200,000 members. The names of any archive's members may take four times as many"},
	}
}

// maxLimit keeps limits where sums of them and times in nanoseconds fit 64 bits.
const maxLimit = 1 << 60

// Set sets one limit from NAME=VALUE, the value a positive number with K, M or G
// (1024 times each) behind it or not.
func (l *Limits) Set(s string) error {
	name, value, ok := strings.Cut(s, "=")
	if !ok {
		return fmt.Errorf("%q: expected NAME=VALUE, such as entry-bytes=128M", s)
	}
	var names []string
	for _, limit := range LimitList() {
		if names = append(names, limit.Name); limit.Name != name {
			continue
		}
		n, ok := Quantity(value)
		if !ok {
			return fmt.Errorf("%s: expected a positive number, such as 500 or 128M, found %q", name, value)
		}
		if n < limit.least || limit.most > 0 && n > limit.most {
			return fmt.Errorf("%s: expected a number from %d to %d, found %s", name, max(1, limit.least), limit.most, value)
		}
		*limit.of(l) = n
		return nil
	}
	return fmt.Errorf("%q: expected one of %s", name, strings.Join(names, ", "))
}

// Quantity reads a positive number, which K, M or G may stand behind, powers of 1024.
func Quantity(s string) (int64, bool) {
	unit := int64(1)
	if s != "" {
		if i := strings.IndexByte("KMG", s[len(s)-1]); i >= 0 {
			s, unit = s[:len(s)-1], 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n > maxLimit/unit {
		return 0, false
	}
	return n * unit, true
}
