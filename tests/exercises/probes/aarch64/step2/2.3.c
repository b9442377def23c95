#include <hv/grade.h>
#include <hv/vm.h>

/* The registers themselves, behind the back of the code under test. */
static void grade_2_3_round(struct vcpu *vcpu)
{
	struct el1_regs *el1 = &vcpu->arch.el1;

	for (u32 n = 0; n < sizeof(*el1) / sizeof(u64); n++)
		((u64 *)el1)[n] = 0;
#define GRADE_FILL(reg, kept) el1->reg = grade_random() & (kept);
	EL1_REGISTERS(GRADE_FILL)
	arch_vcpu_load(vcpu);
#define GRADE_LOADED(reg, kept) tell("loaded: " #reg " %lx", sysreg_read(reg) & (kept));
	EL1_REGISTERS(GRADE_LOADED)
#define GRADE_WRITE(reg, kept) sysreg_write(reg, grade_random() & (kept));
	EL1_REGISTERS(GRADE_WRITE)
	isb();
	arch_vcpu_put(vcpu);
#define GRADE_PUT(reg, kept) tell("put: " #reg " %lx", el1->reg & (kept));
	EL1_REGISTERS(GRADE_PUT)
	/* Putting takes nothing out of the CPU. */
#define GRADE_LEFT(reg, kept) tell("left: " #reg " %lx", sysreg_read(reg) & (kept));
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
