// SPDX-License-Identifier: MIT
/* From scause to a reason that core/ understands. */
#include <arch/csr.h>
#include <arch/extable.h>
#include <arch/traps.h>
#include <hv/arch.h>
#include <hv/exit.h>
#include <hv/vcpu.h>

#define INSN_WFI     0x10500073
#define INSN_WRS_NTO 0x00d00073

/* hlvx reads as the guest fetches: with execute permission, at both stages (priv 18.3.1). */
static bool fetch_half(gva_t gva, u16 *half)
{
	u64 value;
	bool ok;

	__asm__ volatile("	li	%0, 0\n"
			 "1:\n" H_INSN("hlvx.hu %1, (%2)")
			 "	li	%0, 1\n"
			 "2:\n" EXTABLE(1b, 2b)
			 : "=&r"(ok), "=&r"(value)
			 : "r"(gva)
			 : "memory");
	*half = value;
	return ok;
}

bool vcpu_fetch(const struct vcpu *vcpu, u32 *insn)
{
	u16 low, high = 0;

	if (!fetch_half(vcpu->arch.sepc, &low))
		return false;
	/* Both low bits set: 32 bits long; else compressed (unprivileged ISA 20240411, 1.5). */
	if ((low & 3) == 3 && !fetch_half(vcpu->arch.sepc + 2, &high))
		return false;
	*insn = (u32)high << 16 | low;
	return true;
}

void arch_exit_decode_rest(struct vcpu *vcpu, struct vm_exit *exit)
{
	switch (exit->code) {
	case CAUSE_INTERRUPT | IRQ_STI:
		exit->reason = REASON_TIMER;
		break;
	case CAUSE_INTERRUPT | IRQ_SEI:
		exit->reason = REASON_EXTERNAL_INTERRUPT;
		break;
	case CAUSE_FETCH_GUEST_PAGE:
	case CAUSE_LOAD_GUEST_PAGE:
	case CAUSE_STORE_GUEST_PAGE:
		exit->reason = REASON_NESTED_FAULT;
		exit->gva = csr_read(stval);
		/* htval lacks the lowest two bits; an access within a page has them from stval. */
		exit->gpa = csr_read(htval) << 2 | (exit->gva & 3);
		exit->access = exit->code == CAUSE_FETCH_GUEST_PAGE ? NPT_EXEC :
			       exit->code == CAUSE_LOAD_GUEST_PAGE  ? NPT_READ :
								      NPT_WRITE;
		break;
	case CAUSE_VIRTUAL:
		/*
		 * stval holds the instruction, or 0 where the hart does not say (priv 18.6.1); QEMU
		 * 10 does not for wrs.nto.
		 */
		exit->insn = csr_read(stval);
		if (!exit->insn)
			vcpu_fetch(vcpu, &exit->insn);
		/*
		 * A user program may not wait (priv 18.6.1): its kernel gets an exception instead.
		 */
		exit->reason = exit->insn == INSN_WFI && (vcpu->arch.sstatus & SSTATUS_SPP) ?
				       REASON_IDLE :
				       REASON_SYSREG;
		break;
	default:
		exit->reason = REASON_UNKNOWN;
	}
}

void arch_skip_instruction(struct vcpu *vcpu, const struct vm_exit *exit)
{
	/* Both low bits set: 32 bits long; else compressed (unprivileged ISA 20240411, 1.5). */
	vcpu->arch.sepc += (exit->insn & 3) == 3 ? 4 : 2;
}

/*
 * What the hart does when VS-mode is to take an exception (priv 10.1.1, 18.6.2, on the vs* CSRs).
 */
static void inject_exception(struct vcpu *vcpu, u64 cause, u64 tval)
{
	u64 status = csr_read(vsstatus) & ~(SSTATUS_SPP | SSTATUS_SPIE);

	if (vcpu->arch.sstatus & SSTATUS_SPP)
		status |= SSTATUS_SPP;
	if (status & SSTATUS_SIE)
		status |= SSTATUS_SPIE;
	csr_write(vsstatus, status & ~SSTATUS_SIE);
	csr_write(vsepc, vcpu->arch.sepc);
	csr_write(vscause, cause);
	csr_write(vstval, tval);
	vcpu->arch.sepc = csr_read(vstvec) & ~3ul;
	vcpu->arch.sstatus |= SSTATUS_SPP;
}

void arch_inject_undefined(struct vcpu *vcpu, const struct vm_exit *exit)
{
	inject_exception(vcpu, CAUSE_ILLEGAL, exit->insn);
}

/*
 * hstatus.VTW makes wrs.nto exit like wfi (RISC-V Zawrs 1.01). What it waits for is a store of
 * another CPU's, which may have happened by now, and ending early is allowed.
 */
static void wait_on_reservation(struct vcpu *vcpu, const struct vm_exit *exit)
{
	arch_skip_instruction(vcpu, exit);
	this_pcpu()->slice_over = true; /* so let that CPU run */
}

/*
 * A virtual-instruction fault is an access that VS-mode may not make: to the hypervisor's registers
 * or with its fences. A hart without the H extension, which is what the guest sees, has none of
 * these, so there they are illegal instructions.
 */
enum exit_result arch_sysreg(struct vcpu *vcpu, const struct vm_exit *exit)
{
	/* It can't be fetched any more: the guest will repeat it and see for itself. */
	if (!exit->insn)
		return EXIT_HANDLED;
	if (exit->insn == INSN_WRS_NTO)
		wait_on_reservation(vcpu, exit);
	else
		arch_inject_undefined(vcpu, exit);
	return EXIT_HANDLED;
}

const char *arch_exit_name(const struct vm_exit *exit)
{
	return trap_cause_name(exit->code);
}
