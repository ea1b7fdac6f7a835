package wiremock

import (
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
)

// The samples called recorded are written by WireMock itself, see
// ../format/formattest/recorders/record-wiremock.sh.
func TestRead(t *testing.T) { formattest.Golden(t, Format) }

func TestReadCut(t *testing.T) { formattest.Cut(t, Format) }

func FuzzRead(f *testing.F) { formattest.Fuzz(f, Format) }
