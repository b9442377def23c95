#include <hv/grade.h>

static void grade_6_3_mapped(const char *what, struct pflash *flash)
{
	struct npt_mapping mapping;
	u64 pages = 0, wrong = 0;

	for (u64 offset = 0; offset < flash->device.size; offset += FRAME_SIZE_BYTES) {
		if (!npt_query(&flash->device.vm->npt, flash->device.base + offset, &mapping))
			continue;
		pages |= BIT(offset / FRAME_SIZE_BYTES);
		wrong += mapping.hpa != flash->host + offset || mapping.level ||
			 mapping.flags != (NPT_READ | NPT_EXEC);
	}
	tell("  %s: pages that are mapped %lx, wrongly %lu, mode %x, status %x", what, pages, wrong,
	     flash->mode, flash->status);
}

static struct pflash *grade_6_3_chip(struct vm *vm, bool emulated)
{
	const gpa_t base = 0x3000000000 + (emulated ? 0 : 0x1000000);
	hpa_t host = frame_alloc_contig(16, FRAME_SIZE_BYTES);

	if (emulated)
		pflash_create_emulated(vm, base, 16 * FRAME_SIZE_BYTES, "image", 5);
	else
		pflash_create_passthrough(vm, base, 16 * FRAME_SIZE_BYTES, host);
	return (struct pflash *)device_find(vm, base);
}

void grade_6_3(void)
{
	static const u8 modes[] = { READ_ARRAY, READ_ARRAY, READ_ID, READ_STATUS, PROGRAM };
	struct vm *vm = vm_create("probe");
	struct pflash *chip = grade_6_3_chip(vm, false), *emulated = grade_6_3_chip(vm, true);

	for (u32 n = 0; n < 3; n++) {
		u64 offset = n * FRAME_SIZE_BYTES;
		bool done = chip->device.ops->fault(&chip->device, offset, 1u << n);

		tell("passed through, access %u: %s", 1u << n, done ? "mapped" : "not");
		done = emulated->device.ops->fault(&emulated->device, offset, 1u << n);
		tell("emulated, access %u: %s", 1u << n, done ? "mapped" : "not");
	}
	for (u32 i = 0; i < 60; i++) {
		u64 offset = grade_below(chip->device.size);
		u32 access = 1u << grade_below(3);
		bool done = chip->device.ops->fault(&chip->device, offset, access);

		tell("passed through, access %u at %lx: %s", access, offset, done ? "mapped" : "not");
		grade_6_3_mapped("passed through", chip);
		offset = grade_below(emulated->device.size);
		access = 1u << grade_below(3);
		if (i % 6 == 5) {
			u8 mode = modes[grade_below(ARRAY_SIZE(modes))];

			/* From end to end. */
			emulated->device.ops->fault(&emulated->device, 0, NPT_READ);
			emulated->device.ops->fault(&emulated->device, emulated->device.size - 1,
						    NPT_READ);
			set_mode(emulated, mode);
			tell("emulated, set_mode(%x)", mode);
			/* Where memory is shown, its pages may stay or come back at a touch. */
			if (mode == READ_ARRAY)
				npt_unmap_region(&vm->npt, emulated->device.base,
						 emulated->device.size);
		} else {
			done = emulated->device.ops->fault(&emulated->device, offset, access);
			tell("emulated, access %u at %lx: %s", access, offset, done ? "mapped" : "not");
		}
		grade_6_3_mapped("emulated", emulated);
		/* So that most pages come more than once. */
		if (i % 20 == 19)
			npt_unmap_region(&vm->npt, chip->device.base, chip->device.size);
	}
	vm_destroy(vm);
	grade_guest(2);
}
