package mask_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// places put a secret into an exchange where no name says that it is one.
var places = map[string]func(x *traffic.Exchange, s string){
	"query":          func(x *traffic.Exchange, s string) { x.Request.URL += "?note=" + s },
	"path":           func(x *traffic.Exchange, s string) { x.Request.URL += "/" + s + "/x" },
	"fragment":       func(x *traffic.Exchange, s string) { x.Request.URL += "#" + s },
	"form":           func(x *traffic.Exchange, s string) { x.Request.Body = []byte("a=1&note=" + s + "&b=2") },
	"JSON":           func(x *traffic.Exchange, s string) { x.Request.Body = []byte(`{"a":[{"note":"` + s + `"}]}`) },
	"request field":  func(x *traffic.Exchange, s string) { x.Request.Header.Set("X-Note", s) },
	"Referer":        func(x *traffic.Exchange, s string) { x.Request.Header.Set("Referer", "http://x/?y="+s) },
	"client":         func(x *traffic.Exchange, s string) { x.Client = s },
	"response field": func(x *traffic.Exchange, s string) { x.Response.Header.Set("X-Echo", "was: "+s) },
	"response object": func(x *traffic.Exchange, s string) {
		x.Response.Body = []byte(`{"code":-2014,"msg":"API-key ` + s + ` is bad"}`)
	},
	"response list": func(x *traffic.Exchange, s string) { x.Response.Body = []byte(`[1,"` + s + `",2]`) },
	"response text": func(x *traffic.Exchange, s string) { x.Response.Body = []byte("<p>no " + s + "</p>") },
}

// forms are what a secret may be written as.
var forms = map[string]func(string) string{
	"plain":          func(s string) string { return s },
	"percent":        percent,
	"query escape":   url.QueryEscape,
	"twice percent":  func(s string) string { return percent(percent(s)) },
	"\\u":            escapes,
	"hex":            func(s string) string { return hex.EncodeToString([]byte(s)) },
	"hex, capitals":  func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"Base64":         func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"Base64 of a:s":  func(s string) string { return base64.StdEncoding.EncodeToString([]byte("a:" + s)) },
	"Base64 of ab:s": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("ab:" + s + ":c")) },
}

func percent(s string) (out string) {
	for i := range len(s) {
		out += fmt.Sprintf("%%%02X", s[i])
	}
	return out
}

func escapes(s string) (out string) {
	for i := range len(s) {
		out += fmt.Sprintf(`\u%04x`, s[i])
	}
	return out
}

// underNames put a secret that nobody knows where a name tells it.
var underNames = map[string]func(x *traffic.Exchange, s string){
	"apiKey":          func(x *traffic.Exchange, s string) { x.Request.URL += "?apiKey=" + s },
	"X-MBX-APIKEY":    func(x *traffic.Exchange, s string) { x.Request.URL += "?X-MBX-APIKEY=" + s },
	"secretKey":       func(x *traffic.Exchange, s string) { x.Request.URL += "?secretKey=" + s },
	"Signature":       func(x *traffic.Exchange, s string) { x.Request.URL += "?Signature=" + s },
	"sign%61ture":     func(x *traffic.Exchange, s string) { x.Request.URL += "?sign%61ture=" + s },
	";signature":      func(x *traffic.Exchange, s string) { x.Request.URL += "?a=1;signature=" + s },
	"stream":          func(x *traffic.Exchange, s string) { x.Request.URL = "https://h/api/v3/userDataStream/" + s },
	"apiSecret, form": func(x *traffic.Exchange, s string) { x.Request.Body = []byte("symbol=x&apiSecret=" + s) },
	"blank, form":     func(x *traffic.Exchange, s string) { x.Request.Body = []byte(" signature=" + s) },
	"[, form":         func(x *traffic.Exchange, s string) { x.Request.Body = []byte("[&signature=" + s) },
	"listenKey, JSON": func(x *traffic.Exchange, s string) { x.Request.Body = []byte(`{"listenKey":"` + s + `"}`) },
	"escaped, JSON":   func(x *traffic.Exchange, s string) { x.Request.Body = []byte(`{"listen\u004bey":"` + s + `"}`) },
	"list, JSON":      func(x *traffic.Exchange, s string) { x.Request.Body = []byte(`{"listenKey":["a","` + s + `"]}`) },
	"object, JSON":    func(x *traffic.Exchange, s string) { x.Request.Body = []byte(`{"a":{"secret":{"b":"` + s + `"}}}`) },
	"X-Api-Key":       func(x *traffic.Exchange, s string) { x.Request.Header.Set("X-Api-Key", s) },
	"X-Auth-Token":    func(x *traffic.Exchange, s string) { x.Request.Header.Set("X-Auth-Token", s) },
	"Authorization":   func(x *traffic.Exchange, s string) { x.Request.Header.Set("authorization", "Bearer "+s) },
	"Cookie":          func(x *traffic.Exchange, s string) { x.Request.Header.Set("Cookie", "a=b; c="+s) },
	"Referer":         func(x *traffic.Exchange, s string) { x.Request.Header.Set("Referer", "http://x/?signature="+s) },
	"Set-Cookie":      func(x *traffic.Exchange, s string) { x.Response.Header.Set("Set-Cookie", "k="+s) },
	"token, answered": func(x *traffic.Exchange, s string) {
		x.Response.Body = []byte(`{"data":[{"access_token":"` + s + `"}]}`)
	},
	"told of, in text": func(x *traffic.Exchange, s string) { x.Response.Body = []byte("signed apiKey=" + s + "&x=1, but") },
}

