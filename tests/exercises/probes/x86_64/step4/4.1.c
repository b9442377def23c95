#include <arch/cpu.h>
#include <arch/traps.h>
#include <arch/virt.h>
#include <arch/x86.h>
#include <hv/frame.h>
#include <hv/grade.h>
#include <hv/pcpu.h>
#include <hv/vm.h>

/* The instructions that exit, whatever their operands are; those below are one vendor's. */
static const struct {
	const char *name;
	u8 length, bytes[4];
} grade_4_1_insns[] = {
	{ "cpuid", 2, { 0x0f, 0xa2 } },	    { "hlt", 1, { 0xf4 } },
	{ "invd", 2, { 0x0f, 0x08 } },	    { "rdpmc", 2, { 0x0f, 0x33 } },
	{ "rdmsr", 2, { 0x0f, 0x32 } },	    { "wrmsr", 2, { 0x0f, 0x30 } },
	{ "in $n, %al", 2, { 0xe4, 0x60 } },  { "in $n, %eax", 2, { 0xe5, 0x84 } },
	{ "in %dx, %al", 1, { 0xec } },	    { "in %dx, %ax", 2, { 0x66, 0xed } },
	{ "in %dx, %eax", 1, { 0xed } },    { "out %al, %dx", 1, { 0xee } },
	{ "out %ax, %dx", 2, { 0x66, 0xef } }, { "out %eax, $n", 2, { 0xe7, 0x12 } },
	{ "outsb", 1, { 0x6e } },
	{ "mov %rax, %cr4", 3, { 0x0f, 0x22, 0xe0 } },
	{ "mov %rsi, %cr4", 3, { 0x0f, 0x22, 0xe6 } },
	{ "mov %r9, %cr4", 4, { 0x41, 0x0f, 0x22, 0xe1 } },
	{ "mwait", 3, { 0x0f, 0x01, 0xc9 } },
}, grade_4_1_intel[] = {
	{ "vmxoff", 3, { 0x0f, 0x01, 0xc4 } },	 { "vmlaunch", 3, { 0x0f, 0x01, 0xc2 } },
	{ "mov %rbx, %cr8", 4, { 0x44, 0x0f, 0x22, 0xc3 } },
	{ "mov %cr8, %rbp", 4, { 0x44, 0x0f, 0x20, 0xc5 } },
	{ "mov %rdi, %cr0", 3, { 0x0f, 0x22, 0xc7 } },
}, grade_4_1_amd[] = {
	{ "vmload", 3, { 0x0f, 0x01, 0xda } }, { "stgi", 3, { 0x0f, 0x01, 0xdc } },
	{ "clgi", 3, { 0x0f, 0x01, 0xdd } },   { "invlpga", 3, { 0x0f, 0x01, 0xdf } },
};

/* What is not an instruction of ours is never skipped, and not all have details. */
static void grade_4_1_tell(struct vcpu *vcpu, const char *name, const struct vm_exit *exit)
{
	bool details = exit->insn == INSN_IO || exit->insn == INSN_CR;

	tell("%s, exit code %lx: reason %u, instruction %u, length %u, information %lx", name,
	     exit->code, exit->reason, exit->insn,
	     exit->insn == INSN_UNDEFINED ? 0 : vcpu->arch.exit.length,
	     details ? vcpu->arch.exit.info : 0);
}

/* Has a guest execute it, with registers that the last run did not have. */
static void grade_4_1_insn(struct vcpu *vcpu, u8 *code, const char *name, const u8 *bytes)
{
	struct vm_exit exit = { .reason = NR_REASONS, .insn = 0x77 };

	for (u32 n = 0; n < 4; n++)
		code[n] = bytes[n];
	for (u32 n = 0; n < 16; n++)
		vcpu->arch.gpr[n] = grade_random() | CR4_VMXE;
	vcpu->arch.gpr[RCX] = grade_random() & 0x1ff; /* what RDMSR finds there, exits */
	vcpu->arch.gpr[RDI] = state_get(vcpu, cr0_shadow) ^ CR0_CD;
	vcpu->arch.rip = (u64)code;
	vcpu->arch.rflags = RFLAGS_RES1;
	vcpu->arch.exit = (struct exit_insn){ 0x99, 0 };
	if (vcpu_run(vcpu, &exit))
		tell("%s: the entry was refused", name);
	else
		grade_4_1_tell(vcpu, name, &exit);
}

/* An exit that is made up: of SVM all of it, of VMX its number. */
static void grade_4_1_made_up(struct vcpu *vcpu, u64 code, u8 *at)
{
	struct vm_exit exit = { .code = code, .reason = NR_REASONS, .insn = 0x77 };
	bool nrips = cpu_features.nrips;

	vcpu->arch.exit = (struct exit_insn){ 0x99, 0 };
	if (virt == &svm) {
		u64 *control = (u64 *)vcpu->arch.control;
		u32 width = grade_below(3), flags = grade_below(8) & 5;

		cpu_features.nrips = grade_below(2);
		at[0] = grade_below(2) ? 0x40 | grade_below(16) : 0x0f;
		at[at[0] == 0x0f ? 1 : 2] = 0x22;
		at[1 - (at[0] == 0x0f)] = 0x0f;
		at[at[0] == 0x0f ? 2 : 3] = 0xe0 | grade_below(8);
		vcpu->arch.rip = (u64)at;
		control[0x78 / 8] = code == 0x7b ? grade_below(0x10000) << 16 | 16 << width | flags :
				    code == 0x14 ? grade_below(2) << 63 | grade_below(16) :
						   grade_below(2);
		control[0x80 / 8] = vcpu->arch.rip + 1 + grade_below(15);
		control[0xc8 / 8] = vcpu->arch.rip + 1 + grade_below(15);
	}
	virt->exit_decode(vcpu, &exit);
	if (exit.reason == NR_REASONS)
		tell("made up, exit code %lx: not ours", code);
	else
		grade_4_1_tell(vcpu, "made up", &exit);
	cpu_features.nrips = nrips;
}

void grade_4_1(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	u8 *code = phys_to_virt(frame_alloc());

	/* Until step 5 a guest has the hypervisor's memory, and here its page tables too. */
	vm->ram_size = 64 * MiB;
	vcpu->arch.state.cr3 = cr_read(cr3);
	vcpu_load(vcpu);
	for (u32 i = 0; i < 6 * ARRAY_SIZE(grade_4_1_insns); i++) {
		u32 n = grade_below(4) ? i % ARRAY_SIZE(grade_4_1_insns) : 0;

		grade_4_1_insn(vcpu, code + grade_below(4000), grade_4_1_insns[n].name,
			       grade_4_1_insns[n].bytes);
		n = grade_below(virt == &vmx ? ARRAY_SIZE(grade_4_1_intel) : ARRAY_SIZE(grade_4_1_amd));
		if (virt == &vmx)
			grade_4_1_insn(vcpu, code + grade_below(4000), grade_4_1_intel[n].name,
				       grade_4_1_intel[n].bytes);
		else
			grade_4_1_insn(vcpu, code + grade_below(4000), grade_4_1_amd[n].name,
				       grade_4_1_amd[n].bytes);
	}
	for (u32 i = 0; i < 300; i++)
		grade_4_1_made_up(vcpu, i < 144 ? i : i % 3 ? 0x14 + 0x67 * (i % 2) : grade_random(),
				  code + grade_below(4000));
	vm_destroy(vm);
	grade_guest(1);
}
