package format

import "io"

// Beside reads a file that lies beside a recording, in the same directory or
// archive or below, by the name that the recording has for it: of at most so
// many bytes. It reaches nothing else. It is safe for concurrent use.
type Beside func(name string, limit int64) ([]byte, error)

// BesideOf returns what reads the files beside a stream; nil for one that lies
// nowhere.
func BesideOf(r io.Reader) Beside {
	if b, ok := r.(interface{ Beside() Beside }); ok {
		return b.Beside()
	}
	return nil
}
