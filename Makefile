# Two commands do everything on a fresh Debian machine with a Swift toolchain: `make run` and `make test`.

PREFIX  ?= /usr/local
DESTDIR ?=
# What `make run` gives to bgsh, as on a command line: make run ARGS="-c 'echo hello'"
ARGS    ?=
# DYNAMIC=1 builds against the shared libraries of the system: smaller, slower to start (docs/design/overview.md).
DYNAMIC ?=

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
export PATH := $(PATH):/opt/swift/usr/bin

ifneq ($(DYNAMIC),)
export BGSH_DYNAMIC := 1
SCRATCH := .build-dynamic
else
unexport BGSH_DYNAMIC
SCRATCH := .build
endif

# A static executable that has a run path, which the package manager adds by default, dies in glibc before main.
SWIFT_BUILD := swift build --scratch-path $(SCRATCH) -c release --disable-local-rpath
SWIFT_TEST  := swift test --scratch-path $(SCRATCH) --disable-xctest
BINARIES    := $(SCRATCH)/release
SWIFT_CODE  := Package.swift Sources Tests Fuzz $(wildcard Benchmarks)
SHELL_CODE  := .ci/run scripts/install-packages scripts/install-python-packages scripts/fetch-bash-tests scripts/check-release-binaries completions/bgsh.bash

# Of readline only the headers count: bash has it in itself, and that is what the library in bash calls.
BUILD_PACKAGES := libreadline-dev libsqlite3-dev
TEST_PACKAGES  := $(BUILD_PACKAGES) autoconf automake bash-completion debhelper direnv fish fzf git less mandoc \
                  openssh-client procps python3-venv strace tmux vim zsh
CHECK_PACKAGES := $(TEST_PACKAGES) binutils shellcheck
SOAK_PACKAGES  := $(BUILD_PACKAGES) python3 strace
SANITIZE_PACKAGES := $(BUILD_PACKAGES) procps python3 valgrind
BENCH_PACKAGES := $(BUILD_PACKAGES) fish nq parallel python3-venv task-spooler zsh

# Clients of the Model Context Protocol, an old and a new one, which the tests talk to `bgsh mcp` with, and a server that it is
# measured beside.
CLIENTS := old=mcp==1.30.0 new=mcp==2.3.0
SERVERS := backburner=backburner-mcp==1.0.0
# An agent, which `bgsh mcp` is driven by.
HOSTS   := gptme=gptme==0.35.1

