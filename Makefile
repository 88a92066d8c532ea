# `make` alone lists what it can do. README.md tells the rest.
#
# Every cargo call builds the whole workspace in the release profile: one set of features and one profile mean
# that each dependency, V8's crates above all, is compiled once for the server, the tests and the benchmark.

LISTEN ?= 127.0.0.1:8000
SOAK_SECONDS ?= 600
FUZZ_SECONDS ?= 60
ifndef FUZZ_SEED
FUZZ_SEED := $(shell date +%s)
endif

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory
# Steps share one target directory and two cores: side by side they would only wait for each other.
.NOTPARALLEL:

target := $(or $(CARGO_TARGET_DIR),target)
jsrun := $(target)/release/jsrun

# What npm itself leaves behind after an install.
npm_stamp := web/node_modules/.package-lock.json
web_page := web/dist/index.html
# Folders too: a removed file changes its folder's time.
web_sources := $(shell find web/src web/public 2>/dev/null) \
  $(wildcard web/index.html web/package.json web/*.ts web/*.js web/tsconfig*.json)

.PHONY: help
help: ## list these targets
	@echo 'usage: make TARGET'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: build ## build, then serve the playground at http://127.0.0.1:8000 (LISTEN=address:port changes it)
	@exec $(jsrun) serve --listen $(LISTEN)

.PHONY: build
build: web v8-archive ## build the page and the binary target/release/jsrun
	@if [ ! -e $(jsrun) ]; then \
	  echo "building jsrun and the crates under it, V8's among them: about 10 min on 2 cores the first time…"; fi
	@cargo build --release --workspace

.PHONY: web
web: $(web_page) ## build the page into web/dist

.PHONY: test
test: need-chromium build ## run all tests: Rust's, the page's, and the page in Chromium
	@JSRUN_BINARY=$(abspath $(jsrun)) scripts/run-tests

.PHONY: docs
docs: need-python ## build the documentation's pages into dist/docs
	@scripts/build-docs dist/docs

.PHONY: check
check: need-lints need-python web v8-archive ## formatting, lints, documentation, dependencies, licences, scripts
	@echo 'checking formatting…'
	@cargo fmt --all --check
	@echo 'checking scripts…'
	@scripts/check-scripts
	@echo 'checking dependencies and their licences…'
	@scripts/check-dependencies
	@echo 'checking the page…'
	@cd web && npm run --silent check
	@echo 'linting; the first time this checks every dependency, about 5 min on 2 cores…'
	@cargo clippy --release --workspace --all-targets -- -D warnings
	@echo 'building the documentation…'
	@RUSTDOCFLAGS='-D warnings' cargo doc --release --no-deps --workspace --lib
	@scripts/build-docs $(target)/docs
	@echo 'check: all is well'

.PHONY: fmt
fmt: need-lints $(npm_stamp) ## format all sources
	@cargo fmt --all
	@cd web && npm run --silent format

.PHONY: bench
bench: build ## measure the engine's and the server's speed (BENCH_FLAGS=--help for more)
	@cargo build --release --workspace --examples
	@$(target)/release/examples/engine_benchmark
	@$(target)/release/jsrun-bench --server $(jsrun) $(BENCH_FLAGS)

.PHONY: bench-python
bench-python: wheel ## measure the Python package beside others from PyPI (BENCH_FLAGS=--help for more)
	@scripts/bench-python $(BENCH_FLAGS)

.PHONY: soak
soak: build ## attack the server for 10 min while others use it (SOAK_SECONDS=60 for less)
	@$(target)/release/jsrun-bench --server $(jsrun) --soak $(SOAK_SECONDS)

.PHONY: fuzz
fuzz: need-rust v8-archive ## try spoilt frames and hostile values, FUZZ_SECONDS (60) each, FUZZ_SEED to repeat
	@echo 'seed $(FUZZ_SEED)'
	@JSRUN_FUZZ_SEED=$(FUZZ_SEED) JSRUN_FUZZ_SECONDS=$(FUZZ_SECONDS) \
	  cargo test --release --workspace --test it fuzz
	@JSRUN_FUZZ_SEED=$(FUZZ_SEED) JSRUN_FUZZ_SECONDS=$(FUZZ_SECONDS) \
	  cargo test --release --workspace --test engine fuzz::

.PHONY: wheel
wheel: need-python build ## build the Python package into dist/
	@scripts/build-wheel dist

.PHONY: clean
clean: ## remove everything that was built
	cargo clean --quiet
	rm -rf dist web/dist web/node_modules web/test-results examples/node_modules

.PHONY: v8-archive
v8-archive: need-rust
	@scripts/install-v8-archive

$(npm_stamp): web/package-lock.json web/package.json $(wildcard web/.npmrc) | need-node
	@echo "installing the page's packages…"
	@cd web && npm ci --no-audit --no-fund
	@touch $@

$(web_page): $(npm_stamp) $(web_sources)
	@echo 'building the page…'
	@cd web && npm run --silent build
	@touch $@

.PHONY: need-rust need-lints need-node need-python need-chromium
need-rust:
	@scripts/install-requirements --check linker rust
need-lints: need-rust
	@scripts/install-requirements --check lints
need-node:
	@scripts/install-requirements --check node
need-python:
	@scripts/install-requirements --check python
need-chromium:
	@scripts/install-requirements --check chromium
