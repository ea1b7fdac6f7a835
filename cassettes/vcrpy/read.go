// Package vcrpy reads the cassettes of Python's vcrpy, in YAML or in the JSON
// that its other serializer writes.
package vcrpy

import (
	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/vcr"
	"github.com/mbxcheck/mbxcheck/cassettes/format/yamlitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Format is vcrpy's cassette.
var Format = format.Format{
	Name:    "vcrpy",
	Sniff:   sniff,
	Wants:   `YAML or JSON with "interactions:" whose requests have a "uri:"`,
	Records: format.RecordsMessages,
	Read:    cassette.Read,
}

// sniff tells vcrpy from go-vcr, whose files have the same root keys: vcrpy
// calls the target uri, go-vcr url, and it writes the version last.
func sniff(head []byte) (bool, string) {
	found, versionFirst, root, version := false, false, 0, ""
	for _, k := range yamlitems.Keys(head) {
		if k.Root {
			root++
		}
		switch {
		case k.Root && (k.Name == "consumer" || k.Name == "provider"):
			return false, "" // a Pact contract
		case k.Root && k.Name == "name", found && (k.Name == "recorded_at" || k.Name == "body_format"):
			return false, "" // DVR's
		case k.Root && k.Name == "interactions":
			found = true
		case k.Root && k.Name == "version":
			version, versionFirst = k.Value, !found
		case found && k.Name == "uri":
			return true, ""
		case found && (k.Name == "url" || k.Name == "duration" || k.Name == "proto"):
			return false, `"uri:" in a request (it has "` + k.Name + `:")`
		}
	}
	switch {
	case found && !versionFirst && version != "2":
		return true, ""
	case found:
		return false, `"uri:" in a request`
	case root > 0:
		return false, `"interactions:"`
	}
	return false, ""
}

var cassette = vcr.Cassette{List: "interactions", URL: "uri", Finish: finish}

// finish marks a request whose body was a pickled Python object: a file or an
// iterator.
func finish(e *vcr.Entry) error {
	if e.RequestBody.Present && !e.RequestBody.Text {
		e.X.Gaps |= traffic.GapRequestBody
	}
	return nil
}
