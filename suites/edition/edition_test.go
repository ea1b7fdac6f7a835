package edition

import (
	"net/url"
	"testing"
)

func TestEditions(t *testing.T) {
	for i, e := range All() {
		if i > 0 && e.From < All()[i-1].From || IDs()[i] != e.ID {
			t.Errorf("%s: expected the oldest first, and a folder named alike, found %v", e.ID, IDs())
		}
		if got, ok := ByID(e.ID); !ok || got != e {
			t.Errorf("ByID(%q): found %v, %v", e.ID, got, ok)
		}
		for _, base := range e.Bases {
			if u, err := url.Parse(base); err != nil || u.Scheme != "https" || u.Host == "" || base != "https://"+u.Host {
				t.Errorf("%s: %q is no https origin", e.ID, base)
			}
		}
		if len(e.Bases) == 0 || e.From.IsZero() || e.To < e.From || e.Catalogue.Len() == 0 || len(e.Codes.All) == 0 {
			t.Errorf("%s is incomplete: %+v", e.ID, e)
		}
	}
	if got, ok := ByID(DefaultID); !ok || got != Default() {
		t.Errorf("expected the default edition to be called %s, found %v", DefaultID, got)
	}
	if _, ok := ByID("2016"); ok {
		t.Error("ByID finds an edition that is none")
	}
}
