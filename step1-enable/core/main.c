// SPDX-License-Identifier: MIT
/* Step 1, enable: is this CPU able to host guests? Switch hypervisor mode on, and off again. */
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/end.h>

static void detect(void)
{
	const char *reason;

	if (arch_detect(&reason))
		return;
	printf("ladder: detect: no guest can run here: %s\n", reason);
	hv_end(1);
}

static void enable(void)
{
	if (!arch_hv_enable())
		hv_end(1);
	printf("ladder: enable: hypervisor mode is on\n");
}

static void disable(void)
{
	arch_hv_disable();
	printf("ladder: disable: hypervisor mode is off again\n");
}

_Noreturn void hv_main(u64 hw_id, u64 boot_data)
{
	arch_console_init();
	cmdline_init(boot_data);
	printf("\nladder: a hypervisor in steps, on CPU %lu\n", hw_id);

	arch_traps_init();
	printf("ladder: traps: caught one of our own at %p\n", (void *)arch_traps_selftest());

	detect();
	enable();
	disable();
	hv_end(0);
}
