#include <arch/board.h>
#include <hv/arch.h>
#include <hv/device.h>
#include <hv/frame.h>
#include <hv/mailbox.h>
#include <hv/vm.h>

struct grade_final_5 {
	const char *name;
	struct vm *vm;
	struct device *device;
	u64 high, low;
};

/*
 * A line's level is in the interrupt controller's frame, on each ISA elsewhere: so that frame is
 * compared with what it holds when the probe itself moves the line.
 */
static u64 grade_final_5_sum(const struct vm *vm)
{
	const u64 *words = (const u64 *)vm->irqchip;
	u64 sum = 0;

	for (u32 i = 0; i < FRAME_SIZE_BYTES / 8; i++)
		sum = (sum ^ words[i]) * 0x100000001b3 + i;
	return sum;
}

static const char *grade_final_5_line(const struct grade_final_5 *one)
{
	u64 sum = grade_final_5_sum(one->vm);

	return sum == one->high ? "high" : sum == one->low ? "low" : "not the only one that moved";
}

static bool grade_final_5_make(struct grade_final_5 *one, const char *name, u32 line)
{
	gpa_t base = 0x3000000000 + FRAME_SIZE_BYTES * grade_below(4096);
	bool made;

	one->name = name;
	one->vm = vm_create(name);
	arch_irqchip_create(one->vm);
	for (u32 i = 0; i < 2; i++) {
		vm_irq_set(one->vm, line, true);
		one->high = grade_final_5_sum(one->vm);
		vm_irq_set(one->vm, line, false);
		one->low = grade_final_5_sum(one->vm);
	}
	made = mailbox_create(one->vm, base, line);
	one->device = device_find(one->vm, base);
	tell("mailbox %s at %lx, line %u: %s, %s, %lx bytes, the line is %s", name, base, line,
	     made ? "made" : "not made", one->device ? "there" : "not there",
	     one->device ? one->device->size : 0, grade_final_5_line(one));
	return one->device;
}

static void grade_final_5_read(struct grade_final_5 *one, u64 offset, u32 width)
{
	u64 value = 0;
	bool done = one->device->ops->read(one->device, offset, width, &value);

	if (done)
		tell("mailbox %s: read of %u bytes at %lx: %lx; the line is %s", one->name, width,
		     offset, value, grade_final_5_line(one));
	else
		tell("mailbox %s: read of %u bytes at %lx: no such register; the line is %s",
		     one->name, width, offset, grade_final_5_line(one));
}

static void grade_final_5_write(struct grade_final_5 *one, u64 offset, u32 width, u64 value)
{
	bool done;

	if (width < 8)
		value &= BIT(8 * width) - 1;
	done = one->device->ops->write(one->device, offset, width, value);
	tell("mailbox %s: write of %u bytes at %lx, value %lx: %s; the line is %s", one->name, width,
	     offset, value, done ? "done" : "no such register", grade_final_5_line(one));
}

static bool grade_final_5_is_register(u64 offset, u32 width)
{
	return width == 4 && offset % 4 == 0 && offset <= 0x10;
}

/* Where nothing is, or not so. */
static void grade_final_5_wrong(struct grade_final_5 *one)
{
	u64 offset = grade_below(24);
	u32 width = 1u << grade_below(4);

	if (grade_final_5_is_register(offset, width))
		width = 8;
	if (grade_below(2))
		grade_final_5_read(one, offset, width);
	else
		grade_final_5_write(one, offset, width, grade_random());
}

/* All of that: near the registers each offset, then some up to the end. */
static void grade_final_5_all_wrong(struct grade_final_5 *one)
{
	const struct device_ops *ops = one->device->ops;

	for (u64 offset = 0; offset < MAILBOX_SIZE - 8;
	     offset += offset < 0x20 ? 1 : 1 + grade_below(256)) {
		u32 reads = 0, writes = 0;
		u64 value;

		for (u32 width = 1; width <= 8; width *= 2) {
			if (grade_final_5_is_register(offset, width))
				continue;
			reads |= ops->read(one->device, offset, width, &value) ? width : 0;
			value = grade_random() & (~0ul >> (64 - 8 * width));
			writes |= ops->write(one->device, offset, width, value) ? width : 0;
		}
		tell("mailbox %s: accesses at %lx that are refused: %s; the line is %s", one->name,
		     offset, !reads && !writes ? "all" : reads ? "not all reads" : "not all writes",
		     grade_final_5_line(one));
	}
}

