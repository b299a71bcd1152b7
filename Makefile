# Development only. An administrator with an Odoo 19 of his own just adds this folder to addons_path.
# Everything is done by tools/dev (Python, standard library only); variables are passed on as they are.

DEV := ./tools/dev.sh

.DEFAULT_GOAL := help
.PHONY: help prepare demo stop clean test test-core test-uninstall lint pot shell load bench

help: ## list the targets
	@echo "Usage: make TARGET [VARIABLE=value ...]"
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
		printf '%-17s %s\n' "$$name" "$$text"; done
	@echo
	@echo "ODOO_HOME=/path/to/odoo uses an Odoo 19 that is already there."
	@echo "CRM_LOYALTY_CACHE=/path     keeps downloads there instead of ~/.cache/crm_loyalty."

prepare: ## get everything that is needed: Odoo 19, Python packages, PostgreSQL, wkhtmltopdf, Chromium
	@$(DEV) prepare

demo: ## database with demo data and a server on 127.0.0.1 (PORT=8069)
	@$(DEV) demo

stop: ## stop the server and the database of this clone
	@$(DEV) stop

clean: ## stop, and delete the databases and logs of this clone (CACHE=1: the downloads too)
	@$(DEV) clean

test: ## all checks and tests (FILTER='pytest -k', MODULE=add-on, FAST=1: keep the database)
	@$(DEV) test

test-core: ## Odoo's own tests without and with our add-ons; an hour or more (MODULE=sale, FRESH=1: start over)
	@$(DEV) test-core

test-uninstall: ## install, use, uninstall, compare with a database that never had our add-ons
	@$(DEV) test-uninstall

lint: ## ruff, pylint-odoo, well-formed XML (FIX=1 lets ruff repair what it can)
	@$(DEV) lint

pot: ## refresh i18n/*.pot from the code and merge them into ru.po
	@$(DEV) pot

shell: ## Odoo's Python shell (DB=demo)
	@$(DEV) shell

load: ## load a sales history: FILE=history.parquet [DB=history] [ARGS='--processes 2']
	@$(DEV) load

bench: ## measure against the goals, write docs/benchmarks.md (LINES=1000000,5000000 ROUNDS=5)
	@$(DEV) bench
