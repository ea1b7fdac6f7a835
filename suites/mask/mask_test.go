package mask

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// key makes a random secret of n letters and digits.
func key(r *rand.Rand, n int) string {
	const abc = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = abc[r.IntN(len(abc))]
	}
	return string(b)
}

func everyPercent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02x", s[i])
	}
	return b.String()
}

func somePercent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if i%3 == 1 {
			fmt.Fprintf(&b, "%%%02X", s[i])
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func unicodeEscaped(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, `\u%04x`, s[i])
	}
	return b.String()
}

func mixedHex(s string) string {
	h := []byte(hex.EncodeToString([]byte(s)))
	for i := range h {
		if i%2 == 0 {
			h[i] = bytes.ToUpper(h[i : i+1])[0]
		}
	}
	return string(h)
}

// encodings are those in which a known value is found.
var encodings = map[string]func(string) string{
	"plain":              func(s string) string { return s },
	"capitals":           strings.ToUpper,
	"percent, each":      everyPercent,
	"percent, some":      somePercent,
	"percent twice":      func(s string) string { return everyPercent(somePercent(s)) },
	"\\u":                unicodeEscaped,
	"\\u in a string":    func(s string) string { return strings.ReplaceAll(unicodeEscaped(s), `\`, `\\`) },
	"hex":                func(s string) string { return hex.EncodeToString([]byte(s)) },
	"hex, mixed case":    mixedHex,
	"Base64":             func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"Base64, bare":       func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) },
	"Base64 for URLs":    func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) },
	"Base64 behind 1":    func(s string) string { return base64.StdEncoding.EncodeToString([]byte(":" + s)) },
	"Base64 behind 2":    func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("a:" + s + ":b")) },
	"Base64 in percents": func(s string) string { return everyPercent(base64.StdEncoding.EncodeToString([]byte(s))) },
}

// holds reports whether a text holds a value, or half of it, in one of the
// encodings.
func holds(text, secret string) bool {
	half := secret[len(secret)/4 : len(secret)*3/4]
	for _, v := range viewsOf([]byte(text)) {
		low := strings.ToLower(string(v.text))
		if strings.Contains(low, strings.ToLower(half)) || strings.Contains(low, hex.EncodeToString([]byte(half))) {
			return true
		}
		for before := range 3 {
			all := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), half...))
			for _, text := range []string{string(v.text), strings.NewReplacer("-", "+", "_", "/").Replace(string(v.text))} {
				if strings.Contains(text, all[(before*8+5)/6:(before+len(half))*8/6]) {
					return true
				}
			}
		}
	}
	return false
}

// TestKnownValuesInEachEncoding puts values that no name or shape gives away into
// text, in each encoding.
func TestKnownValuesInEachEncoding(t *testing.T) {
	for _, secret := range []string{"hunter3-hunter3", "pa$$w0rd", "Zq9+k/3Lm0==", "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A", "pässwörd-9"} {
		m := New("1234567", "short", secret)
		for name, encode := range encodings {
			for _, around := range [...]string{"%s", "he said %s here", `{"msg":"%s is bad"}`, "a\n%s\n", "(%s)", "x=%s&y=1"} {
				text := strings.ReplaceAll(around, "%s", encode(secret))
				got := string(m.Bytes([]byte(text)))
				switch {
				case holds(got, secret):
					t.Errorf("%s in %s: %q is left in %q", name, around, secret, got)
				case len(got) != len(text):
					t.Errorf("%s in %s: expected %d bytes, found %d in %q", name, around, len(text), len(got), got)
				case string(m.Bytes([]byte(got))) != got:
					t.Errorf("%s in %s: %q masked again is %q", name, around, got, m.Bytes([]byte(got)))
				}
				shown := m.Text(text)
				if again := m.Text(shown); holds(shown, secret) || again != shown {
					t.Errorf("%s in %s: shown as %q, and that as %q", name, around, shown, again)
				}
				if known := string(m.Known([]byte(text))); holds(known, secret) {
					t.Errorf("%s in %s: %q is left in %q", name, around, secret, known)
				}
			}
		}
	}
}

// TestNames puts values behind names, in spellings of both.
func TestNames(t *testing.T) {
	for _, around := range []string{
		"https://h/p?signature=%s", "?a=1&Signature=%s&b=2", "?SIGNATURE=%s#f", "?sign%61ture=%s", "?a=1;signature=%s",
		"apiKey=%s", "api_key=%s&x=1", "api-key=%s", "X-MBX-APIKEY=%s", "X-Api-Key: %s", "x-mbx-apikey:%s", "secretKey=%s", "apiSecret=%s", " signature=%s",
		"[&signature=%s", "token=%s", "X-Auth-Token: %s", "accessToken=%s", "refresh_tokens[0]=%s", "listenKey[]=%s", "passwd=%s", "password = %s", "PASSWORD2=%s",
		`{"listenKey":"%s"}`, `{"listen\u004bey":"%s"}`, `{"a":[{"listenKey" : "%s"}]}`, `{"listenKey":["%s","%s"]}`, `{"secretKey":{"value":"%s","n":1}}`,
		`{"signature":"%s","x":1}`, `{'apiKey': '%s'}`, `"{\"secretKey\":\"%s\"}"`, `"apiKey" => "%s"`, "map[secretKey:%s]", `{"password":"%s`,
		"PUT /api/v3/userDataStream/%s HTTP/1.1", "Authorization: Bearer %s", "Cookie: sid=%s; lang=de", "Proxy-Authorization: Basic %s",
		"https://user:%s@host/", "go to http://x/?next=https%3A%2F%2Fy%2F%3Ftoken%3D%s", "http://x/?u=http%253A%252F%252Fy%252F%253Ftoken%253D%s",
		"api key = %s", "the API key: %s", "api  key=%s", `{"API Key":"%s"}`, "api+key=%s&b=1", "api%20key=%s", "secret key = %s",
		"--x\r\nContent-Disposition: form-data; name=\"apiKey\"\r\n\r\n%s\r\n--x--\r\n", "--x\nContent-Type: text/plain\ncontent-disposition: FORM-DATA;name=api_key\n\n%s\n--x--\n",
		`{"body":"--x\r\nContent-Disposition: form-data; name=\"secretKey\"; filename=\"k.pem\"\r\nContent-Type: text/plain\r\n\r\n%s\r\n--x--"}`,
		"Content-Disposition: form-data; name=\"signature\"\r\n\r\n%s",
		"--x\r\nContent-Disposition: form-data; name=\"apiKey\"\r\nX-Part: 1\r\n\r\n%s\r\n--x--", "--x\r\nX-Part: 1\r\nContent-Disposition: form-data;\r\n name=\"apiKey\"\r\n\r\n%s\r\n--x--",
		"--x\r\nContent-Disposition: form-data; name = \"apiKey\"\r\n\r\n%s\r\n--x--",
		"-H 'X-MBX-APIKEY: %s'", "log: apiKey=%s, symbol=BTCUSDT", "password=%s,user=bob", "(signature=%s)", `curl -H "Cookie: %s"`,
	} {
		for _, secret := range []string{"hunter2Hunter", "aB3", "Qk3vZ9-xY7_pL2.mN5", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"} {
			text := strings.ReplaceAll(around, "%s", secret)
			got := string(New().Bytes([]byte(text)))
			again := string(New().Bytes([]byte(got)))
			if strings.Contains(got, secret) || len(got) != len(text) || again != got {
				t.Errorf("%s: stored as %q, and that as %q", text, got, again)
			}
			if strings.ContainsAny(around, `{[`) && strings.Count(got, `"`) != strings.Count(text, `"`) {
				t.Errorf("%s: quotes are lost in %q", text, got)
			}
			shown := Text(text)
			if again := Text(shown); strings.Contains(shown, secret) || again != shown {
				t.Errorf("%s: shown as %q, and that as %q", text, shown, again)
			}
			rest := strings.SplitN(around, "%s", 2)
			if whole := strings.Contains(around, "Bearer") || strings.Contains(around, "Cookie") || strings.Contains(around, "Basic"); !whole && !strings.HasPrefix(got, rest[0]) {
				t.Errorf("%s: more is masked than the value: %q", text, got)
			}
		}
	}
}

// TestText is what people are shown.
func TestText(t *testing.T) {
	key := strings.Repeat("aB3", 22)
	for _, c := range []struct{ text, want string }{
		{"/api/v3/order?symbol=BTCUSDT&signature=0123456789abcdef&timestamp=1563616800000", "/api/v3/order?symbol=BTCUSDT&signature=…&timestamp=1563616800000"},
		{"X-MBX-APIKEY: " + key, "X-MBX-APIKEY: aB3a…"},
		{`{"listenKey": "` + key + `"}`, `{"listenKey": "aB3a…"}`},
		{"?symbol=" + everyPercent(everyPercent(key)), "?symbol=aB3a…"},
		{"?signature=" + strings.Repeat("0", 64), "?signature=0000…"},
		{"X-MBX-APIKEY: masked1a2b3c4d" + strings.Repeat("x", 50), "X-MBX-APIKEY: masked1a2b3c4d…"},
	} {
		if got := Text(c.text); got != c.want {
			t.Errorf("%s: expected %s, found %s", c.text, c.want, got)
		}
	}
}

// TestTextAllocatesNothing for what is asked of each request of an unknown route.
func TestTextAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Text("/api/v3/myTrades/by-symbol"); Text("DELETE") }); n != 0 {
		t.Errorf("expected no allocation, found %v", n)
	}
}

