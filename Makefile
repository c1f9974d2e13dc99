# Two commands: `make demo` and `make test`. The rest is for those who work on yufang.
PYTHON ?= python3
SERVE ?= 1
PORT ?= 8000
BOOTSTRAP = $(PYTHON) tools/bootstrap.py
RUN = .venv/bin

# With it each of the many processes of a demo or a test would compile the whole package again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test setup web lint lint-python lint-types lint-web compiled test-web unit lock audit sbom matrix clean

demo: ## set everything up, load the demo region, run the main job, serve (SERVE=0: end after the summary)
	@$(BOOTSTRAP) env
	@$(BOOTSTRAP) web
	@exec $(RUN)/yufang demo --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve)

# Three at a time on two cores: tests of a browser wait more than they work. The checks and the console's tests run
# side by side before them, each one's output in one piece; if one fails, so does all of it.
PYTEST = $(RUN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder
test: ## set everything up and run every check and test, browser tests included
	@$(BOOTSTRAP) env --dev
	@$(BOOTSTRAP) web
	@$(BOOTSTRAP) chromium
	@$(MAKE) --no-print-directory -j2 --output-sync=target lint-types compiled lint-python lint-web test-web
	@$(PYTEST)

setup: ## the development environment, without running anything
	@$(BOOTSTRAP) env --dev
	@$(BOOTSTRAP) web

web: ## build the console
	@$(BOOTSTRAP) env
	@$(BOOTSTRAP) web

lint: lint-python lint-types lint-web ## style, types and the order of imports

lint-python:
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check --quiet .
	@$(RUN)/lint-imports

lint-types:
	@$(RUN)/mypy

lint-web:
	@cd web && PATH="$(CURDIR)/$(RUN):$$PATH" npm run --silent lint

compiled: ## kernels that tests begin with, compiled once
	@$(RUN)/python -m tests.compiled

test-web:
	@cd web && PATH="$(CURDIR)/$(RUN):$$PATH" npm test --silent

unit: ## tests without a browser
	@$(PYTEST) -m "not browser"

lock: ## work the lock files out anew from pyproject.toml
	@uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -q -o requirements.lock
	@uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -q -o requirements-dev.lock
	@echo hatchling | uv pip compile - -c requirements-dev.lock --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -q -o requirements-build.lock

audit: ## licences, and known weaknesses where a source of advisories can be reached
	@$(RUN)/python tools/audit.py licences
	@$(RUN)/python tools/audit.py weaknesses

sbom: ## bills of materials (CycloneDX) into dist/sbom
	@$(RUN)/python tools/audit.py sbom

matrix: ## who may call what, written anew into docs/security/matrix.csv; read the diff before you commit it
	@YUFANG_WRITE_MATRIX=1 $(RUN)/python -m pytest -q tests/server/test_matrix.py

clean: ## what was built or made here, the demo's database included
	rm -rf .venv .yufang web/node_modules src/yufang/server/static/console screenshots
