# SPDX-License-Identifier: Apache-2.0
# The verbs of this project. Each first installs what it needs and lacks; `make` alone lists them.

PYTHON ?= python3
DEMO_ARGS ?=
TEST_ARGS ?=
MINUTES ?= 10
KILLS ?= 10000

# Without compiled modules each of the demo's and the tests' many processes would compile all it imports.
unexport PYTHONDONTWRITEBYTECODE

run := .venv/bin/python
ready := @$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "make: needs Python 3.11 or newer as $(PYTHON); name another one: make PYTHON=python3.12" >&2; exit 3; }; \
	$(PYTHON) tools/setup.py

.PHONY: help setup demo test whole crash endure interop check pyright others bench overload web generate docs pins clean
.DEFAULT_GOAL := help

help: ## List the verbs
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

setup: ## Install everything: Python packages, web pages, what the tests need
	$(ready)

demo: ## Run the shop, its shoppers and the watch; DEMO_ARGS="--seconds 30 --json"
	$(ready) python web
	@.venv/bin/seeother demo $(DEMO_ARGS)

test: ## Run the tests; TEST_ARGS="tests/house -x" for some
	$(ready)
	$(run) hatch_web.py test
	$(run) -m pytest -n 3 --dist worksteal -m "not whole" $(TEST_ARGS)

whole: ## Run the tests as well that say much the same once more, and that `make test` leaves out
	$(ready)
	$(run) -m pytest -n 3 --dist worksteal $(TEST_ARGS)

crash: ## Kill components ten thousand times, and the shop a thousand times; KILLS=2000 for fewer; takes an hour
	$(ready) python
	SEEOTHER_CRASH_KILLS=$(KILLS) $(run) -m pytest -q tests/faults/test_crash_components.py tests/faults/test_crash_shop.py

interop: ## Put a real OpenTelemetry Collector, built from Go modules, before watch; needs Go and the network
	$(ready) python web
	SEEOTHER_INTEROP=1 $(run) -m pytest -q tests/interop $(TEST_ARGS)

endure: ## Pass gigabytes through the proxy, a thousand slow people, and twenty deaths of the shop behind; two minutes
	$(ready) python
	SEEOTHER_ENDURES=1 $(run) -m pytest -q tests/seeother/proxy -k "much or slow_clients or killed"

check: ## Format, lint, types, generated pages, house rules; under a minute
	$(ready) python web
	@$(MAKE) --no-print-directory --jobs 2 --output-sync pyright others

pyright:  # takes as long as all the others
	$(run) -m pyright

others:
	$(run) -m ruff format --check
	$(run) -m ruff check
	$(run) -m mypy
	$(run) hatch_web.py check
	$(run) -m tools.generate --check
	$(run) -m pytest -q tests/house

bench: ## Measure every claim of speed
	$(ready) python
	@for each in bench/bench_*.py; do echo "== $$each"; $(run) $$each || exit 1; done

overload: ## Send watch three times what it can take, for ten minutes; MINUTES=1 for less
	$(ready) python
	$(run) -m tests.faults.ingest.overload --minutes $(MINUTES)

web: ## Build the web pages
	$(ready) python web

generate: ## Write the pages and tables that come from code
	$(ready) python
	$(run) -m tools.generate

docs: generate ## Write the reference pages and check every link
	$(run) -m pytest -q tests/house/test_links.py

pins: ## Choose versions anew for requirements/; UPGRADE=--upgrade for newer ones
	$(ready) python
	.venv/bin/uv pip compile -q --system-certs --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE) \
		--group pyproject.toml:bootstrap -o requirements/uv.txt
	.venv/bin/uv pip compile -q --system-certs --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE) \
		--all-extras --group dev --group build pyproject.toml -o requirements/dev.txt

clean: ## Remove all that the verbs made
	rm -rf .venv web/node_modules src/seeother/watch/dashboard/static dist
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
