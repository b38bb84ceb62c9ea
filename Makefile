# Each line is a command a person could type. `make demo` needs python3 with venv and pip, and nothing else.
PY ?= python3
BIN := .venv/bin
export CW_HOME ?= var/demo
export NUMBA_CACHE_DIR ?= $(CURDIR)/.venv/numba

.PHONY: demo test test-all lint types bench bench-clusters bench-llm eval faults faults-llm clean

.venv/ready: pyproject.toml constraints.txt
	$(PY) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch .venv/ready

demo: .venv/ready                       ## three nights of the sample, through Prefect, offline
	$(BIN)/cw run --profile offline --inbox data/sample/night1 --on 2026-11-01
	$(BIN)/cw run --profile offline --inbox data/sample/night2 --on 2026-11-02
	$(BIN)/cw run --profile offline --inbox data/sample/night3 --on 2026-11-03
	$(BIN)/cw verify
	$(BIN)/cw status
	$(BIN)/cw report

test: .venv/ready                       ## the fast suite, on two cores
	$(BIN)/pytest -q -n 2 --dist loadfile

test-all: .venv/ready                   ## what `make test` leaves out; of the long campaigns a seeded part
	$(BIN)/pytest -q -n 3 --dist loadfile -m "slow or browser or server or faults"  # they wait more than they reckon

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check flows tasks

types: .venv/ready
	$(BIN)/mypy

eval: .venv/ready                       ## the offline engine's and the redactor's score on the gold set
	$(BIN)/cw eval --part dev
	$(BIN)/cw eval --part kept
	$(BIN)/cw eval --part kept --pii

faults: .venv/ready                     ## the whole campaign: 200 kills of an offline night, 300 of a paid one, 200 lives of batches, 60 of homes
	CW_KILLS=200 CW_LLM_KILLS=300 CW_LIFE_EXAMPLES=200 CW_LIVES=60 $(BIN)/pytest -q -m faults tests/faults

faults-llm: .venv/ready                 ## the paid part of it: 300 kills, 200 lives, faults on every call
	CW_LLM_KILLS=300 CW_LIFE_EXAMPLES=200 $(BIN)/pytest -q -m faults tests/faults/test_llm_*.py

bench-llm: .venv/ready                  ## 100,000 requests through the ledger; --million for ten times as many
	$(BIN)/python -m tests.benchmarks.bench_llm --full

bench: .venv/ready
	$(BIN)/python tests/benchmarks/bench_ingest.py
	$(BIN)/python tests/benchmarks/bench_night.py

bench-clusters: SHELL := bash
bench-clusters: .SHELLFLAGS := -o pipefail -c
bench-clusters: .venv/ready             ## an hour or two; ends with one table: every figure beside its aim
	mkdir -p var
	for bench in "bench_clusters.py --full" sim_nights.py "bench_identity.py --peer" "bench_identity.py --million" bench_embed.py; do \
	  $(BIN)/python tests/benchmarks/$$bench || exit; done | tee var/bench-clusters.txt
	@echo; grep -E "≥|≤" var/bench-clusters.txt

clean:
	rm -rf var/demo
