// SPDX-License-Identifier: MIT
/* From ESR_EL2 to a reason that core/ understands. */
#include <arch/sysreg.h>
#include <arch/traps.h>
#include <hv/arch.h>
#include <hv/exit.h>
#include <hv/printf.h>
#include <hv/vm.h>

/*
 * Where the guest's own tables lead this address; ~0, which is no one's, where they lead nowhere.
 */
static gpa_t translate(gva_t gva)
{
	u64 par_of_guest = sysreg_read(par_el1), par;

	__asm__ volatile("at s1e1r, %0" ::"r"(gva) : "memory");
	isb();
	par = sysreg_read(par_el1);
	sysreg_write(par_el1, par_of_guest);
	return par & PAR_F ? ~0ul : (par & PAR_ADDRESS) | (gva & 0xfff);
}

/* An access that the second stage stopped; false if it is an abort of another kind. */
static bool decode_abort(struct vm_exit *exit, u64 iss)
{
	u64 type = ISS_FAULT_TYPE(iss);

	if (type != FAULT_TRANSLATION && type != FAULT_ACCESS_FLAG && type != FAULT_PERMISSION)
		return false;
	exit->gva = sysreg_read(far_el2);
	/*
	 * HPFAR_EL2 is not filled by permission faults, but for the guest's own table walks
	 * ("HPFAR_EL2").
	 */
	if (type == FAULT_PERMISSION && !(iss & ISS_S1PTW))
		exit->gpa = translate(exit->gva);
	else /* of a table walk only the page is known */
		exit->gpa = (sysreg_read(hpfar_el2) & ~0xful) << 8 |
			    (iss & ISS_S1PTW ? 0 : exit->gva & 0xfff);
	exit->access = ESR_EC(exit->code) == EC_IABT_LOWER	 ? NPT_EXEC :
		       (iss & ISS_WNR) && !(iss & ISS_S1PTW) ? NPT_WRITE :
								 NPT_READ;
	return true;
}

bool vcpu_fetch(const struct vcpu *vcpu, u32 *insn)
{
	return vm_read_guest(vcpu->vm, translate(vcpu->arch.elr), insn, sizeof(*insn));
}

void arch_exit_decode_rest(struct vcpu *vcpu, struct vm_exit *exit)
{
	if (exit->code == ESR_IRQ) {
		exit->reason = REASON_EXTERNAL_INTERRUPT;
		return;
	}
	switch (ESR_EC(exit->code)) {
	case EC_IABT_LOWER:
	case EC_DABT_LOWER:
		exit->reason = decode_abort(exit, ESR_ISS(exit->code)) ? REASON_NESTED_FAULT :
									 REASON_UNKNOWN;
		break;
	case EC_WFX:
		exit->reason = ESR_ISS(exit->code) & ISS_WFE ? REASON_SYSREG : REASON_IDLE;
		break;
	case EC_SMC64:
		if (exit->code == ESR_SMC0) {
			/*
			 * Alike from here on: a trapped smc is at its own address, an hvc behind
			 * it.
			 */
			vcpu->arch.elr += 4;
			exit->reason = REASON_HYPERCALL;
			break;
		}
		exit->reason = REASON_SYSREG;
		break;
	case EC_HVC64: /* with an immediate that is no one's */
		vcpu->arch.elr -= 4;
		exit->reason = REASON_SYSREG;
		break;
	case EC_SVE:
	case EC_SYSREG:
		exit->reason = REASON_SYSREG;
		break;
	default:
		exit->reason = REASON_UNKNOWN;
	}
}

void arch_skip_instruction(struct vcpu *vcpu, const struct vm_exit *exit)
{
	/* In AArch32, which a guest's user mode may be, there are short ones (ESR_EL2.IL). */
	vcpu->arch.elr += exit->code & ESR_IL ? 4 : 2;
}

/*
 * What the CPU does when EL1 is to take an exception (Arm ARM, "Exception entry"): the vector
 * depends on where it comes from.
 */
static void inject_exception(struct vcpu *vcpu, u64 esr)
{
	u64 from = vcpu->arch.spsr & SPSR_M;
	u64 vector = from == SPSR_EL1T ? 0x000 : from == SPSR_EL1H ? 0x200 :
		     from == 0	       ? 0x400 : 0x600; /* the last: EL0 in AArch32 */

	sysreg_write(spsr_el1, vcpu->arch.spsr);
	sysreg_write(elr_el1, vcpu->arch.elr);
	sysreg_write(esr_el1, esr);
	vcpu->arch.elr = sysreg_read(vbar_el1) + vector;
	vcpu->arch.spsr = SPSR_EL1H | SPSR_DAIF | (vcpu->arch.spsr & SPSR_PAN);
	if (!(sysreg_read(sctlr_el1) & SCTLR_SPAN))
		vcpu->arch.spsr |= SPSR_PAN;
}

