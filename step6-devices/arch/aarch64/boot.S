/* SPDX-License-Identifier: MIT */
#include <arch/asm.h>
#include <arch/sysreg.h>

/*
 * The header of a Linux Image (Linux, Documentation/arch/arm64/booting.rst): a boot loader puts
 * such a file text_offset bytes into RAM and enters it at its first byte, at the highest exception
 * level that is there for it, with x0 = device tree, MMU off and interrupts masked. One CPU comes;
 * the others wait in the firmware (PSCI).
 */
	.section .text.start, "ax"
ENTRY(_start)
	b	boot
	.long	0
	.quad	0x80000			/* text_offset: link.ld counts on it */
	.quad	image_size		/* with .bss and stack */
	.quad	2			/* flags: little-endian, 4 KiB pages */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

boot:
	/* No trap is expected yet; if one comes, stop where a debugger can see it. */
	ldr	x2, =park
	mrs	x3, CurrentEL
	cmp	x3, #(2 << CURRENTEL_SHIFT)
	b.ne	1f			/* not EL2: detect.c says so */
	msr	VBAR_EL2, x2
	msr	SPSel, #1		/* our stack pointer is SP_EL2; SP_EL0 is the guest's */
1:
	ldr	x2, =bss_start
	ldr	x3, =bss_end
2:	cmp	x2, x3
	b.hs	3f
	stp	xzr, xzr, [x2], #16
	b	2b
3:
	ldr	x2, =boot_stack_top
	mov	sp, x2
	mov	x19, x0
	mrs	x3, CurrentEL
	cmp	x3, #(2 << CURRENTEL_SHIFT)
	b.ne	4f
	bl	mmu_enable
4:
	mrs	x0, MPIDR_EL1
	and	x0, x0, #0x00ffffff	/* affinity; the flags are left out */
	mov	x1, x19
	bl	hv_main			/* does not return */
END(_start)

	.balign	2048			/* VBAR_EL2 wants that */
park:
	.rept	16
	.balign	128
	wfi
	b	park
	.endr

	.section .stack, "aw", @nobits
	.balign	16
boot_stack:
	.skip	16384
boot_stack_top:
