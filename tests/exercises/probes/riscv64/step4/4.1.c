#include <hv/frame.h>
#include <hv/grade.h>
#include <hv/pcpu.h>
#include <hv/vm.h>

static void grade_4_1_case(struct vcpu *vcpu, u64 code, u64 value, bool kernel)
{
	struct vm_exit exit = { .reason = NR_REASONS, .code = code };

	vcpu->arch.sstatus = kernel ? SSTATUS_SPP : 0;
	csr_write(stval, value);
	arch_exit_decode_rest(vcpu, &exit);
	tell("cause %lu, stval %lx, from %s: reason %u, instruction %x", code, value,
	     kernel ? "VS" : "VU", exit.reason, exit.insn);
}

void grade_4_1(void)
{
	static const u64 causes[] = { CAUSE_VIRTUAL, CAUSE_LOAD_ACCESS, CAUSE_FETCH_ACCESS,
				      CAUSE_ECALL_S };
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	u32 *code = phys_to_virt(frame_alloc());

	vcpu_load(vcpu);
	for (u32 i = 0; i < 24; i++) {
		bool kernel = grade_below(2);
		u32 insn = grade_below(3) == 0 ? INSN_WFI : grade_random() | 3;

		grade_4_1_case(vcpu, CAUSE_VIRTUAL, insn, kernel);
		/* Not said: it has to be fetched where the guest's pc is. */
		vcpu->arch.sepc = (u64)&code[i];
		code[i] = i % 2 ? INSN_WFI : grade_random() | 3;
		__asm__ volatile("fence.i" ::: "memory");
		grade_4_1_case(vcpu, CAUSE_VIRTUAL, 0, kernel);
		grade_4_1_case(vcpu, causes[grade_below(4)], grade_random() | 1, kernel);
	}
	for (u64 cause = 0; cause < 64; cause++)
		if (cause != CAUSE_VIRTUAL)
			grade_4_1_case(vcpu, cause, INSN_WFI, true);
	grade_4_1_case(vcpu, CAUSE_VIRTUAL, INSN_WFI, true);
	grade_4_1_case(vcpu, CAUSE_VIRTUAL, INSN_WFI, false);
	vm_destroy(vm);
	grade_guest(1);
}
