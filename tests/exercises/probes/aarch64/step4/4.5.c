#include <hv/grade.h>
#include <hv/pcpu.h>

static u64 grade_4_5_id(const char *name, u64 value)
{
	if (grade_mocked && (name[0] | 0x20) == 'i' && (name[1] | 0x20) == 'd')
		return grade_answer(name, 0);
	return value;
}

static u64 grade_4_5_register(u32 i)
{
	/* Some that a guest is shown, some that read as zero, some that its CPU does not have. */
	static const u32 known[] = {
		SYSREG_ID(3, 0, 0, 4, 0), SYSREG_ID(3, 0, 0, 6, 0), SYSREG_ID(3, 0, 0, 7, 0),
		SYSREG_ID(3, 0, 0, 4, 4), SYSREG_ID(3, 0, 0, 7, 3), SYSREG_ID(3, 3, 9, 12, 0),
		SYSREG_ID(3, 3, 14, 12, 7), SYSREG_ID(3, 4, 1, 1, 0), SYSREG_ID(2, 0, 1, 0, 0),
		SYSREG_ID(3, 4, 2, 1, 0),
	};

	return i % 4 ? known[grade_below(ARRAY_SIZE(known))] :
		       SYSREG_ID(grade_below(2) + 2, grade_below(8), grade_below(16),
				 grade_below(16), grade_below(8));
}

static void grade_4_5_case(struct vcpu *vcpu, u64 class, u64 iss)
{
	u64 code = class << 26 | (grade_below(8) ? ESR_IL : 0) | iss;
	struct vm_exit exit = { .reason = REASON_SYSREG, .code = code };
	u64 pc = grade_random() & ~3ul, before[31], changed = 0, rt = ISS_SYSREG_RT(ESR_ISS(code));
	enum exit_result result;

	for (u32 n = 0; n < 31; n++)
		vcpu->arch.gpr[n] = before[n] = grade_random();
	sysreg_write(vbar_el1, grade_random() >> 16 & ~0x7fful);
	sysreg_write(esr_el1, 0);
	sysreg_write(elr_el1, 0);
	vcpu->arch.elr = pc;
	vcpu->arch.spsr = SPSR_EL1H;
	grade_mocked = grade_random() % 4 ? grade_random() | 1 : 0;
	result = arch_sysreg(vcpu, &exit);
	grade_mocked = 0;
	for (u32 n = 0; n < 31; n++)
		changed |= vcpu->arch.gpr[n] != before[n] ? BIT(n) : 0;
	tell("class %lx, %s of S%u_%u_C%u_C%u_%u, x%lu, IL %u, at pc %lx:", ESR_EC(code),
	     ISS_SYSREG_READ(code) ? "read" : "write", ID_OP0((u32)code), ID_OP1((u32)code),
	     ID_CRN((u32)code), ID_CRM((u32)code), ID_OP2((u32)code), rt, (code & ESR_IL) != 0, pc);
	tell("  result %d, registers changed %lx, x%lu is %lx", result, changed, rt,
	     vcpu_get_gpr(vcpu, rt));
	tell("  pc %lx, ESR_EL1 %lx, ELR_EL1 %lx", vcpu->arch.elr, sysreg_read(esr_el1),
	     sysreg_read(elr_el1));
}

void grade_4_5(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	vcpu_load(vcpu);
	for (u32 i = 0; i < 120; i++) {
		u64 rt = i % 8 == 1 ? 31 : grade_below(31);

		grade_4_5_case(vcpu, EC_SYSREG, grade_4_5_register(i) | rt << 5 | grade_below(2));
	}
	for (u32 i = 0; i < 12; i++) {
		grade_4_5_case(vcpu, EC_HVC64, grade_4_5_register(1) & 0xffff);
		grade_4_5_case(vcpu, EC_SMC64, 1 + grade_below(0xffff));
		grade_4_5_case(vcpu, EC_SVE, grade_4_5_register(1));
	}
	vm_destroy(vm);
	grade_guest(1);
}
