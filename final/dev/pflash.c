// SPDX-License-Identifier: MIT
/*
 * Two ways to give a guest a flash chip. Passed through, its pages become the guest's. Emulated,
 * the chip is a mode: in read-array mode it is memory, which the guest reads without us; a write is
 * a command and traps; in every other mode reads answer the command, so the memory is unmapped
 * until the guest returns to read-array mode.
 *
 * Commands: Intel/Sharp command set (CFI publication 100, set 0x0001), as in Intel's P30 data
 * sheet.
 */
#include <hv/frame.h>
#include <hv/pflash.h>
#include <hv/string.h>
#include <hv/vm.h>

struct pflash {
	struct device device;
	hpa_t host; /* passed through: the host's flash; emulated: our memory */
	u8 mode;    /* the command whose answer reads give */
	u8 status;
};

/* Reads of memory need no trap: maps the page that was touched. */
static bool map_page(struct pflash *flash, u64 offset)
{
	u64 page = ALIGN_DOWN(offset, FRAME_SIZE_BYTES);

	return vm_map_linear(flash->device.vm, flash->device.base + page, flash->host + page,
			     FRAME_SIZE_BYTES, NPT_READ | NPT_EXEC);
}

/* ---- passed through ---- */

static bool passthrough_fault(struct device *device, u64 offset, u32 access)
{
	/* A write would be a command to the host's chip, for all who read it. */
	return access != NPT_WRITE && map_page((struct pflash *)device, offset);
}

static const struct device_ops passthrough_ops = {
	.name = "pflash (passed through)",
	.fault = passthrough_fault,
};

bool pflash_create_passthrough(struct vm *vm, gpa_t base, u64 size, hpa_t hpa)
{
	struct pflash *flash = device_create(vm, &passthrough_ops, sizeof(*flash), base, size, 0);

	if (flash)
		flash->host = hpa;
	return flash;
}

/* ---- emulated ---- */

enum command {
	READ_ARRAY = 0xff,
	READ_ID = 0x90,
	READ_STATUS = 0x70,
	CLEAR_STATUS = 0x50,
	PROGRAM = 0x40,
	PROGRAM_ALTERNATE = 0x10,
	READ_QUERY = 0x98,
	ERASE = 0x20,
	CONFIRM = 0xd0,
};

#define BLOCK_SIZE (16 * KiB) /* of both chips together */

#define STATUS_READY         0x80
#define STATUS_PROGRAM_ERROR 0x10
#define STATUS_ERASE_ERROR   0x20

#define ID_MANUFACTURER 0x89   /* Intel */
#define ID_DEVICE       0x8919 /* 28F256P30T */

/* Both chips answer at once, each on its half of the bus. */
static u32 both(u16 answer)
{
	return (u32)answer << 16 | answer;
}

static u32 *word_at(struct pflash *flash, u64 offset)
{
	return phys_to_virt(flash->host + ALIGN_DOWN(offset, 4));
}

static void set_mode(struct pflash *flash, u8 mode)
{
	/*
	 * Only read-array mode shows memory; its pages come back one by one, as they are touched.
	 */
	if (mode != READ_ARRAY)
		npt_unmap_region(&flash->device.vm->npt, flash->device.base, flash->device.size);
	flash->mode = mode;
}

static bool emulated_fault(struct device *device, u64 offset, u32 access)
{
	struct pflash *flash = (struct pflash *)device;

	return flash->mode == READ_ARRAY && access != NPT_WRITE && map_page(flash, offset);
}

static u8 log2_of(u64 size)
{
	u8 exponent = 0;

	while (size >>= 1)
		exponent++;
	return exponent;
}

/*
 * The common flash interface (JEDEC JESD68.01, table 1 on): what a driver needs to know, in one
 * chip's words from 0x10 on. The sizes are one chip's too.
 */
