#include <hv/grade.h>

void grade_6_6(void)
{
	static const u8 commands[] = { READ_ARRAY, READ_ID, READ_STATUS, CLEAR_STATUS, PROGRAM,
				       PROGRAM_ALTERNATE, 0x20, 0xd0, 0x98, 0 };
	const gpa_t base = 0x3000000000;
	struct vm *vm = vm_create("probe");
	struct npt_mapping mapping;
	struct pflash *flash;

	pflash_create_emulated(vm, base, 16 * FRAME_SIZE_BYTES, "image", 5);
	flash = (struct pflash *)device_find(vm, base);
	for (u32 i = 0; i < 200; i++) {
		u64 offset = grade_below(i % 2 ? 64 : flash->device.size) & ~3ul, value = 0;
		u32 word = grade_random() | grade_random();

		/* Seldom erased and often not: bits that would have to be set again. */
		if (i % 3 == 0)
			word |= grade_random();
		map_page(flash, 0);
		if (flash->mode == PROGRAM || i % 9 == 0) {
			program(flash, offset, word);
			tell("program(%lx, %x): memory %x", offset, word, *word_at(flash, offset));
		} else {
			u8 code = commands[grade_below(ARRAY_SIZE(commands))];

			command(flash, code);
			tell("command(%x)", code);
		}
		flash->device.ops->read(&flash->device, offset, 4, &value);
		tell("  mode %x, status %x, a read gives %lx, page 0 is %s", flash->mode,
		     flash->status, value,
		     npt_query(&vm->npt, base, &mapping) ? "mapped" : "not mapped");
		npt_unmap_region(&vm->npt, base, flash->device.size);
	}
	vm_destroy(vm);
	grade_guest(2);
}
