/* SPDX-License-Identifier: MIT */
/* Fields of the VMCS by their encodings (SDM appendix B); most of a guest's are in GUEST_STATE. */
#ifndef ARCH_VMCS_H
#define ARCH_VMCS_H

/* What switch.S uses. */
#define VMCS_EXIT_REASON  0x4402
#define VMCS_GUEST_RSP    0x681c
#define VMCS_GUEST_RIP    0x681e
#define VMCS_GUEST_RFLAGS 0x6820
#define VMCS_HOST_RSP     0x6c14
#define VMCS_HOST_RIP     0x6c16

#ifndef __ASSEMBLER__

#include <hv/end.h>
#include <hv/types.h>

enum vmcs_field {
	VMCS_HOST_ES = 0x0c00, VMCS_HOST_CS = 0x0c02, VMCS_HOST_SS = 0x0c04,
	VMCS_HOST_DS = 0x0c06, VMCS_HOST_TR = 0x0c0c,
	VMCS_HOST_PAT = 0x2c00, VMCS_HOST_EFER = 0x2c02,
	VMCS_PIN_CONTROLS = 0x4000, VMCS_PROC_CONTROLS = 0x4002,
	VMCS_EXIT_CONTROLS = 0x400c, VMCS_ENTRY_CONTROLS = 0x4012,
	VMCS_INSTRUCTION_ERROR = 0x4400,
	VMCS_HOST_CR0 = 0x6c00, VMCS_HOST_CR3 = 0x6c02, VMCS_HOST_CR4 = 0x6c04,
	VMCS_HOST_GS_BASE = 0x6c08, VMCS_HOST_TR_BASE = 0x6c0a,
	VMCS_HOST_GDTR_BASE = 0x6c0c, VMCS_HOST_IDTR_BASE = 0x6c0e,
	/* What we do without, and so have to say (vmx.c, settings). */
	VMCS_LINK = 0x2800, VMCS_EXCEPTIONS = 0x4004, VMCS_FAULT_MASK = 0x4006,
	VMCS_FAULT_MATCH = 0x4008, VMCS_CR3_TARGETS = 0x400a, VMCS_EXIT_MSR_STORES = 0x400e,
	VMCS_EXIT_MSR_LOADS = 0x4010, VMCS_ENTRY_MSR_LOADS = 0x4014, VMCS_ENTRY_EVENT = 0x4016,
	VMCS_CR0_MASK = 0x6000, VMCS_CR4_MASK = 0x6002,
	VMCS_HOST_FS = 0x0c08, VMCS_HOST_GS = 0x0c0a, VMCS_HOST_FS_BASE = 0x6c06,
	VMCS_HOST_SYSENTER_CS = 0x4c00, VMCS_HOST_SYSENTER_ESP = 0x6c10,
	VMCS_HOST_SYSENTER_EIP = 0x6c12,
	/* Of an exit, or of an entry that failed. */
	VMCS_QUALIFICATION = 0x6400,
	VMCS_MSR_BITMAP = 0x2004, VMCS_PROC2_CONTROLS = 0x401e, VMCS_INSTRUCTION_LENGTH = 0x440c,
	VMCS_VPID = 0x0000, VMCS_EPTP = 0x201a, VMCS_GUEST_PHYSICAL = 0x2400,
	VMCS_VECTORING = 0x4408, VMCS_VECTORING_ERROR = 0x440a, VMCS_GUEST_LINEAR = 0x640a,
	VMCS_PREEMPTION_TIMER = 0x482e,
};

static inline u64 vmcs_read(u64 field)
{
	u64 value;

	__asm__ volatile("vmread %1, %0" : "=rm"(value) : "r"(field) : "cc");
	return value;
}

/* A field that does not exist, or takes no write, is a bug of ours (SDM 31.4). */
static inline void vmcs_write(u64 field, u64 value)
{
	bool failed;

	__asm__ volatile("vmwrite %2, %1\n	setbe %0"
			 : "=r"(failed)
			 : "r"(field), "rm"(value)
			 : "cc", "memory");
	if (failed)
		panic("VMWRITE of field %lx: error %lu", field, vmcs_read(VMCS_INSTRUCTION_ERROR));
}

#endif
#endif
