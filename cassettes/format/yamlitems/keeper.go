package yamlitems

import (
	"bytes"
	"fmt"
	"io"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
)

// keeper passes a stream on and can give all of it again, from its beginning,
// once: a file is read anew, anything else is kept as it passes, up to
// Limits.YAMLBytes.
type keeper struct {
	in    format.Input
	start int64
	file  io.ReadSeeker // if it can be read anew

	kept    []byte
	tooLong bool
	has     bool // the last parse of all found the list
	ahead   []byte
}

func newKeeper(in format.Input) *keeper {
	k := &keeper{in: in}
	if f := in.File(); f != nil {
		if at, err := f.Seek(0, io.SeekCurrent); err == nil {
			k.file, k.start = f, at
		}
	}
	return k
}

func (k *keeper) Read(p []byte) (int, error) {
	if len(k.ahead) > 0 {
		n := copy(p, k.ahead)
		k.ahead = k.ahead[n:]
		return n, nil
	}
	n, err := k.in.Read(p)
	if k.file == nil {
		k.keep(p[:n])
	}
	return n, err
}

func (k *keeper) keep(p []byte) {
	if k.tooLong = k.tooLong || int64(len(k.kept)+len(p)) > k.in.Limits.YAMLBytes; k.tooLong {
		k.kept = nil
		return
	}
	k.kept = append(k.kept, p...)
}

// all returns the whole stream. Read goes on where it was.
func (k *keeper) all() ([]byte, error) {
	if k.file != nil {
		return k.reread()
	}
	if k.tooLong {
		return nil, k.errWhole()
	}
	passed := len(k.kept) - len(k.ahead)
	rest, err := io.ReadAll(io.LimitReader(k.in, k.in.Limits.YAMLBytes-int64(len(k.kept))+1))
	k.ahead = append(bytes.Clone(k.ahead), rest...)
	k.keep(rest)
	if err != nil {
		return nil, err
	}
	if k.tooLong {
		return nil, k.errWhole()
	}
	k.ahead = k.kept[passed:]
	return k.kept, nil
}

func (k *keeper) reread() (text []byte, err error) {
	at, err := k.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, err
	}
	if _, err = k.file.Seek(k.start, io.SeekStart); err != nil {
		return nil, err
	}
	text, err = io.ReadAll(io.LimitReader(k.file, k.in.Limits.YAMLBytes+1))
	if err != nil {
		return nil, err
	}
	if _, err = k.file.Seek(at, io.SeekStart); err != nil {
		return nil, err
	}
	if int64(len(text)) > k.in.Limits.YAMLBytes {
		return nil, k.errWhole()
	}
	return text, nil
}

func (k *keeper) errWhole() error {
	return fmt.Errorf("it has more than %d bytes (limit yaml-bytes)", k.in.Limits.YAMLBytes)
}
