.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help install run test check format bench clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

install: $(STAMP) ## .venv with Tocsin and all it needs (4 to 7 minutes the first time)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Tocsin needs Python 3.11 or newer: make install PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check torch==2.13.0 -c constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]' -c constraints.txt
	$(BIN)/tocsin --version
	touch $(STAMP)

run: install ## a bilingual sample world through every stage, then the dashboard (PORT=8501)
	$(BIN)/tocsin demo --no-browser --port $(PORT)

test: install ## every test that this machine can run; what skips says why
	$(BIN)/python -m pytest -n 2 --dist loadgroup

check: install ## format, lint, types, imports and the rules of the house: what CI asks first
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/house/test_rules.py

format: install ## mend format and simple lint
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: install ## speed and memory, as ratios to peers and raw engines (see benchmarks/)
	$(BIN)/python -m benchmarks

clean: ## remove the environment and caches; workspaces stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
