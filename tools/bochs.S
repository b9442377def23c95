/* SPDX-License-Identifier: MIT */
/*
 * The firmware of `make ARCH=x86_64 bochs`: enters a hypervisor image as a multiboot loader does,
 * and does nothing else that a BIOS would.
 *
 * Bochs shows a ROM image (romimage) of up to 2 MiB below 4 GiB. tools/run.py makes one for each
 * run: what is to be copied, and as its last page this code; guests from outside, too large for
 * that, are on a disk. Beside being quick (no boot menu) this leaves the machine as reset leaves it: no ACPI tables, and IA32_FEATURE_CONTROL is 0,
 * where a BIOS would have set and locked it (Intel SDM, vol. 3, "Enabling and Entering VMX
 * Operation").
 *
 *	0xffe00000	the least address that a ROM image may start at
 *	...		the segments of hv.elf, the multiboot information
 *	0xfffbf000	the flash that guests are shown, where QEMU's q35 has it, too
 *	0xfffff000	this page; the table at its start is filled in by run.py
 *	0xfffffff0	reset vector (Intel SDM, vol. 3, "First Instruction Executed")
 *
 * The state at the entry is Multiboot 0.6.96's, section 3.2: 32-bit protected mode, flat segments,
 * interrupts off, no paging, EAX = magic, EBX = address of the information.
 */
#define MULTIBOOT_LOADED	0x2badb002
#define INFO			0x9000	/* the multiboot information's place: tools/bochs.py */
#define CODE			0x08
#define DATA			0x10

/* The first disk's registers (ATA-6, "Register definitions and descriptions"; PC's addresses). */
#define ATA_DATA		0x1f0
#define ATA_COUNT		0x1f2	/* after it: LBA's bits 0-7, 8-15, 16-23, and 24-27 */
#define ATA_STATUS		0x1f7	/* command, when it is written */
#define ATA_LBA			0xe0
#define ATA_READ		0x20	/* READ SECTOR(S) */
#define ATA_BSY			0x80
#define ATA_DRQ			0x08

/* In real mode the base of CS is still 0xffff0000: an offset in that segment reaches us. */
#define OFFSET(label)		(0xf000 + label - rom)

	.text
	.globl	rom
rom:
	/*
	 * struct { entry, information, count } and count times struct { from, to, bytes, zeros }.
	 * from is an address in this ROM or, below 2 GiB, a sector of the disk.
	 */
entry:	.long	0
info:	.long	0
count:	.long	0
copies:	.skip	16 * 31

	.balign	8
gdt:	.quad	0
	.quad	0x00cf9a000000ffff	/* CODE: 32-bit, base 0, limit 4 GiB */
	.quad	0x00cf92000000ffff	/* DATA: the same, writable */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.code16
real:
	cli
	cld
	lgdtl	%cs:OFFSET(gdt_pointer)
	mov	%cr0, %eax
	or	$1, %al			/* CR0.PE */
	mov	%eax, %cr0
	ljmpl	$CODE, $protected

	.code32
protected:
	mov	$DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss

	/* Piece by piece, with zeros for .bss; lengths are multiples of 4. */
	mov	$copies, %ebx
	mov	count, %ebp
1:	test	%ebp, %ebp
	jz	enter
	mov	(%ebx), %esi
	mov	4(%ebx), %edi
	mov	8(%ebx), %ecx
	test	%esi, %esi
	jns	disk
	shr	$2, %ecx
	rep movsl
zeros:	mov	12(%ebx), %ecx
	shr	$2, %ecx
	xor	%eax, %eax
	rep stosl
	add	$16, %ebx
	dec	%ebp
	jmp	1b

enter:	mov	$MULTIBOOT_LOADED, %eax
	mov	info, %ebx
	jmp	*entry

	/* Lengths on the disk are multiples of 64 KiB: 128 sectors a command. */
disk:	mov	$INFO, %esp		/* grows downwards from there */
	shr	$16, %ecx
2:	push	%ecx
	mov	$128, %al
	mov	$ATA_COUNT, %edx
	out	%al, %dx
	mov	%esi, %eax
	mov	$3, %ecx
3:	inc	%edx
	out	%al, %dx
	shr	$8, %eax
	loop	3b
	inc	%edx
	or	$ATA_LBA, %al
	out	%al, %dx
	mov	$ATA_READ, %al
	inc	%edx
	out	%al, %dx

	mov	$128, %ecx
4:	in	%dx, %al		/* ATA_STATUS */
	and	$(ATA_BSY | ATA_DRQ), %al
	cmp	$ATA_DRQ, %al
	jne	4b
	push	%ecx
	mov	$256, %ecx
	mov	$ATA_DATA, %edx
	rep insw
	mov	$ATA_STATUS, %edx
	pop	%ecx
	loop	4b

	add	$128, %esi
	pop	%ecx
	loop	2b
	jmp	zeros

	.code16
	.org	0xff0, 0xff
	jmp	real
	.org	0x1000, 0xff
