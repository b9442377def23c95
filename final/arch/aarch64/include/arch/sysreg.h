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
#define HCR_VM   BIT(0)
#define HCR_SWIO BIT(1)
#define HCR_FMO  BIT(3)
#define HCR_IMO  BIT(4)
#define HCR_AMO  BIT(5)
#define HCR_TWI  BIT(13)
#define HCR_TWE  BIT(14)
#define HCR_TID3 BIT(18)
#define HCR_TSC  BIT(19)
#define HCR_TIDCP BIT(20)
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

/* PMCR_EL0, PMEVTYPER0_EL0 */
#define PMCR_E       BIT(0)
#define PMCR_N_SHIFT 11
#define PMEVTYPER_NSH          BIT(27) /* count at EL2 too */
#define PMEVTYPER_INST_RETIRED 0x08ul

/* ID_AA64MMFR0_EL1, ID_AA64MMFR1_EL1, ID_AA64PFR0_EL1: fields of four bits */
#define ID_FIELD(value, shift) ((value) >> (shift) & 0xf)
#define MMFR0_PARANGE  0
#define MMFR0_TGRAN4   28
#define MMFR1_VMIDBITS 4
#define MMFR1_VH       8
#define PFR0_GIC       24

/* SCTLR_EL1; SCTLR_EL2, where HCR_EL2.E2H is 0 */
#define SCTLR_EL1_RES1 0x30d00800ul
#define SCTLR_EL2_RES1 0x30c50830ul
#define SCTLR_M        BIT(0)
#define SCTLR_C        BIT(2)
#define SCTLR_SA       BIT(3)
#define SCTLR_I        BIT(12)
#define SCTLR_SPAN     BIT(23)

/* TCR_EL2, where HCR_EL2.E2H is 0 */
#define TCR_EL2_RES1    (BIT(31) | BIT(23))
#define TCR_T0SZ(bits)  (64ul - (bits))
#define TCR_IRGN0_WBWA  (1ul << 8)
#define TCR_ORGN0_WBWA  (1ul << 10)
#define TCR_SH0_INNER   (3ul << 12)
#define TCR_EL2_PS_SHIFT 16

/* VTCR_EL2, VTTBR_EL2 */
#define VTCR_RES1        BIT(31)
#define VTCR_SL0_LEVEL1  (1ul << 6)
#define VTCR_PS_SHIFT    16
#define VTCR_VS          BIT(19)
#define VTTBR_VMID_SHIFT 48

/* CNTV_CTL_EL0, CNTP_CTL_EL0, CNTHP_CTL_EL2, and their interrupts (BSA, "PPI assignments") */
#define CNT_CTL_ENABLE BIT(0)
#define CNT_CTL_IMASK  BIT(1)
#define IRQ_CNTHP 26
#define IRQ_CNTV  27
#define IRQ_CNTPS 29
#define IRQ_CNTP  30

/* SPSR_ELx, for an exception from AArch64 */
#define SPSR_M    0x1ful
#define SPSR_AARCH32 BIT(4)
#define SPSR_EL1T 0x04ul
#define SPSR_EL1H 0x05ul
#define SPSR_DAIF 0x3c0ul
#define SPSR_PAN  BIT(22)
#define SPSR_NZCV 0xf0000000ul

/* ESR_ELx: the exception class, and what most of them have in common (Arm ARM, "ESR_EL2") */
#define ESR_EC(esr)       ((esr) >> 26 & 0x3f)
#define ESR_ISS(esr)      ((esr) & 0x1fffffful)
#define EC_UNKNOWN        0x00
#define EC_WFX            0x01
#define EC_ILLEGAL_STATE  0x0e
#define EC_HVC64          0x16
#define EC_SMC64          0x17
#define EC_SYSREG         0x18
#define EC_SVE            0x19
#define EC_IABT_LOWER     0x20
#define EC_IABT           0x21
#define EC_PC_ALIGNMENT   0x22
#define EC_DABT_LOWER     0x24
#define EC_DABT           0x25
#define EC_SP_ALIGNMENT   0x26
#define EC_SERROR         0x2f
#define EC_BRK64          0x3c

/*
 * An interrupt leaves no syndrome. switch.S puts one there, of a class that the manual leaves free,
 * so that each exit has a code of its own.
 */
#define EC_INTERRUPT      0x3e
#define ESR_IRQ           0xf8000000
#define ESR_FIQ           0xf8000001

/* The syndrome of wfi and wfe */
#define ISS_WFE BIT(0)

/* The syndrome of an abort (Arm ARM, ESR_EL2, "ISS encoding for an exception from a Data Abort") */
#define ISS_FAULT_TYPE(iss)  ((iss) & 0x3c) /* DFSC without the level */
#define FAULT_TRANSLATION    0x04
#define FAULT_ACCESS_FLAG    0x08
#define FAULT_PERMISSION     0x0c
#define ISS_WNR              BIT(6)
#define ISS_S1PTW            BIT(7)
#define ISS_CM               BIT(8)
#define ISS_SF               BIT(15)
#define ISS_SRT(iss)         ((u32)(iss) >> 16 & 31)
#define ISS_SSE              BIT(21)
#define ISS_SAS(iss)         ((u32)(iss) >> 22 & 3)
#define ISS_ISV              BIT(24)

/* PAR_EL1 */
#define PAR_F       BIT(0)
#define PAR_ADDRESS 0x000ffffffffff000ul

/*
 * The syndrome of an access to a system register (Arm ARM, ESR_EL2, "ISS encoding for an exception
 * from MSR, MRS, or System instruction execution"): which one, where the value is, which way.
 */
#define SYSREG_ID(op0, op1, crn, crm, op2) \
	((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)
#define ISS_SYSREG_ID(iss)   ((u32)(iss) & 0x3ffc1e)
#define ISS_SYSREG_RT(iss)   ((u32)(iss) >> 5 & 31)
#define ISS_SYSREG_READ(iss) ((iss) & 1)
#define ID_OP0(id) ((id) >> 20 & 3)
#define ID_OP1(id) ((id) >> 14 & 7)
#define ID_CRN(id) ((id) >> 10 & 15)
#define ID_CRM(id) ((id) >> 1 & 15)
#define ID_OP2(id) ((id) >> 17 & 7)

/* hvc #0 and smc #0 in 64-bit code: class, 32-bit instruction, immediate 0 */
#define ESR_IL   (1 << 25)
#define ESR_HVC0 (EC_HVC64 << 26 | ESR_IL)
#define ESR_SMC0 (EC_SMC64 << 26 | ESR_IL)

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
