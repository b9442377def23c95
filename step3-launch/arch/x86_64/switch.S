/* SPDX-License-Identifier: MIT */
#include <arch/asm.h>
#include <arch/vmcs.h>
#include <asm-offsets.h>

/*
 * The world switch, once for each vendor. rdi = vCPU; called by arch_vcpu_enter() only, which tells
 * the compiler that no register survives but rsp. Returns 0, or what says how the CPU refused the
 * entry: 1 where the instruction failed, -1 where it exited at once.
 *
 *	1. Leave rbp and the vCPU on our stack, which is how the way back finds it.
 *	2. The guest's rip, rflags and rsp go where the CPU takes them from: VMCS or VMCB.
 *	3. All general registers of the guest; rdi, which holds the vCPU, last. Enter.
 *
 *	   ... the guest runs, until something exits ...
 *
 *	4. The CPU has put our rsp back. Save the guest's registers, rdi by way of the stack.
 *	5. Fetch what the CPU has saved of it: rip, rflags and rsp.
 *	6. Take rbp back and return.
 *
 * Interrupts stay off on our side: RFLAGS.IF is 0 from boot.
 */
	.macro	load_gprs			/* all but rax, rsp, rdi */
	mov	VCPU_GPR + 8 * 1(%rdi), %rcx
	mov	VCPU_GPR + 8 * 2(%rdi), %rdx
	mov	VCPU_GPR + 8 * 3(%rdi), %rbx
	mov	VCPU_GPR + 8 * 5(%rdi), %rbp
	mov	VCPU_GPR + 8 * 6(%rdi), %rsi
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	mov	VCPU_GPR + 8 * \n(%rdi), %r\n
	.endr
	.endm

	.macro	save_gprs			/* the same */
	mov	%rcx, VCPU_GPR + 8 * 1(%rdi)
	mov	%rdx, VCPU_GPR + 8 * 2(%rdi)
	mov	%rbx, VCPU_GPR + 8 * 3(%rdi)
	mov	%rbp, VCPU_GPR + 8 * 5(%rdi)
	mov	%rsi, VCPU_GPR + 8 * 6(%rdi)
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	mov	%r\n, VCPU_GPR + 8 * \n(%rdi)
	.endr
	.endm

	.text
#include "vmx_switch.S"
#include "svm_switch.S"