// TestLeftAlone has prose, numbers, ids and what is masked already.
func TestLeftAlone(t *testing.T) {
	for _, text := range []string{
		"", "listenKey stands in both the query string and the body", "signature stands in both", "the parameters signature and timestamp",
		"X-MBX-APIKEY is missing", "expected KEY:SECRET, found no colon", "a token: the client has none", "Signature for this request is not valid.",
		`{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}`, `{"tokenName":"BTCDOWN","id":1563616800123}`,
		`[[1499040000000,"0.01634790","0.80000000","0.01575800","0.01577100","148976.11427815",1499644799999,"2434.19055334",308]]`,
		`{"serverTime":1563616800000}`, `{"orderId":1234567890123456789012345678901234567890123456789,"price":"0.00000000000000000000000000000000000000000000001"}`,
		`{"listenKey":1,"token":null,"secret":true}`, "newClientOrderId=web_6gCrw2kRUAF9CvJDGP16IP&symbol=BTCUSDT", "x-mbx-uuid: 5b5d7d2e-9f66-4b1c-a0f1-0c5c1b9a8e0f",
		"?listenKey=", "?signature=[FILTERED]&apiKey={{key}}&token=***", "?signature=%5BFILTERED%5D", "--env 'SECRET={secret}'", `X-MBX-APIKEY: $MBXCHECK_API_KEY`,
		"http://127.0.0.1:8080/api/v3/time", "signatureMethod=HmacSHA256", "/sapi/v1/userDataStream/isolated", "https://api.binance.com/api/v1/userDataStream",
		"--x\r\nContent-Disposition: form-data; name=\"symbol\"\r\n\r\nBTCUSDT1\r\n--x--", "--x\r\nContent-Disposition: form-data; name=\"apiKey\"\r\n\r\n\r\n--x--", "name=apiKey\r\n\r\nBTCUSDT1",
		"Content-Disposition: form-data; filename=\"apiKey\"\r\n\r\nBTCUSDT1", "the API key: none", "listen key = 60 characters",
		"0x6915f16f8791d0a1cc2bf47c13a6b2a92000504b", "PWD=/home/a1", "signature=…", "50% more, 100%2", `C:\users\new`,
	} {
		if got := string(New("BTC", "123456789", "{secret}").Bytes([]byte(text))); got != text {
			t.Errorf("%s: stored as %s", text, got)
		}
		if got := Text(text); got != text {
			t.Errorf("%s: shown as %s", text, got)
		}
	}
}

