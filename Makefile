# Every target sets up what it needs: see scripts/setup.
SHELL := /bin/bash
CARGO ?= cargo
# The server of the demo: postgres, mariadb or mysql.
DB    ?=
OUT   ?= planwise-out/demo

.PHONY: demo test check lint docs bench setup setup-test

demo: setup
	$(CARGO) build --release --locked
	./target/release/planwise demo --out $(OUT) $(if $(DB),--sandbox=$(DB)) \
		$(if $(filter mysql,$(DB)),--server-bin $(shell scripts/mysql-server --folder))

# Throwaway servers write much and keep nothing: into memory, where it has the room and may hold programs.
SCRATCH := $(shell findmnt -no OPTIONS /dev/shm 2>/dev/null | grep -qv noexec && \
	df --output=avail -B1G /dev/shm | awk 'NR == 2 && $$1 >= 10 {print "/dev/shm"}')

# Everything, against real servers: PostgreSQL 13 to 18, MariaDB, MySQL, Chromium. A part that is missing is a failure.
test: setup-test
	$(if $(SCRATCH),TMPDIR=$(SCRATCH)) PLANWISE_REQUIRE_PARTS=1 $(CARGO) test --locked

# Everything that is judged without running it: form, lints, documentation, benchmarks and fuzz targets that compile.
check: lint docs
	@./scripts/setup check
	$(CARGO) check --locked --benches
	$(CARGO) check --manifest-path fuzz/Cargo.toml --bins

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
	@./scripts/setup build server test versions
