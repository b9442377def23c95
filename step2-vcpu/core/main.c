// SPDX-License-Identifier: MIT
/*
 * Step 2, vcpu: memory in frames, this CPU, and a virtual CPU that is built but does not run yet.
 */
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/end.h>
#include <hv/frame.h>
#include <hv/pcpu.h>
#include <hv/vm.h>

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

static void memory(void)
{
	hpa_t start, end;

	arch_host_ram(&start, &end);
	frame_init(start, end);
	printf("ladder: frames: %lu of 4 KiB free in [%p, %p)\n", frame_count_free(), (void *)start,
	       (void *)end);
}

static void build_vcpu(void)
{
	const gpa_t entry = 0x90000000;
	struct vm *vm = vm_create("first");
	struct vcpu *vcpu = vm_init_vcpu(vm, entry, 0);
	const char *fault;

	vcpu_dump(vcpu);
	fault = arch_vcpu_check(vcpu);
	if (fault) {
		printf("ladder: vcpu: would not enter: %s\n", fault);
		hv_end(1);
	}
	printf("ladder: vcpu: nothing stands against its entry\n");

	fault = arch_vcpu_selftest(vcpu);
	if (fault) {
		printf("ladder: vcpu: %s does not keep what is written\n", fault);
		hv_end(1);
	}
	printf("ladder: vcpu: its system registers keep what is written\n");
	vm_destroy(vm);
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
	memory();
	pcpu_init(0, hw_id);
	build_vcpu();
	disable();
	hv_end(0);
}
