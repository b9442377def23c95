#include <arch/csr.h>
#include <arch/traps.h>
#include <hv/pcpu.h>
#include <hv/vm.h>

/*
 * A guest of a few instructions: keeps all registers as it finds them, loads all from memory, calls.
 * Until step 5 a guest has the hypervisor's memory.
 */
u64 grade_3_found[32], grade_3_loaded[32];
extern const u32 grade_3_code[], grade_3_call[], grade_3_program[];

__asm__("	.text\n"
	"	.balign	4\n"
	"	.globl	grade_3_code, grade_3_call\n"
	"grade_3_code:\n"
	"	csrw	sscratch, t0\n"
	"	la	t0, grade_3_found\n"
	"	.irp	n, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, "
	"21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
	"	sd	x\\n, (8 * \\n)(t0)\n"
	"	.endr\n"
	"	csrr	t1, sscratch\n"
	"	sd	t1, (8 * 5)(t0)\n"
	"	la	t0, grade_3_loaded\n"
	"	.irp	n, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, "
	"21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
	"	ld	x\\n, (8 * \\n)(t0)\n"
	"	.endr\n"
	"	ld	t0, (8 * 5)(t0)\n"
	"grade_3_call:\n"
	"	ecall\n"
	/* Into a program, which may not wait: that is an exit too, from VU. */
	"	.globl	grade_3_program\n"
	"grade_3_program:\n"
	"	la	t0, 1f\n"
	"	csrw	sepc, t0\n"
	"	li	t0, 0x100\n"
	"	csrc	sstatus, t0\n"
	"	sret\n"
	"1:	wfi\n"
	"	wfi\n");

static void grade_3_round(struct vcpu *vcpu, u32 round)
{
	struct vm_exit exit;
	const u64 modes = SSTATUS_SPP | SSTATUS_SPIE | SSTATUS_SUM | SSTATUS_MXR;
	const u64 trapped = HSTATUS_SPV | HSTATUS_SPVP | HSTATUS_GVA;
	u64 canary = grade_random(), copy = canary, set[32];

	for (u32 n = 1; n < 32; n++) {
		set[n] = grade_random();
		vcpu->arch.gpr[n] = set[n];
		grade_3_found[n] = 0;
		grade_3_loaded[n] = grade_random();
	}
	vcpu->arch.sepc = (u64)grade_3_code;
	vcpu->arch.sstatus = SSTATUS_SPP | (grade_random() & (SSTATUS_SUM | SSTATUS_MXR));
	csr_write(sstatus, csr_read(sstatus) ^ (grade_random() & (SSTATUS_SUM | SSTATUS_MXR)));
	u64 before = vcpu->arch.sstatus & modes;

	tell("round %u: vcpu_run %d, reason %u, cause %lu", round, vcpu_run(vcpu, &exit),
	     exit.reason, exit.code);
	for (u32 n = 1; n < 32; n++)
		tell("  x%u: set to %lx, the guest found %s (%lx); it left %lx, kept is %lx", n,
		     set[n], grade_3_found[n] == set[n] ? "that" : "something else",
		     grade_3_found[n], grade_3_loaded[n], vcpu->arch.gpr[n]);
	tell("  pc %s, sstatus was %lx, is %lx",
	     vcpu->arch.sepc == (u64)grade_3_call ? "at the call" : "elsewhere", before,
	     vcpu->arch.sstatus & modes);
	tell("  hstatus %lx", csr_read(hstatus) & ~trapped);
	tell("  behind it: stvec is %s, hstatus.SPV %lu, tp is %s, interrupts are %s, sscratch is "
	     "%s, the stack is %s",
	     csr_read(stvec) == (u64)trap_vector ? "ours" : "not ours",
	     (csr_read(hstatus) & HSTATUS_SPV) / HSTATUS_SPV,
	     this_pcpu()->loaded == vcpu ? "ours" : "not ours",
	     csr_read(sstatus) & SSTATUS_SIE ? "on" : "off",
	     csr_read(sscratch) == (u64)vcpu ? "the vCPU" : "something else",
	     canary == copy ? "ours" : "not ours");
	/* A trap of our own must still be ours. */
	tell("  a trap of our own was caught: %s", arch_traps_selftest() ? "yes" : "no");

	vcpu->arch.sepc = (u64)grade_3_program;
	for (u32 n = 0; n < 2; n++) {
		vcpu_run(vcpu, &exit);
		tell("a program that waits: reason %u, cause %lu, from %s", exit.reason, exit.code,
		     vcpu->arch.sstatus & SSTATUS_SPP ? "VS" : "VU");
		vcpu->arch.sepc += 4;
		arch_traps_selftest();
	}
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
