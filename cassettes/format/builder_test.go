package format

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// encode puts codings on a body, the first one first.
func encode(t testing.TB, body string, codings ...string) []byte {
	t.Helper()
	text := []byte(body)
	for _, c := range codings {
		var out bytes.Buffer
		var w io.WriteCloser
		switch c {
		case "gzip":
			w = gzip.NewWriter(&out)
		case "zlib":
			w = zlib.NewWriter(&out)
		case "flate":
			w, _ = flate.NewWriter(&out, 6)
		case "br":
			w = brotli.NewWriter(&out)
		case "zstd":
			w, _ = zstd.NewWriter(&out)
		}
		w.Write(text)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		text = out.Bytes()
	}
	return text
}

func response(body []byte, fields ...string) *Builder {
	b := NewBuilder(FromText(nil, "test", DefaultLimits()))
	b.Begin(1)
	b.X.Request = traffic.Request{Method: "GET", URL: "https://api.binance.com/api/v1/ping", Header: traffic.Header{{Name: "Accept", Value: "*/*"}}}
	b.X.Response = traffic.Response{Status: 200, Body: body, Header: traffic.Header{{Name: "Date", Value: "Sat, 20 Jul 2019 10:00:00 GMT"}}}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		b.X.Response.Header = append(b.X.Response.Header, traffic.Field{Name: name, Value: value})
	}
	return b
}

func TestContentCodings(t *testing.T) {
	const text = `{"serverTime":1563616800123}`
	html := "<html>" + strings.Repeat("blocked ", 200) + "</html>"
	cut := encode(t, html, "gzip")
	cut = cut[:len(cut)-12]
	for _, c := range []struct {
		name string
		body []byte
		head string
		want string
		gaps traffic.Gap
	}{
		{"gzip", encode(t, text, "gzip"), "Content-Encoding: gzip", text, 0},
		{"x-gzip in other case", encode(t, text, "gzip"), "content-encoding: X-GZIP", text, 0},
		{"gzip of which the field was dropped", encode(t, text, "gzip"), "A: b", text, 0},
		{"gzip field kept after decoding", []byte(text), "Content-Encoding: gzip", text, 0},
		{"br field kept after decoding", []byte(html), "Content-Encoding: br", html, 0},
		{"deflate with zlib", encode(t, text, "zlib"), "Content-Encoding: deflate", text, 0},
		{"deflate without", encode(t, html, "flate"), "Content-Encoding: deflate", html, 0},
		{"br", encode(t, text, "br"), "Content-Encoding: br", text, 0},
		{"br of two bytes", encode(t, "{}", "br"), "Content-Encoding: br", "{}", 0},
		{"stacked", encode(t, text, "gzip", "br"), "Content-Encoding: gzip, br", text, 0},
		{"stacked, outer undone", encode(t, text, "gzip"), "Content-Encoding: gzip, br", "", traffic.GapUndecoded},
		{"identity", []byte(text), "Content-Encoding: identity", text, 0},
		{"zstd", encode(t, text, "zstd"), "Content-Encoding: zstd", text, 0},
		{"broken zstd", []byte{0x28, 0xb5, 0x2f, 0xfd, 0}, "Content-Encoding: zstd", "", traffic.GapUndecoded},
		{"unknown, still on", []byte{0x28, 0xb5, 0x2f, 0xfd, 0}, "Content-Encoding: dcb", "", traffic.GapUndecoded},
		{"unknown, undone", []byte(text), "Content-Encoding: zstd", text, 0},
		{"cut gzip", cut, "Content-Encoding: gzip", "", traffic.GapUndecoded},
		{"too many", encode(t, text, "gzip"), "Content-Encoding: gzip, gzip, gzip, gzip, gzip", "", traffic.GapUndecoded},
		{"gzip stored as broken UTF-8", []byte("\x1f\ufffd\x08\x00\x00"), "Content-Encoding: gzip", "", traffic.GapUndecoded},
		{"binary without coding", []byte{0xff, 0}, "A: b", "\xff\x00", 0},
		{"Content-Length of the coded body", []byte("{}"), "Content-Length: 22", "{}", 0},
		{"JSON that breaks off", []byte(`{"a":[1,2`), "Content-Length: 22", `{"a":[1,2`, traffic.GapTruncated},
		{"JSON that breaks off beside a coding", []byte(`{"a":[1,2`), "Content-Length: 22\nContent-Encoding: gzip", `{"a":[1,2`, 0},
		{"JSON that breaks off as long as it should be", []byte(`{"a":[1,2`), "Content-Length: 9", `{"a":[1,2`, 0},
		{"broken JSON with its end", []byte(`{"a":,}`), "Content-Length: 22", `{"a":,}`, 0},
		{"a word in the place of a body", []byte("[application/json redacted]"), "A: b", "[application/json redacted]", traffic.GapResponseBody},
		{"a word in JSON in the place of a body", []byte(`"<BODY>"`), "A: b", `"<BODY>"`, traffic.GapResponseBody},
		{"a bare word of the server's", []byte(`"pong"`), "A: b", `"pong"`, 0},
		{"a message that names a signature", []byte("Signature for this request is not valid."), "A: b", "Signature for this request is not valid.", 0},
		{"a sentence that names a removal", []byte("This endpoint has been removed."), "A: b", "This endpoint has been removed.", 0},
		{"a list of one word", []byte(`["redacted"]`), "A: b", `["redacted"]`, 0},
		{"dots where the body was cut", []byte(`{"a":[1,2...`), "A: b", `{"a":[1,2...`, traffic.GapTruncated},
		{"a word where the body was cut", []byte(`[{"a":1},{"a"[truncated]`), "A: b", `[{"a":1},{"a"[truncated]`, traffic.GapTruncated},
		{"a word and a number where the body was cut", []byte("{\"a\":1,\n... (1200 bytes omitted)"), "Content-Length: 32", "{\"a\":1,\n... (1200 bytes omitted)", traffic.GapTruncated},
		{"dots in JSON that is whole", []byte(`{"a":"..."}`), "A: b", `{"a":"..."}`, 0},
		{"a word at the end of a list that is whole", []byte(`[true]`), "A: b", `[true]`, 0},
		{"JSON in Base64", []byte("eyJhIjoxfQ=="), "Content-Length: 7", "eyJhIjoxfQ==", traffic.GapUndecoded},
		{"gzip in Base64", []byte("H4sIAAAAAAAC/6uuBQBDv6ajAgAAAA=="), "Content-Encoding: gzip", "", traffic.GapUndecoded},
		{"Base64 that the server sent", []byte("eyJhIjoxfQ=="), "Content-Length: 12", "eyJhIjoxfQ==", 0},
		{"nothing where something was", nil, "Content-Length: 22", "", traffic.GapResponseBody},
		{"nothing where nothing was", nil, "Content-Length: 0", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := response(c.body, strings.Split(c.head, "\n")...)
			want := c.want
			if c.gaps == traffic.GapUndecoded {
				want = string(c.body)
			}
			if x := b.Finish(); string(x.Response.Body) != want || x.Gaps != c.gaps {
				t.Errorf("got %q, gaps %b; want %q, gaps %b", x.Response.Body, x.Gaps, want, c.gaps)
			}
		})
	}
}

