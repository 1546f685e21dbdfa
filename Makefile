# Every command a human types. Each makes the environment first, when there is none or the lock has changed.
.DEFAULT_GOAL := help
.PHONY: help bootstrap run stop reset status token forward demo check test

PYTHON := .venv/bin/python
STACK := $(PYTHON) -m deploy.embedded
export PORT_BASE FORMAT AS TENANT UNIT BY TO YES

help: ## Show the commands
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

bootstrap: # Makes .venv from the lock; quiet when there is nothing to do
	@deploy/embedded/bootstrap.sh

run: bootstrap ## Start everything and stay until Ctrl-C (DETACH=1: return when ready; PORT_BASE=9100: other ports)
	@$(STACK) run $(if $(DETACH),--detach)

stop: bootstrap ## Stop everything; data stays
	@$(STACK) stop

reset: bootstrap ## Stop everything and remove all data (YES=1: do not ask)
	@$(STACK) reset

status: bootstrap ## Show what runs and where (FORMAT=json)
	@$(STACK) status

token: bootstrap ## Print a bearer token: AS=anna TENANT=vgr [UNIT=<hsa id>]
	@$(STACK) token

forward: bootstrap ## Move the clock: BY=1d, or TO=2026-12-01T09:00
	@$(STACK) forward

demo: bootstrap ## Tell the story against the running stack, started if need be (TARGET=compose)
	@$(PYTHON) -m deploy.demo --target $(or $(TARGET),embedded)

check: bootstrap ## Lint, types, import contracts, published language, rules, tests in memory (under a minute)
	@$(PYTHON) -m tests.check

test: check ## Everything: check, then the tests on the real broker and database
	@$(PYTHON) -m pytest -m "slow and not docker" -q

.PHONY: bench
bench: bootstrap ## Measure every share against its floor (ONLY=relay: one line; QUICK=1: a smoke)
	@$(PYTHON) -m bench $(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick)

.PHONY: kills
kills: bootstrap ## Kill workers at every step, providers, broker and database, and count what was sent (ONLY=broker)
	@$(PYTHON) -m bench.kills $(if $(ONLY),--only "$(ONLY)")
