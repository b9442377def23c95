# make help says what there is.

.DEFAULT_GOAL := help
ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
include $(ROOT)/mk/common.mk
MAKEFLAGS += --no-print-directory

# -------------------------------------------------------------------- one step, by STEP and ARCH

verbs := qemu qemu-gdb gdb bochs build

STEP ?= final
ifeq ($(filter $(STEPS),$(STEP)),)
$(error STEP=$(value STEP) is not a step; choose one of: $(STEPS))
endif
step_dir = $(patsubst %/Makefile,%,$(firstword $(wildcard $(if $(filter final,$(STEP)),\
	$(ROOT)/final/Makefile,$(ROOT)/step$(STEP)-*/Makefile))))

ifneq ($(filter $(verbs),$(MAKECMDGOALS)),)
ifeq ($(step_dir),)
$(error STEP=$(STEP) is not in this tree yet)
endif
endif

# Verbatim to the runner: under another name in the environment, and not as make variables, which
# a sub-make would expand.
$(foreach v,$(verbatim),$(if $(filter undefined,$(origin $(v))),,\
	$(eval export LADDER_$(v) := $$(value $(v)))))
$(foreach v,$(verbatim),$(eval unexport $(v)))
MAKEOVERRIDES :=

tree = $(realpath $(or $(value TREE),$(step_dir)))
step_make = $(MAKE) -C '$(tree)' -I '$(ROOT)/mk' ARCH=$(ARCH) \
	$(if $(value TOOLPREFIX),TOOLPREFIX='$(value TOOLPREFIX)') \
	$(if $(value EXTRA_CFLAGS),EXTRA_CFLAGS='$(value EXTRA_CFLAGS)')
ifneq ($(value TREE),)
ifeq ($(tree),)
$(error TREE=$(value TREE) does not exist)
endif
endif

.PHONY: $(verbs) help clean
build:
	@+$(step_make) all
# The run is this make's own child, so that make reports its status and not a sub-make's.
qemu qemu-gdb gdb bochs: build
	@$(PYTHON) $(ROOT)/tools/run.py '$(call build_dir,$(tree))' $@

help:
	@echo "make STEP=n ARCH=a qemu"

clean:
	rm -rf $(ROOT)/build
