# Every target does its own set-up; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := bash
ENV := . scripts/env.sh;

.PHONY: help setup start demo audit journal openapi build check test page-test pictures vendors fuzz simulate guards mutants bench cost load deny advisories deploy clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 \2/p' Makefile | awk '{ printf "  %s %-10s", $$1, $$2; $$1 = $$2 = ""; print }'

setup: ## get everything that is needed (the others do this by themselves)
	@scripts/setup.sh

start: ## run the whole system here: Worker, database, an emulated provider
	@scripts/start.sh

demo: ## dress a person, and see the receipt: against the system at PORT, or else one of its own
	@scripts/demo.sh

audit: setup ## replay the journal of every account, or of ACCOUNT=…; URL and ADMIN_TOKEN for another deployment
	@$(ENV) node scripts/books.mjs audit $(ACCOUNT)

journal: setup ## print the journal of ACCOUNT=… as CSV
	@$(ENV) node scripts/books.mjs journal $(ACCOUNT)

openapi: setup ## write docs/openapi.json and its served copy, from the types
	@$(ENV) ATELIER_WRITE=1 cargo test --quiet -p atelier --lib openapi

build: ## build the Worker and the page, and print their sizes
	@scripts/build.sh --size

check: setup ## format, lints, documentation
	@scripts/check.sh

test: setup ## every test, the end-to-end ones too
	@scripts/build.sh
	@$(ENV) cargo test --workspace
	@$(ENV) cargo test --quiet --test stories budgets -- --show-output
	@scripts/pictures.sh sample
	@scripts/vendors.sh npm
	@scripts/with-system.sh readme-system.log node scripts/readme-curl.mjs
	@scripts/page-test.sh

page-test: ## the page's tests alone, in Chromium, against a system of their own, or the one at ATELIER_URL
	@scripts/page-test.sh

vendors: ## the vendors' own clients against the emulator, and other people's signers and issuers against the Worker
	@scripts/vendors.sh

fuzz: ## random requests to every route, whose answers must match docs/openapi.json; SEED=…, EXAMPLES=… per route
	@scripts/setup.sh fuzz
	@$(ENV) SCHEMATHESIS=$$CACHE/schemathesis-$$SCHEMATHESIS_VERSION/bin/schemathesis \
		SIGN_IN=on scripts/with-system.sh fuzz-system.log node scripts/fuzz.mjs --max-examples $(or $(EXAMPLES),50) $(if $(SEED),--seed $(SEED))

pictures: ## real pictures of other projects' tests, beside an independent decoder: natively, then uploaded
	@scripts/pictures.sh

simulate: setup ## the ledger's model and the whole system under new seeds, for MINUTES=… each
	@$(ENV) ATELIER_MINUTES=$(or $(MINUTES),10) cargo test --test model
	@$(ENV) ATELIER_MINUTES=$(or $(MINUTES),10) cargo test --test simulation

guards: setup ## remove each guard, and see which tests fail
	@$(ENV) CACHE=$$CACHE node scripts/guards.mjs

attack: setup ## races, forged tokens, credit farming, kills under load, failing storage: bounded, on this machine, with figures
	@scripts/build.sh
	@$(ENV) ATELIER_ATTACK=1 cargo test --quiet -p atelier --test e2e -- --test-threads 1 attack::

mutants: ## make each small change to the domain's code, and see which ones no test notices
	@scripts/mutants.sh

bench: setup ## the cost of freeze, settle and release with 1 to 1,000 packages: natively, then through the Worker
	@scripts/build.sh
	@$(ENV) cargo bench -p atelier --bench ledger --bench worker

cost: setup ## what a million generations cost at Cloudflare's prices, by what GENERATIONS=… of them use here
	@scripts/build.sh
	@ATELIER_MAIN=scripts/cost/counting.js EMULATOR_ARGS="--work-ms 12000" \
		ATELIER_VARS="MAX_OPEN_JOBS:100 MAX_UPLOADS_PER_DAY:0 MAX_UPLOAD_MIB_PER_DAY:0 MAX_GENERATIONS_PER_MINUTE:0" \
		scripts/with-system.sh cost-system.log node scripts/cost.mjs

load: setup ## USERS=… at once for SECONDS=…, on this machine: how long each route takes, no job lost, the books balanced
	@scripts/build.sh
	@EMULATOR_ARGS="--work-ms 3000" \
		ATELIER_VARS="MAX_OPEN_JOBS:100 MAX_UPLOADS_PER_DAY:0 MAX_UPLOAD_MIB_PER_DAY:0 MAX_GENERATIONS_PER_MINUTE:0" \
		scripts/with-system.sh load-system.log node scripts/load.mjs

deny: ## licences, bans and sources of the crates, as deny.toml allows them
	@scripts/setup.sh deny
	@$(ENV) $$CACHE/cargo-deny-$$CARGO_DENY_VERSION/bin/cargo-deny check licenses bans sources

advisories: ## known vulnerabilities of the crates and npm packages, from the advisory databases
	@scripts/setup.sh deny
	@$(ENV) $$CACHE/cargo-deny-$$CARGO_DENY_VERSION/bin/cargo-deny check advisories
	@$(ENV) npm audit --audit-level=high

deploy: ## migrate the database at Cloudflare and deploy
	@$(ENV) eval "$$(node scripts/site.mjs)" && scripts/build.sh && node scripts/deploy.mjs

clean: ## remove what was built; the local database stays
	rm -rf target build page/dist page/.built
