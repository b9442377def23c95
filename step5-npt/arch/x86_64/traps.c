// SPDX-License-Identifier: MIT
#include <arch/extable.h>
#include <arch/traps.h>
#include <arch/x86.h>
#include <hv/arch.h>
#include <hv/end.h>

struct extable_entry {
	u64 insn, landing;
};

extern const struct extable_entry extable_start[], extable_end[];

struct gate idt[32];

#define GATE_INTERRUPT 0x8e /* present, level 0, interrupts stay off */

static const char *const cause_names[] = {
	"divide error", "debug exception", "NMI", "breakpoint", "overflow", "bound range exceeded",
	"invalid opcode", "device not available", "double fault", NULL, "invalid TSS",
	"segment not present", "stack fault", "general protection", "page fault", NULL,
	"x87 error", "alignment check", "machine check", "SIMD error", "virtualization exception",
	"control protection",
};

const char *trap_cause_name(u64 vector)
{
	if (vector < ARRAY_SIZE(cause_names) && cause_names[vector])
		return cause_names[vector];
	return "reserved vector";
}

void trap_print_gprs(const u64 *gpr)
{
	static const char *const names[16] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp",
					       "rsi", "rdi", "r8",  "r9",  "r10", "r11",
					       "r12", "r13", "r14", "r15" };

	for (int n = 0; n < 16; n++)
		printf("  %-3s %016lx%s", names[n], gpr[n], n % 4 == 3 ? "\n" : "");
}

static bool extable_fixup(struct trap_frame *frame)
{
	for (const struct extable_entry *e = extable_start; e < extable_end; e++) {
		if (e->insn == frame->rip) {
			frame->rip = e->landing;
			return true;
		}
	}
	return false;
}

static _Noreturn void report(struct trap_frame *frame)
{
	frame->gpr[RSP] = frame->rsp;
	printf("\nladder: trap in the hypervisor: %s (vector %lu, error %lx)\n",
	       trap_cause_name(frame->vector), frame->vector, frame->error);
	printf("  rip %016lx  cr2 %016lx  rflags %08lx\n", frame->rip, cr_read(cr2),
	       frame->rflags);
	trap_print_gprs(frame->gpr);
	panic("it can't go on");
}

void trap_handle(struct trap_frame *frame)
{
	/* We set neither TF nor a breakpoint: Bochs' SVM lets a guest's single step end in us. */
	if (frame->vector == VECTOR_DB)
		return;
	if (!extable_fixup(frame))
		report(frame);
}

void arch_traps_init(void)
{
	struct {
		u16 limit;
		u64 base;
	} __attribute__((packed)) pointer = { sizeof(idt) - 1, (u64)idt };

	for (u32 i = 0; i < ARRAY_SIZE(idt); i++)
		idt[i] = (struct gate){
			.offset_low = trap_vectors[i],
			.selector = SELECTOR_CODE,
			.type = GATE_INTERRUPT,
			.offset_middle = trap_vectors[i] >> 16,
			.offset_high = trap_vectors[i] >> 32,
		};
	__asm__ volatile("lidt %0" ::"m"(pointer) : "memory");
}

u64 arch_traps_selftest(void)
{
	u64 where;

	/* ud2 is defined to be invalid (SDM volume 2, "UD"). */
	__asm__ volatile("	lea	1f(%%rip), %0\n"
			 "1:	ud2\n"
			 "2:\n" EXTABLE(1b, 2b)
			 : "=r"(where)
			 :
			 : "memory");
	return where;
}