/* Mostly words in or mostly words out, and what else there is in between. */
static void grade_final_5_step(struct grade_final_5 *one, bool in)
{
	u32 chance = grade_below(24);

	if (chance < 8)
		in ? grade_final_5_write(one, 0x04, 4, grade_random()) :
		     grade_final_5_read(one, 0x04, 4);
	else if (chance < 11)
		in ? grade_final_5_read(one, 0x04, 4) :
		     grade_final_5_write(one, 0x04, 4, grade_random());
	else if (chance < 14)
		grade_final_5_write(one, 0x0c, 4, grade_below(3) ? grade_below(18) : grade_random());
	else if (chance < 16)
		grade_final_5_write(one, 0x08, 4, grade_random());
	else if (chance < 19)
		/* The interrupt mostly enabled, a reset now and then. */
		grade_final_5_write(one, 0x10, 4, (grade_random() & ~3ul) | !!grade_below(4) |
						  (grade_below(5) ? 0 : 2));
	else if (chance < 20)
		grade_final_5_write(one, 0x00, 4, grade_random());
	else if (chance < 22)
		grade_final_5_read(one, 4 * grade_below(5), 4);
	else
		grade_final_5_wrong(one);
	for (u64 offset = 0x08; offset <= 0x10; offset += 4)
		grade_final_5_read(one, offset, 4);
}

static void grade_final_5_registers(struct grade_final_5 *one)
{
	for (u64 offset = 0; offset <= 0x10; offset += 4)
		grade_final_5_read(one, offset, 4);
}

/* From end to end, and beyond it; then a reset while there is something to be reset. */
static void grade_final_5_fill(struct grade_final_5 *one, u32 threshold)
{
	grade_final_5_write(one, 0x0c, 4, threshold);
	grade_final_5_write(one, 0x10, 4, 1);
	for (u32 i = 0; i < 18; i++)
		grade_final_5_write(one, 0x04, 4, grade_random());
	grade_final_5_registers(one);
	for (u32 i = 0; i < 18; i++)
		grade_final_5_read(one, 0x04, 4);
	for (u32 i = 0; i < 5; i++)
		grade_final_5_write(one, 0x04, 4, grade_random());
	grade_final_5_write(one, 0x10, 4, 3);
	grade_final_5_registers(one);
}

void grade_final_5(void)
{
	u32 line = BOARD_MAILBOX_IRQ + grade_below(4);
	struct grade_final_5 vms[2], again;
	u64 left = frame_count_free();

	if (!grade_final_5_make(&vms[0], "a", line) ||
	    !grade_final_5_make(&vms[1], "b", line + 1 + grade_below(4)))
		return;
	tell("another in the same place: %s",
	     mailbox_create(vms[0].vm, vms[0].device->base, line) ? "made" : "not made");
	for (u32 i = 0; i < 2; i++)
		grade_final_5_registers(&vms[i]);
	for (u32 i = 0; i < 300; i++)
		grade_final_5_step(&vms[grade_below(2)], i / 50 % 2 == 0);
	for (u32 i = 0; i < 2; i++) {
		grade_final_5_all_wrong(&vms[i]);
		grade_final_5_registers(&vms[i]);
	}
	grade_final_5_fill(&vms[0], 1 + grade_below(16));
	grade_final_5_fill(&vms[1], 17);
	grade_final_5_fill(&vms[1], 0);
	for (u32 i = 0; i < 2; i++)
		vm_destroy(vms[i].vm);
	if (!grade_final_5_make(&again, "c", line))
		return;
	grade_final_5_registers(&again);
	vm_destroy(again.vm);
	tell("frames that are gone for good: %lu", left - frame_count_free());
	grade_guest(20);
}
