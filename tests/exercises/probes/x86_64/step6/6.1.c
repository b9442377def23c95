#include <hv/frame.h>
#include <hv/grade.h>
#include <hv/pcpu.h>

/* Mostly what the table has, behind prefixes, with all else by chance. */
static u32 grade_6_1_insn(u8 *code, bool long_mode)
{
	static const u8 prefixes[] = { 0x66, 0x67, 0x2e, 0x3e, 0x64, 0x65, 0xf2, 0xf3, 0x26, 0x36 };
	u32 n = 0, opcode = forms[grade_below(ARRAY_SIZE(forms))].opcode;

	for (u32 i = grade_below(3); i; i--)
		code[n++] = prefixes[grade_below(grade_below(2) ? 2 : ARRAY_SIZE(prefixes))];
	if (long_mode && grade_below(2))
		code[n++] = 0x40 | grade_below(16);
	if (grade_below(16) == 0)
		opcode = grade_below(256);
	/* Outside of 64-bit mode what would be REX is an instruction. */
	if (!long_mode && grade_below(8) == 0)
		code[n++] = 0x40 | grade_below(16);
	if (grade_below(12) == 0)
		code[n++] = 0x66;	/* then a REX in front of it is none */
	/* An immediate of four bytes for a store of eight. */
	if (long_mode && grade_below(12) == 0) {
		code[n++] = 0x48;
		opcode = 0xc7;
	}
	if (opcode > 0xff)
		code[n++] = opcode >> 8;
	code[n++] = opcode;
	for (u32 i = n; i < 16; i++)
		code[i] = grade_random();
	if ((u8)opcode >= 0xc6 && opcode < 0x100 && grade_below(4))
		code[n] &= 0xc7;
	if (code[n] >= 0xc0 && grade_below(8))
		code[n] &= 0xbf;
	return n;
}

static void grade_6_1_case(struct vcpu *vcpu, u8 *code, u32 mode)
{
	struct vm_exit exit = { .reason = REASON_NESTED_FAULT };
	struct mmio mmio = { .value = 0x77 };
	u64 first, second;
	enum mmio_result result;

	__builtin_memcpy(&first, code, 8);
	__builtin_memcpy(&second, code + 8, 8);
	result = arch_mmio_decode(vcpu, &exit, &mmio);
	if (result != MMIO_OK)
		printf("\n");
	if (result == MMIO_OK)
		tell("%u bits, bytes %016lx %016lx (last first): %s of %u bytes, register %u (%u "
		     "bytes)%s, value %lx, %u bytes long",
		     mode, second, first, mmio.write ? "store" : "load", mmio.width, mmio.reg,
		     mmio.reg_width, mmio.sign_extend ? ", signed" : "", mmio.write ? mmio.value : 0,
		     mmio.insn_length);
	else
		tell("%u bits, bytes %016lx %016lx (last first): result %d", mode, second, first,
		     result);
}

void grade_6_1(void)
{
	static const u32 access[] = { ACCESS_CODE64, ACCESS_CODE64,
				      (ACCESS_CODE64 & ~ACCESS_LONG) | ACCESS_BIG, ACCESS_CODE16 };
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 16 * MiB, 0);
	u8 *page = phys_to_virt(frame_alloc());
	u64 cr0;

	npt_map_region(&vm->npt, virt_to_phys(page), virt_to_phys(page), 4096, NPT_RAM);
	vcpu_load(vcpu);
	cr0 = state_get(vcpu, cr0);
	state_set(vcpu, cr0, cr0 & ~(u64)CR0_PG);
	for (u32 i = 0; i < 400; i++) {
		u32 mode = grade_below(4);
		u8 *code = page + (i % 8 ? grade_below(4000) : 4096 - 16);

		for (u32 n = 0; n < 16; n++)
			vcpu->arch.gpr[n] = grade_random();
		grade_6_1_insn(code, mode < 2);
		/* The rest is on a page that is not there. */
		vcpu->arch.rip = (u64)code;
		if (i % 8 == 0) {
			u32 left = 1 + grade_below(15);

			__builtin_memmove(page + 4096 - left, code, left);
			code = page + 4096 - 16;
			vcpu->arch.rip = (u64)page + 4096 - left;
		}
		vcpu->arch.exit.walk = i % 50 == 49;
		state_set(vcpu, cs_access, access[mode]);
		grade_6_1_case(vcpu, code, mode < 2 ? 64 : mode == 2 ? 32 : 16);
	}
	state_set(vcpu, cr0, cr0);
	vm_destroy(vm);
	grade_guest(1);
}
