// Package vcrpy reads the cassettes of Python's vcrpy, in YAML or in the JSON
// that its other serializer writes.
package vcrpy

import (
	"iter"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/vcrjson"
	"github.com/mbxcheck/mbxcheck/cassettes/format/yamlitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Format is vcrpy's cassette.
var Format = format.Format{
	Name:    "vcrpy",
	Sniff:   sniff,
	Wants:   `YAML or JSON with "interactions:" whose requests have a "uri:"`,
	Records: format.RecordsMessages,
	Read:    read,
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

func read(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	isJSON, in := vcrjson.Begins(in)
	if isJSON {
		return vcrjson.Cassette{List: "interactions", Finish: finish}.Read(in)
	}
	return readYAML(in)
}

func readYAML(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return yamlitems.Exchanges(in, yamlitems.Read(in, "interactions"), fill)
}

// finish marks what fill marks: the body was a pickled Python object.
func finish(e *vcrjson.Entry) error {
	if e.RequestBody.Present && !e.RequestBody.Text {
		e.X.Gaps |= traffic.GapRequestBody
	}
	return nil
}

func fill(b *format.Builder, item yamlitems.Value) error {
	x := &b.X
	request := item.Get("request")
	if !request.IsMap() {
		return item.Missing("a request")
	}
	var ok bool
	if x.Request.URL, ok = request.Get("uri").Text(); !ok || x.Request.URL == "" {
		return request.Missing("a uri")
	}
	if x.Request.Method, ok = request.Get("method").Text(); !ok || x.Request.Method == "" {
		return request.Missing("a method")
	}
	if err := request.Get("headers").Fields(&x.Request.Header, "the request's header fields"); err != nil {
		return err
	}
	if body := request.Get("body"); body.Present() {
		if x.Request.Body, ok = text(body); !ok {
			x.Gaps |= traffic.GapRequestBody // a pickled Python object: a file or an iterator
		}
	}
	response := item.Get("response")
	if !response.Present() {
		x.Gaps |= traffic.GapResponse
		return nil
	}
	return fillResponse(x, response)
}

func fillResponse(x *traffic.Exchange, v yamlitems.Value) error {
	if !v.IsMap() {
		return v.Wrong("a response")
	}
	status := v.Get("status")
	if status.IsMap() {
		status = status.Get("code")
	} else if !status.Present() {
		status = v.Get("status_code") // as older versions wrote for httpx
	}
	if status.Present() {
		var ok bool
		if x.Response.Status, ok = status.Int(); !ok {
			return status.Wrong("a status code")
		}
	}
	if err := v.Get("headers").Fields(&x.Response.Header, "the response's header fields"); err != nil {
		return err
	}
	body := v.Get("body")
	if !body.Present() {
		body = v.Get("content") // as above
	}
	var ok bool
	if x.Response.Body, ok = text(body); !ok {
		x.Gaps |= traffic.GapResponseBody
	}
	return nil
}

// text reads a body: a scalar, or {string: scalar}, or {base64_string: scalar}
// as the JSON serializer wrote bytes.
func text(v yamlitems.Value) ([]byte, bool) {
	if b, ok := v.Get("base64_string").Base64(); ok {
		return b, true
	}
	if v.IsMap() {
		v = v.Get("string")
	}
	return v.Bytes()
}
