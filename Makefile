PYTHON ?= python3
BIN := .venv/bin

.PHONY: install check test test-gates bench docs rule shades languages

install:  ## a virtual environment with replylint and everything for its development
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable '.[dev]'

check:  ## style, types, layers, examples inside the rules, generated files
	$(BIN)/ruff check src tests tools bench
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/replylint test --coverage
	$(BIN)/python tools/generate.py --check

test:
	$(BIN)/pytest

test-gates:  ## installs helpdesks and mail servers (Debian or Ubuntu, as root) and tests every gate on them
	tools/helpdesks.sh $(BIN)/pip
	$(BIN)/pytest tests/gates

bench:  ## speed and memory; takes some minutes
	$(BIN)/python bench/bench.py
	$(BIN)/python bench/macros.py
	$(BIN)/python bench/service.py --soak 100000

docs:  ## rule pages and JSON schemas from the rules
	$(BIN)/python tools/generate.py

rule:  ## make rule ID=no-rain-checks FAMILY=timeline
	$(BIN)/python tools/new_rule.py $(FAMILY) $(ID)

shades:  ## how findings on the example drafts differ from those of another revision: make shades BASE=main
	$(BIN)/python tools/shades.py $(or $(BASE),HEAD)

languages:  ## how often the language of a text is told
	$(BIN)/python tools/languages.py
