# What the top Makefile and mk/step.mk share.

ifeq ($(filter 4.% 5.% 6.%,$(MAKE_VERSION)),)
$(error GNU make 4.0 or newer is needed and this is $(MAKE_VERSION) (on macOS: brew install make, \
then type gmake))
endif

ARCHES := riscv64 aarch64 x86_64
STEPS  := 1 2 3 4 5 6 final

ARCH ?= riscv64
# make grade takes a list.
ifneq ($(if $(filter grade,$(MAKECMDGOALS)),1 1,$(words $(filter $(ARCHES),$(value ARCH))) $(words \
	$(value ARCH))),1 1)
$(error ARCH=$(value ARCH) is not known; choose one of: $(ARCHES))
endif

ifneq ($(and $(filter bochs bochs-debug,$(MAKECMDGOALS)),$(filter-out x86_64,$(ARCH))),)
$(error Bochs runs ARCH=x86_64 only, and this is ARCH=$(ARCH))
endif

# Debian's own python3 first: another on PATH (pyenv, conda) starts slower and lacks pytest.
ifneq ($(filter default undefined,$(origin PYTHON)),)
PYTHON := $(firstword $(wildcard /usr/bin/python3) $(shell command -v python3))
ifeq ($(PYTHON),)
PYTHON = $(error Python 3.9 or newer is missing: install the package python3)
endif
endif

# As many jobs as there are processors; -j on the command line wins.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)
endif

# Variables that a run takes as they are typed; see mk/step.mk.
verbatim := GUEST IMAGE BASE ENTRY RUN MEM SMP APPEND TRACE TIMEOUT LOG ICOUNT CPU MACHINE \
	QEMU BOCHS ACCEL PASS GDBFLAGS FILTER V

comma := ,

# Where a step's folder is built: below build/ at the same path; one outside gets its own name.
build_dir = $(ROOT)/build/$(if $(filter $(ROOT)/%,$(1)),$(patsubst $(ROOT)/%,%,$(1)),trees/$(subst \
	/,_,$(patsubst /%,%,$(1))))/$(ARCH)
