# make help says what there is. A step's own rules are in mk/step.mk.

.DEFAULT_GOAL := help
ifneq ($(words $(CURDIR)),1)
$(error make can't work in a folder with a space in its path: $(CURDIR))
endif
ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
include $(ROOT)/mk/common.mk
MAKEFLAGS += --no-print-directory

# -------------------------------------------------------------------- one step, by STEP and ARCH

step_verbs := build qemu qemu-gdb gdb bochs bochs-debug

STEP ?= final
ifneq ($(words $(filter $(STEPS),$(value STEP))) $(words $(value STEP)),1 1)
$(error STEP=$(value STEP) is not a step; choose one of: $(STEPS))
endif
folder_of = $(patsubst %/Makefile,%,$(firstword $(wildcard $(if $(filter final,$(1)),\
	$(ROOT)/final/Makefile,$(ROOT)/step$(1)-*/Makefile))))

# Verbatim to the runner: under another name in the environment, and not as make variables, which
# a sub-make would expand.
$(foreach v,$(verbatim),$(if $(filter undefined,$(origin $(v))),,\
	$(eval export LADDER_$(v) := $$(value $(v)))))
$(foreach v,$(verbatim),$(eval unexport $(v)))
MAKEOVERRIDES :=
unexport TREE # a relative one means another folder there

tree := $(realpath $(if $(value TREE),$(value TREE),$(call folder_of,$(STEP))))
step_make = $(MAKE) -C '$(tree)' -I '$(ROOT)/mk' ARCH=$(ARCH) $(tools_given)
# Flags and tools that were given go on to the sub-makes.
tools_given := $(foreach v,TOOLPREFIX CC EXTRA_CFLAGS GUEST_CFLAGS,$(if $(filter command,\
	$(firstword $(origin $(v)))),$(v)='$(value $(v))')) $(if $(value V),V=1)

ifneq ($(filter $(step_verbs),$(MAKECMDGOALS)),)
ifneq ($(value TREE),)
ifeq ($(tree),)
$(error TREE=$(value TREE) does not exist)
else ifeq ($(wildcard $(tree)/Makefile),)
$(error TREE=$(value TREE) is not a step's folder: it has no Makefile)
endif
else ifeq ($(tree),)
$(error STEP=$(STEP) is not in this tree yet)
endif
ifeq ($(wildcard $(tree)/arch/$(ARCH)),)
$(error $(notdir $(tree)) has no arch/$(ARCH) yet; it has: \
$(notdir $(patsubst %/,%,$(wildcard $(tree)/arch/*/))))
endif
endif

.PHONY: help doctor demo test all diff bench exercise grade mutants clean compile_commands $(step_verbs)

# Two makes may want the same step at once (the tests do): one builds, the other waits.
locked = $(if $(flock),mkdir -p "$(1)" && $(flock) -o "$(1)/.lock")
flock := $(shell command -v flock)

build:
	@+$(call locked,$(call build_dir,$(tree))) $(step_make) all
# The run is this make's own child, so that make reports its status and not a sub-make's.
qemu qemu-gdb gdb bochs bochs-debug: build
	@$(PYTHON) $(ROOT)/tools/run.py '$(call build_dir,$(tree))' $@

compile_commands:
	@+$(step_make) compile_commands

# -------------------------------------------------------------------- the whole course

trees := $(foreach s,$(STEPS),$(call folder_of,$(s)))
pairs := $(foreach t,$(trees),$(foreach a,$(ARCHES),$(if $(wildcard $(t)/arch/$(a)),$(t)@$(a))))
arches_here := $(foreach a,$(ARCHES),$(if $(filter %@$(a),$(pairs)),$(a)))

# A child that runs make itself must not look for this one's job server.
alone := env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL

doctor:
	@$(PYTHON) $(ROOT)/tools/doctor.py $(ARCH)

demo:
	@$(PYTHON) $(ROOT)/tools/doctor.py --install --demo riscv64
	@+LADDER_GUEST=linux $(MAKE) -C '$(ROOT)' STEP=final ARCH=riscv64 qemu

test:
	@for a in $(arches_here); do $(PYTHON) $(ROOT)/tools/doctor.py --install $$a || exit; done
	@cd '$(ROOT)' && python=$$($(PYTHON) tools/doctor.py --python) && \
	workers= && { ! $$python -c 'import xdist' 2>/dev/null || workers='-n 2'; } && \
	$(alone) PYTHON="$$python" "$$python" -m pytest tests $$workers \
		$${LADDER_FILTER:+-k "$$LADDER_FILTER"} </dev/null

# Every step on every ISA that the tree has and that there is a compiler for.
all: $(addprefix all/,$(subst $(ROOT)/,,$(pairs)))
	@$(foreach a,$(filter-out $(arches_here),$(ARCHES)),\
		echo "  skipped: $(a), no step has arch/$(a) yet";)
	@$(foreach a,$(arches_here),$(foreach t,$(trees),$(if $(filter $(t)@$(a),$(pairs)),,\
		echo "  skipped: $(notdir $(t)) on $(a), it has no arch/$(a) yet";)))

all_one = $(subst @, ,$*)
all/%:
	@set -- $(all_one); \
	prefix=$$($(MAKE) -s --no-print-directory -C $(ROOT)/$$1 ARCH=$$2 cc 2>/dev/null); \
	if ! command -v "$$prefix" >/dev/null 2>&1; then \
		echo "  skipped: $$1 on $$2, its compiler is missing (make doctor ARCH=$$2)"; \
		[ "$$CI" != true ]; exit; \
	fi; \
	if grep -q '^LIBFDT' $(ROOT)/$$1/Makefile && \
			! $(PYTHON) $(ROOT)/tools/images.py libfdt $$2 >/dev/null; then \
		echo "  skipped: $$1 on $$2, libfdt is not to be had"; \
		[ "$$CI" != true ]; exit; \
	fi; \
	if ls $(ROOT)/$$1/arch/$$2/*.asl >/dev/null 2>&1 && ! command -v iasl >/dev/null; then \
		echo "  skipped: $$1 on $$2, iasl is missing (make doctor ARCH=$$2)"; \
		[ "$$CI" != true ]; exit; \
	fi; \
	$(call locked,$(ROOT)/build/$$1/$$2) \
	$(MAKE) -C $(ROOT)/$$1 ARCH=$$2 QUIET=1 $(tools_given) all && \
	printf '  built    %-14s %-8s %5d KiB\n' $$1 $$2 \
		$$(($$(wc -c <$(ROOT)/build/$$1/$$2/hv.elf) / 1024))

diff:
	@$(PYTHON) $(ROOT)/tools/diff.py $(STEP) $(if $(filter command environment,$(firstword \
		$(origin ARCH))),$(ARCH))

bench:
	@$(PYTHON) $(ROOT)/tools/doctor.py --install $(ARCH)
	@$(PYTHON) $(ROOT)/tools/bench.py $(ARCH)

exercise:
	@$(PYTHON) $(ROOT)/tools/exercise.py $(STEP)

# ARCH may be a list here, or all.
grade:
	@$(alone) JSON='$(JSON)' JUNIT='$(JUNIT)' $(PYTHON) $(ROOT)/tools/grade.py $(STEP) \
		'$(ARCH)' $(if $(value TREE),'$(value TREE)')

mutants:
	@$(alone) $(PYTHON) $(ROOT)/tools/mutants.py "$$LADDER_FILTER"

clean:
	rm -rf $(ROOT)/build

# -------------------------------------------------------------------- help

row = @printf '  %-40s %s\n' '$(1)' '$(2)'
has = $(wildcard $(ROOT)/$(1))

help:
	@echo 'Ladder: a hypervisor in six steps, on three architectures'
	@echo
	$(call row,make demo,Debian Linux under the hypervisor$(comma) to a shell (Ctrl-A X leaves))
	$(call row,make test [FILTER=words],every test$(comma) or those whose name matches)
	$(call row,make doctor [ARCH=a],which tools are missing and what installs them)
	@echo
	$(call row,make STEP=n [ARCH=a] qemu,build step n and run it)
	$(call row,make STEP=n [ARCH=a] qemu-gdb,the same$(comma) stopped at the first instruction)
	$(call row,make STEP=n [ARCH=a] gdb,GDB for it$(comma) in a second terminal)
	$(call row,make STEP=n ARCH=x86_64 bochs,run it under Bochs: VMX$(comma) where QEMU has SVM)
	$(call row,make STEP=n ARCH=x86_64 bochs-debug,the same with the debugger that is in Bochs)
	$(call row,make STEP=n [ARCH=a] build,only build it (below build/))
	$(if $(call has,tools/diff.py),$(call row,make diff STEP=n [ARCH=a],$(strip \
	what step n adds to the step before)))
	@echo
	$(if $(call has,tools/exercise.py),$(call row,make exercise STEP=n,$(strip \
	a copy of step n with its exercises cut out: work/stepn-...)))
	$(if $(call has,tools/grade.py),$(call row,make grade STEP=n ARCH=a,$(strip \
	its points$(comma) of work/stepn-... or TREE=; ARCH=all$(comma) JSON=file$(comma) JUNIT=file)))
	$(if $(call has,tools/mutants.py),$(call row,make mutants [FILTER=words],$(strip \
	the wrong solutions$(comma) each of which must fail)))
	@echo
	$(call row,make all,build every step on every ISA that is here)
	$(if $(call has,tools/bench.py),$(call row,make bench [ARCH=a],$(strip \
	what an exit costs; Linux as a guest beside Linux natively)))
	$(call row,make clean,remove what was built)
	@echo
	@echo 'Steps (n):'
	@$(foreach t,$(trees),printf '  %-6s %s\n' \
		$(patsubst step%,%,$(firstword $(subst -, ,$(notdir $(t))))) \
		'$(notdir $(t)): $(notdir $(patsubst %/,%,$(wildcard $(t)/arch/*/)))';)
	@echo
	@echo 'Variables:'
	$(call row,GUEST=name,an in-tree guest$(comma) or with STEP=final: linux$(comma) nimbos)
	$(call row,RUN='"'commands'"',with GUEST=linux: run this shell command and power off)
	$(call row,IMAGE=file [BASE=address],with STEP=final: a flat guest image of yours)
	$(call row,ENTRY=real,such an image on x86_64 is entered from real mode)
	$(call row,MEM=256M  SMP=1,final'"'"'s guest: memory$(comma) 64M to 2G; CPUs$(comma) 1 to 4)
	$(call row,APPEND='"'words'"',more words for the guest'"'"'s kernel command line)
	$(call row,TRACE=1,from step 4: one line an exit)
	$(call row,TREE=path,the step from a copy of its folder)
	$(call row,TIMEOUT=seconds  LOG=file  V=1,a limit$(comma) where the log goes$(comma) more to see)
	$(call row,MACHINE=words  CPU=words,other values for the emulator'"'"'s -M and -cpu)
	$(call row,ACCEL=kvm,x86_64 under QEMU natively$(comma) where KVM nests (not tested yet))
	$(call row,QEMU=program  BOCHS=program,other emulators than the ones found)
	$(call row,TOOLPREFIX=prefix-,another compiler)

.DEFAULT:
	@echo "make: there is no verb '$@'; make help says what there is" >&2; exit 2
