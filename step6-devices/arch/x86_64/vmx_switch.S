/* SPDX-License-Identifier: MIT */
/* Part of switch.S, which has the numbers and macros: VMX (SDM 27.1). */
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
