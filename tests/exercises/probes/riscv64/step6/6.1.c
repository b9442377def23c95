#include <hv/frame.h>
#include <hv/grade.h>
#include <hv/pcpu.h>
#include <hv/vm.h>

static void grade_6_1_case(struct vcpu *vcpu, const char *how, u64 insn)
{
	struct vm_exit exit = { .reason = REASON_NESTED_FAULT };
	struct mmio mmio = { .value = 0x77 };
	enum mmio_result result = arch_mmio_decode(vcpu, &exit, &mmio);

	if (result == MMIO_OK)
		tell("%s %lx: %s of %u bytes, x%u%s, value %lx, %u bytes long", how, insn,
		     mmio.write ? "store" : "load", mmio.width, mmio.reg,
		     mmio.sign_extend ? ", signed" : "", mmio.write ? mmio.value : 0,
		     mmio.insn_length);
	else
		tell("%s %lx: result %d", how, insn, result);
}

/* A load or store of each form, its registers and offset by chance; others in between. */
static u32 grade_6_1_insn(u32 i)
{
	u32 random = grade_random(), funct3 = grade_below(8);

	switch (i % 4) {
	case 0:
		return (random & ~0x707f) | funct3 << 12 | OPCODE_LOAD;
	case 1:
		return (random & ~0x707f) | funct3 << 12 | OPCODE_STORE;
	case 2:
		return (random & ~0x7f) | (grade_below(2) ? 0x2f : 0x07);
	default:
		return random | 3;
	}
}

static u16 grade_6_1_short(u32 i)
{
	static const u8 forms[] = { 0x02, 0x03, 0x06, 0x07, 0x22, 0x23, 0x26, 0x27 };
	u32 form = i % 10 < 8 ? forms[i % 10] : (u32)grade_below(48);

	return (form & 7) << 13 | (form >> 4) % 3 | (grade_random() & 0x1ffc);
}

void grade_6_1(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	u32 *code = phys_to_virt(frame_alloc_contig(2, FRAME_SIZE_BYTES));

	/* The probe's vCPU sees the hypervisor's memory: its instructions lie there. */
	npt_map_region(&vm->npt, ALIGN_DOWN(virt_to_phys(code), 4096),
		       ALIGN_DOWN(virt_to_phys(code), 4096), 8192, NPT_READ | NPT_EXEC);
	vcpu_load(vcpu);
	for (u32 i = 0; i < 160; i++) {
		u32 insn = grade_6_1_insn(i);

		for (u32 n = 1; n < 32; n++)
			vcpu->arch.gpr[n] = grade_random();
		if (i % 8 < 4) {	/* bit 1 says how long it was */
			csr_write(htinst, insn & ~(i % 3 ? 0 : 2));
			grade_6_1_case(vcpu, "transformed", csr_read(htinst));
		}
		csr_write(htinst, 0);
		vcpu->arch.sepc = (u64)&code[i];
		code[i] = i % 2 ? insn : grade_6_1_short(i / 2);
		__asm__ volatile("fence.i" ::: "memory");
		grade_6_1_case(vcpu, "fetched", code[i]);
	}
	csr_write(htinst, 0x2000);
	grade_6_1_case(vcpu, "pseudoinstruction", 0x2000);
	csr_write(htinst, 0);
	vcpu->arch.sepc = 0x10;
	grade_6_1_case(vcpu, "not there", 0);
	vm_destroy(vm);
	grade_guest(1);
}
