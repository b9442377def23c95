// SPDX-License-Identifier: MIT
/* Segments, the task-state segment, the vectors, and SYSCALL's MSRs (SDM 5.8.8). */
#include "platform.h"

#define NR_VECTORS     256
#define INTERRUPT_GATE 0x8e00 /* present, RFLAGS.IF = 0 in its handler (SDM 6.14.1) */

#define MSR_EFER	   0xc0000080
#define MSR_STAR	   0xc0000081
#define MSR_LSTAR	   0xc0000082
#define MSR_SFMASK	   0xc0000084
#define MSR_FS_BASE	   0xc0000100
#define MSR_GS_BASE	   0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

#define EFER_SCE    1
#define RFLAGS_MASK 0x47700 /* AC, NT, IOPL, DF, IF, TF: off in the kernel */
#define STAR_KERNEL ((u64)KERNEL_CODE << 32)
#define STAR_SYSRET ((u64)KERNEL_DATA << 48) /* what USER_DATA and USER_CODE come after */

struct gate {
	u16 offset_low, selector, type, offset_middle;
	u32 offset_high, reserved;
};

/* SDM 8.7; an I/O map behind the limit lets user mode reach no port. */
struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1, ist[7], reserved2;
	u16 reserved3, io_map;
} __attribute__((packed));
_Static_assert(offsetof(struct tss, rsp[0]) == TSS_RSP0, "see trap.S");
_Static_assert(offsetof(struct tss, rsp[1]) == TSS_RSP1, "see trap.S");

struct table {
	u16 limit;
	const void *base;
} __attribute__((packed));

static struct tss tss = { .io_map = sizeof(tss) };
static struct gate idt[NR_VECTORS];

/* SDM 3.4.5; the last two are the TSS' 16 bytes (SDM 8.2.3). */
static u64 gdt[] = {
	0,
	0x00af9b000000ffff, /* KERNEL_CODE */
	0x00cf93000000ffff, /* KERNEL_DATA */
	0x00cff3000000ffff, /* USER_DATA */
	0x00affb000000ffff, /* USER_CODE */
	0x0000890000000000 | (sizeof(tss) - 1),
	0,
};

void descriptors_init(void)
{
	struct table gdtr = { sizeof(gdt) - 1, gdt }, idtr = { sizeof(idt) - 1, idt };
	u64 base = (u64)&tss;

	gdt[TSS / 8] |= (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
	gdt[TSS / 8 + 1] = base >> 32;
	for (int i = 0; i < NR_VECTORS; i++) {
		u64 entry = (u64)trap_entries + 16 * i;

		idt[i] = (struct gate){ entry,	     KERNEL_CODE, INTERRUPT_GATE,
					entry >> 16, entry >> 32, 0 };
	}
	__asm__ volatile("lgdt %0; lidt %1; ltr %w2" : : "m"(gdtr), "m"(idtr), "r"(TSS) : "memory");
	msr_write(MSR_FS_BASE, 0);
	msr_write(MSR_GS_BASE, base); /* the kernel's now; SWAPGS exchanges the two */
	msr_write(MSR_KERNEL_GS_BASE, 0);
	msr_write(MSR_STAR, STAR_KERNEL | STAR_SYSRET);
	msr_write(MSR_LSTAR, (u64)syscall_entry);
	msr_write(MSR_SFMASK, RFLAGS_MASK);
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SCE);
}