static u16 query(const struct pflash *flash, u64 word)
{
	u64 blocks = flash->device.size / BLOCK_SIZE;
	const u8 table[] = {
		'Q',
		'R',
		'Y',
		0x01,
		0x00, /* 0x10: primary command set 0x0001 */
		0x31,
		0x00, /* 0x15: its extended table */
		0,
		0,
		0,
		0, /* 0x17: no alternate one */
		0x17,
		0x20,
		0x00,
		0x00, /* 0x1b: 1.7 V to 2.0 V, no Vpp */
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,				 /* 0x1f: typical and longest times: at once */
		log2_of(flash->device.size / 2), /* 0x27 */
		0x01,
		0x00, /* 0x28: a 16-bit bus */
		0x00,
		0x00, /* 0x2a: no write buffer */
		1,
		(u8)(blocks - 1),
		0, /* 0x2c: one region of equal blocks */
		(u8)(BLOCK_SIZE / 2 / 256),
		(u8)(BLOCK_SIZE / 2 / 256 >> 8), /* 0x2f: a block, in 256 bytes */
		'P',
		'R',
		'I',
		'1',
		'0', /* 0x31: extended table, version 1.0: */
		0,
		0,
		0,
		0,
		0,
		0,
		0, /* no suspend, no locking */
	};

	return word >= 0x10 && word - 0x10 < sizeof(table) ? table[word - 0x10] : 0;
}

static u32 answer(struct pflash *flash, u64 offset)
{
	switch (flash->mode) {
	case READ_ARRAY:
		return *word_at(flash, offset);
	case READ_ID:
		return both(offset / 4 == 0 ? ID_MANUFACTURER : offset / 4 == 1 ? ID_DEVICE : 0);
	case READ_QUERY:
		return both(query(flash, offset / 4));
	default:
		return both(flash->status);
	}
}

static bool emulated_read(struct device *device, u64 offset, u32 width, u64 *value)
{
	if (width > 4 || !IS_ALIGNED(offset, width))
		return false;
	*value = answer((struct pflash *)device, offset) >> 8 * (offset % 4) & (BIT(8 * width) - 1);
	return true;
}

/* Programming only clears bits; setting them again is what erasing a block is for. */
static void program(struct pflash *flash, u64 offset, u32 value)
{
	u32 *word = word_at(flash, offset);

	*word &= value;
	if (*word != value)
		flash->status |= STATUS_PROGRAM_ERROR;
	set_mode(flash, READ_STATUS);
}

/* The second cycle of an erase: a whole block becomes ones, if the guest confirms. */
static void erase(struct pflash *flash, u64 offset, u8 confirmation)
{
	if (confirmation == CONFIRM)
		memset(word_at(flash, ALIGN_DOWN(offset, BLOCK_SIZE)), 0xff, BLOCK_SIZE);
	else
		flash->status |= STATUS_ERASE_ERROR | STATUS_PROGRAM_ERROR; /* wrong sequence */
	set_mode(flash, READ_STATUS);
}

static void command(struct pflash *flash, u8 command)
{
	switch (command) {
	case READ_ARRAY:
	case READ_ID:
	case READ_STATUS:
	case PROGRAM:
	case READ_QUERY:
	case ERASE:
		set_mode(flash, command);
		break;
	case PROGRAM_ALTERNATE:
		set_mode(flash, PROGRAM);
		break;
	case CLEAR_STATUS:
		flash->status = STATUS_READY;
		break;
	}
}

static bool emulated_write(struct device *device, u64 offset, u32 width, u64 value)
{
	struct pflash *flash = (struct pflash *)device;

	if (width != 4 || !IS_ALIGNED(offset, 4))
		return false;
	if (flash->mode == PROGRAM)
		program(flash, offset, value);
	else if (flash->mode == ERASE)
		erase(flash, offset, value);
	else
		command(flash, value);
	return true;
}

static void emulated_destroy(struct device *device)
{
	frame_free_contig(((struct pflash *)device)->host, device->size / FRAME_SIZE_BYTES);
}

static const struct device_ops emulated_ops = {
	.name = "pflash",
	.read = emulated_read,
	.write = emulated_write,
	.fault = emulated_fault,
	.destroy = emulated_destroy,
};

bool pflash_create_emulated(struct vm *vm, gpa_t base, u64 size, const void *image, u64 image_size)
{
	struct pflash *flash = device_create(vm, &emulated_ops, sizeof(*flash), base, size, 0);

	if (!flash)
		return false;
	flash->host = frame_alloc_contig(size / FRAME_SIZE_BYTES, FRAME_SIZE_BYTES);
	flash->mode = READ_ARRAY;
	flash->status = STATUS_READY;
	if (!flash->host)
		return false;
	memset(phys_to_virt(flash->host), 0xff, size);
	memcpy(phys_to_virt(flash->host), image, image_size);
	return true;
}
