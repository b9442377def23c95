#include <hv/grade.h>
#include <hv/vm.h>

void grade_3_3(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	struct vm_exit exit = { .reason = REASON_HYPERCALL };

	for (u32 i = 0; i < 60; i++) {
		u64 *gpr = vcpu->arch.gpr, rip = grade_random(), changed = 0, before[16];
		enum exit_result result;

		for (u32 n = 0; n < 16; n++)
			gpr[n] = grade_random();
		/* Ping and show; done, with a status of its own; what there is not. */
		gpr[RAX] = LADDER + (i % 4 == 1 ? LADDER_PING : i % 4 % 2 == 0 ?
				     grade_below(3) : grade_below(256));
		if (i % 4 == 0)
			gpr[RAX] ^= 1ul << (i % 8 ? grade_below(32) : 32 + grade_below(32));
		for (u32 n = 0; n < 16; n++)
			before[n] = gpr[n];
		vcpu->arch.rip = rip;
		vm->ended = false;
		vm->status = 77;
		result = arch_hypercall(vcpu, &exit);
		for (u32 n = 0; n < 16; n++)
			changed |= n != RAX && n != RDX && gpr[n] != before[n] ? BIT(n) : 0;
		tell("rax %lx, rdi %lx at rip %lx:", before[RAX], before[RDI], rip);
		tell("  result %d, rax %lx, rdx %lx, others changed %lx, rip + %ld, ended %d with %d",
		     result, gpr[RAX], gpr[RDX], changed, (long)(vcpu->arch.rip - rip), vm->ended,
		     vm->status);
	}
	vm_destroy(vm);
	grade_guest(1);
}
