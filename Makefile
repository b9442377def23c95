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

tree := $(if $(value TREE),$(abspath $(value TREE)))
step_make = $(MAKE) -C '$(or $(tree),$(step_dir))' -I '$(ROOT)/mk' ARCH=$(ARCH) \
	$(if $(tree),TREE='$(tree)') $(if $(value TOOLPREFIX),TOOLPREFIX='$(TOOLPREFIX)')

.PHONY: $(verbs) help clean
qemu qemu-gdb gdb bochs:
	@+$(step_make) $@
build:
	@+$(step_make) all

help:
	@echo "make STEP=n ARCH=a qemu"

clean:
	rm -rf $(ROOT)/build
