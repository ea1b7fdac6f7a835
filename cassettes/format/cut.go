package format

import "bytes"

// Cut says where a recording may be cut into parts that are recordings of the
// format by themselves, so that several cores can read them. It may be mistaken
// about a place: the part before it is then broken, or lacks its seal.
type Cut struct {
	// Mark are the bytes that an entry begins with; those of Before stand
	// before it and belong to the entry before.
	Before, Mark []byte

	// Between is what stands between two entries beside white space, and is
	// left out where a recording is cut.
	Between []byte

	// Open is put before a part that is not the first, and Close behind each.
	// If Seal is set, Close holds an entry with that URL, which ends a part
	// that was read as entries to its end, and tells by its Number how many there
	// were. Without a seal each of them gives an exchange or an error.
	Open, Close []byte
	Seal        string

	// Certain says that the mark stands nowhere else, so that what is broken
	// in a part is broken in the recording.
	Certain bool
}

// Last returns where the last entry begins that may begin a part of its own,
// and where the text before it ends that belongs to the part before; 0 for
// none.
func (c *Cut) Last(text []byte) (begins, ends int) {
	at := bytes.LastIndex(text, append(bytes.Clone(c.Before), c.Mark...))
	if at <= 0 {
		return 0, 0
	}
	at += len(c.Before)
	before := text[:at]
	if len(c.Between) > 0 {
		before = bytes.TrimRight(before, " \t\r\n")
		if !bytes.HasSuffix(before, c.Between) {
			return 0, 0
		}
		before = before[:len(before)-len(c.Between)]
	}
	return at, len(before)
}
