/* SPDX-License-Identifier: MIT */
/* Part of switch.S, which has the numbers and macros: SVM (APM 15.5). */
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
	vmload	%rax
	vmrun	%rax
END(svm_enter)

ENTRY(svm_exit)					/* behind VMRUN */
	vmsave	%rax				/* rax is ours again, the VMCB (APM 15.6) */

	push	%rdi				/* 4 */
	mov	8(%rsp), %rdi
	save_gprs
	pop	%rax
	mov	%rax, VCPU_GPR + 8 * 7(%rdi)
	/* FS, GS, TR and others are not VMRUN's to switch (APM 15.5.2). */
	lea	svm_host_state(%rip), %rax
	vmload	%rax
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
END(svm_exit)
