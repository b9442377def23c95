// SPDX-License-Identifier: MIT
/*
 * Runs into a wall: its page tables end at 4 GiB, and it has no handlers of exceptions. So a load
 * from behind is a page fault that can't be delivered, nor can the double fault that follows: a
 * triple fault, by which a PC resets itself (SDM 6.15, "Double Fault"). That is nobody's exit to
 * handle; the VM ends, the hypervisor does not.
 */
#include <guest.h>

int guest_main(void)
{
	volatile u64 *nowhere = (volatile u64 *)0x140000000;

	print("  wild: loads from %lx\n", (u64)nowhere);
	return *nowhere ? 2 : 3;
}
