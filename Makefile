# The verbs. The build itself is meson's; see tools/build for the builds that live side by side.
#   make                      build (BUILD=release|debug|asan|clang|tsan|fuzz, TARGET=one ninja target)
#   make demo [ARGS=--once]   install what is missing, build, run the whole platform
#   make test                 everything a change must pass
#   make bench [ARGS=...]     figures of this machine beside Postfix and Exim; ARGS: cases and options of tools/bench
#   make deb                  Debian packages into build/deb
#   make deb-test             installs, upgrades and purges them in a Debian of their own (needs root)
#   make lint [ARGS=...] | fuzz | install | clean
BUILD ?= release
TARGET ?=
ARGS ?=
SECONDS_EACH ?= 60
DESTDIR ?=

.PHONY: build demo test lint fuzz bench install clean deps deb deb-test

build:
	@tools/build $(BUILD) $(TARGET)

deps:
	@tools/deps build

demo: deps
	@tools/build release
	@exec build/release/facteur demo $(ARGS)

test:
	@tools/deps test
	@tools/test

lint:
	@tools/deps test
	@tools/lint $(ARGS)

fuzz:
	@tools/deps test
	@tools/fuzz $(SECONDS_EACH)

bench:
	@tools/deps bench
	@tools/build release
	@tools/bench $(ARGS)

deb:
	@tools/deps deb
	@packaging/build

deb-test: deb
	@packaging/test
	@packaging/test-systemd || [ $$? = 77 ]

install: deps
	@tools/build release
	@DESTDIR=$(DESTDIR) meson install -C build/release --no-rebuild

clean:
	@find build -mindepth 1 -maxdepth 1 ! -name peers -exec rm -rf {} +
