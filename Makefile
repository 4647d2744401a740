# deepvid. 'make help' lists the targets.

SWIFT  ?= swift
PREFIX ?= /usr/local
TARGET  = $(DESTDIR)$(PREFIX)
# Debian's zsh looks into vendor-completions for what packages bring.
ZSH_FUNCTIONS ?= $(PREFIX)/share/zsh/site-functions
CLIP   ?= Fixtures/clips/street.mp4

# Tests are built apart from the product: they need internal symbols, and one set of flags would rebuild the other.
# Without the Swift libraries beside it, the binary runs where no toolchain is.
BUILD      := $(SWIFT) build -c release --static-swift-stdlib
BINARY     := .build/release/deepvid
TEST       := $(SWIFT) test -c release --scratch-path .build-tests --disable-xctest
# Without debug information, and without optimisation but of C: what takes the least time from a fresh clone to an answer
# (benchmarks/results/2026-11-28-build-time.md). The index stays: tests are found by it.
QUICK      := -Xswiftc -gnone -Xcc -g0 -Xcc -O2 -Xcxx -g0
# The edge server is a package of its own: nothing else compiles NIO and TLS.
EDGE       := .build-edge/release/deepvid-edge
BUILD_EDGE := $(BUILD) --package-path Edge --scratch-path .build-edge
TEST_EDGE  := $(SWIFT) test --package-path Edge --scratch-path .build-edge-tests --disable-xctest $(QUICK)
SWIFT_CODE := Package.swift Sources Tests Edge/Package.swift Edge/Sources Edge/Tests
MAN_PAGES  := man/deepvid.1 man/deepvid-card.5 man/deepvid-jsonl.5 man/deepvid-zones.5 man/deepvid.toml.5 man/deepvid-edge.8
BENCH_PYTHON := .venv-bench/bin/python
# Another Python that has PyTorch and the rest of Training/pyproject.toml does as well.
TRAINING_PYTHON ?= .venv-training/bin/python
COMPLETION := $(BINARY) --generate-completion-script

.DEFAULT_GOAL := help
.PHONY: help deps build build-edge run test test-edge arm64 example bench reference conformance training-test lint format man pictures protos install install-edge uninstall deb deb-test clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

deps: ## check the build's dependencies; as root, install what is missing
	@scripts/bootstrap

build: deps ## build the release binary, .build/release/deepvid
	@$(BUILD) --product deepvid >&2

run: build ## run the embedded model over a clip of Fixtures (CLIP=… for another)
	@$(BINARY) infer $(CLIP)

test: deps ## run all tests, the edge server's last (FILTER=… for some, without the edge's)
	@status=0; $(TEST) $(if $(FILTER),--filter '$(FILTER)') || status=$$?; \
	$(if $(FILTER),,$(TEST_EDGE) || status=$$?;) exit $$status

example: deps ## build and run the package of Examples that imports the library
	@cd Examples/ClipContents && $(SWIFT) run $(QUICK) --scratch-path ../../.build-example ClipContents ../../$(CLIP)

test-edge: deps ## run the edge server's tests (FILTER=… for some)
	@$(TEST_EDGE) $(if $(FILTER),--filter '$(FILTER)')

arm64: ## compile the kernels for arm64 and test them under qemu-user
	@scripts/arm64

bench: build $(BENCH_PYTHON) ## measure on ../shared: against onnxruntime and OpenCV, and reuse (BENCH='--only reuse' for a part; benchmarks/README.md)
	@$(BUILD) --product deepvid-bench >&2
	@$(BENCH_PYTHON) benchmarks/run $(BENCH)

reference: build $(BENCH_PYTHON) ## compare outputs with onnxruntime's, model by model, on ../shared
	@$(BUILD) --product deepvid-bench >&2
	@$(BENCH_PYTHON) Tests/Reference/compare_outputs.py

$(BENCH_PYTHON): benchmarks/requirements.txt
	@python3 -m venv .venv-bench && $(BENCH_PYTHON) -m pip install --quiet --requirement benchmarks/requirements.txt && touch $@

training-test: build $(TRAINING_PYTHON) ## a whole training on rendered pictures, then the same outputs here and in onnxruntime (downloads PyTorch)
	@$(BUILD) --product deepvid-bench >&2
	@cd Training && $(abspath $(TRAINING_PYTHON)) -m pytest -q -m whole tests/test_end_to_end.py

# A Debian python3-torch is used where there is one.
.venv-training/bin/python: Training/pyproject.toml
	@python3 -m venv --system-site-packages .venv-training && $@ -m pip install --quiet --editable './Training[test]' && touch $@

conformance: deps ## run the ONNX node tests of ../shared/conformance and count them
	@$(TEST) --filter 'Conformance'

