# Needs Python 3.11+ with venv and pip, and make. Everything else goes into .venv/.
PYTHON ?= python3
PORT ?= 8000
PIP := .venv/bin/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test campaign bench clients check format lock reset clean

help: ## Show what make can do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 16

demo: .venv/installed ## Sell a bag offline: database, catalogue, Stripe stand-in, shop (PORT=8000)
	@PORT=$(PORT) exec .venv/bin/python -m shop demo

test: .venv/installed-dev ## Run every test on SQLite and on a real PostgreSQL
	@.venv/bin/python -m pytest -n auto --dist worksteal $(TESTS)

campaign: .venv/installed-dev ## Run the long campaigns and print the reliability table (NAMES=, SCALE=1)
	@.venv/bin/python -m tests.campaign $(NAMES) --scale $(or $(SCALE),1)

bench: .venv/installed-dev ## Measure speed and print the table (NAMES=, SIZES=100,10000,100000, ENGINES=sqlite,postgresql)
	@.venv/bin/python -m tests.bench $(NAMES) --scale $(or $(SCALE),1) \
		$(if $(SIZES),--sizes $(SIZES)) $(if $(ENGINES),--engines $(ENGINES))

clients: .venv/installed-dev ## Generate typed clients into clients/: Python, and TypeScript where npm is
	@.venv/bin/python -m tests.clients

check: .venv/installed-dev ## Lint, types and import contracts
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: .venv/installed-dev ## Format the code
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

lock: ## Write the lock files anew (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-header --no-annotate --no-emit-index-url --quiet -o requirements.lock
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-header --no-annotate --no-emit-index-url --quiet -o requirements-dev.lock

reset: ## Forget the demo's database, so that it starts anew
	rm -rf instance

clean: ## Remove the environment, the demo's data, generated clients and the bench's databases
	rm -rf .venv instance clients reports/bench

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Python 3.11 or newer is needed; say which with PYTHON=...' >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: requirements.lock pyproject.toml | .venv/bin/python
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps -e .
	@touch $@

.venv/installed-dev: requirements-dev.lock pyproject.toml | .venv/bin/python
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps -e .
	@touch $@ .venv/installed
