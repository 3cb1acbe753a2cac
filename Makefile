# Everything a fresh machine needs: `make demo` to see it, `make test` to check it.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8765
# What Python has compiled is kept, whatever the environment says: each worker of the tests, and each process that
# they start, would compile all of it again.
unexport PYTHONDONTWRITEBYTECODE
# The versions that development was last tried with; CONSTRAINTS= takes the newest of everything.
CONSTRAINTS ?= constraints.txt

# How many tests run at the same time. Most of them wait for something, so more than there are processors.
JOBS ?= 4
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist worksteal
# The fast ones wait for little, and each worker has to import them all.
FAST_JOBS ?= 3
FAST := -n $(FAST_JOBS) --hypothesis-profile=few -m "not browser and not process and not postgres and not thorough and not soak"
LOWEST := $(VENV)-lowest
# What `make coverage` holds of the branches alone, in percent; of lines and branches together pyproject.toml says it.
LEAST_BRANCHES := 95

.PHONY: help demo demo-cluster test test-fast test-lowest coverage lint lint-js types check docs gallery bench soak soak-cluster clean

help:
	@echo "make demo       people talk in your browser: sets up $(VENV) and serves configs/demo.yml"
	@echo "make demo-cluster  the same on two hosts of Ray with PostgreSQL, and one host is killed while two people talk; DEMO_SECONDS=60 is when"
	@echo "make test-fast  the tests that need no browser, no other process and no patience (one to two minutes on two processors)"
	@echo "make test       all tests but the soak (some minutes); JOBS=8 runs eight at the same time"
	@echo "make test-lowest  the same as test-fast, with the oldest packages that are allowed"
	@echo "make check      lint, format, strict types, tests"
	@echo "make lint-js    eslint and TypeScript's checks of the page's scripts, where there is npm"
	@echo "make coverage   all tests, and which lines and branches of parleyrun/ none of them reached"
	@echo "make docs       the documentation as a site: site/index.html"
	@echo "make gallery    the pictures in docs/templates.md anew, from each template in Chromium"
	@echo "make bench      the benchmarks, with their table (some minutes)"
	@echo "make soak       people talk while the server is killed 120 times, and while attackers do their worst (about five minutes)"
	@echo "make soak-cluster  people talk while hosts of Ray and their coordinator are killed 40 times (SOAK_KILLS chooses; about five minutes); SOAK_STORE=postgres has the record there, and the coordinator elsewhere after each kill"
	@echo "make clean      remove what make has installed and built, and what tools leave behind"

$(BIN)/python:
	@echo "==> making the virtual environment $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "parleyrun needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.serve: $(BIN)/python pyproject.toml
	@echo "==> installing parleyrun with what serving needs"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[serve]'
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml
	@echo "==> installing parleyrun with what development needs"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]' $(if $(CONSTRAINTS),-c $(CONSTRAINTS))
	@touch $@ $(VENV)/.serve

$(VENV)/.cluster: $(BIN)/python pyproject.toml
	@echo "==> installing parleyrun with Ray and what PostgreSQL needs"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[serve,postgres,ray]'
	@touch $@

$(VENV)/.docs: $(BIN)/python pyproject.toml
	@echo "==> installing parleyrun with what its documentation needs"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@

demo: $(VENV)/.serve
	@echo "==> when it says ready, open http://127.0.0.1:$(PORT) in two tabs and choose 'chat' in both; Ctrl-C ends it"
	@echo "==> after that,  source $(BIN)/activate  puts the command parleyrun on your path"
	$(BIN)/parleyrun serve configs/demo.yml --port $(PORT)

demo-cluster: $(VENV)/.cluster # needs Debian's package postgresql, too
	@PORT=$(PORT) $(BIN)/python benchmarks/cluster_demo.py

test: $(VENV)/.dev
	$(PYTEST)

test-fast: $(VENV)/.dev
	$(PYTEST) $(FAST)

coverage: $(VENV)/.dev
	rm -f .coverage .coverage.*
	$(BIN)/python -m coverage run -m pytest -n $(JOBS)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report
	$(BIN)/python -m coverage json --quiet --fail-under=0 -o - | $(BIN)/python .ci/branches.py $(LEAST_BRANCHES)

test-lowest: # in an environment of its own, with the oldest of everything that pyproject.toml allows
	$(PYTHON) -m venv $(LOWEST)
	$(PYTHON) .ci/lowest.py > $(LOWEST)/lowest.txt
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev]' -c $(LOWEST)/lowest.txt
	$(LOWEST)/bin/python -m pytest --dist worksteal $(FAST)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

lint-js: # the page's scripts; Node.js is needed for this alone
	@if command -v npm >/dev/null 2>&1; then npm install --silent --no-package-lock && npm run --silent lint; \
	else echo "==> the page's scripts were not checked: there is no npm here (install Node.js 20 or newer)"; fi

check: lint types test

docs: $(VENV)/.docs
	$(BIN)/python -m mkdocs build --strict
	@echo "==> open site/index.html"

gallery: $(VENV)/.dev
	PARLEYRUN_GALLERY=$(CURDIR)/docs/gallery $(PYTEST) tests/web/test_gallery.py

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/run.py

soak: $(VENV)/.dev
	@echo "==> three runs of 40 kills each, about a minute a run; SOAK_SEED and SOAK_KILLS choose another; then two minutes beside attackers"
	$(BIN)/python -m pytest -m soak

soak-cluster: $(VENV)/.dev $(VENV)/.cluster
	SOAK_KILLS=$(or $(SOAK_KILLS),40) SOAK_STORE=$(SOAK_STORE) $(BIN)/python -m pytest -m soak_cluster tests/soak

clean:
	rm -rf $(VENV) $(LOWEST) node_modules build dist site *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
