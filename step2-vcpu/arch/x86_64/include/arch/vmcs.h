/* SPDX-License-Identifier: MIT */
/* Fields of the VMCS by their encodings (SDM appendix B); most of a guest's are in GUEST_STATE. */
#ifndef ARCH_VMCS_H
#define ARCH_VMCS_H

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
