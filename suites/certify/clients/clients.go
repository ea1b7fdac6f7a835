package clients

// Runtime is what a driver is run by, and what has to be there for it.
type Runtime string

// All runtimes.
const (
	Node   Runtime = "node"   // Node and npm
	Go     Runtime = "go"     // the Go command
	Python Runtime = "python" // Python 3 with requests
	Curl   Runtime = "curl"   // curl, and Node for its driver
)

// Client is a client in one configuration.
type Client struct {
	Name    string   // of both, unique: "ccxt max-retries=3"
	Runtime Runtime  // what runs its driver
	Driver  string   // the driver's file below the folder, or its name in the Go program
	Flags   []string // of the driver
}

// All returns every client in every configuration. The caller owns the slice.
func All() []Client {
	return []Client{
		{"ccxt", Node, "ccxt.mjs", nil},
		{"ccxt max-retries=3", Node, "ccxt.mjs", []string{"--max-retries", "3"}},
		{"ccxt-1", Node, "ccxt-1.mjs", nil},
		{"binance", Node, "binance.mjs", nil},
		{"binance-1", Node, "binance-1.mjs", nil},
		{"@binance/connector", Node, "connector.mjs", nil},
		{"@binance/spot", Node, "spot.mjs", nil},
		{"@binance/spot retries=0", Node, "spot.mjs", []string{"--retries", "0"}},
		{"binance-api-node", Node, "binance-api-node.mjs", nil},
		{"binance-api-node-0.9", Node, "binance-api-node-0.9.mjs", nil},
		{"node-binance-api", Node, "node-binance-api.mjs", nil},
		{"node-binance-api-0.11", Node, "node-binance-api-0.11.mjs", nil},
		{"go-binance", Go, "go-binance", nil},
		{"net/http", Go, "net-http", nil},
		{"retryablehttp", Go, "retryablehttp", nil},
		{"requests", Python, "requests_driver.py", nil},
		{"requests retry=3", Python, "requests_driver.py", []string{"--retry", "3"}},
		{"requests retry=3 all-methods", Python, "requests_driver.py", []string{"--retry", "3", "--all-methods"}},
		{"curl", Curl, "curl.mjs", nil},
		{"curl retry=3", Curl, "curl.mjs", []string{"--retry", "3"}},
		{"curl retry=3 all-errors", Curl, "curl.mjs", []string{"--retry", "3", "--retry-all-errors"}},
	}
}
