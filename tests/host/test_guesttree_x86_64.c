// SPDX-License-Identifier: MIT
/* SOURCES: arch/x86_64/tree.c arch/x86_64/linux.c core/frame.c lib/printf.c lib/cmdline.c */
#include "host.h"
#include <arch/board.h>
#include <arch/linux.h>
#include <arch/multiboot.h>
#include <hv/cmdline.h>
#include <hv/frame.h>
#include <hv/host.h>
#include <hv/tree.h>
#include <hv/vm.h>

#define GPA (254 * MiB)

/* real.S */
const u8 real_stub[96], real_stub_entry[4], real_stub_end[0];

struct host host;
static struct vm vm;
static struct boot_info written;
static u32 real_entry;
static u8 reset_vector[16];
static bool memory_is_there = true;
static const char *line = "";

bool vm_write_guest(struct vm *of, gpa_t gpa, const void *buf, u64 length)
{
	CHECK(of == &vm);
	if (gpa == GPA) {
		CHECK_EQUAL(length, sizeof(written));
		memcpy(&written, buf, length);
	} else if (gpa == 0xffff0) {
		memcpy(reset_vector, buf, length);
	} else if (length == 4) {
		memcpy(&real_entry, buf, length);
	}
	return memory_is_there;
}

bool vm_read_guest(struct vm *of, gpa_t gpa, void *buf, u64 length)
{
	return false;
}

void arch_vcpu_reset(struct vcpu *of, gpa_t at, u64 arg)
{
}

void arch_boot_cmdline(u64 boot_data, char *buf, size_t size)
{
	snprintf(buf, size, "%s", line);
}

u64 arch_time_frequency(void)
{
	return 2500000000;
}

static void setup(bool is_linux)
{
	static u8 image[64 * KiB];
	struct setup_header *header = (void *)(image + SETUP_HEADER);
	hpa_t ram = (hpa_t)host_ram(MiB, MiB);

	frame_init(ram, ram + MiB);
	memset(image, 0, sizeof(image));
	if (is_linux)
		memcpy(header->magic, "HdrS", 4);
	header->setup_sects = 39;
	header->version = 0x20f;
	header->xloadflags = 1;
	header->pref_address = 16 * MiB;
	header->init_size = 55 * MiB;
	host.kernel = (struct region){ (u64)image, sizeof(image) };
	vm = (struct vm){ .id = 1, .nr_vcpus = 2, .ram_size = 256 * MiB,
			  .bootargs = "console=ttyS0 a,b" };
	vm.initrd = (struct region){ 0x5000000, 0x2000 };
}

static const struct boot_params *make(void)
{
	u64 free = frame_count_free();

	CHECK(!tree_create(&vm, GPA));
	CHECK_EQUAL(frame_count_free(), free);
	return &written.params;
}

/* A table of ACPI's at this guest-physical address: whole, and with this signature. */
static const u8 *table(gpa_t gpa, const char *signature, u32 length)
{
	const u8 *at = (const u8 *)&written + (gpa - GPA);
	u8 sum = 0;

	CHECK(gpa >= GPA && gpa - GPA + length <= sizeof(written));
	CHECK(!memcmp(at, signature, strlen(signature)));
	for (u32 i = 0; i < length; i++)
		sum += at[i];
	CHECK_EQUAL(sum, 0);
	return at;
}

static u64 field(const u8 *at, u32 size)
{
	u64 value = 0;

	memcpy(&value, at, size);
	return value;
}

static const u8 *acpi_table(gpa_t gpa, const char *signature)
{
	const u8 *header = (const u8 *)&written + (gpa - GPA);

	return table(gpa, signature, field(header + 4, 4));
}

TEST(kernel_is_told_of_command_line_and_initrd)
{
	setup(true);
	const struct boot_params *params = make();

	CHECK(!memcmp(params->hdr.magic, "HdrS", 4));
	CHECK_EQUAL(params->hdr.type_of_loader, 0xff);
	CHECK_EQUAL(params->hdr.ramdisk_image, 0x5000000);
	CHECK_EQUAL(params->hdr.ramdisk_size, 0x2000);
	CHECK_EQUAL(params->hdr.cmd_line_ptr, GPA + 0x1000);
	CHECK(!strcmp(written.cmdline,
		      "tsc=reliable tsc_early_khz=2500000 console=ttyS0 a,b"));
	CHECK_EQUAL(params->hdr.setup_data, 0);
}

TEST(restart_from_real_mode_reaches_the_reset_register)
{
	setup(true);
	make();
	CHECK(!memcmp(reset_vector, "\xba\x07\x06\xb0\x01\xee", 6));
}

TEST(memory_map_has_no_gaps_and_no_overlaps)
{
	setup(true);
	const struct boot_params *params = make();
	u64 end = 0, ram = 0;

	for (u32 i = 0; i < params->e820_entries; i++) {
		CHECK_EQUAL(params->e820[i].base, end);
		end += params->e820[i].size;
		ram += params->e820[i].type == 1 ? params->e820[i].size : 0;
	}
	CHECK_EQUAL(end, 256 * MiB);
	CHECK_EQUAL(ram, 256 * MiB - 0x60400 - 4096);
}

