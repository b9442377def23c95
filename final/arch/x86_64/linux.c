// SPDX-License-Identifier: MIT
/* Kernels' headers, and the state that they want to be entered in. */
#include <arch/linux.h>
#include <arch/traps.h>
#include <arch/x86.h>
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/string.h>
#include <hv/vm.h>

#define XLF_KERNEL_64 (1 << 0) /* has an entry for 64-bit mode */
#define ACCESS_CODE32 0xc09b

_Static_assert(sizeof(struct setup_header) == 0x26c - SETUP_HEADER, "as boot.rst has it");
_Static_assert(offsetof(struct boot_params, e820) == 0x2d0, "as zero-page.rst has it");
_Static_assert(sizeof(struct boot_params) == 4096, "as zero-page.rst has it");

u32 linux_setup_size(const struct setup_header *header)
{
	return ((header->setup_sects ? header->setup_sects : 4) + 1) * 512;
}

const struct setup_header *linux_header(const void *image, u64 size)
{
	const struct setup_header *header = (const void *)((const u8 *)image + SETUP_HEADER);

	if (size < SETUP_HEADER + sizeof(*header) || memcmp(header->magic, "HdrS", 4) ||
	    header->version < 0x20c || !(header->xloadflags & XLF_KERNEL_64) ||
	    size < linux_setup_size(header) + SETUP_ENTRY_64 ||
	    header->pref_address < linux_setup_size(header))
		return NULL;
	return header;
}

/*
 * The kernel proper goes where it would like to be, which spares it to move itself, and the setup
 * code, which is for real mode and not used, before that.
 */
bool arch_linux_image(const void *image, u64 size, u64 *offset, u64 *needed)
{
	const struct setup_header *header = linux_header(image, size);

	if (!header)
		return false;
	*offset = header->pref_address - linux_setup_size(header);
	*needed = linux_setup_size(header) + (u64)header->init_size;
	if (*needed < size)
		*needed = size;
	return true;
}

static void set_segments(struct guest_state *state, u64 code, u64 code_access, u64 data)
{
	state->cs_selector = code;
	state->cs_access = code_access;
	state->ss_selector = state->ds_selector = state->es_selector = data;
	state->fs_selector = state->gs_selector = data;
}

bool linux_enter(struct vcpu *vcpu, gpa_t entry, gpa_t info)
{
	u8 head[SETUP_HEADER + sizeof(struct setup_header)];
	const struct setup_header *header = (const void *)&head[SETUP_HEADER];
	struct guest_state *state = &vcpu->arch.state;

	if (!vm_read_guest(vcpu->vm, entry, head, sizeof(head)) || !linux_header(head, ~0u))
		return false;
	vcpu->arch.rip = entry + linux_setup_size(header) + SETUP_ENTRY_64;
	vcpu->arch.gpr[RSI] = info + offsetof(struct boot_info, params);
	state->cr3 = info + offsetof(struct boot_info, tables);
	state->gdtr_base = info + offsetof(struct boot_info, gdt);
	state->gdtr_limit = sizeof(((struct boot_info *)0)->gdt) - 1;
	set_segments(state, LINUX_CODE, ACCESS_CODE64, LINUX_DATA);
	return true;
}

/* Three words, in the image's first 8 KiB, whose sum is 0 (Multiboot 3.1.1). */
static bool has_multiboot_header(struct vm *vm, gpa_t image)
{
	for (u32 at = 0; at < 8192; at += 4) {
		u32 word[3];

		if (!vm_read_guest(vm, image + at, word, sizeof(word)))
			return false;
		if (word[0] == 0x1badb002 && word[0] + word[1] + word[2] == 0)
			return true;
	}
	return false;
}

/* 32-bit mode without paging, flat segments (Multiboot 3.2). */
static void enter_protected_mode(struct vcpu *vcpu)
{
	struct guest_state *state = &vcpu->arch.state;

	state->cr0 = CR0_PE | CR0_ET | CR0_NE;
	state->cr3 = state->cr4 = state->efer = 0;
	set_segments(state, SELECTOR_CODE, ACCESS_CODE32, SELECTOR_DATA);
}

bool starts_from_real_mode(gpa_t entry)
{
	char how[8];

	cmdline_get("entry", how, sizeof(how), "");
	return entry >= MiB && !strcmp(how, "real");
}

bool multiboot_enter(struct vcpu *vcpu, gpa_t entry, gpa_t info)
{
	if (!has_multiboot_header(vcpu->vm, entry))
		return false;
	if (starts_from_real_mode(entry))
		arch_vcpu_reset(vcpu, REAL_STUB, info);
	else
		enter_protected_mode(vcpu);
	vcpu->arch.gpr[RAX] = MULTIBOOT_LOADED;
	vcpu->arch.gpr[RBX] = info;
	/* Multiboot tells of no stack, but loaders leave one, and there are kernels that use it. */
	vcpu->arch.gpr[RSP] = REAL_STUB;
	return true;
}
