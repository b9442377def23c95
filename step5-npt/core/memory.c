// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/string.h>
#include <hv/vm.h>

bool vm_map_linear(struct vm *vm, gpa_t gpa, hpa_t hpa, u64 size, u32 flags)
{
	return npt_map_region(&vm->npt, gpa, hpa, size, flags & ~NPT_OWNED);
}

/* Frames in pieces as large as one entry can map, where there are such pieces. */
bool vm_map_alloc(struct vm *vm, gpa_t gpa, u64 size, u32 flags)
{
	for (u64 done = 0, step; done < size; done += step) {
		bool big = IS_ALIGNED(gpa + done, 2 * MiB) && size - done >= 2 * MiB;
		hpa_t memory = big ? frame_alloc_contig(2 * MiB / FRAME_SIZE_BYTES, 2 * MiB) : 0;

		step = memory ? 2 * MiB : FRAME_SIZE_BYTES;
		if (!memory)
			memory = frame_alloc();
		if (!memory)
			return false;
		arch_memory_written(phys_to_virt(memory), step); /* cleared, that is */
		if (!npt_map_region(&vm->npt, gpa + done, memory, step, flags | NPT_OWNED)) {
			frame_free_contig(memory, step / FRAME_SIZE_BYTES);
			return false;
		}
	}
	return true;
}

bool vm_populate(struct vm *vm, gpa_t gpa)
{
	struct npt_mapping mapping;

	return gpa >= vm->ram_base && gpa - vm->ram_base < vm->ram_size &&
	       !npt_query(&vm->npt, gpa, &mapping) &&
	       vm_map_alloc(vm, ALIGN_DOWN(gpa, FRAME_SIZE_BYTES), FRAME_SIZE_BYTES, NPT_RAM);
}

/*
 * The host's address of guest-physical gpa, or NULL where the VM has no such memory. *length is cut
 * to what one 4 KiB page holds from there on. Device registers that are mapped are no memory.
 */
static u8 *guest_memory(struct vm *vm, gpa_t gpa, u32 flags, u64 *length)
{
	u64 left = FRAME_SIZE_BYTES - gpa % FRAME_SIZE_BYTES;
	struct npt_mapping mapping;

	if (!npt_query(&vm->npt, gpa, &mapping) &&
	    !(vm_populate(vm, gpa) && npt_query(&vm->npt, gpa, &mapping)))
		return NULL;
	if ((mapping.flags & (flags | NPT_DEVICE)) != flags)
		return NULL;
	if (*length > left)
		*length = left;
	return phys_to_virt(mapping.hpa + (gpa - mapping.gpa));
}

bool vm_read_guest(struct vm *vm, gpa_t gpa, void *buf, u64 length)
{
	for (u64 done = 0, chunk; done < length; done += chunk) {
		chunk = length - done;
		const u8 *from = guest_memory(vm, gpa + done, NPT_READ, &chunk);

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
		u8 *to = guest_memory(vm, gpa + done, NPT_WRITE, &chunk);

		if (!to)
			return false;
		memcpy(to, (const u8 *)buf + done, chunk);
		arch_memory_written(to, chunk);
	}
	return true;
}
