/* SPDX-License-Identifier: MIT */
/*
 * What a kernel finds when it is entered: Linux by its 64-bit boot protocol (Linux,
 * Documentation/arch/x86/boot.rst and zero-page.rst), others by the Multiboot Specification 0.6.96.
 */
#ifndef ARCH_LINUX_H
#define ARCH_LINUX_H

/* The selectors that the 64-bit boot protocol wants. */
#define LINUX_CODE 0x10
#define LINUX_DATA 0x18

#define MULTIBOOT_LOADED 0x2badb002 /* EAX at the entry of a multiboot kernel */
#define REAL_STUB        0x8000 /* where a kernel's start from real mode is put (real.S) */

#ifndef __ASSEMBLER__

#include <hv/types.h>

struct vcpu;

/* At 0x1f1 of a bzImage, and of boot_params. */
struct setup_header {
	u8 setup_sects; /* of 512 bytes, beside the first one, before the kernel proper */
	u16 root_flags;
	u32 syssize;
	u16 ram_size, vid_mode, root_dev, boot_flag;
	u8 jump, length; /* of the header, from magic on */
	char magic[4]; /* "HdrS" */
	u16 version;
	u32 realmode_switch;
	u16 start_sys_seg, kernel_version;
	u8 type_of_loader, loadflags;
	u16 setup_move_size;
	u32 code32_start, ramdisk_image, ramdisk_size, bootsect_kludge;
	u16 heap_end_ptr;
	u8 ext_loader_ver, ext_loader_type;
	u32 cmd_line_ptr, initrd_addr_max, kernel_alignment;
	u8 relocatable_kernel, min_alignment;
	u16 xloadflags;
	u32 cmdline_size, hardware_subarch;
	u64 hardware_subarch_data;
	u32 payload_offset, payload_length;
	u64 setup_data, pref_address;
	u32 init_size, handover_offset, kernel_info_offset;
} __attribute__((packed));

#define SETUP_HEADER   0x1f1
#define SETUP_ENTRY_64 0x200 /* of the kernel proper */

struct boot_params {
	u8 screen_info[0x70];
	u64 acpi_rsdp_addr;
	u8 unused1[0x1e8 - 0x78];
	u8 e820_entries;
	u8 unused2[SETUP_HEADER - 0x1e9];
	struct setup_header hdr;
	u8 unused3[0x2d0 - 0x26c];
	struct {
		u64 base, size;
		u32 type;
	} __attribute__((packed)) e820[128];
	u8 unused4[4096 - 0xcd0];
} __attribute__((packed));

/* tree.c writes this at the guest-physical address that the vCPU is given as its argument. */
struct boot_info {
	struct boot_params params; /* or a multiboot kernel's information */
	char cmdline[4096];
	u64 tables[6][512]; /* level 4, level 3, and four of level 2: 4 GiB mapped to themselves */
	u8 acpi[4096];
	u64 gdt[4];
};

/*
 * Where image, which lies in size bytes, is a bzImage with a 64-bit entry: its header; else NULL.
 */
const struct setup_header *linux_header(const void *image, u64 size);
/* How far the kernel proper lies behind the image's beginning. */
u32 linux_setup_size(const struct setup_header *header);

/*
 * Where such an image lies in the guest's memory at entry, make a vCPU that has just been reset
 * ready to enter it, with what tree.c has written, or will, at info. False: there is no such image.
 */
bool linux_enter(struct vcpu *vcpu, gpa_t entry, gpa_t info);
bool multiboot_enter(struct vcpu *vcpu, gpa_t entry, gpa_t info);

/*
 * entry=real on the command line: such a kernel is entered by a few instructions in real mode, as
 * hypervisors without a loader do it. One below 1 MiB is in real mode by itself.
 */
bool starts_from_real_mode(gpa_t entry);

/* real.S */
extern const u8 real_stub[], real_stub_entry[], real_stub_end[];

#endif
#endif
