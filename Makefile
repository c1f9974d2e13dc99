# Two commands: `make demo` and `make test`. The rest is for those who work on yufang.
PYTHON ?= python3
SERVE ?= 1
PORT ?= 8000
BOOTSTRAP = $(PYTHON) tools/bootstrap.py
RUN = .venv/bin

# With it each of the many processes of a demo or a test would compile the whole package again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test setup web lint unit lock clean

demo: ## set everything up, load the demo region, run the main job, serve (SERVE=0: end after the summary)
	@$(BOOTSTRAP) env
	@$(BOOTSTRAP) web
	@exec $(RUN)/yufang demo --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve)

# Three at a time on two cores: tests of a browser wait more than they work.
test: ## set everything up and run every check and test, browser tests included
	@$(BOOTSTRAP) env --dev
	@$(BOOTSTRAP) web
	@$(BOOTSTRAP) chromium
	@$(MAKE) --no-print-directory lint
	@cd web && PATH="$(CURDIR)/$(RUN):$$PATH" npm test --silent
	@$(RUN)/python -m pytest -n 3 --dist loadfile

setup: ## the development environment, without running anything
	@$(BOOTSTRAP) env --dev
	@$(BOOTSTRAP) web

web: ## build the console
	@$(BOOTSTRAP) env
	@$(BOOTSTRAP) web

lint: ## style, types and the order of imports
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check --quiet .
	@$(RUN)/mypy
	@$(RUN)/lint-imports
	@cd web && PATH="$(CURDIR)/$(RUN):$$PATH" npm run --silent lint

unit: ## tests without a browser
	@$(RUN)/python -m pytest -n 3 --dist loadfile -m "not browser"

lock: ## work the lock files out anew from pyproject.toml
	@uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -q -o requirements.lock
	@uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -q -o requirements-dev.lock

clean: ## what was built or made here, the demo's database included
	rm -rf .venv .yufang web/node_modules src/yufang/server/static/console screenshots