// TestReuse decodes one body after the other with the same memory.
func TestReuse(t *testing.T) {
	b := NewBuilder(FromText(nil, "test", DefaultLimits()))
	for i, codings := range [][]string{{"gzip"}, {"br"}, {"zlib"}, {"gzip"}, {"zlib"}, {"br"}, {"flate"}, {"flate"}, {"gzip", "br"}} {
		text := `{"n":` + strings.Repeat("7", i+1) + `}`
		b.Begin(i)
		b.X.Response.Status = 200
		field := strings.NewReplacer("zlib", "deflate", "flate", "deflate").Replace(strings.Join(codings, ","))
		if i == 6 || i == 7 {
			field = "deflate"
		}
		b.X.Response.Header = append(b.X.Response.Header, traffic.Field{Name: "Content-Encoding", Value: field})
		b.X.Response.Body = encode(t, text, codings...)
		if x := b.Finish(); string(x.Response.Body) != text {
			t.Errorf("%v: %q", codings, x.Response.Body)
		}
	}
}

// TestBomb decodes more than MaxBodyBytes of zeros.
func TestBomb(t *testing.T) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	zeros := make([]byte, 1<<20)
	for range MaxBodyBytes/len(zeros) + 1 {
		w.Write(zeros)
	}
	w.Close()
	x := response(out.Bytes(), "Content-Encoding: gzip").Finish()
	if !x.Gaps.Has(traffic.GapUndecoded) || len(x.Response.Body) != out.Len() {
		t.Errorf("%d bytes, gaps %b", len(x.Response.Body), x.Gaps)
	}
}

func TestBodiless(t *testing.T) {
	for _, c := range []struct {
		method string
		status int
	}{{"HEAD", 200}, {"GET", 204}, {"GET", 304}} {
		b := response(nil, "Content-Length: 22")
		b.X.Request.Method, b.X.Response.Status = c.method, c.status
		b.X.Gaps = traffic.GapResponseBody
		if x := b.Finish(); x.Gaps != 0 {
			t.Errorf("%v: gaps %b", c, x.Gaps)
		}
	}
}

