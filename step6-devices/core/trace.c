// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/printf.h>
#include <hv/trace.h>
#include <hv/vm.h>

bool trace_on;
static bool trace_prints;
/* Only a debugger reads them, so gcc would leave them out. */
static struct trace_record records[TRACE_RECORDS] __attribute__((used));
static u64 nr_records;

void trace_init(void)
{
	u64 level = cmdline_get_u64("trace", 0);

	trace_on = level > 0;
	trace_prints = level == 1;
}

void trace_record(const struct vcpu *vcpu, const struct vm_exit *exit)
{
	u64 slot = __atomic_fetch_add(&nr_records, 1, __ATOMIC_RELAXED) % TRACE_RECORDS;
	struct trace_record *record = &records[slot];

	*record = (struct trace_record){ vcpu, vcpu->vm->exits, arch_vcpu_pc(vcpu), *exit };
	if (trace_prints)
		printf("trace: %s.%u #%lu pc %lx: %s\n", vcpu->vm->name, vcpu->id, record->number,
		       record->pc, arch_exit_name(exit));
}