# What bash itself loads must need nothing but bash: see Loadable/.
# It stays where it is: "enable -d" must not take away what bash reads its input with. Without start files it has no code that
# runs at exit, which each fork of the shell would touch: eleven page faults of 81 in a `( : )`.
loadable = clang -shared -fPIC -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -ISources/CProtocol/include -nostartfiles -Wl,-z,nodelete -o $(SCRATCH)/$(1)/libbgsh-bash.so Loadable/*.c

bindir     := $(DESTDIR)$(PREFIX)/bin
libexecdir := $(DESTDIR)$(PREFIX)/libexec/bgsh
man1dir    := $(DESTDIR)$(PREFIX)/share/man/man1
bashdir    := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
zshdir     := $(DESTDIR)$(PREFIX)/share/zsh/site-functions
fishdir    := $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d

.DEFAULT_GOAL := build
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

.PHONY: run build test tests check fuzz soak sanitize soak-syntax bash-tests host bench pictures install uninstall fmt clean swift built

run: build  ## install what is missing, build, start bgsh
	@exec $(BINARIES)/bgsh $(ARGS)

# The output of a build goes to standard error: `make -s run ARGS=…` prints what bgsh prints.
build: swift  ## install what is missing, build the release binaries
	@scripts/install-packages $(BUILD_PACKAGES)
	@$(SWIFT_BUILD) >&2
	@$(call loadable,release)

# The tests run the binaries that they were built with, in debug. TESTS is a regular expression for Target.Suite/test.
TESTS ?=
test: tests  ## install what is missing, run all tests; TESTS='JobTests|/a part of a name' for some
	@scripts/run-tests $(SCRATCH)/debug '$(TESTS)'

tests: swift  ## install what is missing, build all tests
	@scripts/install-packages $(TEST_PACKAGES)
	@scripts/install-python-packages .build/clients $(CLIENTS)
	@swift build --scratch-path $(SCRATCH) --build-tests >&2
	@$(call loadable,debug)

check: swift  ## formatting, shell scripts, manual pages, boundaries between modules
	@scripts/install-packages $(CHECK_PACKAGES)
	@echo 'check: formatting'
	@swift format lint --strict --recursive $(SWIFT_CODE)
	@echo 'check: shell scripts'
	@shellcheck --shell=bash $(SHELL_CODE)
	@echo 'check: manual pages'
	@mandoc -T lint -W warning man/*.1
	@echo 'check: boundaries'
	@$(SWIFT_TEST) --filter ArchitectureTests </dev/null
	@echo 'check: release binaries'
	@$(SWIFT_BUILD)
	@scripts/check-release-binaries $(BINARIES)

# The scanner with libFuzzer, compiled by itself: what it finds stands in .build-fuzz, and so does what it has learned.
FUZZ_SECONDS ?= 300
fuzz: swift  ## the scanner against inputs that libFuzzer makes up, for FUZZ_SECONDS
	@scripts/install-packages $(TEST_PACKAGES)
	@mkdir -p .build-fuzz/corpus
	@swiftc -O -g -swift-version 6 -package-name bgsh -parse-as-library -sanitize=fuzzer -use-ld=lld \
	  -I Sources/CProtocol/include -module-name SyntaxFuzzer -o .build-fuzz/fuzz-syntax Sources/BashSyntax/*.swift Fuzz/*.swift
	@find /usr/share/bash-completion /etc/init.d /usr/share/debhelper -type f -size -3k -exec cp -n -t .build-fuzz/corpus {} +
	@.build-fuzz/fuzz-syntax -max_total_time=$(FUZZ_SECONDS) -dict=Fuzz/bash.dict -max_len=4096 -timeout=5 \
	  -print_final_stats=1 -artifact_prefix=.build-fuzz/ .build-fuzz/corpus

# The tests that compare the scanner with bash, with nothing left out: every place of every script of this machine, and
# random programs for SOAK_SECONDS. Optimised, and therefore in a build of its own.
SOAK_SECONDS ?= 300
soak-syntax: swift  ## all that the scanner can be compared with bash about; many minutes
	@scripts/install-packages $(TEST_PACKAGES)
	@swift build --scratch-path .build-soak --build-tests -Xswiftc -O >&2
	@SOAK_SECONDS=$(SOAK_SECONDS) swift test --scratch-path .build-soak --disable-xctest --skip-build -Xswiftc -O \
	  --filter 'BashSyntaxTests|PlacementTests' </dev/null

# Crowds and faults: 10,000 tasks, 5,000 at once, a million on record, killed processes, full disks (as root), and each
# system call of a supervisor that fails.
soak: build  ## how much is lost under faults and crowds; some minutes
	@scripts/install-packages $(SOAK_PACKAGES)
	@python3 -B Soak/run.py --binaries $(BINARIES) $(ARGS)

# What bash loads, with clang's sanitizers and under valgrind, also where there is no disk, no memory and no answer.
sanitize: build  ## the library that bash loads under sanitizers and valgrind; some minutes
	@scripts/install-packages $(SANITIZE_PACKAGES)
	@python3 -B Sanitize/run.py --binaries $(BINARIES) --directory .build-sanitize $(ARGS)

# What bash itself is tested with, from its source package: BASH_TESTS has it, and what the last run has left.
BASH_TESTS := .build-bash-tests
bash-tests: build  ## GNU bash's own tests, run by bash and by bgsh; ten minutes
	@scripts/install-packages $(SOAK_PACKAGES)
	@scripts/fetch-bash-tests $(BASH_TESTS)
	@python3 -B Conformance/run.py --binaries $(BINARIES) --tests $(BASH_TESTS)/tests --work $(BASH_TESTS)/work $(ARGS)

# Looked at before they are committed: they show what the release build shows.
pictures: build  ## the pictures of the README, from real sessions
	@scripts/install-packages tmux
	@scripts/make-pictures $(BINARIES) docs/pictures

host: build  ## an agent with a scripted model drives `bgsh mcp`
	@scripts/install-packages $(BUILD_PACKAGES) git python3-venv
	@scripts/install-python-packages .build/hosts $(HOSTS)
	@python3 -B Conformance/host.py --binaries $(BINARIES) --host .build/hosts/gptme/bin/gptme $(ARGS)

bench: build  ## bgsh and its peers side by side, as ratios
	@scripts/install-packages $(BENCH_PACKAGES)
	@scripts/install-python-packages .build/clients $(SERVERS)
	@python3 -B Benchmarks/run.py --binaries $(BINARIES) $(ARGS)

fmt: swift  ## format the Swift sources in place
	@swift format --in-place --recursive $(SWIFT_CODE)

# Under sudo nothing is built: what root builds in a checkout, its owner can no longer change.
install: $(if $(SUDO_USER),built,build)  ## install below PREFIX (and DESTDIR)
	install -d $(bindir) $(libexecdir) $(man1dir) $(bashdir) $(zshdir) $(fishdir)
	install -m 755 $(BINARIES)/bgsh $(bindir)/
	install -m 755 $(BINARIES)/bgsh-supervisor $(BINARIES)/bgctl $(BINARIES)/bgsh-agents $(BINARIES)/libbgsh-bash.so \
	  $(libexecdir)/
	ln -sf ../../bin/bgsh $(libexecdir)/bash
	install -m 644 man/*.1 $(man1dir)/
	install -m 644 completions/bgsh.bash $(bashdir)/bgsh
	install -m 644 completions/_bgsh $(zshdir)/_bgsh
	install -m 644 completions/bgsh.fish $(fishdir)/bgsh.fish

uninstall:  ## remove what install has installed
	rm -f $(bindir)/bgsh $(libexecdir)/bgsh-supervisor $(libexecdir)/bgctl $(libexecdir)/bgsh-agents \
	  $(libexecdir)/libbgsh-bash.so $(libexecdir)/bash
	rm -f $(addprefix $(man1dir)/,$(notdir $(wildcard man/*.1)))
	rm -f $(bashdir)/bgsh $(zshdir)/_bgsh $(fishdir)/bgsh.fish
	if [[ -d $(libexecdir) ]]; then rmdir --ignore-fail-on-non-empty $(libexecdir); fi

clean:  ## remove what was built
	rm -rf .build .build-dynamic .build-fuzz .build-sanitize .build-soak .build-bash-tests

swift:
	@command -v swift >/dev/null || { \
	  echo 'make: no swift in PATH or /opt/swift/usr/bin: install a Swift toolchain, 6.2 or later' >&2; exit 1; }

built:
	@[[ -x $(BINARIES)/bgsh ]] || { echo "make: nothing is built: run 'make build' first, without sudo" >&2; exit 1; }
