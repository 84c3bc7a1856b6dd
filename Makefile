# Run `make` alone for the list of targets. Everything happens in .venv, built from requirements/*.lock with checked hashes.

PYTHON ?= python3
# A good part of the time a test waits for a browser, a database or a terminal: three for two processors.
WORKERS ?= $(shell echo $$((($$(nproc) * 3 + 1) / 2)))
CARDS ?= 1000000

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet --no-input
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
# What must be covered to the last branch: everything a terminal runs, and the one table of what a card may become.
PROVEN_PATHS := codes/*,verify/*,ecard/lifecycle/*

# What a virtual reader needs, and the compiler with which pip builds the way to it.
READER_PACKAGES := pcscd vsmartcard-vpcd libpcsclite-dev gcc libc6-dev pkg-config
READER_READY := { [ -x /usr/sbin/pcscd ] && [ -e /usr/lib/pcsc/drivers/serial/libifdvpcd.so ] && [ -e /usr/include/PCSC/winscard.h ] \
	&& command -v gcc >/dev/null && [ -e /usr/include/stdio.h ] && command -v pkg-config >/dev/null; }
# What draws printed forms and pages.
PAPER_PACKAGES := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk
PAPER_READY := { ls /usr/lib/*/libpangoft2-1.0.so.0 /usr/lib/*/libharfbuzz-subset.so.0 /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc \
	>/dev/null 2>&1; }

.DEFAULT_GOAL := help
.PHONY: help demo test check types types-js arrows format bench bench-record load fuzz api-fuzz durability walks vectors screens articles threats deps deps-demo lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: deps-demo .venv/.server ## build a fresh city in ./demo/ and walk the first journey through it
	$(BIN)/ecard demo

test: deps .venv/.dev node_modules/.package-lock.json ## every test, and full branch coverage where it is promised
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report= --proofs
	$(BIN)/coverage report --include='$(PROVEN_PATHS)' --fail-under=100

check: deps .venv/.dev ## format, lint, types, arrows, then every test: what CI runs
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(MAKE) --no-print-directory types types-js arrows test

types: .venv/.dev ## mypy, strict
	$(BIN)/mypy

types-js: node_modules/.package-lock.json ## tsc, strict, over the browser's modules; and the vendored files are what their packages make
	node tools/vendor.mjs --check
	node_modules/.bin/tsc --project tsconfig.json

arrows: .venv/.dev ## who may import whom
	$(BIN)/lint-imports

format: .venv/.dev ## lay out the code and mend what can be mended
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: deps .venv/.dev ## measure; JSON lines, figures for docs/measurements.md
	$(BIN)/python tests/bench/run.py

bench-record: deps .venv/.dev ## the record alone against CARDS cards (a million; ten million want 80 GB of disk)
	$(BIN)/python tests/bench/run.py --record --cards $(CARDS) --rounds 100

load: deps .venv/.dev ## the service under load with CARDS cards (a million): PostgreSQL, Redis, gunicorn and the phones on this machine; JSON lines
	$(BIN)/python -m tests.load.campaign --cards $(CARDS)

fuzz: .venv/.dev ## the long campaigns: mutants of codes and of the status chain, broken bytes of chips; they record their counts
	$(BIN)/python tests/fuzz/campaign.py
	$(BIN)/python tests/fuzz/chips.py
	$(BIN)/python tests/fuzz/chain.py

api-fuzz: deps .venv/.dev ## schemathesis over the whole description of the API, EXAMPLES of each kind of data (50); figures for docs/security-tests.md
	$(BIN)/python -m tests.webapp.hostileschema --examples $(or $(EXAMPLES),50)

walks: .venv/.dev ## ten thousand random walks of a card and its chip; says what happened in them
	$(BIN)/python -m tests.mirror.walks

durability: deps .venv/.dev ## kill, fill and cut the power at every write of the record; counts as JSON lines
	$(BIN)/python -m tests.durability.campaign

vectors: .venv/.dev ## make test vectors, the example of codes/FORMAT.md and docs/errors.md again
	$(BIN)/python tests/vectors/make.py

screens: deps .venv/.dev ## pictures of every screen of the resident app, the terminal page, the console and the public pages, into docs/screens/
	$(BIN)/python -m pytest -q tests/browser/shots.py tests/browser/corner_shots.py tests/browser/terminal_shots.py tests/browser/console_shots.py

articles: .venv/.dev ## which regulation articles are proven by a passing test
	@$(BIN)/python tools/proofs.py articles

threats: .venv/.dev ## which threats are answered by a passing test
	@$(BIN)/python tools/proofs.py threats

deps: deps-demo ## system packages for the tests: git; PostgreSQL and strace for the record; Redis for the service; node and npm for the browser's modules; pcscd, a virtual reader and a compiler for the chip
	@missing=; command -v git >/dev/null || missing="$$missing git"; \
		ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
		command -v strace >/dev/null || missing="$$missing strace"; \
		command -v redis-server >/dev/null || missing="$$missing redis-server"; \
		[ -e /usr/lib/softhsm/libsofthsm2.so ] && command -v softhsm2-util >/dev/null || missing="$$missing softhsm2"; \
		command -v chromium >/dev/null || missing="$$missing chromium"; \
		command -v pdftotext >/dev/null || missing="$$missing poppler-utils"; \
		$(PAPER_READY) || missing="$$missing $(PAPER_PACKAGES)"; \
		command -v npm >/dev/null || missing="$$missing nodejs npm"; \
		$(READER_READY) || missing="$$missing $(READER_PACKAGES)"; \
		if [ -z "$$missing" ]; then exit 0; \
		elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update --quiet && apt-get install --yes --quiet --no-install-recommends $$missing; \
		else echo "Missing:$$missing. As root: apt-get install --yes --no-install-recommends$$missing" >&2; \
			command -v git >/dev/null && [ "$$CI" != true ]; fi

deps-demo: ## system packages for the demo: Python with venv; a virtual reader, without which its card stays in process
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed; name it with: make PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update --quiet && apt-get install --yes --quiet python3-venv; \
		else echo 'The module venv is missing. As root: apt-get install --yes python3-venv' >&2; exit 1; fi
	@if $(READER_READY); then exit 0; \
		elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update --quiet && apt-get install --yes --quiet --no-install-recommends $(READER_PACKAGES); \
		else echo 'No virtual reader: the card of the demonstration stays in process. As root: apt-get install --yes --no-install-recommends $(READER_PACKAGES)' >&2; fi

lock: .venv/.dev ## resolve the lock files again from pyproject.toml
	$(COMPILE) --upgrade --extra dev --group build --output-file requirements/dev.lock
	$(COMPILE) --constraint requirements/dev.lock --extra server --group build --output-file requirements/server.lock
	$(COMPILE) --constraint requirements/dev.lock --output-file requirements/terminal.lock
	$(COMPILE) --constraint requirements/dev.lock --extra reader --output-file requirements/reader.lock

clean: ## everything that make made
	rm -rf .venv node_modules .cache .reports demo dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.server: requirements/server.lock requirements/reader.lock pyproject.toml | deps-demo .venv/bin/python
	$(PIP) install --require-hashes -r requirements/server.lock
	if $(READER_READY); then $(PIP) install --require-hashes -r requirements/reader.lock; fi
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.lock requirements/server.lock pyproject.toml | deps .venv/bin/python
	$(PIP) install --require-hashes -r requirements/dev.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch .venv/.server $@

node_modules/.package-lock.json: package.json package-lock.json | deps
	npm ci --no-progress --loglevel=error
	@touch $@