// TestShapes looks at runs of all lengths at all places.
func TestShapes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := 38; n < 130; n++ {
		for before := range 3 * minShaped {
			k := "a" + key(r, n-1)
			text := strings.Repeat("-1,", before)[:before] + "-" + k + `"`
			if got := string(New().Bytes([]byte(text))); strings.Contains(got, k) != (n < minShaped) {
				t.Fatalf("a run of %d behind %d: %s", n, before, got)
			}
		}
	}
	if got := Text(`\n` + strings.Repeat("a1", 20)); got != `\na1a1…` {
		t.Errorf("behind an escape: %s", got)
	}
}

func TestPseudonyms(t *testing.T) {
	const a = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
	b := strings.Replace(a, "vm", "mv", 1)
	mask := func(m *Masker, s string) string { return string(m.Bytes([]byte(s))) }
	m, other := New(), New()
	switch got := mask(m, a); {
	case len(got) != len(a) || got == mask(m, b):
		t.Errorf("two keys: %s and %s", got, mask(m, b))
	case got != mask(other, a) || got != mask(nil, a):
		t.Errorf("a random key has one mask, found %s and %s", got, mask(other, a))
	case !strings.Contains(mask(m, "?listenKey="+everyPercent(a)), got):
		t.Errorf("encoded: expected %s, found %s", got, mask(m, "?listenKey="+everyPercent(a)))
	case traffic.IsPlaceholder(got[:40]):
		t.Errorf("%s is taken for what others put in a secret's place", got[:40])
	}
	if x, y := mask(m, "password=hunter22"), mask(m, "password=hunter23"); x == y || x != mask(m, "password=hunter22") {
		t.Errorf("two short ones: %s and %s", x, y)
	}
	if x, y := mask(New(), "password=correct-horse-battery"), mask(New(), "password=correct-horse-batterz"); x != y {
		t.Errorf("a guess at a short secret can be tried: %s and %s", x, y)
	}
	seen := map[string]bool{}
	for i := range 64 {
		seen[mask(m, fmt.Sprintf("token=a%05d", i))] = true
	}
	if len(seen) != 64 {
		t.Errorf("expected 64 masks for 64 short secrets, found %d", len(seen))
	}
	if got := mask(m, "?signature=a1b2"); got != "?signature=0000" {
		t.Error(got)
	}
	if got := mask(m, "?signature=DUMMY_SIGNATURE_1"); !traffic.IsPlaceholder(got[len("?signature="):]) {
		t.Errorf("what was a placeholder is none: %s", got)
	}
}

