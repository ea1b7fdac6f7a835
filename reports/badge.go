package reports

import (
	"fmt"
	"html"
	"io"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
)

// shields is the answer of an endpoint of shields.io, version 1.
type shields struct {
	SchemaVersion int    `json:"schemaVersion"`
	Label         string `json:"label"`
	Message       string `json:"message"`
	Color         string `json:"color"`
}

const badgeLabel = "mbxcheck"

// ShieldsBadge writes the certificate as the JSON that shields.io asks an
// endpoint for. It fails only if w does.
func ShieldsBadge(c *certificate.Certificate, w io.Writer) error {
	s := shields{1, badgeLabel, c.Standing(), "red"}
	if c.Verdict == certificate.Certified {
		s.Color = "brightgreen"
	}
	return encodeJSON(w, s)
}

// The sizes of a badge, in pixels.
const (
	badgeHeight  = 20
	badgePadding = 7
	badgeCorner  = 3
)

// SVGBadge writes the certificate as a badge. It fails only if w does.
func SVGBadge(c *certificate.Certificate, w io.Writer) error {
	message, color := c.Standing(), "#b62324"
	if c.Verdict == certificate.Certified {
		color = "#1a7f37" // white on it has a contrast of 5.1, on the red 6.5
	}
	left, right := badgeText(badgeLabel), badgeText(message)
	split := left + 2*badgePadding
	width := split + right + 2*badgePadding
	name := html.EscapeString(badgeLabel + ": " + message)
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="%[3]s">
<title>%[3]s</title>
<rect width="%[1]d" height="%[2]d" rx="%[4]d" fill="%[5]s"/>
<path d="M%[6]d 0V%[2]dH%[4]da%[4]d %[4]d 0 0 1-%[4]d-%[4]dV%[4]da%[4]d %[4]d 0 0 1 %[4]d-%[4]dz" fill="#444"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="%[7]d" y="14" textLength="%[8]d">%[9]s</text>
<text x="%[10]d" y="14" textLength="%[11]d">%[12]s</text>
</g>
</svg>
`, width, badgeHeight, name, badgeCorner, color, split,
		badgePadding, left, html.EscapeString(badgeLabel), split+badgePadding, right, html.EscapeString(message))
	return err
}

// badgeText is the width of a text in Verdana at 11 pixels, which textLength
// holds it to whatever font there is.
func badgeText(s string) int {
	width := 0.0
	for _, r := range s {
		switch r {
		case 'i', 'j', 'l', ' ', 'f':
			width += 3.5
		case 't', 'r', '-':
			width += 4.6
		case 'm', 'w':
			width += 9.9
		default:
			width += 6.7
		}
	}
	return int(width + 0.5)
}
