# One environment, .venv, built from requirements-dev.lock. Everything below runs in it.
PYTHON ?= python3
PYTEST_ARGS ?=
# `make lock UPGRADE=--upgrade` takes the newest versions; plain `make lock` keeps the pins that still fit.
UPGRADE ?=
UV_VERSION = 0.13.9

PIP_FLAGS = -q --disable-pip-version-check --no-input
STAMP = .venv/.stamp
COMPILE = .lock-venv/bin/uv pip compile pyproject.toml --no-config --universal --python-version 3.11 \
	--generate-hashes --no-strip-extras --no-annotate --no-header --quiet $(UPGRADE)

.PHONY: setup demo test test-long fuzz lint format typecheck check lock clean bench audit

setup: $(STAMP)

# --clear: what a lock no longer names must not linger.
$(STAMP): requirements.lock requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "make: Python 3.11 or newer is needed and '$(PYTHON)' is not; try make PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	.venv/bin/python -m pip install $(PIP_FLAGS) --require-hashes -r requirements-dev.lock
	.venv/bin/python -m pip install $(PIP_FLAGS) --no-build-isolation --no-deps -e .
	@touch $(STAMP)

# Exit status 1 means that some rows were rejected: the sample data holds a few bad ones on purpose.
demo: setup
	@status=0; \
	.venv/bin/mrd load sample_data/inbox --warehouse demo-warehouse || status=$$?; \
	if [ $$status -gt 1 ]; then exit $$status; fi

test: setup
	.venv/bin/pytest -m "not long" -n 3 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test-long: setup
	.venv/bin/pytest -m long $(PYTEST_ARGS)

# Thousands of damaged files for each reader, then the memory of 50 MB in each format; takes half an hour.
fuzz: setup
	.venv/bin/python -m tests.fuzz.nightly
	.venv/bin/python -m tests.fuzz.memory

lint: setup
	.venv/bin/ruff check --output-format concise .
	.venv/bin/ruff format --check --output-format concise .

format: setup
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

typecheck: setup
	.venv/bin/mypy

check: lint typecheck test

# In an environment of its own, which is thrown away; says so where the lists cannot be reached.
audit:
	$(PYTHON) .ci/audit.py

bench: setup
	.venv/bin/python benchmarks/load_million.py
	.venv/bin/python -m benchmarks.reading
	.venv/bin/python -m benchmarks.many_exports

lock:
	$(PYTHON) -m venv .lock-venv
	.lock-venv/bin/python -m pip install $(PIP_FLAGS) uv==$(UV_VERSION)
	$(COMPILE) --extra build -o requirements.lock
	$(COMPILE) --extra dev -c requirements.lock -o requirements-dev.lock
	$(PYTHON) .ci/plain_names.py requirements.lock requirements-dev.lock

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .lock-venv .coverage
	find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
	if [ -d demo-warehouse ]; then chmod -R u+w demo-warehouse && rm -rf demo-warehouse; fi
