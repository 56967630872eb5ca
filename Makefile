# The recipes of the house. `make` alone lists them.
# Needed: Python 3.11 or newer, git, GNU make. Everything else comes into .boot and .venv.

UV_VERSION := 0.13.8
LOWEST_FASTAPI := 0.137.2

UV := .boot/bin/uv
UV_FLAGS := --no-python-downloads --system-certs
# Inexact: a recipe adds what it needs and takes nothing away that another one brought.
SYNC := $(UV) sync --quiet --locked --inexact $(UV_FLAGS)
BIN := .venv/bin
BUCKLER := $(BIN)/buckler
EVIDENCE := build/evidence.json
PYTEST_ARGS ?=
# MEASURED=yes: all tests run under coverage, the heavy ones too, as CI has them; twice as long.
MEASURED ?=

# Compiled once and kept out of the tree, also where a machine's habit is to keep nothing: tests start 300 processes.
export PYTHONDONTWRITEBYTECODE :=
export PYTHONPYCACHEPREFIX := $(CURDIR)/build/bytecode

# Tests that start servers and browsers wait for them: more runs of them than cores leave none idle meanwhile.
AT_ONCE := 4
# Whoever is measured waits less.
AT_ONCE_MEASURED := 3
ALL_TESTS = --dist loadfile --no-loadscope-reorder --evidence=$(EVIDENCE) $(PYTEST_ARGS)

BOOT := .boot/uv-$(UV_VERSION)
READY_TO_RUN := .venv/.ready-to-run
READY_TO_TEST := .venv/.ready-to-test
READY_TO_MEASURE := .venv/.ready-to-measure
READY_LOWEST := .venv-lowest/.ready
READY_TO_MOVE := .venv-moving/.ready
READY_TO_SCAN := .venv-scan/.ready
READY_FOR_OPINIONS := .venv-tools/.ready
READY_COMPILED := build/bytecode/.ready
READY_SPECTRAL := tools/spectral/node_modules/.ready

# Gates run side by side; where make can, each prints its output in one piece.
TOGETHER := --no-print-directory -j2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help serve tour test lint types mypy pyright imports compiled tests heavy coverage spectral enumeration slow-clients faults test-lowest check-docs standards catalogue drill mutants tools advisories sbom bench format wheel clean

help: ## list the recipes
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(READY_TO_RUN) ## run the reference service over HTTPS (PORT=8443 HTTP_PORT=8080)
	@$(BUCKLER) serve $(if $(PORT),--port $(PORT)) $(if $(HTTP_PORT),--http-port $(HTTP_PORT))

tour: $(READY_TO_RUN) ## walk through the running service with curl (CODE=the one-time code; PORT, HTTP_PORT as above)
	@PATH="$(CURDIR)/$(BIN):$$PATH" \
		BASE="$${BASE:-https://localhost:$(or $(PORT),8443)}" HTTP="$${HTTP:-http://localhost:$(or $(HTTP_PORT),8080)}" \
		examples/tour.sh

test: $(READY_TO_TEST) ## lint, types, import contracts, lowest FastAPI, tests, doc blocks (MEASURED=yes: as CI, with coverage and the heavy ones)
	@start=$$(date +%s); \
	$(MAKE) $(TOGETHER) mypy pyright lint imports compiled test-lowest && \
	$(MAKE) --no-print-directory $(if $(MEASURED),coverage,tests) && \
	echo "make test: every gate holds, after $$(($$(date +%s) - start)) s"

tests: $(READY_TO_TEST) $(READY_TO_SCAN)
	@$(BIN)/pytest -n $(AT_ONCE) -m "not heavy" $(ALL_TESTS)

heavy: $(READY_TO_TEST) $(READY_TO_MOVE) $(READY_TO_SCAN) ## the tests that take long by themselves, which `make test` leaves to CI
	@$(BIN)/pytest -q -n 2 -m heavy --dist load $(PYTEST_ARGS)

coverage: $(READY_TO_TEST) $(READY_TO_MOVE) $(READY_TO_SCAN) ## all tests under coverage, which has a floor
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -n $(AT_ONCE_MEASURED) $(ALL_TESTS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

lint: $(READY_TO_TEST) ## ruff: rules and format
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "run: make format"; exit 1; }
	@echo "lint: clean"

types: mypy pyright ## mypy --strict and pyright strict on src

mypy: $(READY_TO_TEST)
	@$(BIN)/mypy

pyright: $(READY_TO_TEST)
	@$(BIN)/pyright

imports: $(READY_TO_TEST) ## the import contracts
	@$(BIN)/lint-imports --no-logo

# In a fresh clone all of them would begin by compiling the same: one does it before. What is wrong the tests say.
compiled: $(READY_COMPILED)

$(READY_COMPILED): pyproject.toml uv.lock | $(READY_TO_TEST)
	@$(BIN)/pytest -q -n 0 -p no:cacheprovider --collect-only >/dev/null 2>&1 || true
	@mkdir -p $(@D) && touch $@

spectral: $(READY_TO_TEST) $(READY_SPECTRAL) ## judge the OpenAPI document by Spectral's OWASP rules (needs node and npm)
	@$(BIN)/pytest -q -n 0 tests/tools/test_spectral.py

enumeration: $(READY_TO_TEST) ## weigh 500 pairs of sign-ins, for names with an account and without, by themselves
	@ENUMERATION_PAIRS=500 $(BIN)/pytest -q -n 0 tests/identity/test_enumeration.py

slow-clients: $(READY_TO_TEST) ## hold 400 slow heads, 400 slow bodies and 400 slow readers against one process
	@SLOW_CLIENTS=400 $(BIN)/pytest -q -n 0 tests/cli/serve/wire/test_slow_clients.py

