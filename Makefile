# Everything is done by the scripts in scripts/, see docs/developer.md.
.DEFAULT_GOAL := help
.PHONY: help setup run up down pbx call test lint fix i18n bench simulate shell clean clean-demo clean-all

help: ## this list
	@echo "usage: make TARGET [VARIABLE=value …]"
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14
	@echo "variables: PORT=8069  PBX=0 (no telephony)  T=path (tests)  NUMBER=8000 CALLER=138… (call)  ODOO_HOME=checkout"

setup: ## install everything that is needed (the other targets do it by themselves)
	@scripts/setup.sh

run: ## demo with Odoo, Asterisk and connector in the foreground
	@scripts/run.sh fg

up: ## the same in the background
	@scripts/run.sh up

down: ## stop what `make up` has started
	@scripts/run.sh down

pbx: ## only Asterisk and connector, wired to a running Odoo
	@scripts/run.sh pbx

call: ## a customer rings: NUMBER=8000 CALLER=13800138000
	@scripts/run.sh call

test: ## all tests, or T=addons/gb_ticket, T=tests/e2e/test_x.py, …
	@scripts/test.sh $(T)

lint: ## all checks of the sources, or T=ruff, T=translations, …
	@scripts/lint.sh $(T)

fix: ## format the sources
	@scripts/lint.sh --fix

i18n: ## refresh the translation files
	@scripts/i18n.sh

bench: ## measurements (nothing is asserted)
	@scripts/bench.sh $(T)

simulate: ## strategies of the dialler in simulated campaigns: HOURS=4 SEEDS=5 AGENTS=5,10,20,30,50
	@python3 scripts/simulate.py --hours $(or $(HOURS),4) --seeds $(or $(SEEDS),5) --agents $(or $(AGENTS),5,10,20,30,50)

shell: ## Odoo's Python shell on the demo database
	@scripts/run.sh shell

clean: ## stop, drop test databases and templates
	@scripts/clean.sh

clean-demo: ## drop the demo database
	@scripts/clean.sh demo

clean-all: ## remove everything that was installed below .local/ (downloads stay)
	@scripts/clean.sh all
