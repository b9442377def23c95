/* SPDX-License-Identifier: MIT */
/* What only a hypervisor may do: each must come back as the guest's own fault. */
	.include "guest.inc"
	handle	6, handler
	handle	13, gp_handler
	.macro	fault insn:vararg
	mov	$1f, %edi
	\insn
	jmp	failed
1:
	.endm

	xor	%ebp, %ebp
	fault	vmxon memory
	fault	vmxoff
	fault	vmptrld memory
	fault	vmptrst memory
	fault	vmclear memory
	fault	vmlaunch
	fault	vmresume
	fault	vmread %eax, %ecx
	fault	vmwrite %eax, %ecx
	fault	invept memory, %eax
	fault	invvpid memory, %eax
	fault	vmrun
	fault	vmload
	fault	vmsave
	fault	stgi
	fault	clgi
	fault	skinit
	fault	invlpga
	mov	$0xc0010114, %ecx		/* VM_CR */
	xor	%eax, %eax
	xor	%edx, %edx
	fault	wrmsr
	mov	$0xc0010117, %ecx		/* VM_HSAVE_PA */
	fault	wrmsr
	mov	$0x3a, %ecx			/* IA32_FEATURE_CONTROL */
	fault	wrmsr
	mov	$0x480, %ecx			/* IA32_VMX_BASIC */
	fault	rdmsr
	mov	$0xc0000080, %ecx		/* EFER.SVME */
	rdmsr
	or	$0x1000, %eax
	fault	wrmsr
	mov	%cr4, %eax			/* CR4.VMXE */
	or	$0x2000, %eax
	fault	mov %eax, %cr4
	cmp	$24, %ebp
	jne	failed
	print	"\n24 handled\n"
	power_off
failed:	print	"\none was not refused: "
	add	$'A', %ebp
	mov	%ebp, %eax
	mov	$COM1, %edx
	out	%al, %dx
	fail

gp_handler:
	add	$4, %esp			/* the error code */
handler:
	inc	%ebp
	mov	%edi, (%esp)
	iret

	.section .data
	.balign	4096
memory:	.skip	4096
