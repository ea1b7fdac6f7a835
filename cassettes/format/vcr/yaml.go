package vcr

import (
	"iter"
	"strconv"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/yamlitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// ReadYAML yields the exchanges of a cassette in YAML, as format.Format's Read does.
func (c Cassette) ReadYAML(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return yamlitems.Exchanges(in, yamlitems.Read(in, c.List), c.fill)
}

// ReadDocuments is ReadYAML for entries that are documents each.
func (c Cassette) ReadDocuments(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return yamlitems.Exchanges(in, yamlitems.Documents(in), c.fill)
}

// fill reads one entry, as reader.entry does in JSON.
func (c Cassette) fill(b *format.Builder, item yamlitems.Value) error {
	e := Entry{X: &b.X, Request: item.Get("request")}
	if err := c.fillRequest(&e, item); err != nil {
		return err
	}
	e.RecordedAt, _ = item.Get("recorded_at").Text()
	response := item.Get("response")
	cut := c.Cut != nil && c.Cut(item)
	switch {
	case cut && !response.Present():
		return item.BreaksOff("a whole request")
	case cut || !response.Present():
		e.X.Gaps |= traffic.GapResponse
	case !response.IsMap():
		return response.Wrong("a response")
	default:
		if err := e.fillResponse(response); err != nil {
			return err
		}
	}
	return c.Finish(&e)
}

func (c Cassette) fillRequest(e *Entry, item yamlitems.Value) error {
	r, v := &e.X.Request, e.Request
	if !v.IsMap() {
		return item.Missing("a request")
	}
	var ok bool
	if r.URL, ok = v.Get(c.URL).Text(); !ok || r.URL == "" {
		if c.URL == "uri" {
			return v.Missing("a uri")
		}
		return v.Missing("a URL in the request")
	}
	if r.Method, ok = v.Get("method").Text(); !ok || r.Method == "" {
		return v.Missing("a method in the request")
	}
	if err := v.Get("headers").Fields(&r.Header, "the request's header fields"); err != nil {
		return err
	}
	r.Body = bodyOf(v.Get("body"), &e.RequestBody)
	e.HasForm = v.Get("post_fields").IsMap()
	return nil
}

func (e *Entry) fillResponse(v yamlitems.Value) error {
	r := &e.X.Response
	if status := statusOf(v); status.Present() {
		var ok bool
		if r.Status, ok = status.Int(); !ok {
			return status.Wrong("a status code")
		}
	}
	if err := v.Get("headers").Fields(&r.Header, "the response's header fields"); err != nil {
		return err
	}
	e.answer = v.Get("body")
	if !e.answer.Present() {
		e.answer = v.Get("content") // as older versions of vcrpy wrote for httpx
	}
	if r.Body = bodyOf(e.answer, &e.ResponseBody); !e.ResponseBody.Text {
		e.X.Gaps |= traffic.GapResponseBody
	}
	e.ResponseURL = v.Get("url").Present()
	info := v.Get("curl_info")
	e.Total, e.PreTransfer = seconds(info.Get("total_time")), seconds(info.Get("pretransfer_time"))
	return nil
}

// statusOf finds what reader.status and reader.readResponse read.
func statusOf(response yamlitems.Value) yamlitems.Value {
	status := response.Get("status")
	if !status.Present() {
		return response.Get("status_code") // as above
	}
	if !status.IsMap() {
		return status
	}
	if code := status.Get("code"); code.Present() {
		return code
	}
	return status.Get("status_code")
}

// bodyOf reads a body in any of the forms of reader.body.
func bodyOf(v yamlitems.Value, b *Body) (text []byte) {
	b.Present = v.Present()
	switch inFile, _ := v.Get("file").Text(); inFile {
	case "yes", "true":
		return nil
	}
	if text, b.Coded = v.Get("base64_string").Base64(); b.Coded {
		b.Text = true
		return text
	}
	if v.IsMap() {
		v = v.Get("string")
	}
	text, b.Text = v.Bytes()
	return text
}

func seconds(v yamlitems.Value) float64 {
	s, _ := v.Text()
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0
	}
	return n
}
