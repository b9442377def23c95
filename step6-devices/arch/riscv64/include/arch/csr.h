/* SPDX-License-Identifier: MIT */
/*
 * Control and status registers, by the names and sections of the RISC-V privileged specification
 * ("priv"), version 20240411: chapter 10 is the supervisor level, chapter 18 the hypervisor
 * extension.
 */
#ifndef ARCH_CSR_H
#define ARCH_CSR_H

/* sstatus (priv 10.1.1) */
#define SSTATUS_SIE  (1ul << 1)
#define SSTATUS_SPIE (1ul << 5)
#define SSTATUS_SPP  (1ul << 8)
#define SSTATUS_FS   (3ul << 13)
#define SSTATUS_FS_CLEAN (2ul << 13)
#define SSTATUS_SUM  (1ul << 18)
#define SSTATUS_MXR  (1ul << 19)

/* hstatus (priv 18.2.1) */
#define HSTATUS_GVA        (1ul << 6)
#define HSTATUS_SPV        (1ul << 7)
#define HSTATUS_SPVP       (1ul << 8)
#define HSTATUS_VTVM       (1ul << 20)
#define HSTATUS_VTW        (1ul << 21)
#define HSTATUS_VTSR       (1ul << 22)
#define HSTATUS_VSXL_SHIFT 32
#define HSTATUS_VSXL_64    (2ul << HSTATUS_VSXL_SHIFT)

/* henvcfg (priv 18.2.5) */
#define HENVCFG_CBIE  (3ul << 4)
#define HENVCFG_CBCFE (1ul << 6)
#define HENVCFG_CBZE  (1ul << 7)
#define HENVCFG_PBMTE (1ul << 62)
#define HENVCFG_STCE  (1ul << 63)

/* senvcfg (priv 10.1.10) */
#define SENVCFG_FIOM (1ul << 0)

/* hcounteren (priv 18.2.6), scounteren (priv 10.1.5) */
#define COUNTEREN_CY (1ul << 0)
#define COUNTEREN_TM (1ul << 1)
#define COUNTEREN_IR (1ul << 2)

/* hgatp (priv 18.2.10) */
#define HGATP_MODE_SHIFT    60
#define HGATP_MODE_SV39X4   8ul
#define HGATP_MODE_SV48X4   9ul
#define HGATP_MODE_SV57X4   10ul
#define HGATP_VMID_SHIFT    44
#define HGATP_VMID_MASK     0x3ffful

/* satp, vsatp (priv 10.1.11) */
#define SATP_MODE_SHIFT 60
#define SATP_MODE_SV39  8ul

/* Exception codes of scause and vscause, bit numbers of hedeleg (priv 10.1.8, 18.6.1) */
#define CAUSE_INTERRUPT        (1ul << 63)
#define CAUSE_FETCH_MISALIGNED 0
#define CAUSE_FETCH_ACCESS     1
#define CAUSE_ILLEGAL          2
#define CAUSE_BREAKPOINT       3
#define CAUSE_LOAD_MISALIGNED  4
#define CAUSE_LOAD_ACCESS      5
#define CAUSE_STORE_MISALIGNED 6
#define CAUSE_STORE_ACCESS     7
#define CAUSE_ECALL_U          8
#define CAUSE_ECALL_S          9
#define CAUSE_ECALL_VS         10
#define CAUSE_FETCH_PAGE       12
#define CAUSE_LOAD_PAGE        13
#define CAUSE_STORE_PAGE       15
#define CAUSE_FETCH_GUEST_PAGE 20
#define CAUSE_LOAD_GUEST_PAGE  21
#define CAUSE_VIRTUAL          22
#define CAUSE_STORE_GUEST_PAGE 23

/* Interrupt numbers: bits of sip, sie, hideleg, hvip (priv 10.1.3, 18.2.2, 18.2.3) */
#define IRQ_SSI  1
#define IRQ_VSSI 2
#define IRQ_STI  5
#define IRQ_VSTI 6
#define IRQ_SEI  9
#define IRQ_VSEI 10

#ifndef __ASSEMBLER__

#include <hv/types.h>

#define csr_read(csr)                                                      \
	({                                                                 \
		u64 value_;                                                \
		__asm__ volatile("csrr %0, " #csr : "=r"(value_)::"memory"); \
		value_;                                                    \
	})
#define csr_write(csr, value) \
	__asm__ volatile("csrw " #csr ", %0" ::"rK"((u64)(value)) : "memory")
#define csr_set(csr, bits) \
	__asm__ volatile("csrs " #csr ", %0" ::"rK"((u64)(bits)) : "memory")
#define csr_clear(csr, bits) \
	__asm__ volatile("csrc " #csr ", %0" ::"rK"((u64)(bits)) : "memory")

/* The compiler's -march knows no hypervisor instructions; the assembler does. */
#define H_INSN(insn) ".option push\n.option arch, +h\n" insn "\n.option pop\n"

#endif
#endif
