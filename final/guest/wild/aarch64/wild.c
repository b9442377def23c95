// SPDX-License-Identifier: MIT
/*
 * Runs into a wall: address 0xb000000 holds neither memory nor a device, so the bus refuses the
 * load. Without a second stage that is an exception of the guest's own, and the hypervisor never
 * learns of it. So the guest goes on and takes the machine's interrupt controller, which nobody
 * keeps from it: the interrupt that it sends itself goes to EL2, masked or not (HCR_EL2.IMO). That
 * is nobody's exit to handle; the VM ends, the hypervisor does not.
 */
#include <catch.h>
#include <guest.h>

#define REG(address) (*(volatile u32 *)(address))
#define GICD_CTLR    REG(0x08000000ul)
#define GICD_SGIR    REG(0x08000f00ul)
#define GICC_CTLR    REG(0x08010000ul)
#define GICC_PMR     REG(0x08010004ul)

int guest_main(void)
{
	struct caught caught;

	print("  wild: loads from %x\n", 0xb000000);
	caught = CATCH("mov x1, #0x0b000000; ldr x0, [x1]");
	check(caught.esr >> 26 == 0x25); /* a data abort at EL1 */
	print("  wild: an abort, but a guest's own; now for an interrupt\n");
	GICD_CTLR = 1;
	GICC_PMR = 0xff;
	GICC_CTLR = 1;
	GICD_SGIR = 2 << 24; /* SGI 0 to this CPU (IHI 0048B, 4.3.15) */
	__asm__ volatile("dsb sy; isb" ::: "memory");
	return 3;
}
