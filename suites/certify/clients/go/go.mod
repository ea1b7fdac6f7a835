module github.com/mbxcheck/mbxcheck/suites/certify/clients/go

go 1.26.0

require (
	github.com/adshao/go-binance/v2 v2.8.7
	github.com/hashicorp/go-retryablehttp v0.7.8
)

require (
	github.com/bitly/go-simplejson v0.5.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/gorilla/websocket v1.5.3 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/jpillora/backoff v1.0.0 // indirect
	github.com/kr/text v0.2.0 // indirect
	github.com/shopspring/decimal v1.4.0 // indirect
)
