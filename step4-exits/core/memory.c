// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/string.h>
#include <hv/vm.h>

/*
 * The host's address of guest-physical gpa, or NULL where the VM has no memory there. *length is
 * cut to what is contiguous from there on. Without a second stage the two addresses are the same.
 */
static u8 *guest_memory(struct vm *vm, gpa_t gpa, u64 *length)
{
	u64 offset = gpa - vm->ram_base;

	if (gpa < vm->ram_base || offset >= vm->ram_size)
		return NULL;
	if (*length > vm->ram_size - offset)
		*length = vm->ram_size - offset;
	return phys_to_virt(gpa);
}

bool vm_read_guest(struct vm *vm, gpa_t gpa, void *buf, u64 length)
{
	for (u64 done = 0, chunk; done < length; done += chunk) {
		chunk = length - done;
		const u8 *from = guest_memory(vm, gpa + done, &chunk);

		if (!from)
			return false;
		memcpy((u8 *)buf + done, from, chunk);
	}
	return true;
}

bool vm_write_guest(struct vm *vm, gpa_t gpa, const void *buf, u64 length)
{
	for (u64 done = 0, chunk; done < length; done += chunk) {
		chunk = length - done;
		u8 *to = guest_memory(vm, gpa + done, &chunk);

		if (!to)
			return false;
		memcpy(to, (const u8 *)buf + done, chunk);
		arch_memory_written(to, chunk);
	}
	return true;
}
