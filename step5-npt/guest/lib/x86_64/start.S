/* SPDX-License-Identifier: MIT */
/*
 * Entered in 64-bit mode with rdi = the vCPU's number, rsi = argument, rcx = 1 where the hypervisor
 * is called by vmmcall and 0 where by vmcall, and CR3 = the second page of the image: below.
 */
	.section .text.start, "ax"
	.globl	_start
_start:
	mov	%ecx, %ebx
	lea	bss_start(%rip), %rdi
	lea	bss_end(%rip), %rcx
	sub	%rdi, %rcx
	xor	%eax, %eax
	rep stosb
	mov	%bl, ladder_by_vmmcall(%rip)
	lea	stack_top(%rip), %rsp
	call	guest_main
	mov	%eax, %edi
done:					/* edi = status; does not return */
	mov	$(0x4c414400 + 1), %eax
	testb	$1, ladder_by_vmmcall(%rip)
	jnz	1f
	vmcall
	jmp	done
1:	vmmcall
	jmp	done

/* Every address below 4 GiB is mapped to itself, in pages of 1 GiB (SDM 4.5.4). */
	.section .tables, "aw"
	.balign	4096
	.quad	level3 + 7
	.balign	4096
level3:
	.irp	gib, 0, 1, 2, 3
	.quad	(\gib << 30) + 0x87
	.endr
	.balign	4096

	.section .bss
	.globl	ladder_by_vmmcall
ladder_by_vmmcall:
	.skip	1

	.section .stack, "aw", @nobits
	.balign	16
	.skip	8192
stack_top:
