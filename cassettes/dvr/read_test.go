package dvr

import (
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
)

// The samples are made by hand, after what DVR's README and documentation say of
// the format; no version of DVR wrote them.
func TestRead(t *testing.T) { formattest.Golden(t, Format) }

func TestReadCut(t *testing.T) { formattest.Cut(t, Format) }

func FuzzRead(f *testing.F) { formattest.Fuzz(f, Format) }
