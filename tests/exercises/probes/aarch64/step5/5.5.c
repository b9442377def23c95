#include <hv/frame.h>
#include <hv/grade.h>
#include <hv/pcpu.h>

/* The guest's own table: 512 blocks of 1 GiB, each somewhere else and some nowhere. */
#define GRADE_5_5_BITS 39

static void grade_5_5_stage1(struct vm *vm)
{
	hpa_t frame = frame_alloc();
	u64 *table = phys_to_virt(frame);

	for (u32 i = 0; i < 512; i++)
		table[i] = grade_below(8) ? grade_below(1024) * GiB | BIT(10) | BIT(0) : 0;
	dsb(sy);
	npt_map_region(&vm->npt, frame, frame, FRAME_SIZE_BYTES, NPT_READ | NPT_WRITE);
	sysreg_write(ttbr0_el1, frame);
	sysreg_write(tcr_el1, TCR_T0SZ(GRADE_5_5_BITS) | 2ul << 32);
	sysreg_write(mair_el1, ~0ul);
	sysreg_write(sctlr_el1, SCTLR_EL1_RES1 | SCTLR_M);
	isb();
}

static void grade_5_5_case(struct vcpu *vcpu, u64 class, u64 iss, u64 gva, u64 page)
{
	struct vm_exit exit = { .reason = NR_REASONS, .code = class << 26 | ESR_IL | iss };

	sysreg_write(far_el2, gva);
	sysreg_write(hpfar_el2, page >> 8);
	sysreg_write(par_el1, 0x800);
	isb();
	arch_exit_decode_rest(vcpu, &exit);
	tell("class %lx, ISS %lx, FAR_EL2 %lx, HPFAR_EL2 %lx:", class, iss, gva, page >> 8);
	if (exit.reason == REASON_NESTED_FAULT)
		tell("  reason %u, gva %lx, gpa %lx, access %u", exit.reason, exit.gva, exit.gpa,
		     exit.access);
	else
		tell("  reason %u", exit.reason);
	tell("  the guest's PAR_EL1 is %s", sysreg_read(par_el1) == 0x800 ? "kept" : "changed");
}

void grade_5_5(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	vcpu_load(vcpu);
	grade_5_5_stage1(vm);
	for (u32 i = 0; i < 160; i++) {
		/* Its type and level, and the bits that say which way and whose table walk. */
		u64 type = i % 4 == 0 ? FAULT_TRANSLATION : i % 4 == 1 ? FAULT_PERMISSION :
			   i % 4 == 2 ? FAULT_ACCESS_FLAG : grade_below(16) << 2;
		u64 iss = type | grade_below(4) | (grade_below(2) ? ISS_WNR : 0) |
			  (grade_below(3) ? 0 : ISS_S1PTW);
		u64 gva = grade_random() % BIT(GRADE_5_5_BITS);
		u64 page = grade_random() & (BIT(40) - 1) & ~0xffful;

		grade_5_5_case(vcpu, i / 4 % 2 ? EC_DABT_LOWER : EC_IABT_LOWER, iss, gva, page);
	}
	sysreg_write(sctlr_el1, SCTLR_EL1_RES1);
	vm_destroy(vm);
	grade_guest(1);
}
