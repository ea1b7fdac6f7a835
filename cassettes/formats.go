// Package cassettes opens recordings of HTTP traffic: it finds out which format
// a file is in, by content and never by name, and streams the exchanges. It also
// creates them, in the format of their names' endings and never unmasked.
//
// It knows files and formats. It must not know rules or the document.
package cassettes

import (
	"github.com/mbxcheck/mbxcheck/cassettes/betamax"
	"github.com/mbxcheck/mbxcheck/cassettes/cryptofeed"
	"github.com/mbxcheck/mbxcheck/cassettes/crystalvcr"
	"github.com/mbxcheck/mbxcheck/cassettes/dvr"
	"github.com/mbxcheck/mbxcheck/cassettes/exvcr"
	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/gctmock"
	"github.com/mbxcheck/mbxcheck/cassettes/govcr"
	"github.com/mbxcheck/mbxcheck/cassettes/har"
	"github.com/mbxcheck/mbxcheck/cassettes/mitmproxy"
	"github.com/mbxcheck/mbxcheck/cassettes/ndjson"
	"github.com/mbxcheck/mbxcheck/cassettes/nginxlog"
	"github.com/mbxcheck/mbxcheck/cassettes/phpvcr"
	"github.com/mbxcheck/mbxcheck/cassettes/postman"
	"github.com/mbxcheck/mbxcheck/cassettes/rubyvcr"
	"github.com/mbxcheck/mbxcheck/cassettes/vcrpy"
	"github.com/mbxcheck/mbxcheck/cassettes/wiremock"
)

// formats are tried in this order; their sniffers exclude one another.
var formats = []format.Format{
	govcr.Format,
	har.Format,
	ndjson.Format,
	rubyvcr.Format,
	betamax.Format,
	vcrpy.Format,
	dvr.Format,
	exvcr.Format,
	phpvcr.Format,
	crystalvcr.Format,
	gctmock.Format,
	postman.Format,
	mitmproxy.Format,
	cryptofeed.Format,
	nginxlog.Format,
	wiremock.Format,
}

// Formats returns the formats that Open reads. The slice is the caller's.
func Formats() []format.Format { return append([]format.Format(nil), formats...) }