func TestExchange(t *testing.T) {
	sign := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\xfb\xff\xa1", 20)))
	x := &traffic.Exchange{
		Request:  traffic.Request{Method: "GET", URL: "https://h/p?signature=" + sign, Header: traffic.Header{{Name: "X-MBX-APIKEY", Value: "a-key-of-9-words-"}, {Name: "Accept", Value: "*/*"}}},
		Response: traffic.Response{Header: traffic.Header{{Name: "X-Echo", Value: "a-key-of-9-words-"}}, Body: []byte(`{"msg":"` + sign + `"}`)},
	}
	before := x.Clone()
	got := New().Exchange(x)
	if text := fmt.Sprintf("%s", []any{got.Request, got.Response}); strings.Contains(text, sign) || strings.Contains(text, "9-words") {
		t.Errorf("what a name told is left elsewhere: %s", text)
	}
	if fmt.Sprint(before.Request, before.Response) != fmt.Sprint(x.Request, x.Response) {
		t.Error("the exchange itself was changed")
	}
	if New().Exchange(got) == nil || New().Exchange(got).Request.URL != got.Request.URL {
		t.Error("masked again it is another")
	}
	plain := &traffic.Exchange{Request: traffic.Request{Method: "GET", URL: "https://h/p"}}
	if New().Exchange(plain) != plain {
		t.Error("expected the exchange itself where there is nothing to hide")
	}
	for name, want := range map[string]bool{"X-Api-Key": true, "Set-Cookie": true, "Cookie2": true, "Api-Secret": true, "Accept": false, "Content-Length": false, "": false, "-": false, "s": false} {
		if (nounOf([]byte(name)) != "") != want {
			t.Errorf("%q: expected a secret's name: %t", name, want)
		}
	}
}

