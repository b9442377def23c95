#include <hv/grade.h>
#include <hv/pcpu.h>

static void grade_4_5_before(struct vcpu *vcpu)
{
	for (u32 n = 0; n < 16; n++)
		vcpu->arch.gpr[n] = grade_random();
	vcpu->arch.rip = 0x100000000 | (grade_random() >> 33);
	vcpu->arch.exit.length = 1 + grade_below(15);
	vcpu->vm->ended = false;
	vcpu->vm->status = 77;
	state_set(vcpu, event, 0);
	state_set(vcpu, event_error, 0);
}

static void grade_4_5_after(struct vcpu *vcpu, enum exit_result result, u64 rip)
{
	u64 *gpr = vcpu->arch.gpr, sum = 0;

	for (u32 n = 1; n < 16; n++)
		sum = sum * 31 + (n == RDX ? 0 : gpr[n]);
	tell("  result %d, rax %lx, rdx %lx, sum of others %lx, rip + %ld of %u, event %lx %lx, VM "
	     "ended %d with %d",
	     result, gpr[RAX], gpr[RDX], sum, (long)(vcpu->arch.rip - rip), vcpu->arch.exit.length,
	     state_get(vcpu, event), state_get(vcpu, event_error), vcpu->vm->ended,
	     vcpu->vm->status);
}

static void grade_4_5_port(struct vcpu *vcpu, u32 i)
{
	u64 port = i % 4 ? grade_below(0x10000) : BOARD_PM1_CONTROL, info, rip;

	grade_4_5_before(vcpu);
	rip = vcpu->arch.rip;
	info = port << 16 | (i % 5 ? 0 : IO_STRING) | (grade_below(3) ? IO_IN : 0);
	info |= (1 << grade_below(3)) - 1;
	if (i % 3 == 0)
		info &= ~IO_IN;
	if (grade_below(2))
		vcpu->arch.gpr[RAX] ^= vcpu->arch.gpr[RAX] & PM1_SLEEP;
	vcpu->arch.exit.info = info;
	tell("%s%s port %lx, %lu bytes, rax %lx:", info & IO_STRING ? "string, " : "",
	     info & IO_IN ? "in from" : "out to", port, IO_WIDTH(info), vcpu->arch.gpr[RAX]);
	grade_4_5_after(vcpu, port_io(vcpu), rip);
}

static void grade_4_5_msr(struct vcpu *vcpu, u32 i)
{
	static const u32 msrs[] = { MSR_EFER, MSR_PAT, MSR_PAT, MSR_TSC_AUX, 0x1b, MSR_VM_HSAVE_PA };
	u64 *gpr = vcpu->arch.gpr, rip;
	bool write = i % 2;

	grade_4_5_before(vcpu);
	rip = vcpu->arch.rip;
	gpr[RCX] = (gpr[RCX] & ~0xfffffffful) | msrs[grade_below(ARRAY_SIZE(msrs))];
	if (i % 7 == 6)
		gpr[RCX] = grade_random() | 0x4000; /* none that is emulated */
	if (i % 3 == 0) {		/* values that a PAT and EFER take */
		gpr[RAX] = (grade_random() << 32) | ((u32)gpr[RCX] == MSR_EFER ?
			EFER_LME | EFER_LMA | (u32)grade_below(2) :
			0x00010406 * (1 + (u32)grade_below(2) * 0x0));
		gpr[RDX] = (grade_random() << 32) | ((u32)gpr[RCX] == MSR_EFER ? 0 :
						     4 + 0x100 * (u32)grade_below(2));
	}
	tell("%s of MSR %lx, rdx %lx, rax %lx:", write ? "write" : "read", gpr[RCX], gpr[RDX],
	     gpr[RAX]);
	grade_4_5_after(vcpu, msr_access(vcpu, write), rip);
}

void grade_4_5(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	vcpu_load(vcpu);
	for (u32 i = 0; i < 80; i++) {
		grade_4_5_port(vcpu, i);
		grade_4_5_msr(vcpu, i);
	}
	vm_destroy(vm);
	grade_guest(1);
}
