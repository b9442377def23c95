# Which compiler builds for $(ARCH), and with what flags.
#
# TOOLPREFIX=riscv64-elf- (say) overrides the search below; so do CC, LD and the others.

toolprefixes.riscv64 := riscv64-linux-gnu- riscv64-unknown-linux-gnu- riscv64-unknown-elf- \
	riscv64-none-elf- riscv64-elf-
toolprefixes.aarch64 := aarch64-linux-gnu- aarch64-unknown-linux-gnu- aarch64-none-elf- \
	aarch64-elf-
toolprefixes.x86_64 := x86_64-linux-gnu- x86_64-unknown-linux-gnu- x86_64-elf-

ifndef TOOLPREFIX
TOOLPREFIX := $(shell for p in $(toolprefixes.$(ARCH)); do \
	command -v $${p}gcc >/dev/null 2>&1 && { echo $$p; break; }; done)
endif
# On a machine of that ISA its own gcc may have no such name.
ifeq ($(TOOLPREFIX),)
own_gcc := $(shell case $$(gcc -dumpmachine 2>/dev/null) in ($(ARCH)-*linux*) echo y;; esac)
endif
# Nothing found: keep the usual name, so that the message and the command say what is missing.
ifeq ($(TOOLPREFIX)$(own_gcc),)
TOOLPREFIX := $(firstword $(toolprefixes.$(ARCH)))
endif

# Neither make's own default nor an environment's CC is what we want: a cross build names its tools.
ifeq ($(filter command override,$(firstword $(origin CC))),)
CC := $(TOOLPREFIX)gcc
endif
OBJCOPY := $(TOOLPREFIX)objcopy
OBJDUMP := $(TOOLPREFIX)objdump
NM      := $(TOOLPREFIX)nm

# The same for the hypervisor and its guests. No -fno-builtin: gcc may call memcpy and memset
# anyway, so lib/string.c has them, and known calls are better expanded in place.
CFLAGS.common := -std=c17 -Wall -Wextra -Werror -O2 -g -ffreestanding -fno-stack-protector \
	-fno-pie -fno-common -fno-asynchronous-unwind-tables -nostdlib
ASFLAGS.common := -g -fno-pie -nostdlib
LDFLAGS.common := -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack \
	-Wl,-z,max-page-size=4096

# riscv64: lp64 and no F or D, because a hypervisor that touches the FP registers would have to
# save the guest's. --no-relax: nothing sets gp, so gp-relative code must not appear.
ARCHFLAGS.riscv64 := -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany
LDFLAGS.riscv64   :=

# aarch64: no FP or SIMD registers in code of ours, for the same reason.
ARCHFLAGS.aarch64 := -march=armv8-a -mgeneral-regs-only -mno-outline-atomics -mstrict-align
LDFLAGS.aarch64   :=

# x86_64: no SSE, and no red zone, because an exception pushes onto the current stack.
ARCHFLAGS.x86_64 := -m64 -march=x86-64 -mno-mmx -mno-sse -mno-sse2 -mno-red-zone -mcmodel=small
LDFLAGS.x86_64   :=
