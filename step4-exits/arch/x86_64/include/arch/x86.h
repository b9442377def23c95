/* SPDX-License-Identifier: MIT */
/*
 * Registers and instructions, by the names of the Intel 64 and IA-32 Architectures Software
 * Developer's Manual ("SDM", volume 3 unless said, 2023) and the AMD64 Architecture Programmer's
 * Manual, volume 2 ("APM").
 */
#ifndef ARCH_X86_H
#define ARCH_X86_H

/* CR0, CR4 (SDM 2.5) */
#define CR0_PE     (1 << 0)
#define CR0_ET     (1 << 4)
#define CR0_NE     (1 << 5)
#define CR0_WP     (1 << 16)
#define CR0_NW     (1 << 29)
#define CR0_CD     (1 << 30)
#define CR0_CACHES_OFF 0x60000000 /* CD and NW */
#define CR0_PG     0x80000000
#define CR4_PSE    (1 << 4)
#define CR4_PAE    (1 << 5)
#define CR4_OSFXSR (1 << 9)
#define CR4_VMXE   (1 << 13)
#define CR4_PCIDE  (1 << 17)
#define CR4_OSXSAVE (1 << 18)
#define CR4_ALWAYS 0x7ff /* VME to OSXMMEXCPT: what any CPU with long mode has */

/* XCR0 (SDM 13.3): x87, SSE, AVX */
#define XCR0_AVX 4
#define XCR0_ALL 7

/* CPUID leaf 1 (SDM volume 2, "CPUID") */
#define CPUID_1_ECX_X2APIC     BIT(21)
#define CPUID_1_ECX_DEADLINE   BIT(24) /* of the local APIC's timer, in the TSC's ticks */
#define CPUID_1_ECX_XSAVE      BIT(26)
#define CPUID_1_ECX_OSXSAVE    BIT(27)
#define CPUID_1_ECX_HYPERVISOR BIT(31)
#define CPUID_1_EDX_APIC       BIT(9)
#define CPUID_6_EAX_ARAT       BIT(2) /* the APIC's timer never stops */

/* Model-specific registers (SDM volume 4; APM appendix A) */
#define MSR_TSC                0x10
#define MSR_FEATURE_CONTROL    0x3a
#define MSR_SYSENTER_CS        0x174
#define MSR_SYSENTER_ESP       0x175
#define MSR_SYSENTER_EIP       0x176
#define MSR_PAT                0x277
#define MSR_VMX_BASIC          0x480
#define MSR_VMX_MISC           0x485
#define MSR_VMX_CR0_FIXED0     0x486
#define MSR_VMX_CR0_FIXED1     0x487
#define MSR_VMX_CR4_FIXED0     0x488
#define MSR_VMX_CR4_FIXED1     0x489
#define MSR_VMX_PROCBASED      0x482
#define MSR_VMX_PROCBASED2     0x48b
#define MSR_VMX_EPT_VPID_CAP   0x48c
#define MSR_VMX_TRUE_PINBASED  0x48d
#define MSR_VMX_TRUE_PROCBASED 0x48e
#define MSR_VMX_TRUE_EXIT      0x48f
#define MSR_VMX_TRUE_ENTRY     0x490
#define MSR_EFER               0xc0000080
#define MSR_STAR               0xc0000081
#define MSR_LSTAR              0xc0000082
#define MSR_CSTAR              0xc0000083
#define MSR_SFMASK             0xc0000084
#define MSR_FS_BASE            0xc0000100
#define MSR_GS_BASE            0xc0000101
#define MSR_KERNEL_GS_BASE     0xc0000102
#define MSR_TSC_AUX            0xc0000103
#define MSR_VM_CR              0xc0010114
#define MSR_VM_HSAVE_PA        0xc0010117

#define EFER_SCE  (1 << 0)
#define EFER_LME  (1 << 8)
#define EFER_LMA  (1 << 10)
#define EFER_NXE  (1 << 11)
#define EFER_SVME (1 << 12)
#define EFER_GUEST (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE) /* what a guest has of it */

/* RFLAGS (SDM volume 1, 3.4.3) */
#define RFLAGS_RES1 BIT(1)
#define RFLAGS_IF   BIT(9)
#define RFLAGS_VM   BIT(17)
#define RFLAGS_RES0 0xffffffffffc08028

/*
 * Access rights of a segment as a VMCS has them (SDM 25.4.1): not a system segment; long mode;
 * default size 32 bits; limit in pages. A VMCB has the same without the hole in bits 11:8.
 */
#define ACCESS_S        BIT(4)
#define ACCESS_PRESENT  BIT(7)
#define ACCESS_LONG     BIT(13)
#define ACCESS_BIG      BIT(14)
#define ACCESS_PAGES    BIT(15)
#define ACCESS_UNUSABLE BIT(16)
#define ACCESS_RESERVED 0xfffe0f00
#define ACCESS_CODE64   0xa09b /* present, level 0, readable, accessed, 64-bit */
#define ACCESS_DATA     0xc093
#define ACCESS_LDT      0x0082
#define ACCESS_TSS_BUSY 0x008b

/*
 * Interruptibility: blocking by STI, by MOV SS (SDM 25.4.2); SVM tells no difference (APM 15.21.5).
 */
#define SHADOW (BIT(0) | BIT(1))

/*
 * An event for a guest to take at its next entry: EVENTINJ (APM 15.20), whose lower half is VMX's
 * interruption information (SDM 25.8.3). Bits 7:0 are the vector, 63:32 the error code.
 */
#define EVENT_EXCEPTION (BIT(31) | 3 << 8)
#define EVENT_ERROR	BIT(11) /* with an error code */
#define EVENT_VALID	BIT(31)
#define EVENT_TYPE(e)	((e) >> 8 & 7) /* 0 interrupt, 2 NMI, 3 exception */
#define EVENT_VECTOR(e) ((u8)(e))
#define VECTOR_DB	1
#define VECTOR_BP	3
#define VECTOR_OF	4
#define VECTOR_UD	6
#define VECTOR_GP	13

/* Selectors of our own GDT (boot.S) */
#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_TSS  0x18
#define SELECTOR_TI   4 /* of any: it is the LDT's */

#ifndef __ASSEMBLER__

#include <hv/types.h>

struct segment {
	u64 selector, access, limit, base;
};

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(subleaf));
	return r;
}

static inline u64 msr_read(u32 msr)
{
	u32 low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (u64)high << 32 | low;
}

static inline void msr_write(u32 msr, u64 value)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

#define cr_read(cr)                                                          \
	({                                                                   \
		u64 value_;                                                  \
		__asm__ volatile("mov %%" #cr ", %0" : "=r"(value_)::"memory"); \
		value_;                                                      \
	})
#define cr_write(cr, value) __asm__ volatile("mov %0, %%" #cr ::"r"((u64)(value)) : "memory")

static inline u64 xcr0_read(void)
{
	u32 low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (u64)high << 32 | low;
}

static inline void xcr0_write(u64 value)
{
	__asm__ volatile("xsetbv" ::"c"(0), "a"((u32)value), "d"((u32)(value >> 32)));
}

static inline u8 port_in8(u16 port)
{
	u8 value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void port_out8(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port) : "memory");
}

#endif
#endif
