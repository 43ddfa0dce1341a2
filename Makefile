# Every target but test-versions and dist makes .venv from the lock files first, if it is missing or older than they are.
PYTHON ?= python3
VENV := .venv
BENCH_VENV := .venv-bench
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DOCS_STAMP := $(VENV)/.docs
BENCH_STAMP := $(BENCH_VENV)/.installed
NODE_STAMP := node_modules/.installed
OUT ?=
EXPORTS ?=
CASES ?=
PEAKS ?=
NAMES ?=
KINDS ?=
SEED ?=
VERSIONS ?=
TESTS ?=
PYTEST_WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: fuzz help demo examples example-methylation test test-versions acceptance test-slow dist reference errors docs lint lint-javascript format format-javascript bench bench-gpu screenshots screenshots-docs lock clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): requirements.lock requirements-data.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Diabolo needs Python 3.11 or later, got $$($(PYTHON) --version); set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-data.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(BENCH_STAMP): benchmarks/requirements.txt
	$(PYTHON) -m venv --clear $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	@touch $@

# What the site is built with; the suite needs none of it.
$(DOCS_STAMP): $(STAMP) requirements-docs.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.lock
	@touch $@

# What looks at the JavaScript of the explorer's page. The page itself needs none of it.
$(NODE_STAMP): package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

demo: $(STAMP) ## train on 1,797 real digits and draw the map (OUT=demo)
	@$(BIN)/diabolo demo --out $(or $(OUT),demo)

examples: $(STAMP) ## run the examples: figures into OUT=examples-output, comparison into docs/examples.md (NAMES="digits_map")
	$(BIN)/python -m examples --record --out $(or $(OUT),examples-output) $(NAMES)

example-methylation: $(STAMP) ## half a million features a person, from the disk: screen, train, encode, predict age, sweep
	$(BIN)/python -m examples.methylation

test: $(STAMP) ## the test suite
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) -m "not slow"

test-versions: ## the test suite with the lowest and the newest versions, in .venv-lowest and .venv-newest (VERSIONS="lowest" TESTS="tests/data")
	$(PYTHON) -m releases.versions $(VERSIONS) --workers $(PYTEST_WORKERS) $(if $(TESTS),--tests $(TESTS))

acceptance: $(STAMP) ## messy exports to map, groups, outliers, clean table and codes, as at the prompt (EXPORTS="my.csv")
	$(BIN)/python -m acceptance $(EXPORTS)

test-slow: $(STAMP) ## the checks that take minutes
	$(BIN)/python -m pytest -m slow -o timeout=3600 -o faulthandler_timeout=3700

dist: ## build wheel and sdist into dist, look into them, run the demo of the wheel in an empty environment
	$(PYTHON) -m releases.distribution

fuzz: $(STAMP) ## 40,000 hostile and damaged models, checkpoints and data files, each loaded or refused in a sentence (KINDS="model h5" SEED=1)
	$(BIN)/python -m fuzz $(if $(KINDS),--kinds $(KINDS)) --seed $(or $(SEED),0)

reference: $(STAMP) ## write docs/parameters.md from the table of parameters
	$(BIN)/python -m diabolo.parameters > docs/parameters.md

errors: $(STAMP) ## write docs/errors.md from the inputs of tests/contracts/bad_inputs
	$(BIN)/python -m tests.contracts.bad_inputs > docs/errors.md

docs: $(DOCS_STAMP) ## build the documentation site into docs/_build/html, a warning being an error
	rm -rf docs/_build docs/api docs/gallery
	$(BIN)/python -m sphinx -b html -W --keep-going -n -q -d docs/_build/doctrees docs docs/_build/html
	@echo "open docs/_build/html/index.html"

lint: $(STAMP) ## format check, linter, type checker; JavaScript too where npm is
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@$(MAKE) --no-print-directory lint-javascript

lint-javascript:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(NODE_STAMP) && node_modules/.bin/biome check --error-on-warnings; \
	else echo "JavaScript and CSS are not looked at: npm, which brings what does, is not here"; [ "$${CI:-}" != true ]; fi

format: $(STAMP) ## rewrite the files as the formatters want them
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	@$(MAKE) --no-print-directory format-javascript

format-javascript:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(NODE_STAMP) && node_modules/.bin/biome check --write; \
	else echo "JavaScript and CSS are left as they are: npm, which brings what formats them, is not here"; fi

bench: $(STAMP) $(BENCH_STAMP) ## time Diabolo beside its peers (CASES="digits fashion-dense")
	$(BIN)/python -m benchmarks --peers $(BENCH_VENV)/bin/python $(CASES)

# It takes what .venv/bin/python -m pip install "jax[cuda12]" adds; without an accelerator it says so and runs in small.
bench-gpu: $(STAMP) ## time fits on this machine's GPU beside its processor (CASES="digits 784-64-784" PEAKS="--tflops 60 400 800 --gigabytes 3300")
	$(BIN)/python -m benchmarks.accelerator $(CASES) $(PEAKS)

screenshots: $(STAMP) ## photograph the explorer's pages into docs/images; all of them into a folder (OUT=screenshots-output NAMES="ecg")
	$(BIN)/python -m screenshots $(if $(OUT),--all --out $(OUT)) $(NAMES)

screenshots-docs: docs ## photograph five pages of the documentation site, wide and at a phone's width (OUT=screenshots-output)
	$(BIN)/python -m screenshots.site $(if $(OUT),--out $(OUT))

lock: $(STAMP) ## resolve pyproject.toml anew into requirements.lock and requirements-docs.lock
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --quiet --python-version 3.11 --group dev pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --quiet --python-version 3.11 --fork-strategy fewest --group docs -c requirements.lock -o requirements-docs.lock

clean: ## remove the environments, the site and what the demo and the examples wrote
	rm -rf docs/_build docs/api docs/gallery $(VENV) $(BENCH_VENV) .venv-lowest .venv-newest .venv-uv dist node_modules demo examples-output screenshots-output
