# Every target does its own set-up; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORDS := $(wildcard locale/*/LC_MESSAGES/*.po)
ROUNDS ?= 200
SEED ?= 1
SEEDS ?= 3

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Tadshin needs Python 3.11 or later; name one with: make PYTHON=/path/to/python3 ..."; exit 1; }
	@test -x $(BIN)/python || { echo "Making the virtual environment ..."; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the locked dependencies (about a minute the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: setup
setup: $(STAMP) words ## Prepare .venv and nothing else

.PHONY: words
words: $(STAMP)
	@for po in $(WORDS); do mo=$${po%.po}.mo; \
		[ $$mo -nt $$po ] || $(BIN)/pybabel --quiet compile --input-file $$po --output-file $$mo || exit 1; done

.PHONY: run
run: setup ## The main job: the 2021 portfolio and the demonstration, then serve until Ctrl-C
	@$(BIN)/tadshin demo

.PHONY: test
test: setup ## Every test, on SQLite and on PostgreSQL
	@$(BIN)/python -m pytest -n auto --dist loadfile

.PHONY: check
check: setup ## Lint, format, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: format
format: setup ## Put the code in its shape
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

.PHONY: bench
bench: setup ## Measure speed against a floor, and write docs/performance.md
	@$(BIN)/python -m bench

.PHONY: judge
judge: setup ## Mark reconciliation on books with a known answer: make judge SEEDS=3 JUDGE=folder
	@$(BIN)/python -m tests.reconcile.judge --seeds $(SEEDS) $(if $(JUDGE),--judge $(JUDGE))

.PHONY: torture
torture: setup ## Kill the program again and again: make torture ROUNDS=200 SEED=1
	@$(BIN)/python -m tests.torture --rounds $(ROUNDS) --seed $(SEED)

.PHONY: lock
lock: ## Resolve the dependencies again and write the lock
	@uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-header --quiet --output-file requirements.lock

.PHONY: clean
clean: ## Remove the virtual environment and the caches; var/ stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache *.egg-info build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