// FuzzMask masks anything in which a known value stands in some encoding.
func FuzzMask(f *testing.F) {
	names := []string{"plain", "percent, some", "percent twice", "\\u", "hex, mixed case", "Base64 behind 1", "Base64 for URLs"}
	f.Add("signature=", "&x=1", uint8(0))
	f.Add(`{"a":"`, `","listenKey":["b","c"]}`, uint8(3))
	f.Add("%2", "5%32", uint8(2))
	f.Add("%0", "", uint8(4)) // the mask would leave half an escape
	f.Add("%", "%%333322", uint8(4))
	f.Add(`\`, `\u00`, uint8(1))
	f.Add("https://u:", "@h/userDataStream/x1", uint8(5))
	const secret = "kQ7-vmPUZE6mv9SD5"
	m := New(secret)
	f.Fuzz(func(t *testing.T, before, after string, which uint8) {
		text := before + encodings[names[int(which)%len(names)]](secret) + after
		got := m.Bytes([]byte(text))
		if len(got) != len(text) {
			t.Fatalf("%q: expected %d bytes, found %d", text, len(text), len(got))
		}
		shown := m.Text(text)
		if len(viewsOf([]byte(text))) < maxLevels { // beyond, more escapes stand in one another than are undone
			if holds(string(got), secret) || holds(shown, secret) {
				t.Fatalf("%q: the value is left in %q or %q", text, got, shown)
			}
		}
		if again := m.Bytes(got); !bytes.Equal(again, got) {
			t.Fatalf("%q is masked as %q, and that as %q", text, got, again)
		}
		_ = m.Known([]byte(text))
	})
}

// BenchmarkExchange masks what a venue's recorder sees, by kinds of body.
// Where the line between a form's parts is known, nothing else ends a value, and
// whatever it begins with is no header.
func TestValuesOfPartsEndAtTheirDelimiter(t *testing.T) {
	const head = "--x\r\nContent-Disposition: form-data; name=\"apiKey\"\r\n\r\n"
	for _, value := range []string{"--hunter2Hunter", "Content-hunter2Hunter", "a\n--b\nhunter2Hunter", "-----BEGIN KEY-----\nhunter2Hunter\n-----END KEY-----"} {
		for _, behind := range []string{"", "\r\n--x--\r\n", "\r\n--x\r\nContent-Disposition: form-data; name=\"symbol\"\r\n\r\nBTCUSDT1\r\n--x--"} {
			got := string(New().Bytes([]byte(head + value + behind)))
			if strings.Contains(got, "hunter2Hunter") || !strings.HasPrefix(got, head) || !strings.HasSuffix(got, behind) {
				t.Errorf("%q, %q behind it: expected the value masked and nothing else, found %q", value, behind, got)
			}
		}
	}
	for _, text := range []string{
		head + "--x\r\nContent-Disposition: form-data; name=\"symbol\"\r\n\r\nBTCUSDT1\r\n--x--",
		"--x\r\nContent-Disposition: form-data\r\n\r\nsee the name=apiKey\r\n\r\nBTCUSDT1",
	} {
		if got := string(New().Bytes([]byte(text))); got != text {
			t.Errorf("%q: expected it left as it is, found %q", text, got)
		}
	}
}

// BenchmarkHostileText is text in which every few bytes look like the name of a part:
// what it takes may grow with its length alone.
func BenchmarkHostileText(b *testing.B) {
	for _, unit := range []string{"form-data;name=x;", "form-data;name=apiKey;", " name=apiKey", "form-data\n; name=apiKey\n", "a=b&", "symbol=BTCUSDT&timestamp=1546300800000&"} {
		for _, size := range []int{1 << 16, 1 << 18} {
			b.Run(fmt.Sprintf("%q/%d", unit, size), func(b *testing.B) {
				text, masker := bytes.Repeat([]byte(unit), size/len(unit)), New()
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					masker.Bytes(text)
				}
			})
		}
	}
}

func BenchmarkExchange(b *testing.B) {
	r := rand.New(rand.NewPCG(3, 4))
	m := New(key(r, 64), key(r, 64), key(r, 64), key(r, 64), key(r, 64), key(r, 64))
	rows, objects := "[", "["
	for i := range 500 {
		rows += fmt.Sprintf(`[%d,"0.01634790","0.80000000","0.01575800","0.01577100","148976.11427815",%d,"2434.19055334",308,"1756.87402397","28.46694368","0"],`, 1499040000000+i*60000, 1499040059999+i*60000)
		objects += fmt.Sprintf(`{"symbol":"BNBBTC","priceChange":"-94.99999800","weightedAvgPrice":"0.29628482","lastPrice":"4.00000200","openTime":%d,"count":76},`, 1499783499040+i)
	}
	for name, body := range map[string]string{"empty": "{}", "rows": rows + "0]", "objects": objects + "0]", "escapes": strings.ReplaceAll(objects, "/", `\/`) + `"\u0041"]`} {
		x := &traffic.Exchange{
			Request: traffic.Request{Method: "GET", URL: "https://api.binance.com/api/v3/openOrders?symbol=BTCUSDT&timestamp=1563616800000", Header: traffic.Header{
				{Name: "Host", Value: "127.0.0.1:8080"}, {Name: "Accept", Value: "*/*"}, {Name: "Accept-Encoding", Value: "gzip, deflate"}, {Name: "User-Agent", Value: "python-requests/2.28.1"},
			}},
			Response: traffic.Response{Status: 200, Body: []byte(body), Header: traffic.Header{
				{Name: "Content-Type", Value: "application/json"}, {Name: "Date", Value: "Sat, 20 Jul 2019 10:00:00 GMT"}, {Name: "X-Mbx-Used-Weight", Value: "1"},
			}},
			Client: "127.0.0.1",
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				m.Exchange(x)
			}
		})
	}
}
