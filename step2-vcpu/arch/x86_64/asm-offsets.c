// SPDX-License-Identifier: MIT
/* Never linked: compiled to assembly, from which the build takes each "->NAME value". */
#include <arch/traps.h>

#define OFFSET(name, type, member) \
	__asm__ volatile(".ascii \"->" #name " %0\"" ::"i"(offsetof(struct type, member)))

void asm_offsets(void);

void asm_offsets(void)
{
	OFFSET(FRAME_VECTOR, trap_frame, vector);
	OFFSET(FRAME_RIP, trap_frame, rip);
}