TEST(acpi_tables_are_whole)
{
	setup(true);
	const struct boot_params *params = make();
	const u8 *rsdp = table(params->acpi_rsdp_addr, "RSD PTR ", 36);
	const u8 *xsdt, *fadt;

	table(params->acpi_rsdp_addr, "RSD PTR ", 20);
	xsdt = acpi_table(field(rsdp + 24, 8), "XSDT");
	CHECK_EQUAL(field(xsdt + 4, 4), 36 + 2 * 8);
	fadt = acpi_table(field(xsdt + 36, 8), "FACP");
	CHECK_EQUAL(field(fadt + 4, 4), 276);
	CHECK_EQUAL(field(fadt + 112, 4) >> 20 & 1, 1);
	CHECK_EQUAL(field(fadt + 244 + 4, 8), 0x605);
	CHECK_EQUAL(field(fadt + 256 + 4, 8), 0x606);
	CHECK_EQUAL(field(fadt + 116 + 4, 8), 0x607);
	CHECK(!memcmp((u8 *)&written + (field(fadt + 140, 8) - GPA), "DSDT", 4));
}

TEST(acpi_tells_of_each_vcpu_and_of_the_io_apic)
{
	setup(true);
	const u8 *rsdp = (const u8 *)&written + (make()->acpi_rsdp_addr - GPA);
	const u8 *xsdt = acpi_table(field(rsdp + 24, 8), "XSDT");
	const u8 *madt = acpi_table(field(xsdt + 44, 8), "APIC"), *end = madt + field(madt + 4, 4);
	u32 cpus = 0, ioapics = 0;

	CHECK_EQUAL(field(madt + 36, 4), 0xfee00000);
	for (const u8 *at = madt + 44; at < end; at += at[1]) {
		CHECK(at[1] && at + at[1] <= end);
		if (at[0] == 0) {
			CHECK_EQUAL(at[3], cpus++);
			CHECK_EQUAL(field(at + 4, 4), 1);
		} else {
			CHECK_EQUAL(at[0], 1);
			CHECK_EQUAL(field(at + 4, 4), 0xfec00000);
			CHECK_EQUAL(field(at + 8, 4), 0);
			ioapics++;
		}
	}
	CHECK_EQUAL(cpus, 2);
	CHECK_EQUAL(ioapics, 1);
}

/* Walks them as the CPU does. */
TEST(low_4_gib_are_mapped_to_themselves)
{
	setup(true);
	make();
	for (u64 at = 0; at < 4 * GiB; at += 64 * MiB + 2 * MiB) {
		u64 entry = GPA + offsetof(struct boot_info, tables);

		for (int level = 3; level > 0; level--) {
			u64 index = at >> (12 + 9 * level) & 511;
			const u8 *page = (const u8 *)&written + (ALIGN_DOWN(entry, 4096) - GPA);

			entry = field(page + 8 * index, 8);
			CHECK_EQUAL(entry & 3, 3);
			CHECK_EQUAL(entry >> 7 & 1, level == 1);
		}
		CHECK_EQUAL(ALIGN_DOWN(entry, 2 * MiB), ALIGN_DOWN(at, 2 * MiB));
	}
}

TEST(long_command_line_is_cut)
{
	static char line[8192];

	setup(true);
	memset(line, 'x', sizeof(line) - 1);
	vm.bootargs = line;
	make();
	CHECK_EQUAL(strlen(written.cmdline), 4095);
}

TEST(other_kernels_get_multiboot_information)
{
	setup(false);
	make();
	const struct multiboot *info = (const void *)&written;
	const struct multiboot_area *areas = (void *)((u8 *)&written + (info->mmap - GPA));

	CHECK_EQUAL(info->flags, 1 | 1 << 2 | 1 << 6);
	CHECK_EQUAL(info->mem_upper, 255 * 1024);
	CHECK_EQUAL(info->mmap_length, 48);
	CHECK_EQUAL(areas[1].base + areas[1].length, 256 * MiB);
	CHECK(!strcmp((char *)&written + (info->cmdline - GPA), "console=ttyS0 a,b"));
}

TEST(start_from_real_mode_knows_the_entry)
{
	setup(false);
	line = "entry=real base=0x200000";
	cmdline_init(0);
	make();
	CHECK_EQUAL(real_entry, 0x200000);
}

TEST(image_that_starts_in_real_mode_by_itself_is_left_alone)
{
	setup(false);
	line = "entry=real base=0x8000";
	cmdline_init(0);
	make();
	line = "base=0x200000";
	cmdline_init(0);
	make();
	CHECK(!real_entry);
}

TEST(memory_that_is_not_there)
{
	setup(true);
	memory_is_there = false;
	CHECK(strstr(tree_create(&vm, GPA), "do not fit"));
}

TEST(no_frames_left)
{
	setup(true);
	frame_init(0, 0);
	CHECK(strstr(tree_create(&vm, GPA), "no memory"));
}
