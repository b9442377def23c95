// SPDX-License-Identifier: MIT
/*
 * EL2's own stage 1: every address is mapped to itself. It is there for the caches: with the MMU
 * off all data accesses count as accesses to a device (Arm ARM, "Behavior when stage 1 address
 * translation is disabled"), which is slow, and atomic instructions need not work.
 */
#include <arch/board.h>
#include <arch/mmu.h>
#include <arch/sysreg.h>
#include <hv/types.h>

/*
 * A block descriptor (Arm ARM, "VMSAv8-64 descriptor formats") and the two kinds of memory, by
 * index into MAIR_EL2.
 */
#define BLOCK        BIT(0)
#define ATTR(index)  ((u64)(index) << 2)
#define AP_RES1      BIT(6) /* EL2 has no unprivileged accesses to allow or forbid */
#define SH_INNER     (3ul << 8)
#define AF           BIT(10)
#define XN           BIT(54)
#define ATTR_DEVICE  0
#define ATTR_NORMAL  1
#define MAIR         (0x04ul << 8 * ATTR_DEVICE | 0xfful << 8 * ATTR_NORMAL) /* nGnRE; write-back */

#define DEVICE (BLOCK | ATTR(ATTR_DEVICE) | AP_RES1 | AF | XN)
#define NORMAL (BLOCK | ATTR(ATTR_NORMAL) | AP_RES1 | SH_INNER | AF)

/* 39 bits of address: the walk begins at level 1, whose entries map 1 GiB each. */
#define VA_BITS 39

static u64 level1[512] __attribute__((aligned(4096))) = {
	[0] = DEVICE,
	[BOARD_RAM / GiB] = BOARD_RAM | NORMAL,
};

/*
 * What we wrote so far went past the caches; a line that the boot loader left there would now hide
 * it (Arm ARM, "Mismatched memory attributes"). So drop the lines of all that is ours.
 */
static void invalidate_image(void)
{
	extern const u8 _start_of_image[], _end[];

	for (u64 address = (u64)_start_of_image; address < (u64)_end; address += cache_line())
		__asm__ volatile("dc ivac, %0" ::"r"(address) : "memory");
	dsb(sy);
}

void mmu_enable(void)
{
	u64 pa_range = ID_FIELD(sysreg_read(ID_AA64MMFR0_EL1), MMFR0_PARANGE);

	sysreg_write(MAIR_EL2, MAIR);
	sysreg_write(TCR_EL2, TCR_EL2_RES1 | TCR_T0SZ(VA_BITS) | TCR_IRGN0_WBWA | TCR_ORGN0_WBWA |
				      TCR_SH0_INNER |
				      pa_range << TCR_EL2_PS_SHIFT);
	sysreg_write(TTBR0_EL2, level1);
	invalidate_image();
	__asm__ volatile("tlbi alle2\n	ic iallu" ::: "memory");
	dsb(sy);
	isb(); /* the registers above take effect before translation starts */
	sysreg_write(SCTLR_EL2, SCTLR_EL2_RES1 | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA);
	isb();
}
