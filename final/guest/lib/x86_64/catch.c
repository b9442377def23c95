// SPDX-License-Identifier: MIT
/* The tables that an exception wants: of segments, and of handlers. */
#include <catch.h>

/* SDM 6.14.1 */
struct gate {
	u16 offset_low, selector;
	u16 type;
	u16 offset_middle;
	u32 offset_high, reserved;
};

#define INTERRUPT_GATE 0x8e00 /* present, for level 0; RFLAGS.IF = 0 in its handler */
#define CODE	       0x08

struct table {
	u16 limit;
	const void *base;
} __attribute__((packed));

extern char catching_entries[]; /* catch.S: 16 bytes each */

/* The same segments, by the same selectors, as the guest is started with. */
static const u64 gdt[] = { 0, 0x00af9b000000ffff, 0x00cf93000000ffff };
static struct gate idt[256];

void catch_gate(u32 vector, const void *handler)
{
	u64 at = (u64)handler;

	idt[vector] = (struct gate){ at, CODE, INTERRUPT_GATE, at >> 16, at >> 32, 0 };
}

void catch_init(void)
{
	struct table gdtr = { sizeof(gdt) - 1, gdt }, idtr = { sizeof(idt) - 1, idt };

	for (u32 n = 0; n < NR_VECTORS; n++)
		catch_gate(n, catching_entries + 16 * n);
	__asm__ volatile("lgdt %0; lidt %1" : : "m"(gdtr), "m"(idtr) : "memory");
}
