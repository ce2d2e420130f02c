# For those who work on nocopy. `./install.sh test` makes .venv and runs what `make check` runs.
PYTHON ?= .venv/bin/python
UV ?= uv

help:            ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

check: format lint types floors tests  ## everything below: what must be green before a change goes in

format:          ## is every file laid out as ruff does it? (`ruff format .` mends it)
	$(PYTHON) -m ruff format --check .

lint:            ## ruff's rules, chosen in pyproject.toml
	$(PYTHON) -m ruff check .

types:           ## strict types in the four packages
	$(PYTHON) -m mypy

floors:          ## an import goes down the floors, never up
	$(PYTHON) -m importlinter.cli

tests:           ## all tests; ARGS="tests/store -k queue" for some
	$(PYTHON) -m pytest $(ARGS)

# What pyproject.toml asks for under one heading, a requirement a line.
wants = $(PYTHON) -c 'import sys, tomllib; t = tomllib.load(open("pyproject.toml", "rb")); \
	[t := t[key] for key in sys.argv[1:]]; print(*t, sep="\n")'
compile = $(UV) pip compile - --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-annotate --upgrade --quiet

# Each lock is held to the versions of those before it, because they meet in one venv.
lock:            ## pin all dependencies anew (needs uv and a network)
	$(wants) project dependencies                      | $(compile) -o run.lock
	$(wants) build-system requires                     | $(compile) -c run.lock -o build.lock
	$(wants) project optional-dependencies card        | $(compile) -c run.lock -c build.lock -o pyscard.lock
	$(wants) project optional-dependencies centre      | $(compile) -c run.lock -c build.lock -o centre.lock
	$(wants) dependency-groups test                    | $(compile) -c run.lock -c build.lock -c centre.lock -o test.lock

.PHONY: help check format lint types floors tests lock
