#include <hv/grade.h>
#include <hv/pcpu.h>
#include <hv/vm.h>

void grade_5_5(void)
{
	static const u64 causes[] = { CAUSE_FETCH_GUEST_PAGE, CAUSE_LOAD_GUEST_PAGE,
				      CAUSE_STORE_GUEST_PAGE, CAUSE_LOAD_ACCESS, CAUSE_VIRTUAL };
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	vcpu_load(vcpu);
	for (u32 i = 0; i < 50; i++) {
		struct vm_exit exit = { .reason = NR_REASONS, .code = causes[i % 5] };
		u64 gva = grade_random(), gpa = grade_random() & (BIT(40) - 1);

		if (i % 4 == 1)
			gva >>= grade_below(64);
		gpa = (gpa & ~4095ul) | (gva & 4095);
		/* Of the guest's own table walk: an entry of its table; nothing of gva is in it. */
		if (i % 3 == 2) {
			gpa = grade_random() & (BIT(40) - 1) & ~7ul;
			gva &= ~3ul;
		}
		csr_write(htval, gpa >> 2);
		csr_write(stval, gva | (exit.code == CAUSE_VIRTUAL));
		arch_exit_decode_rest(vcpu, &exit);
		tell("cause %lu, htval %lx, stval %lx: reason %u, gpa %lx, gva %lx, access %u, "
		     "instruction %x",
		     exit.code, csr_read(htval), gva, exit.reason, exit.gpa, exit.gva, exit.access,
		     exit.insn);
	}
	vm_destroy(vm);
	grade_guest(1);
}
