package jsonitems

import (
	"fmt"
	"unsafe"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Fields appends header fields to h, in any shape recorders give them: an
// object of names to values or lists of values, a list of pairs, or HAR's list
// of {name, value}. It reports false for null.
func (d *Reader) Fields(h *traffic.Header, what string) (bool, error) {
	switch d.Kind() {
	case 'n':
		return false, d.Skip()
	case '[':
		return true, d.Array(what, func() error { return d.fieldOfList(h, what) })
	}
	return true, d.Object(what, func(key []byte) error {
		name := d.lasting(key)
		if d.Kind() == '[' {
			return d.Array(what, func() error { return d.field(h, name, what) })
		}
		return d.field(h, name, what)
	})
}

// field adds one line with the value that comes next.
func (d *Reader) field(h *traffic.Header, name, what string) (err error) {
	if int64(len(*h)) >= d.limits.HeaderFields {
		return d.errorf(fmt.Sprintf("at most %d header fields", d.limits.HeaderFields), "more (limit header-fields)")
	}
	value, err := d.scalarString(what)
	*h = append(*h, traffic.Field{Name: name, Value: value})
	return err
}

// lasting returns a name as a string that is valid as long as the entry.
func (d *Reader) lasting(name []byte) string {
	if d.fast {
		return unsafe.String(unsafe.SliceData(name), len(name)) // the cursor's data stay
	}
	return d.B.String(name)
}

// scalarString is Scalar for a string that is valid as long as the entry.
func (d *Reader) scalarString(what string) (s string, err error) {
	if d.fast && d.cur.kind() == '"' {
		return d.cur.view(&d.held)
	}
	d.scratch, err = d.Scalar(d.scratch[:0], what)
	return d.B.String(d.scratch), err
}

// Scalar appends a string as it is and a number, true or false as written:
// hand-made recordings leave quotes out.
func (d *Reader) Scalar(dst []byte, what string) ([]byte, error) {
	switch d.Kind() {
	case '0', 't', 'f':
		if d.fast {
			raw, err := d.cur.scalar()
			return append(dst, raw...), err
		}
		raw, err := d.dec.ReadValue()
		return append(dst, raw...), d.broken(err)
	}
	dst, _, err := d.Text(dst, what)
	return dst, err
}

// fieldOfList adds the field that one element of a list of fields stands for.
func (d *Reader) fieldOfList(h *traffic.Header, what string) error {
	var name, value string
	put := func(to *string) (err error) {
		*to, err = d.scalarString(what)
		return err
	}
	var err error
	if d.Kind() == '[' {
		n := 0
		err = d.Array(what, func() error {
			n++
			switch n {
			case 1:
				return put(&name)
			case 2:
				return put(&value)
			}
			return d.Wrong("a pair of a name and a value")
		})
		if err == nil && n != 2 {
			return d.errorf("a pair of a name and a value", "a shorter list")
		}
	} else {
		err = d.Object(what, func(key []byte) error {
			switch string(key) {
			case "name":
				return put(&name)
			case "value":
				return put(&value)
			}
			return nil
		})
	}
	switch {
	case err != nil:
		return err
	case int64(len(*h)) >= d.limits.HeaderFields:
		return d.errorf(fmt.Sprintf("at most %d header fields", d.limits.HeaderFields), "more (limit header-fields)")
	case name == "":
		return d.errorf("the name of a header field", "none")
	}
	*h = append(*h, traffic.Field{Name: name, Value: value})
	return nil
}
