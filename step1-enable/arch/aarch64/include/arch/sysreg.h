/* SPDX-License-Identifier: MIT */
/*
 * System registers, by the names and sections of the Arm Architecture Reference Manual for
 * A-profile ("Arm ARM", DDI 0487). Its sections are cited by their titles, because the numbers
 * change with each issue; a register's section bears its name.
 */
#ifndef ARCH_SYSREG_H
#define ARCH_SYSREG_H

/* CurrentEL: the exception level in bits 3:2 */
#define CURRENTEL_SHIFT 2

/* HCR_EL2 */
#define HCR_SWIO BIT(1)
#define HCR_FMO  BIT(3)
#define HCR_IMO  BIT(4)
#define HCR_AMO  BIT(5)
#define HCR_TWI  BIT(13)
#define HCR_TSC  BIT(19)
#define HCR_RW   BIT(31)

/* CPTR_EL2, where HCR_EL2.E2H is 0 */
#define CPTR_RES1 0x32fful
#define CPTR_TZ   BIT(8)

/* MDCR_EL2 */
#define MDCR_HPMN  0x1ful
#define MDCR_TPMCR BIT(5)
#define MDCR_TPM   BIT(6)
#define MDCR_TDRA  BIT(11)

/* CNTHCTL_EL2, where HCR_EL2.E2H is 0 */
#define CNTHCTL_EL1PCTEN BIT(0)
#define CNTHCTL_EL1PCEN  BIT(1)

/* PMCR_EL0 */
#define PMCR_N_SHIFT 11

/* ID_AA64MMFR0_EL1, ID_AA64MMFR1_EL1, ID_AA64PFR0_EL1: fields of four bits */
#define ID_FIELD(value, shift) ((value) >> (shift) & 0xf)
#define MMFR0_PARANGE  0
#define MMFR0_TGRAN4   28
#define MMFR1_VMIDBITS 4
#define MMFR1_VH       8
#define PFR0_GIC       24

/* SCTLR_EL2, where HCR_EL2.E2H is 0 */
#define SCTLR_EL2_RES1 0x30c50830ul
#define SCTLR_M        BIT(0)
#define SCTLR_C        BIT(2)
#define SCTLR_SA       BIT(3)
#define SCTLR_I        BIT(12)

/* TCR_EL2, where HCR_EL2.E2H is 0 */
#define TCR_EL2_RES1    (BIT(31) | BIT(23))
#define TCR_T0SZ(bits)  (64ul - (bits))
#define TCR_IRGN0_WBWA  (1ul << 8)
#define TCR_ORGN0_WBWA  (1ul << 10)
#define TCR_SH0_INNER   (3ul << 12)
#define TCR_EL2_PS_SHIFT 16

/* ESR_ELx: the exception class, and what most of them have in common (Arm ARM, "ESR_EL2") */
#define ESR_EC(esr)       ((esr) >> 26 & 0x3f)
#define ESR_ISS(esr)      ((esr) & 0x1fffffful)
#define EC_UNKNOWN        0x00
#define EC_WFX            0x01
#define EC_ILLEGAL_STATE  0x0e
#define EC_HVC64          0x16
#define EC_SMC64          0x17
#define EC_SYSREG         0x18
#define EC_IABT_LOWER     0x20
#define EC_IABT           0x21
#define EC_PC_ALIGNMENT   0x22
#define EC_DABT_LOWER     0x24
#define EC_DABT           0x25
#define EC_SP_ALIGNMENT   0x26
#define EC_SERROR         0x2f
#define EC_BRK64          0x3c

#ifndef __ASSEMBLER__

#include <hv/types.h>

#define sysreg_read(reg)                                                     \
	({                                                                   \
		u64 value_;                                                  \
		__asm__ volatile("mrs %0, " #reg : "=r"(value_)::"memory"); \
		value_;                                                      \
	})
#define sysreg_write(reg, value) \
	__asm__ volatile("msr " #reg ", %x0" ::"rZ"((u64)(value)) : "memory")

/* What was written to system registers holds for the instructions behind this. */
#define isb() __asm__ volatile("isb" ::: "memory")
/* Earlier accesses to memory, and maintenance of caches and TLBs, are complete behind this. */
#define dsb(domain) __asm__ volatile("dsb " #domain ::: "memory")

static inline u32 current_el(void)
{
	return sysreg_read(CurrentEL) >> CURRENTEL_SHIFT;
}

#endif
#endif
