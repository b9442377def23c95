// SPDX-License-Identifier: MIT
/*
 * The timer by which a PC's kernel finds out how fast its clocks run (Intel 82C54 data sheet), and
 * the port of its speaker (Intel ICH9 data sheet, "NMI_SC"). Nothing ticks: a count follows from
 * arch_time(). Channels 0 and 1 take what is written, and never count.
 */
#include <hv/arch.h>
#include <hv/pit.h>

#define FREQUENCY 1193182 /* Hz */

enum { CHANNEL2 = 2, COMMAND };

#define COMMAND_CHANNEL(c) ((c) >> 6)
#define COMMAND_ACCESS(c)  ((c) >> 4 & 3) /* low byte, high byte, or both in turn; 0: latch */
#define COMMAND_MODE(c)    ((c) >> 1 & 7)
enum { LATCH, LOW, HIGH, BOTH };

#define SPEAKER_GATE   BIT(0)
#define SPEAKER_ON     BIT(1)
#define SPEAKER_OUTPUT BIT(5)

struct pit {
	struct device device;
	u32 access, mode;
	bool high_next; /* of two bytes, the second one is due */
	u32 count;      /* to count down from, 1 to 65536; 0: none has been loaded */
	u64 start;      /* when it began to, in arch_time() */
	bool latched;
	u16 latch;
	u8 speaker;
};

struct speaker {
	struct device device;
	struct pit *pit;
};

static u64 elapsed(const struct pit *pit)
{
	if (!pit->count || !(pit->speaker & SPEAKER_GATE))
		return 0;
	return (arch_time() - pit->start) * FREQUENCY / arch_time_frequency();
}

/* In mode 0 it goes on below zero; in the others it begins anew. */
static u16 current(const struct pit *pit)
{
	u64 ticks = elapsed(pit);

	return pit->count - (pit->mode && pit->count ? ticks % pit->count : ticks);
}

/* High at the end of the count (mode 0), or for the first half of each (mode 3). */
static bool output(const struct pit *pit)
{
	u64 ticks = elapsed(pit);

	if (!pit->mode)
		return pit->count && ticks >= pit->count;
	return !pit->count || ticks % pit->count < (pit->count + 1) / 2;
}

static void command(struct pit *pit, u32 value)
{
	if (COMMAND_CHANNEL(value) != CHANNEL2)
		return;
	if (COMMAND_ACCESS(value) == LATCH) {
		if (!pit->latched)
			pit->latch = current(pit);
		pit->latched = true;
		return;
	}
	pit->access = COMMAND_ACCESS(value);
	pit->mode = COMMAND_MODE(value);
	pit->high_next = pit->latched = false;
	pit->count = 0;
}

/* Which of the two bytes it is this time. */
static bool is_high_byte(struct pit *pit)
{
	if (pit->access != BOTH)
		return pit->access == HIGH;
	pit->high_next = !pit->high_next;
	return !pit->high_next;
}

static bool pit_read(struct device *device, u64 offset, u32 width, u64 *value)
{
	struct pit *pit = (struct pit *)device;
	u16 count = pit->latched ? pit->latch : current(pit);
	bool high;

	*value = 0;
	if (width != 1 || offset != CHANNEL2)
		return width == 1;
	high = is_high_byte(pit);
	*value = high ? count >> 8 : count & 0xff;
	if (high || pit->access != BOTH)
		pit->latched = false;
	return true;
}

static bool pit_write(struct device *device, u64 offset, u32 width, u64 value)
{
	struct pit *pit = (struct pit *)device;

	if (width != 1)
		return false;
	if (offset == COMMAND) {
		command(pit, value);
	} else if (offset == CHANNEL2) {
		bool high = is_high_byte(pit);

		pit->latch = high ? (pit->latch & 0xff) | value << 8 : value;
		if (high || pit->access != BOTH) {
			pit->count = pit->latch ? pit->latch : 0x10000;
			pit->start = arch_time();
		}
	}
	return true;
}

static bool speaker_read(struct device *device, u64 offset, u32 width, u64 *value)
{
	const struct pit *pit = ((struct speaker *)device)->pit;

	(void)offset;
	*value = pit->speaker | (output(pit) ? SPEAKER_OUTPUT : 0);
	return width == 1;
}

static bool speaker_write(struct device *device, u64 offset, u32 width, u64 value)
{
	struct pit *pit = ((struct speaker *)device)->pit;

	(void)offset;
	if (value & ~pit->speaker & SPEAKER_GATE)
		pit->start = arch_time();
	pit->speaker = value & (SPEAKER_GATE | SPEAKER_ON);
	return width == 1;
}

static const struct device_ops pit_ops = {
	.name = "8254",
	.read = pit_read,
	.write = pit_write,
};

static const struct device_ops speaker_ops = {
	.name = "speaker port",
	.read = speaker_read,
	.write = speaker_write,
};

bool pit_create(struct vm *vm, gpa_t base, gpa_t speaker)
{
	struct pit *pit = device_create(vm, &pit_ops, sizeof(*pit), base, 4, 0);
	struct speaker *port =
		pit ? device_create(vm, &speaker_ops, sizeof(*port), speaker, 1, 0) : NULL;

	if (!port)
		return false;
	port->pit = pit;
	return true;
}
