// SPDX-License-Identifier: MIT
/*
 * RISC-V has no switch for hypervisor mode: HS-mode is S-mode with more registers, and a guest runs
 * as soon as sret finds hstatus.SPV set. What there is to switch on is the division of labour:
 * which exceptions and interrupts the guest's own kernel gets without us, and what it may read.
 */
#include <arch/cpu.h>
#include <arch/csr.h>
#include <hv/arch.h>
#include <hv/printf.h>

/*
 * Straight to the guest's kernel, because they are its own affair (priv 18.2.2). Not delegated and
 * not delegable: ecall from VS, which is the hypercall, and the guest-page faults, which are ours.
 * Nor are access faults given away: they mean that the host's bus refused an address we had mapped.
 */
#define GUEST_EXCEPTIONS                                                                      \
	(BIT(CAUSE_ILLEGAL) | BIT(CAUSE_BREAKPOINT) | BIT(CAUSE_LOAD_MISALIGNED) |            \
	 BIT(CAUSE_STORE_MISALIGNED) | BIT(CAUSE_ECALL_U) | BIT(CAUSE_FETCH_PAGE) |           \
	 BIT(CAUSE_LOAD_PAGE) | BIT(CAUSE_STORE_PAGE))

/* The three interrupts of VS level; the guest sees them one bit lower, as SSI, STI and SEI. */
#define GUEST_INTERRUPTS (BIT(IRQ_VSSI) | BIT(IRQ_VSTI) | BIT(IRQ_VSEI))

/* A guest reads cycle, time and instret without an exit (priv 18.2.6). */
#define GUEST_COUNTERS (COUNTEREN_CY | COUNTEREN_TM | COUNTEREN_IR)

/*
 * VTW: a guest's wfi comes to us (cause 22), so that an idle guest gives the CPU away. VTVM and
 * VTSR stay 0: its satp and its sret are its own. VSXL = 2: XLEN 64 in VS-mode (priv 18.2.1).
 */
#define GUEST_HSTATUS (HSTATUS_VTW | HSTATUS_VSXL_64)

#define write_and_check(csr, value, why)                                                      \
	({                                                                                    \
		u64 want_ = (value), got_;                                                    \
		csr_write(csr, want_);                                                        \
		got_ = csr_read(csr);                                                         \
		printf("  %-10s %016lx  %s\n", #csr, got_, why);                              \
		if (got_ != want_)                                                            \
			printf("ladder: enable: %s does not take %016lx\n", #csr, want_);     \
		got_ == want_;                                                                \
	})

bool arch_hv_enable(void)
{
	return write_and_check(hstatus, GUEST_HSTATUS, "wfi exits, VS-mode is 64-bit") &&
	       write_and_check(hedeleg, GUEST_EXCEPTIONS, "the guest kernel's own exceptions") &&
	       write_and_check(hideleg, GUEST_INTERRUPTS,
			       "its three interrupts, injected by hvip") &&
	       write_and_check(hcounteren, GUEST_COUNTERS,
			       "cycle, time, instret without an exit") &&
	       write_and_check(henvcfg, cpu_features.henvcfg, "extensions that it may use");
}

void arch_hv_disable(void)
{
	csr_write(henvcfg, 0);
	csr_write(hcounteren, 0);
	csr_write(hideleg, 0);
	csr_write(hedeleg, 0);
	csr_write(hstatus, HSTATUS_VSXL_64);
}
