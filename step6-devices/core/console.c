// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/device.h>
#include <hv/sched.h>
#include <hv/vm.h>

static struct vm *readers[MAX_VMS]; /* in order of age */
static u32 nr_readers;

void console_attach(struct vm *vm)
{
	if (nr_readers < ARRAY_SIZE(readers))
		readers[nr_readers++] = vm;
}

void console_detach(struct vm *vm)
{
	u32 kept = 0;

	for (u32 i = 0; i < nr_readers; i++)
		if (readers[i] != vm)
			readers[kept++] = readers[i];
	nr_readers = kept;
}

void console_poll(void)
{
	struct vm *vm = nr_readers ? readers[0] : NULL;
	int c;

	while ((c = arch_console_getc()) >= 0) {
		if (!vm || vm->input.head - vm->input.tail == INPUT_SIZE)
			continue;
		vm->input.bytes[vm->input.head++ % INPUT_SIZE] = c;
	}
	for (u32 i = 0; vm && i < vm->nr_devices; i++)
		if (vm->devices[i]->ops->input)
			vm->devices[i]->ops->input(vm->devices[i]);
}

bool vm_input_ready(struct vm *vm)
{
	return vm->input.head != vm->input.tail;
}

int vm_getc(struct vm *vm)
{
	return vm_input_ready(vm) ? vm->input.bytes[vm->input.tail++ % INPUT_SIZE] : -1;
}
