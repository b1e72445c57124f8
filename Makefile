# Cinemesh on one machine, without Docker. `make` alone lists what there is.
# Variables: PORT_BASE (8000), PYTHON (one that is 3.11 or later; python3, or a far quicker one of
# the path), EMBEDDING_TORCH_INDEX (an index of CPU builds of torch), ARGS (more arguments for the
# command). DATABASE_URL, REDIS_URL, NEO4J_URI with NEO4J_USER and NEO4J_PASSWORD, and QDRANT_URL
# name stores of your own; ours are then not started.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name infra/quickest_python.py 2>/dev/null && break; done)
BIN := .venv/bin
STAMPS := .venv/stamps
STACK := $(BIN)/python -m infra.embedded
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python
NO_STACK := { echo "The stack is down; make up starts it." >&2; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help up down status logs reset env mail smoke test contract check audit openapi rebuild train \
	manage reconcile demo faults fuzz bench evaluate core dev spark

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: core ## start everything and wait until it answers (later starts need no network)
	@$(STACK) up $(ARGS)

down: ## stop everything that up started
	@if [ -x $(BIN)/python ]; then $(STACK) down; else echo "The stack was not up."; fi

status: ## each process with its pid and health; exit 1 unless all are well
	@[ -x $(BIN)/python ] || $(NO_STACK); $(STACK) status

logs: ## the logs; NAME=web for one process
	@[ -x $(BIN)/python ] || $(NO_STACK); $(STACK) logs $(NAME)

reset: ## ask, then stop and delete all data
	@[ -x $(BIN)/python ] || $(NO_STACK); $(STACK) reset $(ARGS)

env: ## addresses and credentials as shell assignments: eval "$(make -s env)"
	@[ -x $(BIN)/python ] || $(NO_STACK); $(STACK) env

mail: ## the mail that the stack has sent
	@[ -x $(BIN)/python ] || $(NO_STACK); $(STACK) mail

smoke: ## one request through every store of the running stack
	@[ -x $(BIN)/python ] || $(NO_STACK); $(STACK) smoke

test: dev ## the test suite, on stores of its own; the fault runs are apart, in make faults
	@$(BIN)/pytest -n 2 --ignore tests/flows --ignore tests/faults $(ARGS)
	@$(BIN)/pytest tests/flows $(ARGS)

faults: dev ## any order, kills, silences and poison, an hour or so; FAULTS_SEED=… to repeat one
	@FAULTS_SEED=$(or $(FAULTS_SEED),$(shell date +%s)) FAULTS_KILLS=$(or $(FAULTS_KILLS),200) \
		FAULTS_WRITES=$(or $(FAULTS_WRITES),100000) FAULTS_SILENT_SECONDS=$(or $(FAULTS_SILENT_SECONDS),60) \
		$(BIN)/pytest tests/faults $(ARGS)

fuzz: dev ## 20,000 requests and more against the API's own schema, half an hour; FUZZ_SEED=… to repeat one
	@seed=$(or $(FUZZ_SEED),$(shell date +%s)); echo "FUZZ_SEED=$$seed"; \
		FUZZ_SEED=$$seed FUZZ_EXAMPLES=$(or $(FUZZ_EXAMPLES),320) FUZZ_REQUESTS=20000 \
		$(BIN)/pytest tests/fuzz -s $(ARGS)

contract: dev ## the vector store's contract; QDRANT_URL=… for a Qdrant server
	@$(BIN)/pytest tests/contract $(ARGS)

check: dev ## linters, types, import contracts, secrets, drift of migrations and OpenAPI, deployment
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive --severity-level medium apps platform infra celery_app
	git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook --baseline .secrets.baseline
	$(BIN)/python -W "ignore:Got an error checking:RuntimeWarning" manage.py makemigrations --settings config.settings.test --check --dry-run
	$(BIN)/python manage.py spectacular --settings config.settings.test --api-version v1 \
		--validate --fail-on-warn --file .venv/openapi.yaml
	diff -u docs/openapi.yaml .venv/openapi.yaml
	$(BIN)/python -m infra.embedded.deploy_check

audit: dev ## look the locked packages up among PyPI's advisories; needs the network
	$(BIN)/pip-audit --strict --disable-pip --require-hashes \
		-r requirements/dev.lock -r requirements/spark.lock -r requirements/bootstrap.lock

openapi: dev ## write docs/openapi.yaml anew
	@$(BIN)/python manage.py spectacular --settings config.settings.test --api-version v1 \
		--validate --fail-on-warn --file docs/openapi.yaml

rebuild: core ## bring the projections to what Postgres says; STORE=graph, vectors, feeds or recommendations for one
	@$(STACK) manage rebuild $(or $(STORE),all)

manage: core ## another command of manage.py, with the running stack's environment; ARGS="dead_letters list"
	@$(STACK) manage $(ARGS)

train: core ## learn from the ratings and recommend by that, as every night when due; ARGS=--rollback goes back
	@$(STACK) manage train_recommendations $(ARGS)

reconcile: core ## count and hash every kind of fact in Postgres and in its store
	@$(STACK) manage reconcile $(ARGS)

demo: core ## the main job, told step by step on the running stack
	@addresses=$$($(STACK) env) && set -a && eval "$$addresses" && $(BIN)/python -m infra.demo

bench: dev ## answers, suggestions, similar films, lag, throughput, the checker, rebuilds and trainings, each on a stack of its own; ARGS=lag for one
	@$(BIN)/python -m infra.bench $(ARGS)

evaluate: dev ## how good the recommendations are, on stores of its own, an hour or so; ARGS="--data DIR" for any MovieLens folder
	@$(BIN)/python -m infra.evaluation $(ARGS)

spark: $(STAMPS)/spark ## what trains on Spark, half a gigabyte; with it, make test tests that too

# The stamps make a second start need no network. `dev` holds all of `core`, so installing `core`
# after it changes nothing: nothing is ever uninstalled.
core: $(STAMPS)/core
dev: $(STAMPS)/dev

$(STAMPS)/bootstrap: requirements/bootstrap.lock
	@python="$(PYTHON)"; "$${python:-false}" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
		"Cinemesh needs Python 3.11 or later. Name one: make up PYTHON=/path/to/python" >&2; exit 1; }; \
		echo "making .venv with $$python"; "$$python" -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/core: requirements/core.lock pyproject.toml $(STAMPS)/bootstrap
	@echo "installing the packages of requirements/core.lock"
	@$(UV) --compile-bytecode --require-hashes -r requirements/core.lock
	@$(UV) --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/dev: requirements/dev.lock $(STAMPS)/core
	@echo "installing the packages of requirements/dev.lock"
	@$(UV) --require-hashes -r requirements/dev.lock
	@touch $@

# pyspark comes as source: setuptools builds it, which the same lock verifies.
$(STAMPS)/spark: requirements/spark.lock $(STAMPS)/core
	@echo "installing the packages of requirements/spark.lock"
	@sed -n '/^setuptools==/,/[^\\]$$/p' $< | $(UV) --require-hashes -r -
	@$(UV) --require-hashes --no-build-isolation -r $<
	@touch $@
