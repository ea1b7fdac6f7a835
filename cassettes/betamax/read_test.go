package betamax

import (
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
)

// The samples called recorded are written by the recorder itself, see
// ../format/formattest/recorders.
func TestRead(t *testing.T) { formattest.Golden(t, Format) }

func TestReadCut(t *testing.T) { formattest.Cut(t, Format) }

func FuzzRead(f *testing.F) { formattest.Fuzz(f, Format) }
