package yamlitems

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// splitter cuts a YAML stream into the items of a block list under a key of
// the root mapping, or of the root itself if the key is "".
//
// The cut is sound: everything that belongs to an item is indented deeper than
// its dash (YAML 1.2.2 section 8.2.1), save for continuation lines of quoted
// scalars and flow collections in lenient files, and an item cut inside one of
// those ends with a quote or bracket left open, which the parser refuses.
type splitter struct {
	r    *bufio.Reader
	key  string
	line int // lines read

	found bool // the list was there
	odd   bool // the key was there, but its value isn't a list in block style
	dash  int  // the column of the list's dashes, -1 before the first

	inList bool
	item   []byte
	begins int // the line on which item begins, 0 without one
	over   bool
	ended  bool   // nothing stands behind item
	held   []byte // a line read that belongs to what comes next
	isHeld bool
	limit  int64  // of bytes in an item
	long   []byte // holds a line that exceeds r's buffer
}

var errTooLong = errors.New("the entry is too long")

func newSplitter(r io.Reader, key string, limit int64) *splitter {
	s := &splitter{r: bufio.NewReaderSize(r, 64<<10), key: key, dash: -1, limit: limit}
	s.inList = key == ""
	if first, _ := s.r.Peek(3); string(first) == "\ufeff" {
		s.r.Discard(3)
	}
	return s
}

// next returns the text of the next item, dash and indentation included, and
// the line on which it begins. The text is valid until the next call. It
// returns io.EOF at the end, and an error wrapping errTooLong in the place of
// an item beyond the limit.
func (s *splitter) next() ([]byte, int, error) {
	s.item, s.begins, s.over = s.item[:0], 0, false
	for {
		line, err := s.readLine()
		if err != nil && err != io.EOF {
			return nil, s.line, err
		}
		if len(line) == 0 && err == io.EOF {
			s.ended = true
			return s.end()
		}
		if s.take(line) {
			s.held, s.isHeld = line, true
			return s.end()
		}
	}
}

// end returns the item that has been gathered.
func (s *splitter) end() ([]byte, int, error) {
	switch {
	case s.begins == 0:
		return nil, s.line, io.EOF
	case s.over:
		return nil, s.begins, fmt.Errorf("%w: more than %d bytes (limit entry-bytes)", errTooLong, s.limit)
	}
	return s.item, s.begins, nil
}

// take puts one line where it belongs, and reports true, taking nothing, if an
// item ends before it.
func (s *splitter) take(line []byte) (ends bool) {
	content := bytes.TrimLeft(line, " ")
	column := len(line) - len(content)
	content = bytes.TrimRight(content, " \t\r\n")
	insignificant := len(content) == 0 || content[0] == '#'
	switch {
	case !s.inList:
		s.preamble(line)
		return false
	case insignificant && s.begins == 0:
		return false
	case insignificant:
		s.gather(line)
		return false
	case isDash(content) && (s.dash < 0 || column == s.dash):
		if s.begins > 0 {
			return true
		}
		s.dash, s.begins, s.found = column, s.line, true
		s.gather(line)
		return false
	case s.begins > 0 && column > s.dash:
		s.gather(line)
		return false
	case s.begins > 0:
		return true
	case s.key == "":
		// Between documents stand markers and directives; a root that is no list
		// in block style is for the parser.
		s.dash, s.odd = -1, s.odd || !standsAlone(content)
		return false
	}
	// The list has ended (or was null), or what the key holds is no list in
	// block style, or the indentation is such that only a parser can tell.
	s.odd = s.odd || column > 0 || isDash(content)
	s.inList = false
	s.preamble(line)
	return false
}

// standsAlone reports a directive, or a document marker with no content behind
// it.
func standsAlone(content []byte) bool {
	if content[0] == '%' || string(content) == "..." {
		return true
	}
	rest, ok := bytes.CutPrefix(content, []byte("---"))
	return ok && (len(rest) == 0 || bytes.HasPrefix(bytes.TrimLeft(rest, " \t"), []byte("#")) && rest[0] <= ' ')
}

// preamble looks for the key in a line outside the list.
func (s *splitter) preamble(line []byte) {
	rest, ok := cutKey(line, s.key)
	if !ok {
		return
	}
	s.found = true
	rest = bytes.TrimLeft(rest, " \t")
	if len(rest) == 0 || rest[0] == '#' {
		s.inList, s.dash = true, -1
		return
	}
	s.odd = true
}

// gather adds a line to the item, up to the limit.
func (s *splitter) gather(line []byte) {
	if s.over = s.over || int64(len(s.item)+len(line)) > s.limit; !s.over {
		s.item = append(s.item, line...)
	}
}

// readLine returns the next line with its ending; the last one may lack it. A
// line beyond the limit for entries is cut there. The line is valid until the
// next call.
func (s *splitter) readLine() ([]byte, error) {
	if s.isHeld {
		s.isHeld = false
		return s.held, nil
	}
	line, err := s.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		s.long = append(s.long[:0], line...)
		for err == bufio.ErrBufferFull {
			line, err = s.r.ReadSlice('\n')
			if int64(len(s.long)) <= s.limit {
				s.long = append(s.long, line...)
			}
		}
		line = s.long
	}
	if len(line) > 0 {
		s.line++
	}
	return line, err
}

func isDash(content []byte) bool {
	return content[0] == '-' && (len(content) == 1 || content[1] == ' ' || content[1] == '\t')
}

// cutKey returns what follows `key:` at the very beginning of a line, the key
// plain or quoted.
func cutKey(line []byte, key string) (rest []byte, ok bool) {
	line = bytes.TrimRight(line, " \t\r\n")
	if len(line) > 0 && (line[0] == '"' || line[0] == '\'') {
		quote := line[:1]
		if line, ok = bytes.CutPrefix(line[1:], []byte(key)); !ok {
			return nil, false
		}
		if line, ok = bytes.CutPrefix(line, quote); !ok {
			return nil, false
		}
	} else if line, ok = bytes.CutPrefix(line, []byte(key)); !ok {
		return nil, false
	}
	line, ok = bytes.CutPrefix(bytes.TrimLeft(line, " \t"), []byte(":"))
	return line, ok && (len(line) == 0 || line[0] == ' ' || line[0] == '\t')
}
