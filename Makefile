# Every target is explained by its own `##` comment: `make help` prints them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

# The first Python from 3.11 up; name another with `make PYTHON=…`.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
export PORT ?= 8000

.PHONY: help
help: ## List the targets and what they do
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: .venv/dev.stamp .venv/eplets.stamp ## Make .venv with the pinned packages and migrate the database
	@$(BIN)/flask db upgrade

.PHONY: run
run: .venv/run.stamp ## Serve the site on 127.0.0.1:$PORT (8000), with the demo in an empty database
	@$(BIN)/flask db upgrade
	@$(BIN)/flask seed demo --if-empty
	@$(BIN)/flask index build
	@$(BIN)/flask users demo
	@exec $(BIN)/python serve.py

.PHONY: jobs
jobs: .venv/run.stamp ## Run the jobs process alone (make run starts it too)
	@$(BIN)/flask db upgrade
	@exec $(BIN)/python -m jobs

# One file, one process: what a file makes once (the demo, a registry) is then made once. A long test may move.
.PHONY: test
test: setup ## Run the default tests (under 10 minutes on 2 cores)
	$(BIN)/python -m pytest -n 2 --dist loadfile

.PHONY: test-slow
test-slow: setup ## Run the long tests: slow, PostgreSQL, browser
	$(BIN)/python -m pytest -n 2 --dist worksteal -m 'slow or postgres or browser'

.PHONY: fast
fast: .venv/dev.stamp ## Run the tests of the rules alone (seconds)
	$(BIN)/python -m pytest -q tests/domain tests/test_architecture.py

.PHONY: lint
lint: .venv/dev.stamp ## Check style and common mistakes
	$(BIN)/ruff check .

.PHONY: types
types: .venv/dev.stamp ## Check types, strictly, below the pages
	$(BIN)/mypy

.PHONY: check
check: lint types test ## Everything a change must pass: lint, types, tests

.PHONY: seed
seed: setup ## Load the demo registry into an empty database
	$(BIN)/flask seed demo --if-empty
	$(BIN)/flask index build

.PHONY: bench
bench: setup ## Measure speed and memory; print the table
	$(BIN)/python -m benchmarks

.PHONY: i18n
i18n: .venv/run.stamp ## Add the sentences that no catalogue has, to be translated, and name those no longer said
	@$(BIN)/python -m translations.update

.PHONY: env
env: .venv/run.stamp ## Write .env.example from the settings of config.py
	$(BIN)/python -m config > .env.example

.PHONY: lock
lock: .venv/dev.stamp ## Choose new releases and pin them with hashes in both lock files
	$(BIN)/python -m pip install --quiet 'uv>=0.13'
	$(BIN)/uv pip compile $(LOCK_FLAGS) pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile $(LOCK_FLAGS) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

# One lock for Linux on both processors and Python 3.11 to 3.13; no host, no path, no date in it.
LOCK_FLAGS := --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; none was found."; exit 2; }
	$(PYTHON) -m venv .venv

.venv/run.stamp: requirements.lock | .venv/bin/python
	$(PIP) -r requirements.lock
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	$(PIP) -r requirements-dev.lock
	@touch $@

# An extra, of which only the tables are read: without its own dependencies, and nothing fails where it cannot be had.
.venv/eplets.stamp: requirements-eplets.lock .venv/run.stamp
	@if $(PIP) --no-deps --retries 1 --timeout 15 -r requirements-eplets.lock; then touch $@; \
		else echo "The eplet tables of pelc cannot be had here: everything works without them (docs/rules/eplets.md)."; fi