faults: $(READY_TO_TEST) ## kill the service with -9 in the middle of every kind of change (FAULTS=50 times each), and flood its log
	@FAULTS=$${FAULTS:-50} $(BIN)/pytest -q -n 0 -s tests/faults

test-lowest: $(READY_LOWEST) ## the installing tests on the lowest supported FastAPI
	@.venv-lowest/bin/python -m pytest -q -n 2 -p no:cacheprovider $(wildcard tests/access tests/edge tests/installing)

check-docs: $(READY_TO_TEST) $(READY_TO_MOVE) ## run every block of every document
	@$(BIN)/pytest -q -n 2 tests/house/test_documents.py $(PYTEST_ARGS)

standards: $(READY_TO_TEST) ## write docs/standards.md from the tests that pass
	@$(BIN)/pytest -q -n 2 -m asvs --evidence=$(EVIDENCE)
	@$(BIN)/python -m tests.house.standards $(EVIDENCE) docs/standards.md

catalogue: $(READY_TO_TEST) ## write docs/drill/attacks.md from the attacks that there are
	@$(BUCKLER) drill --list --format markdown > docs/drill/attacks.md

mutants: $(READY_TO_TEST) ## weaken our own service one thing at a time, and have a drill find each (ONLY=words of their names)
	@$(BIN)/python -m tests.mutants $(ONLY)

drill: $(READY_TO_TEST) ## attack the reference service, in process and over TLS; the pages are left in build/drill
	@$(BIN)/python -m tools.drill_service

tools: $(READY_TO_TEST) $(READY_FOR_OPINIONS) ## ask schemathesis, wapiti and sqlmap what a drill may have missed
	@$(BIN)/python -m tools.second_opinion

advisories: $(READY_TO_TEST) ## ask which flaws are known of what the lock installs (FORM=terminal; needs a network)
	@$(BUCKLER) advisories --requirements uv.lock --baseline advisories.toml --strict --format $(or $(FORM),terminal)

sbom: $(READY_TO_TEST) ## list what the lock installs, in CycloneDX
	@$(BUCKLER) advisories sbom --requirements uv.lock --name buckler

bench: $(READY_TO_MEASURE) ## measure against bare FastAPI and what people glue by hand
	@$(BIN)/python -m bench

format: $(READY_TO_TEST) ## put every file into form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

wheel: $(BOOT) ## build the wheel and the source archive into dist/
	@$(UV) build $(UV_FLAGS) --out-dir dist

clean: ## remove what was built and cached; keeps the environments and ./data
	@rm -rf build dist .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(BOOT):
	@.ci/boot $(UV_VERSION)

# The environment is made with the Python that was found at first, whatever else the machine has.
.venv/bin/python: | $(BOOT)
	@$(UV) venv --quiet $(UV_FLAGS) --python .boot/bin/python .venv

$(READY_TO_RUN): pyproject.toml uv.lock | $(BOOT) .venv/bin/python
	@$(SYNC) --no-default-groups --extra all
	@touch $@

$(READY_TO_TEST): pyproject.toml uv.lock | $(BOOT) .venv/bin/python
	@$(SYNC) --group bench
	@touch $@ $(READY_TO_RUN)

$(READY_TO_MEASURE): pyproject.toml uv.lock | $(BOOT) .venv/bin/python
	@$(SYNC) --group bench
	@touch $@ $(READY_TO_TEST) $(READY_TO_RUN)

# Everything as locked, but for FastAPI.
$(READY_LOWEST): pyproject.toml uv.lock Makefile | $(BOOT)
	@$(UV) venv --quiet --clear $(UV_FLAGS) --python .boot/bin/python .venv-lowest
	@$(UV) export --quiet --locked --no-hashes --no-emit-project --no-emit-package fastapi \
		--output-file .venv-lowest/locked.txt >/dev/null
	@$(UV) pip install --quiet $(UV_FLAGS) --python .venv-lowest/bin/python --constraints .venv-lowest/locked.txt \
		--editable '.[all]' fastapi==$(LOWEST_FASTAPI) fastapi-cli httpx2 \
		http-sf hypothesis itsdangerous opentelemetry-instrumentation-fastapi opentelemetry-sdk prometheus-fastapi-instrumentator pytest sqlmodel \
		pytest-asyncio pytest-xdist
	@touch $@

# What apps are moved from and cannot be installed beside the rest: pages of docs/moving run there.
$(READY_TO_MOVE): pyproject.toml uv.lock | $(BOOT)
	@UV_PROJECT_ENVIRONMENT=.venv-moving $(UV) sync --quiet --locked $(UV_FLAGS) --python .boot/bin/python --only-group moving
	@touch $@

# The scanner of TLS wants an older library of cryptography than we have.
$(READY_TO_SCAN): pyproject.toml uv.lock | $(BOOT)
	@UV_PROJECT_ENVIRONMENT=.venv-scan $(UV) sync --quiet --locked $(UV_FLAGS) --python .boot/bin/python --only-group scan
	@touch $@

# Scanners of others, which pin old libraries: a project of their own with a lock of its own.
$(READY_FOR_OPINIONS): tools/opinions/pyproject.toml tools/opinions/uv.lock | $(BOOT)
	@UV_PROJECT_ENVIRONMENT=$(CURDIR)/.venv-tools $(UV) sync --project tools/opinions --quiet --locked $(UV_FLAGS) \
		--python .boot/bin/python || { echo "make tools: wapiti and sqlmap could not be installed from tools/opinions/uv.lock" >&2; exit 1; }
	@touch $@

# What is installed is locked with its digests; none of it runs anything while it is installed.
$(READY_SPECTRAL): tools/spectral/package.json tools/spectral/package-lock.json
	@npm ci --prefix tools/spectral --ignore-scripts --no-audit --no-fund --silent
	@touch $@
