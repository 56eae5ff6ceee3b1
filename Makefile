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
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install

have-headers:
	@test -e "$(KDIR)/Makefile" || { \
	echo "No kernel headers for $(KVER): install linux-headers-$(KVER)," \
	     "or say make KDIR=/path/to/headers" >&2; exit 1; }

install: modules_install
	depmod -a $(KVER)

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

# A slice of everything, SLICE=ci for a larger one; all of it; the set-ups of the
# NIC alone; what is quick enough before each commit
check check-all:
	@scripts/check $(if $(JOBS),--jobs $(JOBS)) \
		$(if $(filter check-all,$@),--all,$(if $(SLICE),--$(SLICE)))

check-matrix:
	@scripts/check-matrix $(if $(JOBS),--jobs $(JOBS)) $(NICS)

# on other architectures, all in emulation
check-arm64 check-s390x:
	@scripts/check $(@:check-%=%)

# all tests, the hostile ones included, watched by KASAN, lockdep, KCSAN and others
check-debug:
	@scripts/check --debug

# everything at any time, for so many minutes, watched like that, too
MINUTES ?= 20
soak:
	@scripts/vm --kernel $(or $(KERNEL),7.2-debug) --mem 3G --machine q35 --root-port \
		--queues 2 --timeout $$((60 * $(MINUTES) + 900)) --run \
		"export MINUTES=$(MINUTES) SEED=$(SEED); /vionic/scripts/guest/run-tests 90"

check-quick:
	@scripts/check --quick

# against the in-tree driver, by instructions
bench:
	@scripts/bench/run $(KERNELS)

bench-quick:
	@scripts/bench/run --quick

unit:
	@$(MAKE) --no-print-directory -C selftests/unit check

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
	@echo 'make install      install it for the running kernel'
	@echo 'make demo         watch a guest carry traffic through the module'
	@echo 'make shell        a guest to try things in'
	@echo 'make check        ten minutes of tests; JOBS=4 guests at a time'
	@echo 'make check-all    all tests: an hour and a half on two CPUs'
	@echo 'make check-matrix all set-ups of the NIC, or NICS="packed legacy", on'
	@echo '                  all kernels and QEMUs, with a table'
	@echo 'make check-arm64  the selftests on arm64; check-s390x: some on s390x'
	@echo 'make check-debug  all of them on kernels that watch the module: hours'
	@echo 'make soak         all at once, MINUTES=20; KERNEL=7.2 for a quick one'
	@echo 'make check-quick  the quickest of them'
	@echo 'make unit models lint  those that need no guest'
	@echo 'make build-all    build for all supported kernels'
	@echo 'make vm-test      KERNEL=6.12 T="05 13": some selftests in a guest'
	@echo 'make bench        what packets cost, against the in-tree driver, with'
	@echo '                  plots; KERNELS="7.2"; bench-quick: three minutes'
	@echo 'make run_tests    selftests on this machine: see selftests/README.rst'
	@echo 'make clean        remove what was built; distclean: the cache, too'

.PHONY: all modules modules_install have-headers install clean distclean demo \
	shell check check-all check-matrix check-arm64 check-s390x \
	check-debug soak check-quick bench bench-quick unit models lint build-all vm-test selftests run_tests help
