#include <hv/grade.h>
#include <hv/vm.h>

/*
 * What may be anything: all bits, but where the table names a few of the lowest only. These are
 * of timers, of debugging: what else is in them changes by itself, or would stop us.
 */
static u64 grade_2_3_bits(u64 kept)
{
	return kept && kept < BIT(16) ? kept : ~0ul;
}

/* The registers themselves, behind the back of the code under test. */
static void grade_2_3_round(struct vcpu *vcpu)
{
	struct el1_regs *el1 = &vcpu->arch.el1;

	for (u32 n = 0; n < sizeof(*el1) / sizeof(u64); n++)
		((u64 *)el1)[n] = 0;
#define GRADE_FILL(reg, kept) el1->reg = grade_random() & grade_2_3_bits(kept);
	EL1_REGISTERS(GRADE_FILL)
	arch_vcpu_load(vcpu);
	tell("all that was written to the CPU holds: %s", grade_2_3_written ? "no" : "yes");
#define GRADE_LOADED(reg, kept) \
	tell("loaded: " #reg " %lx", sysreg_read(reg) & grade_2_3_bits(kept));
	EL1_REGISTERS(GRADE_LOADED)
#define GRADE_WRITE(reg, kept) sysreg_write(reg, grade_random() & grade_2_3_bits(kept));
	EL1_REGISTERS(GRADE_WRITE)
	isb();
	arch_vcpu_put(vcpu);
#define GRADE_PUT(reg, kept) tell("put: " #reg " %lx", el1->reg & grade_2_3_bits(kept));
	EL1_REGISTERS(GRADE_PUT)
	/* Putting takes nothing out of the CPU. */
#define GRADE_LEFT(reg, kept) tell("left: " #reg " %lx", sysreg_read(reg) & grade_2_3_bits(kept));
	EL1_REGISTERS(GRADE_LEFT)
}

void grade_2_3(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	struct el1_regs good = vcpu->arch.el1;

	for (u32 i = 0; i < 8; i++)
		grade_2_3_round(vcpu);
	vcpu->arch.el1 = good;
#define GRADE_GOOD(reg, kept) sysreg_write(reg, good.reg);
	EL1_REGISTERS(GRADE_GOOD)
	isb();
	vm_destroy(vm);
}
