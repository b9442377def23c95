// SPDX-License-Identifier: MIT
/* final: the host as its device tree tells it, Linux and other kernels, several vCPUs and VMs. */
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/end.h>
#include <hv/frame.h>
#include <hv/guests.h>
#include <hv/host.h>
#include <hv/image.h>
#include <hv/passthrough.h>
#include <hv/pcpu.h>
#include <hv/sched.h>
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

/* What a VM's memory is made of. */
static void count_entry(const struct npt_mapping *mapping, void *counts)
{
	((u64 *)counts)[mapping->level]++;
}

static void print_npt(struct vm *vm)
{
	u64 counts[NPT_MAX_LEVELS] = { 0 };

	npt_walk(&vm->npt, count_entry, counts);
	printf("ladder: vm %s: %s root at %p, %lu entries of 4 KiB, %lu of 2 MiB, %lu of 1 GiB\n",
	       vm->name, vm->npt.format->name, (void *)npt_root(&vm->npt), counts[0], counts[1],
	       counts[2]);
}

/*
 * The largest entries that fit: a page, a megapage and a gigapage in a row need three of them.
 * Cutting 4 KiB out of the megapage splits it, and its neighbours stay where they were.
 */
static void check_npt(void)
{
	const gpa_t gpa = GiB - 2 * MiB - 4 * KiB;
	const hpa_t hpa = 3 * GiB - 2 * MiB - 4 * KiB;
	struct vm *vm = vm_create("npt");
	hpa_t found;

	if (!vm || !vm_map_linear(vm, gpa, hpa, 4 * KiB + 2 * MiB + GiB, NPT_READ))
		panic("no memory for a second-stage table");
	print_npt(vm);
	for (u64 offset = 0; offset < 4 * KiB + 2 * MiB + GiB; offset += 256 * KiB)
		assert(npt_translate(&vm->npt, gpa + offset, NPT_READ, &found) &&
		       found == hpa + offset);
	assert(!npt_translate(&vm->npt, gpa, NPT_WRITE, &found));
	assert(npt_unmap(&vm->npt, gpa + MiB));
	assert(!npt_translate(&vm->npt, gpa + MiB, NPT_READ, &found));
	assert(npt_translate(&vm->npt, gpa + MiB + 4 * KiB, NPT_READ, &found));
	assert(found == hpa + MiB + 4 * KiB);
	vm_destroy(vm);
}

/* One guest of the command line's list. */
struct run {
	struct vm *vm;
	bool caught; /* it is there to be stopped: ending by itself would be the failure */
};

static bool start_guest(struct run *run, char *name)
{
	const char *why = NULL;

	run->caught = cut_suffix(name, ":caught");
	if (!strcmp(name, "linux") || !strcmp(name, "nimbos") || !strcmp(name, "image")) {
		run->vm = image_create(name, cmdline_get_u64("mem", 256 * MiB),
				       cmdline_get_u64("base", 0));
	} else {
		const struct guest_image *image = guest_find(name);

		run->vm = image ? guest_create(image) : NULL;
		why = run->vm ? passthrough_create(run->vm) : NULL;
	}
	if (why)
		printf("ladder: vm %s: %s\n", name, why);
	return run->vm && !why;
}

/* Its status, as the whole run's sees it. */
static int finish_guest(struct run *run)
{
	struct vm *vm = run->vm;
	int status = run->caught ? !vm->killed : vm->status;

	print_npt(vm);
	if (run->caught)
		printf("ladder: vm %s: was %s\n", vm->name, vm->killed ? "caught" : "not caught");
	printf("ladder: vm %s: ended with status %d after %lu exits\n", vm->name, vm->status,
	       vm->exits);
	vm_destroy(vm);
	return status;
}

/*
 * guest=a,b,c:caught on the command line: side by side, until all have ended. A guest marked
 * as caught is one that the hypervisor must stop. Returns the worst status.
 */
static int run_guests(void)
{
	struct run runs[MAX_VMS] = { 0 };
	struct vm *vms[ARRAY_SIZE(runs)];
	u32 nr_runs = 0;
	char list[128];
	int worst = 0;

	cmdline_get("guest", list, sizeof(list), "hello");
	for (char *name = list, *next; name && nr_runs < ARRAY_SIZE(runs); name = next) {
		for (next = name; *next && *next != ','; next++)
			;
		next = *next ? (*next = 0, next + 1) : NULL;
		if (!start_guest(&runs[nr_runs], name))
			return 1;
		vms[nr_runs] = runs[nr_runs].vm;
		nr_runs++;
	}
	sched_run(vms, nr_runs);
	for (u32 i = 0; i < nr_runs; i++) {
		int status = finish_guest(&runs[i]);

		worst = status > worst ? status : worst;
	}
	return worst;
}

_Noreturn void hv_main(u64 hw_id, u64 boot_data)
{
	const char *reason;
	int status;

	reason = host_probe(boot_data);
	cmdline_init(boot_data);
	trace_init();
	printf("\nladder: a hypervisor in steps, on CPU %lu\n", hw_id);

	arch_traps_init();
	printf("ladder: traps: caught one of our own at %p\n", (void *)arch_traps_selftest());

	detect();
	if (reason)
		panic("%s", reason);
	enable();
	memory();
	pcpu_init(0, hw_id);
	arch_irq_init();
	build_vcpu();
	check_npt();
	measure_round_trip();
	status = run_guests();
	disable();
	hv_end(status);
}
