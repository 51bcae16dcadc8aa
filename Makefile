# Every target sets up what it needs: see scripts/setup.
SHELL := /bin/bash
CARGO ?= cargo
OUT   ?= planwise-out/demo

.PHONY: demo test lint docs bench setup setup-test

demo: setup
	$(CARGO) build --release --locked
	./target/release/planwise demo --out $(OUT)

test: setup-test
	PLANWISE_REQUIRE_PARTS=1 $(CARGO) test --locked

lint: setup
	$(CARGO) fmt --all -- --check
	$(CARGO) clippy --locked --all-targets -- -D warnings

docs: setup
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps

bench: setup
	$(CARGO) bench --locked

setup:
	@./scripts/setup build server

setup-test:
	@./scripts/setup build server test