void arch_inject_undefined(struct vcpu *vcpu, const struct vm_exit *exit)
{
	inject_exception(vcpu, (u64)EC_UNKNOWN << 26 | (exit->code & ESR_IL));
}

/*
 * The ID registers that say what a 64-bit CPU offers, with the fields that a guest is shown as they
 * are, and what it is told besides. Hidden is what would need registers that we do not switch, or a
 * level that is ours: EL2 and EL3, AArch32, the GIC's system registers, SVE, performance counters,
 * tracing, pointer authentication, VHE and all of stage 2.
 */
#define ID_REGISTERS(REG)                                                                  \
	REG(ID_AA64PFR0_EL1, 4, 0, 0xf000000000ff0000, 0x11) /* EL1 and EL0: 64-bit only */ \
	REG(ID_AA64PFR1_EL1, 4, 1, 0x00000000000000ff, 0)                                   \
	REG(ID_AA64DFR0_EL1, 5, 0, 0x00000000f0f0f00f, 0)                                   \
	REG(ID_AA64ISAR0_EL1, 6, 0, 0xffffffffffffffff, 0)                                  \
	REG(ID_AA64ISAR1_EL1, 6, 1, 0x0fffffff00fff00f, 0)                                  \
	REG(ID_AA64MMFR0_EL1, 7, 0, 0x00000000fffffff0, 2) /* 40 bits of physical address */ \
	REG(ID_AA64MMFR1_EL1, 7, 1, 0x0000000000f0f00f, 0)                                  \
	REG(ID_AA64MMFR2_EL1, 7, 2, 0xf0ff00fff0ffffff, 0)

/*
 * What a guest reads there; false: its CPU has no such register. The rest of the block of ID
 * registers reads as zero (Arm ARM, "Principles of the ID scheme"), and so do the performance
 * counters, which are ours.
 */
static bool guest_value(u32 id, u64 *value)
{
	u32 op1 = ID_OP1(id), crn = ID_CRN(id), crm = ID_CRM(id);

	*value = 0;
	switch (id) {
#define CASE(reg, crm, op2, shown, added)                             \
	case SYSREG_ID(3, 0, 0, crm, op2):                            \
		*value = (sysreg_read(reg) & (shown)) | (added); \
		return true;
		ID_REGISTERS(CASE)
	}
	return ID_OP0(id) == 3 && ((op1 == 0 && crn == 0 && crm != 0) ||
				   (crn == 9 && crm >= 12 && crm <= 14) ||
				   (op1 == 3 && crn == 14 && crm >= 8));
}

/*
 * What wfe waits for, an event, is most often a store of another CPU's, which may have happened by
 * now, and ending early is allowed (Arm ARM, "Wait for Event").
 */
static void wait_for_event(struct vcpu *vcpu, const struct vm_exit *exit)
{
	arch_skip_instruction(vcpu, exit);
	this_pcpu()->slice_over = true; /* so let that CPU run */
}

enum exit_result arch_sysreg(struct vcpu *vcpu, const struct vm_exit *exit)
{
	u64 value, iss = ESR_ISS(exit->code);
	u32 id = ISS_SYSREG_ID(iss);

	if (ESR_EC(exit->code) == EC_WFX) {
		wait_for_event(vcpu, exit);
		return EXIT_HANDLED;
	}
	if (ESR_EC(exit->code) == EC_SYSREG && guest_value(id, &value)) {
		if (ISS_SYSREG_READ(iss))
			vcpu_set_gpr(vcpu, ISS_SYSREG_RT(iss), value);
		arch_skip_instruction(vcpu, exit);
		return EXIT_HANDLED;
	}
	if (ESR_EC(exit->code) == EC_SYSREG)
		printf("ladder: vm %s: %s of S%u_%u_C%u_C%u_%u, which its CPU does not have\n",
		       vcpu->vm->name, ISS_SYSREG_READ(iss) ? "read" : "write", ID_OP0(id),
		       ID_OP1(id), ID_CRN(id), ID_CRM(id), ID_OP2(id));
	arch_inject_undefined(vcpu, exit);
	return EXIT_HANDLED;
}

const char *arch_exit_name(const struct vm_exit *exit)
{
	return trap_cause_name(exit->code);
}
