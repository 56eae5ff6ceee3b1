# SPDX-License-Identifier: GPL-2.0
#
# Front end for users: make help. Kbuild reads the file Kbuild instead.

# Headers to build for: the running kernel's, else the newest installed ones
KVER ?= $(shell uname -r)
KDIR ?= $(firstword $(wildcard /lib/modules/$(KVER)/build) \
	$(shell ls -d /lib/modules/*/build /usr/src/linux-headers-*-amd64 \
		2>/dev/null | sort -V | tail -n 1))

# Passed on to kbuild: more warnings, sparse, verbose, clang
KBUILD_ARGS := $(foreach v,W C V LLVM,$(if $($(v)),$(v)=$($(v)))) \
	$(if $(C),CF=-D__CHECK_ENDIAN__)

all: modules

modules: have-headers
	$(MAKE) -C $(KDIR) M=$(CURDIR) $(KBUILD_ARGS) modules

modules_install: modules
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(DESTDIR) modules_install

have-headers:
	@test -e "$(KDIR)/Makefile" || { \
	echo "No kernel headers for $(KVER): install linux-headers-$(KVER)," \
	     "or say make KDIR=/path/to/headers" >&2; exit 1; }

# Without DKMS: the module for this kernel, and what moves NICs to it
install: modules_install install-files
	depmod -b $(DESTDIR)/ -a $(KVER)
	[ -n "$(DESTDIR)" ] || [ ! -d /run/systemd/system ] || systemctl daemon-reload
	@echo "vionic-bind persist DEV, systemctl enable vionic: see docs/install.md"

# The configuration stays, as it does with packages
uninstall:
	-[ -n "$(DESTDIR)" ] || [ ! -e /sys/bus/pci/drivers/vionic ] || \
		{ $(PREFIX)/sbin/vionic-bind --force unbind all && modprobe -r vionic; }
	-[ -n "$(DESTDIR)" ] || [ ! -d /run/systemd/system ] || \
		systemctl disable vionic.service
	$(RM) $(foreach f,$(INSTALL_FILES),$(DESTDIR)$(word 3,$(subst :, ,$(f))))
	find $(DESTDIR)/lib/modules/$(KVER) -name 'vionic.ko*' ! -path '*/dkms/*' -delete
	depmod -b $(DESTDIR)/ -a $(KVER)

# MODE:FILE:WHERE, but for the configuration
INSTALL_FILES = 755:scripts/vionic-bind:$(PREFIX)/sbin/vionic-bind \
	755:scripts/ringtune:$(PREFIX)/sbin/ringtune \
	755:scripts/rxpath:$(PREFIX)/sbin/rxpath \
	644:man/vionic.4:$(PREFIX)/share/man/man4/vionic.4 \
	644:man/vionic-bind.8:$(PREFIX)/share/man/man8/vionic-bind.8 \
	644:man/ringtune.8:$(PREFIX)/share/man/man8/ringtune.8 \
	644:man/rxpath.8:$(PREFIX)/share/man/man8/rxpath.8 \
	644:packaging/vionic-bind.bash:$(PREFIX)/share/bash-completion/completions/vionic-bind \
	644:packaging/vionic.service:$(UNITDIR)/vionic.service \
	644:packaging/vionic@.service:$(UNITDIR)/vionic@.service \
	644:packaging/60-vionic.rules:$(RULESDIR)/60-vionic.rules

PREFIX ?= /usr
UNITDIR ?= /usr/lib/systemd/system
RULESDIR ?= /usr/lib/udev/rules.d

install-files:
	IFS=:; for f in $(INSTALL_FILES); do \
		set -- $$f; install -D -m $$1 $$2 $(DESTDIR)$$3 || exit; done
	[ -e $(DESTDIR)/etc/vionic.conf ] || \
		install -D -m 644 packaging/vionic.conf $(DESTDIR)/etc/vionic.conf

# For DKMS
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
SOURCE = $(DESTDIR)$(PREFIX)/src/vionic-$(VERSION)

install-source:
	install -d $(SOURCE)
	cp -r Kbuild driver include $(SOURCE)
	find $(SOURCE) ! -name Kbuild ! -name '*.[ch]' ! -type d -delete

# What git has, and nothing else
dist:
	@mkdir -p build/dist
	git archive --prefix=vionic-$(VERSION)/ HEAD | xz -9 > build/dist/vionic-$(VERSION).tar.xz
	@echo build/dist/vionic-$(VERSION).tar.xz

deb:
	@scripts/build-deb

check-packages:
	@scripts/check-packages $(KERNELS)

clean:
	$(if $(KDIR),-$(MAKE) -C $(KDIR) M=$(CURDIR) clean)
	-$(MAKE) -C selftests/unit clean
	$(RM) -r build

# everything that the scripts have made outside of this directory, too
distclean: clean
	scripts/setup --remove

demo:
	@scripts/demo

shell:
	@scripts/vm --shell

# Runs of the test plan, scripts/plan.toml. SLICE=ci is what CI runs
CHECK = scripts/check $(if $(JOBS),--jobs $(JOBS))

check:
	@$(CHECK) $(if $(SLICE),--$(SLICE))

check-quick check-all check-debug:
	@$(CHECK) --$(@:check-%=%)

# NIC configurations on all kernels and QEMUs
check-matrix:
	@$(CHECK) --matrix $(NICS)

# on other architectures, all in emulation
check-arm64 check-s390x:
	@$(CHECK) $(@:check-%=%)

# What a change needs: FILES="driver/rx.c", or REV=HEAD~3 for the changes since then
check-for:
	@$(CHECK) $(if $(FILES),--for $(FILES),--diff $(or $(REV),HEAD))

# Linux's own tests of drivers, against vionic and in-tree: PROGRAMS="ping.py hw/tso.py"
check-upstream:
	@scripts/check-upstream $(PROGRAMS)

# everything at any time, for so many minutes, watched like that, too
MINUTES ?= 20
soak:
	@scripts/vm --kernel $(or $(KERNEL),7.2-debug) --mem 3G --machine q35 --root-port \
		--queues 2 --nic rss=on,hash=on --clock host \
		--timeout $$((60 * $(MINUTES) + 900)) --run \
		"export MINUTES=$(MINUTES) SEED=$(SEED); /vionic/scripts/guest/run-tests 90"

# everything at once, with delays between steps that must not be interrupted
stress:
	@scripts/vm --kernel $(or $(KERNEL),7.2) --debug --mem 3G --queues 2 \
		--nic rss=on,hash=on --clock host \
		--timeout $$((60 * $(MINUTES) + 900)) --run \
		"export MINUTES=$(MINUTES) SEED=$(SEED); /vionic/scripts/guest/run-tests 91"

# against the in-tree driver, by instructions
bench:
	@scripts/bench/run $(if $(ROUNDS),--rounds $(ROUNDS)) \
		$(if $(JOBS),--jobs $(JOBS)) $(KERNELS)

bench-quick:
	@scripts/bench/run --quick

unit:
	@scripts/unit

# One fault at a time in a copy of the driver: does the test named for it fail?
# LEVEL=unit or guest, FILES="driver/caps.c", REV=HEAD~3 or NAMES="caps.c:mtu-min"
check-mutants:
	@scripts/mutants $(if $(LEVEL),--level $(LEVEL)) $(if $(REV),--diff $(REV)) \
		$(NAMES) $(if $(FILES),--for $(FILES))

# protocols between driver and device, in all their states
models:
	@selftests/models/check

lint:
	@scripts/lint

# For each supported kernel, with its own tools, into build/<kernel>/
build-all:
	scripts/build 6.1 6.12 7.2

vm-test:
	scripts/vm --kernel $(or $(KERNEL),6.1) --test "$(or $(T),all)"

selftests run_tests:
	$(MAKE) -C selftests $(if $(filter run_tests,$@),run_tests,all)

help:
	@echo 'make              build ./vionic.ko; KDIR= W= C= V= LLVM= as in kbuild'
	@echo 'make install      install it for the running kernel, without DKMS; uninstall'
	@echo 'make deb          a package for Debian, by DKMS; dist: a tarball'
	@echo 'make demo         watch a guest carry traffic through the module'
	@echo 'make shell        a guest to try things in'
	@echo 'make check-quick  one minute of tests'
	@echo 'make check        five minutes of tests; JOBS=4 guests at a time'
	@echo 'make check-for    what a change needs: FILES="driver/rx.c" or REV=HEAD~3'
	@echo 'make check-all    all tests: an hour and a half on two CPUs'
	@echo 'make check-matrix all NIC configurations, or NICS="packed legacy", on'
	@echo '                  all kernels and QEMUs, with a table'
	@echo 'make check-arm64  the selftests on arm64; check-s390x: some on s390x'
	@echo 'make check-debug  on kernels with KASAN, lockdep, KCSAN: hours'
	@echo 'make check-upstream  Linux 7.2'\''s own tests of NIC drivers, against vionic'
	@echo '                  and in-tree, side by side; PROGRAMS="ping.py hw/tso.py"'
	@echo 'make soak         all at once, MINUTES=20; KERNEL=7.2 for a quick one'
	@echo 'make stress       races, found by delays in the driver: MINUTES=20 SEED=7'
	@echo '                  KERNEL=7.2-debug for one that watches memory and locks'
	@echo 'make check-packages  systems that install the package, boot with it and'
	@echo '                  remove it; KERNELS="7.2"'
	@echo 'make unit models lint  those that need no guest'
	@echo 'make check-mutants  faults in a copy of the driver, which tests must see:'
	@echo '                  LEVEL=unit, FILES="driver/caps.c", REV=HEAD~3'
	@echo 'make build-all    build for all supported kernels'
	@echo 'make vm-test      KERNEL=6.12 T="05 13": some selftests in a guest'
	@echo 'make bench        what packets cost, against the in-tree driver, with'
	@echo '                  plots; KERNELS="7.2"; bench-quick: three minutes'
	@echo 'make run_tests    selftests on this machine: see selftests/README.rst'
	@echo 'make clean        remove what was built; distclean: the cache, too'

.PHONY: all modules modules_install have-headers install uninstall install-files \
	install-source dist deb check-packages clean distclean demo \
	shell check check-quick check-all check-matrix check-for check-arm64 check-s390x \
	check-debug check-mutants check-upstream soak stress bench bench-quick unit models lint build-all vm-test selftests run_tests help
