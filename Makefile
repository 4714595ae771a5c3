# Two commands: `make app` serves the dashboard, `make test` runs every test.
# Each creates .venv and installs into it first; the second time that takes no time.
PYTHON ?= python3
PORT ?= 8866
BIN := .venv/bin

.PHONY: app test lint format clean

app: .venv/installed
	$(BIN)/petwidgets serve --port $(PORT)

test: lint
	$(BIN)/pytest

lint: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/installed
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[train,app,dev]'
	touch $@
