# How a step is built and run. A step's own Makefile only names its sources and includes this.
#
# Out comes, under build/<step>/<arch>/: hv.elf, hv.dis (disassembly), hv.sym (sorted symbols),
# on aarch64 hv.bin (hv.elf made flat), on x86_64 hv32.elf and bochs.rom, obj/, gen/ (generated
# sources) and guest/NAME.{elf,bin,dis,sym}; a run adds hv.log.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += -rR --no-print-directory

ifneq ($(words $(CURDIR)),1)
$(error make can't work in a folder with a space in its path: $(CURDIR))
endif
ROOT := $(patsubst %/mk/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
include $(ROOT)/mk/common.mk

# TREE=path: the same step from another tree, such as a student's copy.
SRC := $(realpath $(or $(value TREE),.))
ifeq ($(SRC),)
$(error TREE=$(value TREE) does not exist)
endif
BUILD ?= $(call build_dir,$(SRC))

ifeq ($(wildcard $(SRC)/arch/$(ARCH)),)
$(error $(notdir $(SRC)) has no arch/$(ARCH) yet; it has: \
$(notdir $(patsubst %/,%,$(wildcard $(SRC)/arch/*/))))
endif

include $(ROOT)/mk/toolchain.mk
ifeq ($(filter cc clean,$(MAKECMDGOALS))$(shell command -v $(CC)),)
$(error $(CC) is missing$(if $(filter command environment,$(firstword $(origin TOOLPREFIX))), \
(TOOLPREFIX=$(TOOLPREFIX) was given),: \
$(shell $(PYTHON) $(ROOT)/tools/doctor.py --command $(ARCH))))
endif

Q := $(if $(V),,@)
shown = $(patsubst $(ROOT)/%,%,$(patsubst $(SRC)/%,%,$(patsubst $(BUILD)/%,%,$(1))))
say = $(if $(V)$(QUIET),,@printf '  %-3s %s\n' '$(1)' '$(call shown,$(2))')

# ------------------------------------------------------------------------------ the hypervisor

arch_dir := arch/$(ARCH)
ARCH_FILES += $(ARCH_FILES.$(ARCH))
CORE += $(CORE.$(ARCH))
DEV += $(DEV.$(ARCH))

sources := $(addprefix core/,$(CORE)) $(addprefix lib/,$(LIB)) $(addprefix dev/,$(DEV)) \
	$(addprefix $(arch_dir)/,$(ARCH_FILES))
objects := $(patsubst %,$(BUILD)/obj/%.o,$(sources))

offsets := $(if $(wildcard $(SRC)/$(arch_dir)/asm-offsets.c),$(BUILD)/gen/asm-offsets.h)

ifdef LIBFDT
fdt_dir := $(shell $(PYTHON) $(ROOT)/tools/images.py libfdt $(ARCH))
ifeq ($(fdt_dir),)
$(error $(notdir $(SRC)) needs libfdt (why it could not be had stands above))
endif
fdt_lib  = $(fdt_dir)/libfdt.a
endif

CPPFLAGS.hv := -I$(SRC)/include -I$(SRC)/$(arch_dir)/include -I$(BUILD)/gen -I$(SRC)/$(arch_dir) \
	$(if $(fdt_dir),-I$(SRC)/lib/fdt -isystem $(fdt_dir))
# A path in __FILE__ starts at the step's folder, wherever the tree lies.
prefix_map := -fmacro-prefix-map=$(SRC)/= -fmacro-prefix-map=$(BUILD)/=

CFLAGS.hv  = $(CFLAGS.common) $(ARCHFLAGS.$(ARCH)) $(prefix_map) $(CPPFLAGS.hv) $(CFLAGS.step) \
	$(EXTRA_CFLAGS)
ASFLAGS.hv = $(ASFLAGS.common) $(ARCHFLAGS.$(ARCH)) $(prefix_map) $(CPPFLAGS.hv) \
	-D__ASSEMBLER__ $(EXTRA_CFLAGS)

# ------------------------------------------------------------------------------ the guests

# A guest's sources lie in guest/NAME and guest/NAME/$(ARCH); one without any for $(ARCH) is left
# out. guest/NAME/NOLIB says that it wants nothing from guest/lib.
sources_in = $(patsubst $(SRC)/%,%,$(sort $(wildcard $(1)/*.c $(1)/*.S)))
guest_own  = $(call sources_in,$(SRC)/guest/$(1)) $(call sources_in,$(SRC)/guest/$(1)/$(ARCH))
guest_lib := $(call sources_in,$(SRC)/guest/lib) $(call sources_in,$(SRC)/guest/lib/$(ARCH))
guest_src  = $(call guest_own,$(1)) $(if $(wildcard $(SRC)/guest/$(1)/NOLIB),,$(guest_lib))
guest_obj  = $(patsubst %,$(BUILD)/obj/%.o,$(call guest_src,$(1)))

# A guest that has a folder for some ISA needs one for this ISA.
guest_has  = $(if $(wildcard $(SRC)/guest/$(1)/$(ARCH)/.),y,$(if $(wildcard \
	$(foreach a,$(ARCHES),$(SRC)/guest/$(1)/$(a)/.)),,$(call sources_in,$(SRC)/guest/$(1))))
guests    := $(foreach g,$(GUESTS),$(if $(strip $(call guest_has,$(g))),$(g)))
guest_base = $(or $(GUEST_BASE.$(ARCH).$(1)),$(GUEST_BASE.$(ARCH)))

GUEST_BASE.riscv64 ?= 0x90000000
GUEST_BASE.aarch64 ?= 0x50000000
GUEST_BASE.x86_64  ?= 0x10000000

# A guest may bring a linker script of its own.
guest_ld    = $(or $(wildcard $(SRC)/guest/$(1)/$(ARCH)/guest.ld),$(SRC)/guest/lib/$(ARCH)/guest.ld)
guest_elfs := $(patsubst %,$(BUILD)/guest/%.elf,$(guests))
guest_bins := $(guest_elfs:.elf=.bin)
all_objects := $(objects) $(sort $(foreach g,$(guests),$(call guest_obj,$(g))))

CFLAGS.guest = $(CFLAGS.common) $(ARCHFLAGS.$(ARCH)) $(prefix_map) -I$(SRC)/guest/lib \
	-I$(SRC)/guest/lib/$(ARCH) -I$(dir $<) $(EXTRA_CFLAGS) $(GUEST_CFLAGS)
ASFLAGS.guest = $(ASFLAGS.common) $(ARCHFLAGS.$(ARCH)) $(prefix_map) -I$(SRC)/guest/lib \
	-I$(SRC)/guest/lib/$(ARCH) -I$(dir $<) -D__ASSEMBLER__ $(EXTRA_CFLAGS) $(GUEST_CFLAGS)

ifneq ($(guests),)
objects += $(BUILD)/obj/gen/guests.S.o
all_objects += $(BUILD)/obj/gen/guests.S.o
endif

# ------------------------------------------------------------------------------ rules

.PHONY: all guests qemu qemu-gdb gdb bochs bochs-debug clean cc compile_commands FORCE
# What the emulators start where that is not hv.elf itself. QEMU treats as a Linux Image, and so
# gives a device tree to, nothing but a flat file on aarch64; its multiboot loader wants a 32-bit
# ELF file, whatever is in it. Bochs has no loader: bochs.rom is its firmware, which is one.
started.aarch64 := $(BUILD)/hv.bin
started.x86_64  := $(BUILD)/hv32.elf $(BUILD)/bochs.rom
all: $(BUILD)/hv.elf $(started.$(ARCH)) $(BUILD)/hv.dis $(BUILD)/hv.sym $(BUILD)/hv.run \
	$(foreach e,elf dis sym,$(guest_elfs:.elf=.$(e)))
guests: $(guest_bins)

# Everything is rebuilt when a tool, a flag or a list of sources changed; nothing when not.
flags_now = $(CC) $(CFLAGS.hv) $(GUEST_CFLAGS) $(LDFLAGS.$(ARCH)) $(objects) \
	$(guests) $(GUEST_DEFAULT)
stamp := $(BUILD)/gen/flags
$(stamp): FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(flags_now)' | cmp -s - $@ || printf '%s\n' '$(flags_now)' >$@
FORCE:

# Sub-folders are made with each object: a mkdir costs less than order-only rules to read.
$(BUILD)/obj/guest/%.c.o: $(SRC)/guest/%.c $(stamp)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS.guest) -MMD -MP -c -o $@ $<

$(BUILD)/obj/guest/%.S.o: $(SRC)/guest/%.S $(stamp)
	@mkdir -p $(@D)
	$(call say,AS,$<)
	$(Q)$(CC) $(ASFLAGS.guest) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.c.o: $(SRC)/%.c $(stamp)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS.hv) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.S.o: $(SRC)/%.S $(stamp) $(offsets)
	@mkdir -p $(@D)
	$(call say,AS,$<)
	$(Q)$(CC) $(ASFLAGS.hv) -MMD -MP -c -o $@ $<

# Struct offsets for assembly: compiled, never typed. The compiler writes lines such as
# .ascii "->VCPU_A0 80" into its assembly output, which become #define VCPU_A0 80.
$(BUILD)/gen/asm-offsets.h: $(SRC)/$(arch_dir)/asm-offsets.c $(stamp)
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)$(CC) $(CFLAGS.hv) -MMD -MP -MT $@ -MF $(@:.h=.d) -S -o $(@:.h=.s) $<
	$(Q)sed -n 's/^.*"->\([A-Za-z0-9_]*\) [$$#]*\(-*[0-9a-fA-Fx]*\).*$$/#define \1 \2/p' \
		$(@:.h=.s) >$@.new && mv $@.new $@

# The guests' images inside the hypervisor, and a table of them:
# struct guest_image { const char *name; u64 base; const u8 *start, *end; }
$(BUILD)/gen/guests.S: $(stamp) $(MAKEFILE_LIST)
	$(call say,GEN,$@)
	$(Q){ printf '\t.section .rodata\n\t.balign 8\n\t.globl guest_images, guest_images_end\n'; \
	printf 'guest_images:\n'; \
	$(foreach g,$(guests),printf '\t.quad name_%s, %s, image_%s, image_%s_end\n' \
		$(subst -,_,$(g)) $(call guest_base,$(g)) $(subst -,_,$(g)) $(subst -,_,$(g));) \
	printf 'guest_images_end:\n'; \
	$(foreach g,$(guests),printf 'name_%s: .asciz "%s"\n\t.balign 4096\nimage_%s: .incbin "%s"\n%s\n' \
		$(subst -,_,$(g)) $(g) $(subst -,_,$(g)) $(BUILD)/guest/$(g).bin \
		image_$(subst -,_,$(g))_end:;) } >$@

$(BUILD)/obj/gen/guests.S.o: $(BUILD)/gen/guests.S $(guest_bins)
	@mkdir -p $(@D)
	$(call say,AS,$<)
	$(Q)$(CC) $(ASFLAGS.hv) -c -o $@ $<

# A segment that is writable and executable is what a flat guest has; newer linkers warn.
no_rwx_warning = $(shell $(CC) -Wl,--help 2>/dev/null | grep -qe --no-warn-rwx-segments && \
	echo -Wl,--no-warn-rwx-segments)

define guest_rule
$(BUILD)/guest/$(1).elf: $(call guest_obj,$(1)) $(call guest_ld,$(1))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $(ARCHFLAGS.$(ARCH)) $(LDFLAGS.common) $(LDFLAGS.$(ARCH)) $$(no_rwx_warning) \
		-Wl,--defsym=GUEST_BASE=$(call guest_base,$(1)) -Wl,-T,$(call guest_ld,$(1)) -o $$@ \
		$(call guest_obj,$(1))
endef
$(foreach g,$(guests),$(eval $(call guest_rule,$(g))))

$(BUILD)/guest/%.bin: $(BUILD)/guest/%.elf
	$(Q)$(OBJCOPY) -O binary $< $@

$(BUILD)/hv.elf: $(objects) $(SRC)/$(arch_dir)/link.ld $(fdt_lib)
	$(call say,LD,$@)
	$(Q)$(CC) $(ARCHFLAGS.$(ARCH)) $(LDFLAGS.common) $(LDFLAGS.$(ARCH)) \
		-Wl,-T,$(SRC)/$(arch_dir)/link.ld -o $@ $(objects) $(fdt_lib)

$(BUILD)/hv.bin: $(BUILD)/hv.elf
	$(Q)$(OBJCOPY) -O binary $< $@

$(BUILD)/hv32.elf: $(BUILD)/hv.elf
	$(Q)$(OBJCOPY) -O elf32-i386 $< $@

$(BUILD)/bochs.rom: $(ROOT)/tools/bochs.S $(stamp)
	$(call say,AS,$<)
	@mkdir -p $(BUILD)/obj
	$(Q)$(CC) -m32 $(ASFLAGS.common) $(LDFLAGS.common) -Wl,-Ttext=0xfffff000,-e,rom \
		-o $(BUILD)/obj/rom.elf $<
	$(Q)$(OBJCOPY) -O binary -j .text $(BUILD)/obj/rom.elf $@

%.dis: %.elf
	$(Q)$(OBJDUMP) -d $< >$@

%.sym: %.elf
	$(Q)$(NM) -n $< >$@

-include $(patsubst %.o,%.d,$(all_objects)) $(offsets:.h=.d)

# ------------------------------------------------------------------------------ running

# The variables below reach the runner by the environment and as they were typed: $(value …)
# because plain $(RUN) would make OME of $HOME, and never through a shell. From the top Makefile
# they come already under their LADDER_ names.
$(foreach v,$(verbatim),$(if $(filter undefined,$(origin $(v))),,\
	$(eval LADDER_$(v) := $$(value $(v)))))
$(foreach v,$(verbatim),$(eval unexport $(v)))
export $(addprefix LADDER_,$(verbatim))

# What the runner has to know of the step.
$(BUILD)/hv.run: $(stamp)
	@printf '%s\n' 'step=$(STEP)' 'arch=$(ARCH)' 'guests=$(guests)' \
		'default=$(GUEST_DEFAULT)' >$@

qemu qemu-gdb gdb bochs bochs-debug: all
	@$(PYTHON) $(ROOT)/tools/run.py '$(BUILD)' $@

clean:
	rm -rf $(BUILD)

# For the top Makefile: which compiler this step is built with.
cc:
	@echo $(CC)

# For clangd and other editors' helpers, at the root of the repository.
json_entry = {"directory": "$(SRC)", "file": "$(1)", "command": "$(CC) $(2) -c $(1)"},
compile_commands: $(BUILD)/hv.run $(offsets)
	@{ echo '['; \
	$(foreach s,$(filter %.c,$(sources)),echo '$(call json_entry,$(SRC)/$(s),$(CFLAGS.hv))';) \
	$(foreach g,$(guests),$(foreach s,$(filter %.c,$(call guest_src,$(g))),\
		echo '$(call json_entry,$(SRC)/$(s),$(subst $(dir $<),$(SRC)/$(dir $(s)),$(CFLAGS.guest)))';)) \
	} | sed '$$s/,$$//' >$(ROOT)/compile_commands.json; echo ']' >>$(ROOT)/compile_commands.json