// writers are all that write recordings, and the engine's findings.
var writers = func() map[string]func(*testing.T, *mask.Masker, *traffic.Exchange) string {
	all := map[string]func(*testing.T, *mask.Masker, *traffic.Exchange) string{}
	for _, f := range cassettes.Formats() {
		if f.Write != nil {
			ending := f.Endings[0]
			all["a file "+ending] = func(t *testing.T, m *mask.Masker, x *traffic.Exchange) string {
				file := filepath.Join(t.TempDir(), "x"+ending)
				to, err := cassettes.Create(file, m)
				check(t, err)
				check(t, to.Add(x))
				check(t, to.Close())
				text, err := os.ReadFile(file)
				check(t, err)
				return string(text)
			}
			all["a text "+ending] = func(t *testing.T, m *mask.Masker, x *traffic.Exchange) string {
				text, err := cassettes.Encode("x"+ending, slices.Values([]*traffic.Exchange{x}), m)
				check(t, err)
				return string(text)
			}
		}
	}
	all["findings"] = func(t *testing.T, m *mask.Masker, x *traffic.Exchange) string {
		e := engine.New(rule.All(edition.Default()), engine.Options{Edition: edition.Default(), Hide: m})
		e.Begin()
		e.Observe(x)
		e.End()
		var b strings.Builder
		for _, r := range e.Tally().Rules {
			for _, f := range r.Findings {
				fmt.Fprintln(&b, f.Message, f.Expected, f.Seen, f.Hint, f.At)
			}
		}
		return b.String()
	}
	return all
}()

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func planted() *traffic.Exchange {
	return &traffic.Exchange{
		Request:  traffic.Request{Method: "POST", URL: "https://api.binance.com/api/v3/order", Header: traffic.Header{{Name: "Accept", Value: "*/*"}}},
		Response: traffic.Response{Status: 400, Header: traffic.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "Date", Value: "Sat, 20 Jul 2019 10:00:00 GMT"}}, Body: []byte(`{"code":"x"}`)},
	}
}

// TestNothingPlantedIsLeft writes exchanges that hold a secret in each place and
// form by each writer.
func TestNothingPlantedIsLeft(t *testing.T) {
	const knownToRun, unknown = "tr0ub4dor-&-3-horses", "Kx7mQ2vTz9Lw"
	m := mask.New(knownToRun)
	count := 0
	for writer, write := range writers {
		for place, put := range places {
			for form, as := range forms {
				x := planted()
				put(x, as(knownToRun))
				if text := write(t, m, x); leaks(text, knownToRun) {
					t.Errorf("%s, %s, %s: left in %s", writer, place, form, text)
				}
				count++
			}
		}
		for name, put := range underNames {
			x := planted()
			put(x, unknown)
			if text := write(t, m, x); leaks(text, unknown) {
				t.Errorf("%s, %s: left in %s", writer, name, text)
			}
			count++
		}
		for place, put := range places {
			x := planted()
			put(x, strings.Repeat("Zq9", 14))
			if text := write(t, m, x); strings.Contains(text, "Zq9Zq9") {
				t.Errorf("%s, a key in %s: left in %s", writer, place, text)
			}
			count++
		}
	}
	if want := len(writers) * (len(places)*(len(forms)+1) + len(underNames)); count != want || count < 60 {
		t.Errorf("expected %d secrets planted, found %d", want, count)
	}
	x := planted()
	x.Request.Method = strings.Repeat("ZQ9", 22)
	for writer, write := range writers {
		if strings.Contains(write(t, m, x), "ZQ9ZQ9") {
			t.Errorf("%s: a method that is a key is left", writer)
		}
	}
}

// leaks reports whether a text holds the middle half of a secret in one of the
// forms, however often its escapes are undone.
func leaks(text, secret string) bool {
	half := secret[len(secret)/4 : len(secret)*3/4]
	for range 5 {
		low := strings.ToLower(text)
		if strings.Contains(low, strings.ToLower(half)) || strings.Contains(low, hex.EncodeToString([]byte(half))) {
			return true
		}
		for before := range 3 {
			all := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), half...))
			if strings.Contains(text, all[(before*8+5)/6:(before+len(half))*8/6]) {
				return true
			}
		}
		text = undo(text)
	}
	return false
}

// undo undoes percent-encoding and JSON's escapes once.
func undo(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		var n int
		switch {
		case text[i] == '%' && i+3 <= len(text):
			if c, err := fmt.Sscanf(text[i+1:i+3], "%02x", &n); c == 1 && err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		case strings.HasPrefix(text[i:], `\u00`) && i+6 <= len(text):
			if c, err := fmt.Sscanf(text[i+4:i+6], "%02x", &n); c == 1 && err == nil {
				b.WriteByte(byte(n))
				i += 5
				continue
			}
		case text[i] == '\\' && i+1 < len(text):
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
