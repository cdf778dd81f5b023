# Everything a machine with Python >= 3.11 (venv), git and make needs; the first call does its own set-up.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
# Tests wait for servers and browsers three tenths of their time: on two cores a third worker uses it.
WORKERS ?= 2
ARGS ?=

BIN := .venv/bin
UV := $(BIN)/uv
# The interpreter is the machine's own: nothing is fetched but the locked packages.
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
# Compiled once, here: a start then reads what it would else compile, also where nobody may write (PYTHONDONTWRITEBYTECODE).
export UV_COMPILE_BYTECODE := 1
export VIRTUAL_ENV := $(CURDIR)/.venv
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Each start of Python would compile every module anew: half of a short command's time.
unexport PYTHONDONTWRITEBYTECODE

TEMPLATES = $(wildcard portal/templates)
CODE = portal tests $(wildcard bench)

.PHONY: help run test e2e pictures check format bench performance faults migration routes cluster lock venv venv-dev browser proxies clean

help: ## Show these commands
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)$$/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name words; do printf '  make %-10s %s\n' "$$name" "$$words"; done

run: venv ## Migrate, load the demonstration on first start, serve on http://127.0.0.1:8000 (HOST, PORT, DISTRIBUTOR=gasparamo)
	@exec $(BIN)/portal run $(if $(DISTRIBUTOR),--distributor $(DISTRIBUTOR))

test: venv-dev browser proxies ## Run every test: unit, journeys, PostgreSQL, real browser (ARGS="tests/domain -x")
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

e2e: venv-dev browser ## Run the browser tests only
	@$(BIN)/pytest -m e2e $(ARGS)

pictures: venv-dev browser ## Take the pictures of the guide anew where their pages changed (ARGS=--all)
	@$(BIN)/python -m tests.guide_pictures $(ARGS)

check: venv-dev ## Lint, types, layers, templates
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(if $(TEMPLATES),$(BIN)/djlint --lint --quiet $(TEMPLATES))

format: venv-dev ## Put the code in its form
	$(BIN)/ruff check --fix-only --exit-zero $(CODE)
	$(BIN)/ruff format $(CODE)

bench: venv-dev ## Measure against the goals: all, or ARGS="start lists"
	@$(BIN)/python -m bench $(ARGS)

faults: venv-dev proxies ## Kill, cut off, tamper, jump, soak: the long programme, hours (ARGS="power audit")
	@$(BIN)/python -m tests.faults $(ARGS)

performance: venv-dev ## Write the goals of docs/performance.md from what make bench last measured
	@$(BIN)/python -m bench.tables

cluster: venv-dev proxies ## PostgreSQL with a replica, two servers, two workers, nginx: kill each in turn under load (ARGS=--pgbouncer)
	@$(BIN)/python -m tests.cluster $(ARGS)

migration: venv ## Write a migration from the models: make migration m="what changes"
	@test -n "$(m)" || { echo 'usage: make migration m="what changes"' >&2; exit 2; }
	@$(BIN)/portal db revision --message "$(m)"

routes: venv ## List every address with its audience
	@$(BIN)/portal routes

lock: $(UV) ## Write the lock files anew (ARGS=--upgrade, or ARGS="--upgrade-package flask")
	$(COMPILE) --output-file requirements-uv.lock --group pyproject.toml:installer
	$(COMPILE) --output-file requirements.lock pyproject.toml --group pyproject.toml:build
	$(COMPILE) --output-file requirements-dev.lock --constraints requirements.lock pyproject.toml --group pyproject.toml:build --group pyproject.toml:dev
	@! grep -nE '://' requirements*.lock

COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command 'make lock' $(ARGS)

clean: ## Remove the environment and every cache; the database in instance/ stays
	rm -rf .venv .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov build dist
	find portal tests -name __pycache__ -type d -prune -exec rm -rf {} +

# --- environment: one stamp per lock, so that a second call has nothing to do ------------------------------------------

venv: .venv/.runtime
venv-dev: .venv/.dev

browser: venv-dev
	@tools/ensure-chromium

proxies:
	@tools/ensure-proxies

$(UV): requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Choose another with make PYTHON=python3.12 …" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "Creating .venv"; $(PYTHON) -m venv --clear .venv; }
	@$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements-uv.lock
	@touch $@

.venv/.runtime: requirements.lock pyproject.toml | $(UV)
	@echo "Installing what the portal needs"
	@$(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q portal
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	@echo "Installing what the tests and checks need"
	@$(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements-dev.lock
	@touch $@
