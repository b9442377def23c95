// SPDX-License-Identifier: MIT
#include "../grade.h"

#include <catch.h>
#include <cpu.h>

static void show(struct caught caught)
{
	ladder_show(caught.vector);
	ladder_show(caught.error);
	ladder_show(caught.here);
	ladder_show(caught.rax);
	ladder_show(caught.rdx);
}

/* What a guest may not read, and what nothing is behind. */
static void registers(void)
{
	catch_init();
	for (u32 i = 0; i < 6; i++) {
		u64 rax = next();

		show(CATCH_WITH("rdmsr", rax, 0xc0010117, next()));
		show(CATCH_WITH("wrmsr", rax, 0x480, next()));
		show(CATCH_WITH("rdpmc", rax, 0, 0));
		show(CATCH_WITH("mwait", rax, 0, 0));
		show(CATCH_WITH("inb %%dx, %%al", rax, 0, 0x1000 + next() % 4096));
		show(CATCH_WITH("inw %%dx, %%ax", rax, 0, 0x1000 + next() % 4096));
		show(CATCH_WITH("inl %%dx, %%eax", rax, 0, 0x1000 + next() % 4096));
		show(CATCH_WITH("outl %%eax, %%dx", rax, 0, 0x1000 + next() % 4096));
		msr_write(0x277, 0x0007040600070406 ^ (next() & 1));
		ladder_show(msr_read(0x277));
	}
}

/* A value that goes past many instructions that exit, of different lengths. */
static void skips(void)
{
	u64 before = next(), after = before;

	for (u32 i = next() % 5 + 3; i; i--)
		__asm__ volatile("xor %%eax, %%eax; cpuid; add $3, %0\n"
				 "in $0xed, %%al; add $5, %0\n"
				 "mov $0x1234, %%edx; in %%dx, %%ax; add $7, %0\n"
				 "invd; add $11, %0\n"
				 : "+S"(after) : : "rax", "rbx", "rcx", "rdx");
	ladder_show(after - before);
	ladder_show(after);
}

static void leaves(void)
{
	for (u32 i = 0; i < 40; i++) {
		u32 leaf = i < 16 ? i : i < 26 ? 0x80000000 + i - 16 : i < 30 ? next() : 0x40000000;
		struct cpuid r = cpuid(leaf, next() % 3);

		ladder_show((u64)r.eax << 32 | r.ebx);
		ladder_show((u64)r.ecx << 32 | r.edx);
	}
}

void scenario(u64 what)
{
	if (what == 1)
		registers();
	if (what <= 2)
		skips();
	if (what == 3)
		leaves();
}
