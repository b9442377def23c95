#include <hv/grade.h>
#include <hv/pcpu.h>

void grade_4_3(void)
{
	/* EL1 on either stack pointer, EL0, and EL0 in AArch32. */
	static const u8 modes[] = { SPSR_EL1H, SPSR_EL1T, 0, 0x10 };
	static const char *const names[] = { "EL1h", "EL1t", "EL0", "AArch32's EL0" };
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	vcpu_load(vcpu);
	for (u32 i = 0; i < 64; i++) {
		/* And IL and SS, bits 20 and 21, which an exception clears. */
		u64 flags = grade_random() & (SPSR_NZCV | SPSR_DAIF | BIT(20) | BIT(21));
		u64 pc = grade_random() & ~3ul;
		u64 esr = grade_random() & 0xffffffff, x30 = grade_random(), stack = grade_random();
		u64 pan = grade_below(2) ? SPSR_PAN : 0, span = grade_below(2) ? SCTLR_SPAN : 0;

		sysreg_write(sctlr_el1, (SCTLR_EL1_RES1 & ~SCTLR_SPAN) | span);
		sysreg_write(vbar_el1, grade_random() >> 16 & ~0x7fful);
		sysreg_write(elr_el1, 0);
		sysreg_write(spsr_el1, 0);
		sysreg_write(esr_el1, 0);
		sysreg_write(sp_el1, stack);
		vcpu->arch.elr = pc;
		vcpu->arch.spsr = flags | pan | modes[i % 4];
		vcpu->arch.gpr[30] = x30;
		tell("ESR %lx at pc %lx in %s, SPSR_EL2 %lx, VBAR_EL1 %lx, SCTLR_EL1.SPAN %u:", esr,
		     pc, names[i % 4], vcpu->arch.spsr, sysreg_read(vbar_el1), span != 0);
		inject_exception(vcpu, esr);
		tell("  SPSR_EL1 %lx, ELR_EL1 %lx, ESR_EL1 %lx", sysreg_read(spsr_el1),
		     sysreg_read(elr_el1), sysreg_read(esr_el1));
		/* Whether a handler finds the old condition flags is nothing to it. */
		tell("  goes on at VBAR_EL1 + %lx, SPSR_EL2 %lx, x30 %s, SP_EL1 %s",
		     vcpu->arch.elr - sysreg_read(vbar_el1), vcpu->arch.spsr & ~SPSR_NZCV,
		     vcpu->arch.gpr[30] == x30 ? "kept" : "changed",
		     sysreg_read(sp_el1) == stack ? "kept" : "changed");
	}
	vm_destroy(vm);
	grade_guest(1);
}