lint: deps ## check Swift format, man pages and shell scripts
	@if $(SWIFT) format --version >/dev/null 2>&1; then $(SWIFT) format lint --strict --parallel --recursive $(SWIFT_CODE); \
	else echo 'make lint: this toolchain has no swift format: skipped' >&2; fi
	@mandoc -Tlint -W warning $(MAN_PAGES)
	@if command -v shellcheck >/dev/null; then shellcheck scripts/bootstrap scripts/arm64 .ci/run dist/parallel/* dist/slurm/* scripts/deb Tests/Cluster/* Tests/Packaging/*; \
	else echo 'make lint: shellcheck is not installed: skipped' >&2; fi

format: ## format the Swift code in place
	@$(SWIFT) format --in-place --parallel --recursive $(SWIFT_CODE)

man: deps ## show the manual
	@man -l man/deepvid.1 2>/dev/null || mandoc -a man/deepvid.1

pictures: build ## make docs/pictures anew (ffmpeg, chromium and the clips of ../shared; what lacks is named)
	@scripts/pictures $(BINARY)

protos: ## generate the Swift code of the protobuf schemas again
	@scripts/generate-protos

# Neither installs packages nor builds: 'make build' and 'make build-edge' do, as a user who need not be root.
install: ## install what 'make build' built, the manual, the systemd unit and shell completions (PREFIX=/usr/local, DESTDIR=)
	@[ -x $(BINARY) ] || { echo "make install: $(BINARY) is not there: run 'make build' first" >&2; exit 1; }
	install -D -s -m 755 $(BINARY) $(TARGET)/bin/deepvid
	install -D -m 644 -t $(TARGET)/share/man/man1 $(filter %.1,$(MAN_PAGES))
	install -D -m 644 -t $(TARGET)/share/man/man5 $(filter %.5,$(MAN_PAGES))
	install -D -m 644 -t $(TARGET)/share/doc/deepvid/examples dist/deepvid.toml
	install -d $(TARGET)/lib/systemd/system
	sed 's|/usr/local/bin/|$(PREFIX)/bin/|' dist/systemd/deepvid.service >$(TARGET)/lib/systemd/system/deepvid.service
	sed 's|/usr/local/bin/|$(PREFIX)/bin/|' dist/systemd/deepvid-nightly.service >$(TARGET)/lib/systemd/system/deepvid-nightly.service
	install -m 644 -t $(TARGET)/lib/systemd/system dist/systemd/deepvid-nightly.timer
	install -d $(TARGET)/share/bash-completion/completions $(TARGET)/share/fish/vendor_completions.d $(DESTDIR)$(ZSH_FUNCTIONS)
	$(COMPLETION) bash >$(TARGET)/share/bash-completion/completions/deepvid
	$(COMPLETION) fish >$(TARGET)/share/fish/vendor_completions.d/deepvid.fish
	$(COMPLETION) zsh  >$(DESTDIR)$(ZSH_FUNCTIONS)/_deepvid

install-edge: ## install what 'make build-edge' built, its manual and its systemd unit (PREFIX=/usr/local, DESTDIR=)
	@[ -x $(EDGE) ] || { echo "make install-edge: $(EDGE) is not there: run 'make build-edge' first" >&2; exit 1; }
	install -D -s -m 755 $(EDGE) $(TARGET)/bin/deepvid-edge
	install -D -m 644 -t $(TARGET)/share/man/man8 $(filter %.8,$(MAN_PAGES))
	install -d $(TARGET)/lib/systemd/system
	sed 's|/usr/local/bin/|$(PREFIX)/bin/|' dist/systemd/deepvid-edge.service >$(TARGET)/lib/systemd/system/deepvid-edge.service

uninstall: ## remove what install and install-edge put there
	$(RM) $(TARGET)/bin/deepvid $(TARGET)/bin/deepvid-edge $(TARGET)/lib/systemd/system/deepvid-edge.service \
	  $(TARGET)/lib/systemd/system/deepvid.service $(TARGET)/lib/systemd/system/deepvid-nightly.service \
	  $(TARGET)/lib/systemd/system/deepvid-nightly.timer $(TARGET)/share/doc/deepvid/examples/deepvid.toml \
	  $(foreach page,$(MAN_PAGES),$(TARGET)/share/man/man$(subst .,,$(suffix $(page)))/$(notdir $(page))) \
	  $(TARGET)/share/bash-completion/completions/deepvid $(TARGET)/share/fish/vendor_completions.d/deepvid.fish \
	  $(DESTDIR)$(ZSH_FUNCTIONS)/_deepvid

build-edge: deps ## build the CacheNet edge server, .build-edge/release/deepvid-edge
	@$(BUILD_EDGE) --product deepvid-edge >&2

deb: build build-edge ## build Debian packages of both, dist/packages/*.deb
	@scripts/deb

deb-test: ## install, use and remove the packages in a bare Debian of their own (as root; debootstrap)
	@Tests/Packaging/install

clean: ## remove what was built
	$(RM) -r .build .build-tests .build-edge .build-edge-tests .build-example .build-arm64 dist/packages
