// SPDX-License-Identifier: MIT
#include <arch/cpu.h>
#include <arch/csr.h>
#include <arch/extable.h>
#include <hv/arch.h>
#include <hv/printf.h>

struct cpu_features cpu_features;

/*
 * True if the CSR can be read from HS-mode. One that is not there raises an illegal-instruction
 * exception (priv 2.1), which the exception table turns into an answer: ok keeps its 0.
 */
#define csr_exists(csr)                                   \
	({                                                \
		bool ok_;                                 \
		__asm__ volatile("	li	%0, 0\n"  \
				 "1:	csrr	t0, " #csr "\n" \
				 "	li	%0, 1\n"  \
				 "2:\n" EXTABLE(1b, 2b)   \
				 : "=&r"(ok_)             \
				 :                        \
				 : "t0", "memory");       \
		ok_;                                      \
	})

/* hgatp.MODE is WARL: an unsupported mode does not read back (priv 18.2.10). */
static bool hgatp_mode_works(u64 mode)
{
	csr_write(hgatp, 0);
	csr_write(hgatp, mode << HGATP_MODE_SHIFT);
	bool works = csr_read(hgatp) >> HGATP_MODE_SHIFT == mode;

	csr_write(hgatp, 0);
	return works;
}

/* Unimplemented VMID bits read as zero, and the lowest come first (priv 18.2.10). */
static u32 hgatp_vmid_bits(void)
{
	csr_write(hgatp, HGATP_MODE_SV39X4 << HGATP_MODE_SHIFT |
				 HGATP_VMID_MASK << HGATP_VMID_SHIFT);
	u64 vmid = csr_read(hgatp) >> HGATP_VMID_SHIFT & HGATP_VMID_MASK;
	u32 bits = 0;

	csr_write(hgatp, 0);
	for (; vmid & 1; vmid >>= 1)
		bits++;
	return bits;
}

/* The bits of henvcfg that stick tell which extensions a guest can be given (priv 18.2.5). */
static u64 henvcfg_bits(void)
{
	csr_write(henvcfg,
		  HENVCFG_STCE | HENVCFG_PBMTE | HENVCFG_CBZE | HENVCFG_CBCFE | HENVCFG_CBIE);
	u64 bits = csr_read(henvcfg);

	csr_write(henvcfg, 0);
	return bits;
}

bool arch_detect(const char **reason)
{
	struct cpu_features *f = &cpu_features;

	/* misa is a machine-level register, so an access that may trap is the way to ask. */
	if (!csr_exists(hgatp)) {
		*reason = "the hart has no H extension (reading hgatp trapped)";
		return false;
	}
	printf("ladder: detect: H extension, hgatp can be read\n");

	f->sv39x4 = hgatp_mode_works(HGATP_MODE_SV39X4);
	f->sv48x4 = hgatp_mode_works(HGATP_MODE_SV48X4);
	f->sv57x4 = hgatp_mode_works(HGATP_MODE_SV57X4);
	printf("  second stage   %s%s%s\n", f->sv39x4 ? "Sv39x4 " : "", f->sv48x4 ? "Sv48x4 " : "",
	       f->sv57x4 ? "Sv57x4" : "");
	if (!f->sv39x4) {
		*reason = "hgatp does not take the mode Sv39x4";
		return false;
	}

	f->vmid_bits = hgatp_vmid_bits();
	printf("  VMID bits      %u\n", f->vmid_bits);

	f->henvcfg = henvcfg_bits();
	f->sstc = csr_exists(stimecmp) && (f->henvcfg & HENVCFG_STCE);
	f->aia = csr_exists(siselect);
	printf("  guest timer    %s\n", f->sstc ? "Sstc: vstimecmp" : "no Sstc: by injection");
	printf("  interrupts     %s\n", f->aia ? "AIA" : "no AIA: hvip");
	printf("  Svpbmt         %s\n", f->henvcfg & HENVCFG_PBMTE ? "yes" : "no");
	return true;
}
