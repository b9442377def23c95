// SPDX-License-Identifier: MIT
/* Never linked: compiled to assembly, from which the build takes each "->NAME value". */
#include <arch/traps.h>
#include <hv/vcpu.h>

#define OFFSET(name, type, member) \
	__asm__ volatile(".ascii \"->" #name " %0\"" ::"i"(offsetof(struct type, member)))

void asm_offsets(void);

void asm_offsets(void)
{
	OFFSET(FRAME_VECTOR, trap_frame, vector);
	OFFSET(FRAME_RIP, trap_frame, rip);
	OFFSET(VCPU_GPR, vcpu, arch.gpr);
	OFFSET(VCPU_RIP, vcpu, arch.rip);
	OFFSET(VCPU_RFLAGS, vcpu, arch.rflags);
	OFFSET(VCPU_LAUNCHED, vcpu, arch.launched);
	OFFSET(VCPU_CONTROL, vcpu, arch.control);
	OFFSET(VCPU_VMCB_EXITCODE, vcpu, arch.control[0x70]); /* APM, tables B-1 and B-2 */
	OFFSET(VCPU_VMCB_TLB_CONTROL, vcpu, arch.control[0x5c]);
	OFFSET(VCPU_VMCB_EVENTINJ, vcpu, arch.control[0xa8]);
	OFFSET(VCPU_VMCB_RFLAGS, vcpu, arch.control[0x570]);
	OFFSET(VCPU_VMCB_RIP, vcpu, arch.control[0x578]);
	OFFSET(VCPU_VMCB_RSP, vcpu, arch.control[0x5d8]);
	OFFSET(VCPU_VMCB_RAX, vcpu, arch.control[0x5f8]);
}
