# Two commands: `make app` serves the dashboard, `make test` runs every test.
# Each creates .venv and installs into it first; the second time that takes no time.
#
# `make js` builds the widgets' JavaScript and CSS from js/src into the package, and needs npm. What
# it builds is committed. While you write some, let `make js-watch` run beside
# `ANYWIDGET_HMR=1 .venv/bin/jupyter lab app.ipynb`: an open page shows each change at once.
PYTHON ?= python3
PORT ?= 8866
BIN := .venv/bin
NPM ?= command -v npm
# Processes that tests run in; each takes a file at a time, and up to 4 GB.
WORKERS ?= 2

.PHONY: app docs test lint format js js-check js-checked js-format js-watch clean

app: .venv/installed
	$(BIN)/petwidgets serve --port $(PORT)

test: lint
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile

lint: .venv/installed js-check
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/installed
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	@if $(NPM) >/dev/null 2>&1; then $(MAKE) --no-print-directory js-format; fi

# The documents as a site, in build/site.
docs: .venv/installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

js: js/node_modules/installed
	cd js && npm run --silent build

js-watch: js/node_modules/installed
	$(BIN)/python -m pip install --quiet watchfiles
	cd js && npm run --silent watch

js-format: js/node_modules/installed
	cd js && npm run --silent format

# Types, style and tests of js/, and whether what is committed is what it builds.
js-check:
	@if $(NPM) >/dev/null 2>&1; then $(MAKE) --no-print-directory js-checked; \
	else echo "npm, or what js/ needs of it, is not here: js/ is not checked."; fi

js-checked: js/node_modules/installed
	cd js && npm run --silent check

js/node_modules/installed: js/package.json js/package-lock.json
	cd js && npm ci --silent --no-audit --no-fund
	touch $@

clean:
	rm -rf js/node_modules js/dev .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[train,app,dev]'
	touch $@
