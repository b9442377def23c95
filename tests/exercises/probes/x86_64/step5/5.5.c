#include <arch/traps.h>
#include <arch/virt.h>
#include <arch/vmcs.h>
#include <arch/x86.h>
#include <hv/frame.h>
#include <hv/grade.h>
#include <hv/pcpu.h>
#include <hv/vm.h>

static void grade_5_5_tell(struct vcpu *vcpu, const char *how, const struct vm_exit *exit)
{
	if (exit->reason == NR_REASONS)
		tell("%s, exit code %lx: not ours", how, exit->code);
	else if (exit->reason == REASON_NESTED_FAULT)
		tell("%s, exit code %lx: nested fault, gpa %lx, gva %lx, access %u, walk %d", how,
		     exit->code, exit->gpa, exit->gva, exit->access, vcpu->arch.exit.walk);
	else
		tell("%s, exit code %lx: reason %u, instruction %u, length %u", how, exit->code,
		     exit->reason, exit->insn, vcpu->arch.exit.length);
}

/* mov %rax, (%rsi), mov (%rsi), %rax, and what exits without being a fault */
static const u8 grade_5_5_code[][4] = {
	{ 0x48, 0x89, 0x06 }, { 0x48, 0x8b, 0x06 }, { 0x0f, 0xa2 }, { 0xf4 },
};

/*
 * Its own page tables, or a part of them, may be missing in the second stage; so may its code, and
 * what it reads or writes.
 */
static void grade_5_5_run(struct vcpu *vcpu, u8 *code, u64 cr3)
{
	u64 offset = grade_below(4000), missing = grade_random() % 0x30000000 & ~7ul;
	struct vm_exit exit = { .reason = NR_REASONS };
	u32 n = grade_below(ARRAY_SIZE(grade_5_5_code)), case_ = grade_below(4);

	for (u32 i = 0; i < 4; i++)
		code[offset + i] = grade_5_5_code[n][i];
	for (u32 i = 0; i < 16; i++)
		vcpu->arch.gpr[i] = grade_random();
	vcpu->arch.gpr[RSI] = 0x50000000 + missing;
	vcpu->arch.rip = (case_ == 3 ? 0x40000000 : (u64)code) + offset;
	vcpu->arch.rflags = RFLAGS_RES1;
	vcpu->arch.exit = (struct exit_insn){ .length = 99, .walk = grade_below(2) };
	state_set(vcpu, cr3, case_ == 2 ? 0x60000000 + (missing & ~4095ul) : cr3);
	if (vcpu_run(vcpu, &exit))
		tell("the entry was refused");
	else
		grade_5_5_tell(vcpu, case_ == 3 ? "a fetch from where nothing is" :
				     case_ == 2 ? "page tables where nothing is" :
				     n == 0	? "a store" : n == 1 ? "a load" : "an instruction",
			       &exit);
}

/*
 * Switching to paging with PAE makes the CPU itself read the table that CR3 names, for no address
 * of the guest's (SDM 4.4.1).
 */
static void grade_5_5_without_address(struct vcpu *vcpu, u8 *code)
{
	struct vm_exit exit = { .reason = NR_REASONS };
	u64 cr0 = state_get(vcpu, cr0);

	code[0] = 0x0f;
	code[1] = 0x22;
	code[2] = 0xc0; /* mov %eax, %cr0 */
	state_set(vcpu, efer, 0);
	state_set(vcpu, cs_access, (ACCESS_CODE64 & ~ACCESS_LONG) | ACCESS_BIG);
	state_set(vcpu, cr3, 0x30000000 | grade_below(0x10000) << 12);
	state_set(vcpu, cr0, cr0 & ~(u64)CR0_PG);
	vcpu->arch.gpr[RAX] = cr0 | CR0_PG;
	vcpu->arch.rip = (u64)code;
	vcpu->arch.rflags = RFLAGS_RES1;
	if (vcpu_run(vcpu, &exit))
		tell("the entry was refused");
	else
		grade_5_5_tell(vcpu, "an access of the CPU's own", &exit);
	state_set(vcpu, cr0, cr0);
}

/* What an exit leaves; VMX lets it be written on newer CPUs (SDM A.6). */
static void grade_5_5_fields(void)
{
	u64 info = grade_random() & 0x1bf;

	if (!(msr_read(MSR_VMX_MISC) & BIT(29)))
		return;
	/* Bit 8 means something only with bit 7. */
	vmcs_write(VMCS_QUALIFICATION, info & BIT(7) ? info : info & ~BIT(8));
	vmcs_write(VMCS_GUEST_PHYSICAL, grade_random() & (BIT(40) - 1));
	vmcs_write(VMCS_GUEST_LINEAR, grade_random());
}

/* An exit that is made up. */
static void grade_5_5_made_up(struct vcpu *vcpu, u64 code)
{
	struct vm_exit exit = { .code = code, .reason = NR_REASONS };
	u64 *control = (u64 *)vcpu->arch.control;

	vcpu->arch.exit = (struct exit_insn){ .length = 99, .walk = grade_below(2) };
	if (virt == &vmx)
		grade_5_5_fields();
	if (virt == &svm) {
		vcpu->arch.rip = grade_random();
		control[0x78 / 8] = grade_below(32) | grade_below(4) << 32;
		control[0x80 / 8] = grade_random() & (BIT(40) - 1);
		control[0xc8 / 8] = vcpu->arch.rip + grade_below(15);
		if (code == 0x7b || code == 0x14)
			return;
	}
	virt->exit_decode(vcpu, &exit);
	grade_5_5_tell(vcpu, "made up", &exit);
}

void grade_5_5(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 16 * MiB, 0);
	u64 *tables = phys_to_virt(frame_alloc_contig(3, FRAME_SIZE_BYTES));
	u8 *code = (u8 *)&tables[1024];

	/* The guest's own tables: two pages of 1 GiB, of which only the first is where it seems. */
	tables[0] = (u64)&tables[512] | 7;
	tables[512] = 0x87;
	tables[513] = 0x87 | 5 * GiB;
	npt_map_region(&vm->npt, (gpa_t)tables, (hpa_t)tables, 3 * FRAME_SIZE_BYTES, NPT_RAM);
	vm->ram_base = (gpa_t)tables;
	vm->ram_size = 3 * FRAME_SIZE_BYTES;
	vcpu_load(vcpu);
	state_set(vcpu, cr4, state_get(vcpu, cr4) | CR4_PAE);
	state_set(vcpu, cs_access, ACCESS_CODE64);
	for (u32 i = 0; i < 80; i++)
		grade_5_5_run(vcpu, code, (u64)tables);
	state_set(vcpu, cr3, (u64)tables);
	for (u32 i = 0; i < 8 && virt == &vmx; i++)
		grade_5_5_without_address(vcpu, code + grade_below(4000));
	for (u32 i = 0; i < 120; i++)
		grade_5_5_made_up(vcpu, i % 3 == 0 ? 0x400 : i % 3 == 1 ? 48 : grade_below(128));
	vm_destroy(vm);
	grade_guest(1);
}
