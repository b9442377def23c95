// SPDX-License-Identifier: MIT
/* Step 4, exits: guests with a firmware to call, and traps that are decoded, answered, reported. */
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/end.h>
#include <hv/frame.h>
#include <hv/guests.h>
#include <hv/pcpu.h>
#include <hv/string.h>
#include <hv/trace.h>
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

/*
 * An empty loop of known length tells whether the machine's counter counts instructions; QEMU's
 * does with -icount only.
 */
static bool instructions_are_counted(void)
{
	const u64 rounds = 1000;
	u64 before = arch_instructions(), taken;

	for (u64 i = 0; i < rounds; i++)
		__asm__ volatile("");
	taken = arch_instructions() - before;
	return taken >= rounds && taken <= 8 * rounds;
}

/* What the world switch costs: a guest that does nothing but call, and we nothing but answer. */
static void measure_round_trip(void)
{
	const struct guest_image *image = guest_find("ping");
	struct vm *vm = image ? guest_create(image) : NULL;
	struct vcpu *vcpu = vm ? vm->vcpus[0] : NULL;
	u64 before = arch_instructions(), calls = 0;
	struct vm_exit exit;

	while (vm && !vm->ended) {
		if (vcpu_run(vcpu, &exit))
			hv_end(1);
		if (exit.reason == REASON_HYPERCALL) {
			arch_hypercall(vcpu, &exit);
			calls++;
		} else if (vm_handle_exit(vcpu, &exit) != EXIT_HANDLED) {
			vm_kill(vcpu, &exit, "no handler");
		}
	}
	if (!vm || vm->status) {
		printf("ladder: round trip: the guest ping did not come through\n");
		hv_end(1);
	}
	if (instructions_are_counted())
		printf("ladder: round trip: %lu instructions from one hypercall to the next\n",
		       (arch_instructions() - before) / calls);
	vm_destroy(vm);
}

/* Cuts suffix off the name; false where it has none. */
static bool cut_suffix(char *name, const char *suffix)
{
	size_t length = strlen(name), tail = strlen(suffix);

	if (length < tail || strcmp(name + length - tail, suffix))
		return false;
	name[length - tail] = 0;
	return true;
}

/* Runs one guest to its end; returns its status. */
static int run_guest(char *name)
{
	bool caught = cut_suffix(name, ":caught");
	const struct guest_image *image = guest_find(name);
	struct vm *vm = image ? guest_create(image) : NULL;
	int status;

	if (!vm)
		return 1;
	status = vm_run(vm);
	if (caught) {
		/* This guest is there to be stopped: ending by itself would be the failure. */
		printf("ladder: vm %s: was %s\n", vm->name, vm->killed ? "caught" : "not caught");
		status = !vm->killed;
	}
	printf("ladder: vm %s: ended with status %d after %lu exits\n", vm->name, vm->status,
	       vm->exits);
	vm_destroy(vm);
	return status;
}

/*
 * guest=a,b,c:caught on the command line: one after the other; a guest marked as caught is one that
 * the hypervisor must stop. Returns the worst status.
 */
static int run_guests(void)
{
	char list[128];
	int worst = 0;

	cmdline_get("guest", list, sizeof(list), "hello");
	for (char *name = list, *next; name; name = next) {
		int status;

		for (next = name; *next && *next != ','; next++)
			;
		next = *next ? (*next = 0, next + 1) : NULL;
		status = run_guest(name);
		worst = status > worst ? status : worst;
	}
	return worst;
}

_Noreturn void hv_main(u64 hw_id, u64 boot_data)
{
	int status;

	arch_console_init();
	cmdline_init(boot_data);
	trace_init();
	printf("\nladder: a hypervisor in steps, on CPU %lu\n", hw_id);

	arch_traps_init();
	printf("ladder: traps: caught one of our own at %p\n", (void *)arch_traps_selftest());

	detect();
	enable();
	memory();
	pcpu_init(0, hw_id);
	build_vcpu();
	measure_round_trip();
	status = run_guests();
	disable();
	hv_end(status);
}
