# The commands of this project; `make` alone lists them.
PY := .venv/bin/python
# Python keeps what it has compiled of the tests, whatever this shell says: reading them is half the
# time that a worker takes to begin.
TESTS := PYTHONDONTWRITEBYTECODE= $(PY) -m pytest
FAST := "not real and not slow and not house"
SEAT ?=
UNDERSTAND ?=
REQUESTS ?=
SEED ?=

.PHONY: help setup setup-tests demo call serve check test test-fast soak fuzz bench bench-large lock
.SILENT: help setup setup-tests demo call serve

help: ## list the commands
	grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

setup: ## set up what is missing; every other command does it first
	config/tools/setup

setup-tests:
	config/tools/setup --tests

demo: setup ## start everything with a demo city, and ring it up (CAST=off: nobody plays the posts)
	.venv/bin/hotline demo

call: setup ## ring up the running demo with another spoken report (SEAT=1: wait for a person)
	.venv/bin/hotline call $(if $(SEAT),--seat)

serve: setup ## start everything with the settings of HOTLINE_CONFIG and the environment
	.venv/bin/hotline serve

check: setup ## lint, format, types, the rules of the house, and the console's own checks
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(TESTS) -q -m house
	config/tools/console check

test: setup-tests check ## every test, with the real parts
	$(TESTS) -q -n auto -m $(FAST)
	$(TESTS) -n auto --dist loadfile -m "(real or slow) and not calls and not alone"
	$(TESTS) -n 3 --dist loadfile -m calls
	$(TESTS) -m alone

test-fast: setup ## the tests that need no real parts and no long time
	$(TESTS) -q -n auto -m $(FAST)

soak: setup-tests ## at full size what is small in `make test`: fifty calls, two of each process, twenty kills
	SIZE=full $(TESTS) tests/real/test_kills.py tests/real/test_room_story.py \
	  tests/fuzz/test_document.py tests/real/test_several.py \
	  tests/real/test_call_back_room.py tests/backend/api/test_large_room_day.py

fuzz: setup-tests ## 20 000 hostile requests to every route (REQUESTS=, SEED=); fails on any answer from 500 up
	$(PY) -m tests.fuzz $(if $(REQUESTS),--requests $(REQUESTS)) $(if $(SEED),--seed $(SEED))

bench: setup-tests ## one JSON line a figure (UNDERSTAND=file.csv: a labelled set)
	$(PY) -m tests.bench $(if $(UNDERSTAND),--understand $(UNDERSTAND))

bench-large: setup-tests ## the figures over a million cases, which .bench keeps for the next time
	$(PY) -m tests.bench --large

lock: ## compile the locks anew from requirements/*.in
	for list in installer base dev prompts; do .venv/bin/uv pip compile -q --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-annotate --no-header requirements/$$list.in -o requirements/$$list.txt; done
