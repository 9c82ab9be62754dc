# Reprise. `make` lists the targets; `make run` and `make test` need only python3, git and make.
VENV := .venv
BIN := $(abspath $(VENV))/bin
STAMP := $(VENV)/.locked
# SQLite and artifacts beside the project unless MLFLOW_TRACKING_URI says otherwise.
export MLFLOW_EXPERIMENT_NAME ?= reprise
export PATH := $(BIN):$(PATH)
MAIN ?=
# A file with the entry point and its parameters, instead.
CONFIG ?=
IMAGE ?= reprise
PYTEST ?=
# On two workers; a group of tests stays on one, and those that take longest begin.
WORKERS ?= 2
SIDE_BY_SIDE = -n $(WORKERS) --dist loadgroup --no-loadscope-reorder
PORT ?= 5000

.DEFAULT_GOAL := help
MODEL ?= models:/reprise@champion
MODEL_IMAGE ?= reprise-model
# The public key that MODEL must be signed by; none asked for where it is empty.
TRUST ?=
KEY ?= $(HOME)/.config/reprise/team
.PHONY: help run test test-all lint format lock projects docs image model-image key ui bench clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 14

$(STAMP): requirements.txt requirements-dev.txt bootstrap.py
	python3 bootstrap.py $(VENV)
	@touch $@

run: $(STAMP)  ## run the whole pipeline; MAIN="-P data=table.csv -P target=price" for your own table, or CONFIG=run.yaml
	@python -m reprise open-store
	@$(if $(CONFIG),python -m steps $(CONFIG),MLFLOW_LOGGING_LEVEL=ERROR mlflow run . --env-manager local) $(MAIN)

test: lint  ## lint, types and the fast tests; PYTEST="-k word" narrows them
	pytest $(SIDE_BY_SIDE) $(PYTEST)

test-all: lint  ## lint, types and every test; .ci/run installs what these need
	pytest $(SIDE_BY_SIDE) --durations=10 -m "" $(PYTEST)

lint: $(STAMP)  ## only lint and types
	ruff check .
	ruff format --check .
	mypy

format: $(STAMP)  ## put the code into shape
	ruff check --fix .
	ruff format .

lock:  ## compile the lock anew from pyproject.toml, and that of the tracking server
	python3 -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet uv
	$(VENV)-lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" --upgrade --group direct -o requirements.txt
	$(VENV)-lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" -c requirements.txt --group dev -o requirements-dev.txt
	$(VENV)-lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" deploy/server/requirements.in -o deploy/server/requirements.txt
	rm -rf $(VENV)-lock

projects: $(STAMP)  ## write the MLprojects under envs/ anew from the root's
	python envs/generate.py

docs: $(STAMP)  ## write docs/reference/ anew from the commands and the contract
	python -m docs.generate

image:  ## build the image that envs/docker runs in
	python3 -m envs.docker.build $(IMAGE)

model-image: $(STAMP)  ## build an image that serves MODEL (the champion), without what only training needs
	python -m deploy.model.build $(MODEL) $(MODEL_IMAGE) $(TRUST)

key: $(STAMP)  ## make a pair of keys to sign versions with, KEY.key and KEY.pub (~/.config/reprise/team)
	@python -m reprise key "$(KEY)"

ui: $(STAMP)  ## open MLflow on the runs of `make run`; PORT=5001 for another port
	@python -m reprise ui $(PORT)

bench: $(STAMP)  ## run the benchmarks; each prints ratios measured in one run
	for script in $(filter-out bench/quality.py bench/portfolio.py, $(wildcard bench/*.py)); do \
	  python -m bench.$$(basename $$script .py) || exit 1; done

clean:  ## remove the environment and caches, never runs or models
	@[ ! -x $(BIN)/python ] || python -m reprise stop
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
