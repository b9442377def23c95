#include <arch/traps.h>
#include <hv/pcpu.h>
#include <hv/vm.h>

/*
 * A guest of a few instructions: keeps all registers as it finds them, loads all from memory,
 * calls. Until step 5 a guest has the hypervisor's memory. Number 31 is its stack pointer, 32 its
 * flags.
 */
u64 grade_3_found[33], grade_3_loaded[32];
extern const u32 grade_3_code[], grade_3_call[];

#define GRADE_3_EACH(line)                                                                     \
	"	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, " \
	"19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 30\n" line "	.endr\n"

__asm__("	.text\n"
	"	.balign	4\n"
	"	.globl	grade_3_code, grade_3_call\n"
	"grade_3_code:\n"
	"	msr	TPIDR_EL1, x29\n"
	"	adrp	x29, grade_3_found\n"
	"	add	x29, x29, :lo12:grade_3_found\n"
	GRADE_3_EACH("	str	x\\n, [x29, #8 * \\n]\n")
	"	mrs	x0, TPIDR_EL1\n"
	"	str	x0, [x29, #8 * 29]\n"
	"	mov	x0, sp\n"
	"	str	x0, [x29, #8 * 31]\n"
	"	mrs	x0, NZCV\n"
	"	mrs	x1, DAIF\n"
	"	orr	x0, x0, x1\n"
	"	mrs	x1, CurrentEL\n"
	"	orr	x0, x0, x1\n"
	"	str	x0, [x29, #8 * 32]\n"
	"	adrp	x29, grade_3_loaded\n"
	"	add	x29, x29, :lo12:grade_3_loaded\n"
	"	ldr	x0, [x29, #8 * 31]\n"
	"	msr	NZCV, x0\n"
	GRADE_3_EACH("	ldr	x\\n, [x29, #8 * \\n]\n")
	"	ldr	x29, [x29, #8 * 29]\n"
	"grade_3_call:\n"
	"	hvc	#0\n");

/*
 * What guest_enter leaves on the stack, all registers full, and then an interrupt. Behind it x29 is
 * ours again: returns it.
 */
static __attribute__((noipa)) u64 grade_3_interrupt(struct vcpu *vcpu, const u64 *full, u64 ours)
{
	register u64 x0 __asm__("x0") = (u64)vcpu, x1 __asm__("x1") = (u64)full;
	register u64 x2 __asm__("x2") = ours;

	__asm__ volatile("	stp	x29, x30, [sp, #-16]!\n"
			 "	mov	x29, x2\n"
			 "	adr	x30, 1f\n"
			 "	stp	x29, x30, [sp, #-32]!\n"
			 "	str	x0, [sp, #16]\n"
			 "	mov	x29, x1\n"
			 GRADE_3_EACH("	ldr	x\\n, [x29, #8 * \\n]\n")
			 "	ldr	x29, [x29, #8 * 29]\n"
			 "	b	guest_exit_irq\n"
			 "1:	mov	x0, x29\n"
			 "	ldp	x29, x30, [sp], #16\n"
			 : "+r"(x0), "+r"(x1), "+r"(x2)
			 :
			 : "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
			   "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23",
			   "x24", "x25", "x26", "x27", "x28", "x30", "memory", "cc");
	return x0;
}

/* Apart, so that what this one keeps on its stack and in x29 is looked at behind the exit. */
static __attribute__((noipa)) void grade_3_round(struct vcpu *vcpu, u32 round)
{
	struct vm_exit exit;
	u64 canary = grade_random(), copy = canary, set[31], sp = grade_random() & ~15ul;
	u64 spsr = SPSR_EL1H | SPSR_DAIF | (grade_random() & SPSR_NZCV), before, after;

	for (u32 n = 0; n < 31; n++) {
		set[n] = grade_random();
		vcpu->arch.gpr[n] = set[n];
		grade_3_found[n] = 0;
		grade_3_loaded[n] = grade_random();
	}
	grade_3_loaded[31] = grade_random() & SPSR_NZCV;
	vcpu->arch.elr = (u64)grade_3_code;
	vcpu->arch.spsr = spsr;
	vcpu->arch.el1.sp_el1 = sp;
	if (this_pcpu()->loaded == vcpu)
		sysreg_write(sp_el1, sp);
	/* What it finds there is of EL2 itself, so that one that was not written is seen. */
	sysreg_write(elr_el2, 0);
	__asm__ volatile("mov %0, sp" : "=r"(before));
	vcpu_run(vcpu, &exit);
	__asm__ volatile("mov %0, sp" : "=r"(after));
	tell("round %u: reason %u, ESR_EL2 %lx", round, exit.reason, exit.code);
	for (u32 n = 0; n < 31; n++)
		tell("  x%u: set to %lx, the guest found %s (%lx); it left %lx, kept is %lx", n,
		     set[n], grade_3_found[n] == set[n] ? "that" : "something else",
		     grade_3_found[n], grade_3_loaded[n], vcpu->arch.gpr[n]);
	tell("  its stack pointer %s, its flags and level: %lx of %lx",
	     grade_3_found[31] == sp ? "as set" : "another", grade_3_found[32], spsr);
	tell("  it left the flags %lx, SPSR_EL2 kept is %lx", grade_3_loaded[31], vcpu->arch.spsr);
	tell("  pc %s",
	     vcpu->arch.elr == (u64)(grade_3_call + 1) ? "behind the call" : "elsewhere");
	tell("  behind it: the stack pointer moved by %ld, the stack is %s, TPIDR_EL2 is %s, "
	     "interrupts are %s, the vectors are %s",
	     (long)(after - before), canary == copy ? "ours" : "not ours",
	     this_pcpu()->loaded == vcpu ? "ours" : "not ours",
	     (sysreg_read(DAIF) & SPSR_DAIF) == SPSR_DAIF ? "off" : "on",
	     sysreg_read(vbar_el2) == (u64)trap_vectors ? "ours" : "not ours");
	/* A trap of our own must still be ours. */
	tell("  a trap of our own was caught: %s", arch_traps_selftest() ? "yes" : "no");

	u64 changed = 0;

	for (u32 n = 0; n < 31; n++)
		set[n] = grade_random();
	sysreg_write(elr_el2, set[0]);
	sysreg_write(spsr_el2, spsr);
	tell("an interrupt: our x29 is %s, ESR_EL2 %lx",
	     grade_3_interrupt(vcpu, set, canary) == canary ? "ours" : "not ours",
	     sysreg_read(esr_el2));
	for (u32 n = 0; n < 31; n++)
		changed |= vcpu->arch.gpr[n] != set[n] ? BIT(n) : 0;
	tell("  registers that are not kept: %lx, pc %s, SPSR_EL2 kept is %lx", changed,
	     vcpu->arch.elr == set[0] ? "kept" : "not kept", vcpu->arch.spsr);
}

void grade_3_1(void)
{
	struct vm *vm = vm_create("probe"), *other = vm_create("other");
	struct vcpu *vcpus[] = { vm_init_vcpu(vm, 0, 0), vm_init_vcpu(other, 0, 0) };

	for (u32 round = 0; round < 6; round++)
		grade_3_round(vcpus[round / 2 % 2], round);
	vm_destroy(vm);
	vm_destroy(other);
	grade_guest(1);
}
