#include <hv/grade.h>

void grade_3_5(void)
{
	struct vm *vm = vm_create("probe");

	for (u32 i = 0; i < 120; i++) {
		u64 size = 4096 * (1 + grade_below(4096)), length = grade_below(2 * size), given;
		gpa_t base = grade_random() & (BIT(40) - 1) & ~4095ul, gpa;

		if (i % 9 == 0)
			size += grade_below(16) << 32;
		if (i % 7 == 0)
			base = -size - 4096 * grade_below(2);	/* up to the end of all addresses */
		if (i % 5 == 0)
			length = ~grade_below(64);
		gpa = base + grade_below(size);
		if (i % 3 == 0)
			gpa = base + size + grade_below(3) - 1;
		if (i % 3 == 1 && i % 2)
			gpa = base - 1 - grade_below(8192);
		if (i % 11 == 0)
			gpa = base + grade_below(size) + ((1 + grade_below(8)) << 32);
		vm->ram_base = base;
		vm->ram_size = size;
		given = length;
		u8 *host = guest_memory(vm, gpa, &length);

		tell("RAM [%lx, %lx), gpa %lx, length %lx: %p, length %lx", base, base + size, gpa,
		     given, (void *)host, host ? length : 0);
	}
	vm_destroy(vm);
	grade_guest(1);
}
