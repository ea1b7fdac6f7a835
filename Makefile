.DEFAULT_GOAL := help
.PHONY: help build test lint bench bench-serve benchmarks docs cassettes check clients proxies seats mutate oracle

help: ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Without cgo the program is static: it starts some 4 ms sooner, and in any
# container. What it prints of its own source names no directory of who built it.
# -buildvcs=auto gives it the version of the commit, also where GOFLAGS says no.
build: ## Build bin/mbxcheck
	CGO_ENABLED=0 go build -buildvcs=auto -trimpath -o bin/mbxcheck ./cmd/mbxcheck

test: ## Run all tests, and the rules' self-test
	go test ./...
	go run ./cmd/mbxcheck selftest

lint: ## Judge the shipped recordings, the conformant one strictly
	go run ./cmd/mbxcheck lint --fail-on should cassettes/recorded/conformant.yaml
	go run ./cmd/mbxcheck lint --fail-on none cassettes/recorded

bench: ## Measure reading of big recordings, beside other programs that are there
	go run ./cmd/mbxcheck/internal/dev/bench

bench-serve: ## Measure the venue under load, beside nginx and Prism where they are there
	go run ./cmd/mbxcheck/internal/dev/bench/load

benchmarks: ## Run all benchmarks of packages
	go test -run '^$$' -bench . -benchmem ./...

docs: ## Write the tables of README.md and the golden help texts anew
	go test ./cmd/mbxcheck/internal/cli -run 'TestReadme|TestHelp' -update

cassettes: ## Record the shipped cassettes anew, with the reference exchange
	go generate ./cmd/mbxcheck/internal/dev/recorded

clients: build ## Certify the clients of suites/certify/clients and write their table, reports/clients.md
	go run ./cmd/mbxcheck/internal/dev/clientmatrix bin/mbxcheck

# The proxies of Debian are installed by apt: nginx-light haproxy apache2-bin varnish squid
# trafficserver mitmproxy tinyproxy privoxy caddy. One that is not is left out, and told.
proxies: build ## Certify the proxies of suites/certify/relay/proxies and write their table, reports/proxies.md
	cd suites/certify/relay/proxies/node && npm ci --ignore-scripts --no-audit --no-fund
	cd suites/certify/relay/proxies/go && CGO_ENABLED=0 go build -o ../../../../../bin/proxy-reverseproxy ./reverseproxy
	cd suites/certify/relay/proxies/go && CGO_ENABLED=0 go build -o ../../../../../bin/proxy-goproxy ./goproxy
	go run ./cmd/mbxcheck/internal/dev/proxymatrix bin/mbxcheck

seats: ## Hold what certify and lint say of 200 generated clients against what those did
	go run ./cmd/mbxcheck/internal/dev/behaviours -n 200

# The same seed tries the same changes of the same source.
SEED ?= 1
N ?= 250

mutate: ## Change what judges, N changes of each package by SEED, and say which no test noticed
	go run ./cmd/mbxcheck/internal/dev/mutate -seed $(SEED) -n $(N)

oracle: ## Hold what lint says of 10,000 generated conversations against the rules' pages
	go run ./cmd/mbxcheck/internal/dev/oracle -n 10000 -seed $(SEED)

check: ## Run all that is run before a change is taken
	.ci/run
