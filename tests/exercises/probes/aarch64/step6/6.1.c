#include <hv/frame.h>
#include <hv/grade.h>
#include <hv/pcpu.h>

static void grade_6_1_case(struct vcpu *vcpu, u64 code, const char *how, u32 insn)
{
	struct vm_exit exit = { .reason = REASON_NESTED_FAULT, .code = code };
	struct mmio mmio = { 0 };
	enum mmio_result result = arch_mmio_decode(vcpu, &exit, &mmio);

	tell("ISS %lx, %s %x:", ESR_ISS(code), how, insn);
	if (result != MMIO_OK) {
		tell("  result %d", result);
		return;
	}
	tell("  %s of %u bytes, register %u%s, value %lx, %u bytes long",
	     mmio.write ? "store" : "load", mmio.width, mmio.reg,
	     mmio.sign_extend && !mmio.write ? ", signed" : "", mmio.write ? mmio.value : 0,
	     mmio.insn_length);
	tell("  %u bytes of the register, x%u moves by %ld", mmio.write ? 0 : mmio.reg_width,
	     mmio.base_step ? mmio.base : 0, (long)mmio.base_step);
}

/* Loads and stores that also move their base, by chance; their neighbours in between. */
static u32 grade_6_1_insn(u32 i)
{
	u32 random = grade_random(), insn = (random & ~INDEXED_MASK) | INDEXED;

	/* A base that is loaded itself may do anything. */
	if (RN(insn) == RT(insn))
		insn ^= 1;
	if (i % 4 == 3)
		insn ^= BIT(10) << grade_below(2) | (grade_below(2) ? BIT(26) : 0);
	return i % 8 == 6 ? random : insn;
}

void grade_6_1(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	const u64 class = (u64)EC_DABT_LOWER << 26, abort = class | ESR_IL;
	u32 *code = phys_to_virt(frame_alloc());

	/* The probe's vCPU sees the hypervisor's memory: its instructions lie there. */
	npt_map_region(&vm->npt, virt_to_phys(code), virt_to_phys(code), FRAME_SIZE_BYTES,
		       NPT_READ | NPT_EXEC);
	vcpu_load(vcpu);
	for (u32 i = 0; i < 120; i++) {
		u64 iss = (grade_random() & 0x1ffffff & ~(ISS_CM | ISS_S1PTW)) | ISS_ISV;
		u32 insn = grade_6_1_insn(i);

		for (u32 n = 0; n < 31; n++)
			vcpu->arch.gpr[n] = grade_random();
		vcpu->arch.spsr = SPSR_EL1H;
		vcpu->arch.elr = (u64)&code[i];
		code[i] = insn;
		grade_6_1_case(vcpu, class | (i % 3 ? ESR_IL : 0) | iss, "not looked at", insn);
		grade_6_1_case(vcpu, abort | FAULT_TRANSLATION, "fetched", insn);
		if (i % 8 == 1)
			grade_6_1_case(vcpu, abort | iss | (i % 16 < 8 ? ISS_CM : ISS_S1PTW),
				       "no access of its own", insn);
		if (i % 8 == 2) {
			vcpu->arch.spsr = 0x10;
			grade_6_1_case(vcpu, abort | FAULT_TRANSLATION, "in AArch32", insn);
			grade_6_1_case(vcpu, abort | iss, "in AArch32", insn);
		}
	}
	vcpu->arch.spsr = SPSR_EL1H;
	vcpu->arch.elr = 0x3000000000;
	grade_6_1_case(vcpu, abort | FAULT_TRANSLATION, "not there", 0);
	vm_destroy(vm);
	grade_guest(1);
}