// TestStatusOfThreeDigits takes what is no status for none.
func TestStatusOfThreeDigits(t *testing.T) {
	for status, recorded := range map[int]bool{-1: false, 0: false, 2: false, 20: false, 99: false, 100: true, 418: true, 999: true, 1000: false} {
		b := response([]byte("{}"))
		b.X.Response.Status = status
		x := b.Finish()
		if gap := x.Gaps.Has(traffic.GapStatus); gap == recorded || recorded != (x.Response.Status == status && status > 0) {
			t.Errorf("status %d: got %d, gap %t", status, x.Response.Status, gap)
		}
	}
}

func TestHostPlaceholders(t *testing.T) {
	for url, want := range map[string]bool{
		"https://api.binance.com/api/v1/ping":          false,
		"https://api.binance.com":                      false,
		"https://user:pass@api.binance.com:443/":       false,
		"http://[::1]:8080/api":                        false,
		"http://127.0.0.1:8080/api?x={{y}}":            false,
		"https://[host]/api/v1/ping":                   true,
		"https://{{host}}/api":                         true,
		"{{host}}/api":                                 true,
		"<HOST>/api/v3/order":                          true,
		"https://<BINANCE>/api":                        true,
		"https://%7B%7Bhost%7D%7D/api":                 true,
		"https:///api":                                 true,
		"/api/v1/ping":                                 true,
		"https://api.binance.com?x=1":                  false,
		"https://***/api":                              true,
		"api.binance.com/api/v1/ping":                  false,
		"https://api.binance.com/[not]/a/{{host}}":     false,
		"https://api.binance.com/x?u=https://[host]/y": false,
	} {
		b := response(nil)
		b.X.Request.URL = url
		if got := b.Finish().Gaps.Has(traffic.GapHost); got != want {
			t.Errorf("%s: %v", url, got)
		}
	}
}

func TestRequestBodyTakenOut(t *testing.T) {
	for body, want := range map[string]bool{
		"REDACTED": true, "[FILTERED]": true, "signature=[FILTERED]": false, "symbol=LTCBTC": false, `{"note":"removed"}`: false,
	} {
		b := response(nil)
		b.X.Request.Body = []byte(body)
		if got := b.Finish().Gaps.Has(traffic.GapRequestBody); got != want {
			t.Errorf("%s: %v", body, got)
		}
	}
}

func TestFilteredParameters(t *testing.T) {
	for form, want := range map[string]bool{
		"timestamp=1563616800000&signature=c8db56825ae71d6d": false,
		"timestamp=[FILTERED]":                               true,
		"a=b&timestamp=%3CTIMESTAMP%3E":                      true,
		"signature={{signature}}":                            true,
		"signature=***":                                      true,
		"signature=REDACTED":                                 true,
		"signature=redacted":                                 true,
		"signature=DUMMY_SIGNATURE":                          true,
		"timestamp=:timestamp":                               true,
		"timestamp=...":                                      true,
		"signature=xxxx":                                     true,
		"signature=__SIGNATURE__":                            true,
		"signature=0000000000000000":                         false,
		"signature=":                                         false,
		"timestamp=":                                         false,
		"symbol=<SYMBOL>&timestamp=1":                        false,
		"timestamp=abc":                                      false,
		"":                                                   false,
	} {
		query := response(nil)
		query.X.Request.URL += "?" + form
		body := response(nil)
		body.X.Request.Body = []byte(form)
		for _, b := range []*Builder{query, body} {
			if got := b.Finish().Gaps.Has(traffic.GapFiltered); got != want {
				t.Errorf("%s: %v", form, got)
			}
		}
	}
}

// TestString holds that text handed out stays what it was until Begin.
func TestString(t *testing.T) {
	b := NewBuilder(FromText(nil, "test", DefaultLimits()))
	for range 3 {
		b.Begin(1)
		var got []string
		for i := range 1000 {
			got = append(got, b.String([]byte(strings.Repeat("x", i%50)+"y")))
		}
		for i, s := range got {
			if s != strings.Repeat("x", i%50)+"y" {
				t.Fatalf("%d is %q", i, s)
			}
		}
	}
}

func TestErrorSaysWhere(t *testing.T) {
	err := &Error{File: "a.yaml", Line: 3, Expected: "a url", Found: "none"}
	if got := err.Error(); got != "a.yaml:3: expected a url, found none" {
		t.Error(got)
	}
}

// FuzzDecode undoes codings of any bytes: no panic, and no more than the limit.
func FuzzDecode(f *testing.F) {
	for _, c := range []string{"gzip", "br", "zlib", "flate"} {
		f.Add(encode(f, "hello", c), strings.NewReplacer("zlib", "deflate", "flate", "deflate").Replace(c))
	}
	f.Fuzz(func(t *testing.T, body []byte, coding string) {
		x := response(body, "Content-Encoding: "+coding).Finish()
		if len(x.Response.Body) > MaxBodyBytes {
			t.Error(len(x.Response.Body))
		}
	})
}
