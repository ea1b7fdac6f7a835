package general

import "testing"

func TestFaultOfForm(t *testing.T) {
	for value, want := range map[string]string{
		"":                              "is empty",
		"Sat, 20 Jul 2019 10:00:22 GMT": "is a date",
		"2019-07-20T10:00:22Z":          "is a date",
		"-1":                            "has a sign",
		"+12":                           "has a sign",
		"0.5":                           "has a fraction",
		"12s":                           "has something behind the number",
		"1, 2":                          "has something behind the number",
		"99999999999999999999":          "has more digits than any wait",
		"soon":                          "is no number",
		"-":                             "is no number",
		".5":                            "is no number",
	} {
		if got := faultOfForm(value); got != want {
			t.Errorf("%q: expected %q, found %q", value, want, got)
		}
	}
}
