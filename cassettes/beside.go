package cassettes

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
)

// besideFile reads what lies in the file's directory and below, and follows no
// link out of it.
func besideFile(file string) format.Beside {
	return func(name string, limit int64) ([]byte, error) {
		root, err := os.OpenRoot(filepath.Dir(file))
		if err != nil {
			return nil, err
		}
		defer root.Close()
		name = filepath.FromSlash(name)
		// A FIFO would wait for its writer.
		if info, err := root.Stat(name); err != nil || !info.Mode().IsRegular() {
			return nil, errors.Join(err, errors.ErrUnsupported)
		}
		f, err := root.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return readUpTo(f, limit)
	}
}

// beside reads the other members of the member's archive, as long as that is
// open.
func (m *zipMember) beside(o Options) format.Beside {
	return func(name string, limit int64) ([]byte, error) {
		f := m.of.member(path.Join(path.Dir(m.file.Name), name))
		if f == nil {
			return nil, os.ErrNotExist
		}
		plain, closer, err := (&zipMember{m.of, f}).plain(name, o)
		if err != nil {
			return nil, err
		}
		defer closer.Close()
		return readUpTo(plain, limit)
	}
}

// member returns the member of that name, nil for none.
func (z *zipFile) member(name string) *zip.File {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.byName == nil {
		z.byName = make(map[string]*zip.File, len(z.all))
		for _, f := range z.all {
			z.byName[f.Name] = f
		}
	}
	return z.byName[name]
}

// isAttached reports a body that Playwright put beside its har.har, called by
// its SHA-1: it is read with the recording, and is none itself.
func (z *zipFile) isAttached(name string) bool {
	dir, base := path.Split(name)
	const hexDigits = 40
	if len(base) < hexDigits || strings.Trim(base[:hexDigits], "0123456789abcdef") != "" || len(base) > hexDigits && base[hexDigits] != '.' {
		return false
	}
	return z.member(dir+"har.har") != nil
}

func readUpTo(r io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(body)) > limit {
		err = fmt.Errorf("it exceeds %d bytes (limit body-bytes)", limit)
	}
	return body, err
}
