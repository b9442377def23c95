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
ENTRY(vmx_enter)
	push	%rbp				/* 1 */
	push	%rdi

	mov	$VMCS_HOST_RSP, %eax
	vmwrite	%rsp, %rax
	mov	$VMCS_GUEST_RIP, %eax		/* 2 */
	vmwrite	VCPU_RIP(%rdi), %rax
	mov	$VMCS_GUEST_RFLAGS, %eax
	vmwrite	VCPU_RFLAGS(%rdi), %rax
	mov	$VMCS_GUEST_RSP, %eax
	vmwrite	VCPU_GPR + 8 * 4(%rdi), %rax

	load_gprs				/* 3 */
	mov	VCPU_GPR + 8 * 0(%rdi), %rax
	/* The first time after VMPTRLD is a launch, every other a resumption (SDM 27.1). */
	cmpb	$0, VCPU_LAUNCHED(%rdi)
	mov	VCPU_GPR + 8 * 7(%rdi), %rdi
	jne	1f
	vmlaunch
	jmp	2f
1:	vmresume
2:	pop	%rdi				/* it came back: the entry failed */
	pop	%rbp
	mov	$1, %eax
	ret
END(vmx_enter)

ENTRY(vmx_exit)					/* VMCS_HOST_RIP */
	push	%rdi				/* 4 */
	mov	8(%rsp), %rdi
	mov	%rax, VCPU_GPR + 8 * 0(%rdi)
	save_gprs
	pop	%rax
	mov	%rax, VCPU_GPR + 8 * 7(%rdi)

	/*
	 * Bit 31: the entry failed while it loaded the guest (SDM 27.8). It comes back here, but a
	 * VMCS that was not launched before is not launched now. esi = -1, or 0.
	 */
	mov	$VMCS_EXIT_REASON, %eax
	vmread	%rax, %rsi
	sar	$31, %esi
	lea	1(%rsi), %eax
	or	%al, VCPU_LAUNCHED(%rdi)

	mov	$VMCS_GUEST_RIP, %eax		/* 5 */
	vmread	%rax, VCPU_RIP(%rdi)
	mov	$VMCS_GUEST_RFLAGS, %eax
	vmread	%rax, VCPU_RFLAGS(%rdi)
	mov	$VMCS_GUEST_RSP, %eax
	vmread	%rax, VCPU_GPR + 8 * 4(%rdi)

	pop	%rdi				/* 6 */
	pop	%rbp
	mov	%esi, %eax
	ret
END(vmx_exit)

ENTRY(svm_enter)
	push	%rbp				/* 1 */
	push	%rdi

	mov	VCPU_RIP(%rdi), %rax		/* 2 */
	mov	%rax, VCPU_VMCB_RIP(%rdi)
	mov	VCPU_RFLAGS(%rdi), %rax
	mov	%rax, VCPU_VMCB_RFLAGS(%rdi)
	mov	VCPU_GPR + 8 * 4(%rdi), %rax
	mov	%rax, VCPU_VMCB_RSP(%rdi)
	mov	VCPU_GPR + 8 * 0(%rdi), %rax
	mov	%rax, VCPU_VMCB_RAX(%rdi)

	load_gprs				/* 3 */
	lea	VCPU_CONTROL(%rdi), %rax
	mov	VCPU_GPR + 8 * 7(%rdi), %rdi
	/* Nothing may come between while the state is half the guest's (APM 15.17). */
	clgi
	sti				/* let interrupts of the host's exit (APM 15.21.2) */
	vmload	%rax
	vmrun	%rax
	vmsave	%rax				/* rax is ours again, the VMCB (APM 15.6) */

	push	%rdi				/* 4 */
	mov	8(%rsp), %rdi
	save_gprs
	pop	%rax
	mov	%rax, VCPU_GPR + 8 * 7(%rdi)
	/* FS, GS, TR and others are not VMRUN's to switch (APM 15.5.2). */
	lea	svm_host_state(%rip), %rax
	vmload	%rax
	cli
	stgi
	movq	$0, VCPU_VMCB_EVENTINJ(%rdi)	/* taken (APM 15.20) */
	movb	$0, VCPU_VMCB_TLB_CONTROL(%rdi)	/* done (APM 15.16.1) */

	mov	VCPU_VMCB_RIP(%rdi), %rax	/* 5 */
	mov	%rax, VCPU_RIP(%rdi)
	mov	VCPU_VMCB_RFLAGS(%rdi), %rax
	mov	%rax, VCPU_RFLAGS(%rdi)
	mov	VCPU_VMCB_RSP(%rdi), %rax
	mov	%rax, VCPU_GPR + 8 * 4(%rdi)
	mov	VCPU_VMCB_RAX(%rdi), %rax
	mov	%rax, VCPU_GPR + 8 * 0(%rdi)

	/* VMEXIT_INVALID: -1, of which QEMU 7.2 keeps the lower half (APM 15.5.1). */
	xor	%eax, %eax
	cmpl	$-1, VCPU_VMCB_EXITCODE(%rdi)
	sete	%al
	neg	%eax
	pop	%rdi				/* 6 */
	pop	%rbp
	ret
END(svm_enter)
