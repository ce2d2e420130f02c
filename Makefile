# For those who work on nocopy. `./install.sh test` makes .venv and runs what `make check` runs.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
BIN ?= .venv/bin
UV ?= uv

help:    ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

check: format lint types floors tests  ## the next five: green before a change goes in

format:  ## is every file laid out as ruff does it? (`ruff format .` mends it)
	$(BIN)/ruff format --check .

lint:    ## ruff's rules, chosen in pyproject.toml
	$(BIN)/ruff check .

types:   ## strict types in the four packages
	$(BIN)/mypy

floors:  ## an import goes down, from floor to floor and from room to room
	$(BIN)/lint-imports

tests:   ## all tests, two at a time (those of the card reader wait for each other); a skipped one counts as failed (`pytest tests/store` by hand runs some)
	$(BIN)/python -m pytest -p tests.no_skips -n 2 --dist worksteal

soak:    ## the repeated tests with their large counts: hours on an old PC; writes bench/RESULTS.md
	NOCOPY_SOAK=1 $(BIN)/python -m pytest -p tests.no_skips -m soak -o timeout=0

bench:   ## measure what the design promises; writes bench/RESULTS.md
	for script in card centre ledger screen sync; do $(BIN)/python -m bench.$$script; done

words:   ## compile the Thai of tui/locale (after a change of a .po)
	$(BIN)/python tui/locale/compile.py

template: ## every sentence to translate, to nocopy.pot (pybabel init or update takes it from there)
	$(BIN)/python -m babel.messages.frontend --quiet extract --mapping babel.cfg --keyword mark --output nocopy.pot .

# What pyproject.toml asks for under one heading, a requirement a line, and the lock made of it.
wants = @python3 -c 'import sys, tomllib; t = tomllib.load(open("pyproject.toml", "rb")); \
	[t := t[key] for key in sys.argv[1:]]; print(*t, sep="\n")'
locked = $(UV) pip compile - --quiet --python-version 3.11 --universal --generate-hashes --no-header --no-emit-index-url

# Each lock is held to the versions of those before it, because they meet in one venv.
lock:    ## write the locks after pyproject.toml (needs uv); `rm *.lock` first for the newest of all
	$(wants) project dependencies | $(locked) -o run.lock
	$(wants) build-system requires | $(locked) -c run.lock -o build.lock
	$(wants) project optional-dependencies card | $(locked) -c run.lock -c build.lock -o pyscard.lock
	$(wants) project optional-dependencies centre | $(locked) -c run.lock -c build.lock -o centre.lock
	$(wants) dependency-groups test | $(locked) -c run.lock -c build.lock -c centre.lock -o test.lock

.PHONY: help check format lint types floors tests soak bench words template lock
