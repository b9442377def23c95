// SPDX-License-Identifier: MIT
/*
 * Runs into a wall: address 0 holds neither memory nor a device, so the bus refuses the load. That
 * is nobody's exit to handle; the VM ends, the hypervisor does not.
 */
#include <guest.h>

int guest_main(void)
{
	volatile u64 *nowhere = (volatile u64 *)0;

	__asm__("" : "+r"(nowhere));
	print("  wild: loads from %lx\n", (u64)nowhere);
	return *nowhere ? 2 : 3;
}
