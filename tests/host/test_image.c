// SPDX-License-Identifier: MIT
/* SOURCES: core/image.c core/host.c arch/ISA/board.c arch/ISA/linux.c lib/printf.c */
/* SOURCES: lib/cmdline.c */
/* ISAS: riscv64 aarch64 */
/* NEEDS: libfdt */
#include <sys/mman.h>
#include "host_tree.h"
#include <hv/cmdline.h>
#include <hv/image.h>
#include <hv/passthrough.h>
#include <hv/tree.h>
#include <hv/vm.h>

static struct vm vm;
static struct vcpu vcpus[MAX_VCPUS];
static struct {
	gpa_t gpa, entry, tree;
	hpa_t hpa;
	u64 size;
	u32 flags;
} got;
static const char *line = "";

void arch_boot_cmdline(u64 boot_data, char *buf, size_t size)
{
	(void)boot_data;
	snprintf(buf, size, "%s", line);
}

struct vm *vm_create(const char *name)
{
	(void)name;
	memset(&vm, 0, sizeof(vm));
	return &vm;
}

void vm_destroy(struct vm *of)
{
	of->ended = true;
}

struct vcpu *vm_init_vcpu(struct vm *of, gpa_t entry, u64 arg)
{
	got.entry = entry;
	got.tree = arg;
	return &vcpus[of->nr_vcpus++];
}

bool vm_map_linear(struct vm *of, gpa_t gpa, hpa_t hpa, u64 size, u32 flags)
{
	CHECK(of == &vm);
	got.gpa = gpa;
	got.hpa = hpa;
	got.size = size;
	got.flags = flags;
	return true;
}

bool arch_machine_create(struct vm *of)
{
	return of;
}

const char *passthrough_create(struct vm *of)
{
	return of ? NULL : "no";
}

const char *tree_create(struct vm *of, gpa_t gpa)
{
	CHECK(of == &vm && gpa == got.tree);
	return NULL;
}

gpa_t arch_guest_ram(void)
{
	return 0x80000000;
}

void console_attach(struct vm *of)
{
	CHECK(of == &vm);
}

/*
 * The image itself lies in a page of this process as it would in the machine, but higher up: below
 * is where AddressSanitizer keeps its books.
 */
#define UP 0x200000000000ul

static void put_kernel(hpa_t at, bool has_header, u64 offset, u64 size)
{
	u8 *page = mmap((void *)(UP + ALIGN_DOWN(at, 4096)), 4096, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	CHECK(page == (u8 *)(UP + ALIGN_DOWN(at, 4096)));
	memcpy(page + 8, &offset, 8);
	memcpy(page + 16, &size, 8);
	if (has_header)
		memcpy(page + 0x38, LINUX_MAGIC, 4);
}

static struct vm *create(u64 ram_size, gpa_t base)
{
	want.up = UP;
	CHECK(!probe());
	cmdline_init(0);
	memset(&got, 0, sizeof(got));
	return image_create("test", ram_size, base);
}

static void refuses(u64 ram_size, gpa_t base, const char *words)
{
	struct vm *made = create(ram_size, base);
	const char *said = host_console();

	CHECK(!made);
	CHECK_SAYING(strstr(said, words), "said: %s", said);
	CHECK(!got.size);
}

TEST(kernel_is_placed_by_its_header_and_nothing_is_copied)
{
	want.kernel = 0xc0200000;
	put_kernel(want.kernel, true, 0x200000, 0x1000000);
	CHECK(create(256 * MiB, 0));
	CHECK_EQUAL(got.gpa, 0x80000000);
	CHECK_EQUAL(got.hpa, UP + 0xc0000000);
	CHECK_EQUAL(got.size, 256 * MiB);
	CHECK_EQUAL(got.entry, 0x80200000);
	CHECK_EQUAL(got.flags, NPT_READ | NPT_WRITE | NPT_EXEC);
	CHECK_EQUAL(vm.initrd.base, 0x8f000000);
	CHECK_EQUAL(vm.initrd.size, 0x2000);
}

TEST(tree_lies_at_the_end_of_ram)
{
	put_kernel(0xc0200000, true, 0x200000, 0x1000000);
	CHECK(create(256 * MiB, 0));
	CHECK_EQUAL(got.tree, 0x90000000 - TREE_ROOM);
}

TEST(flat_image_is_entered_at_its_base)
{
	want.no_initrd = true;
	put_kernel(0xc0200000, false, 0, 0);
	CHECK(create(64 * MiB, 0x90200000));
	CHECK_EQUAL(got.gpa, 0x90000000);
	CHECK_EQUAL(got.hpa, UP + 0xc0000000);
	CHECK_EQUAL(got.entry, 0x90200000);
}

TEST(each_vcpu_is_made)
{
	line = "smp=3";
	put_kernel(0xc0200000, true, 0x200000, 0);
	CHECK(create(256 * MiB, 0));
	CHECK_EQUAL(vm.nr_vcpus, 3);
}

TEST(no_more_vcpus_than_there_may_be)
{
	line = "smp=1000";
	put_kernel(0xc0200000, true, 0x200000, 0);
	CHECK(create(256 * MiB, 0));
	CHECK_EQUAL(vm.nr_vcpus, MAX_VCPUS);
}

TEST(no_image)
{
	want.no_modules = true;
	refuses(256 * MiB, 0x80200000, "no image");
}

TEST(kernel_larger_than_ram)
{
	put_kernel(0xc0200000, true, 0x200000, 64 * MiB);
	refuses(64 * MiB, 0, "does not fit");
}

TEST(kernel_that_reaches_into_the_trees_room)
{
	want.no_initrd = true;
	put_kernel(0xc0200000, true, 0x200000, 60 * MiB + 1);
	refuses(64 * MiB, 0, "does not fit");
}

TEST(kernel_that_just_fits)
{
	want.no_initrd = true;
	put_kernel(0xc0200000, true, 0x200000, 60 * MiB);
	CHECK(create(64 * MiB, 0));
}

TEST(flat_image_larger_than_ram)
{
	want.no_initrd = true;
	want.kernel_size = 61 * MiB;
	put_kernel(0xc0200000, false, 0, 0);
	refuses(64 * MiB, 0x80200000, "does not fit");
}

TEST(initrd_in_the_kernel)
{
	want.initrd = 0xc0300000;
	put_kernel(0xc0200000, true, 0x200000, 0x1000000);
	refuses(256 * MiB, 0, "initrd");
}

TEST(initrd_in_the_trees_room)
{
	want.initrd = 0xcfe00000;
	put_kernel(0xc0200000, true, 0x200000, 0x1000000);
	refuses(256 * MiB, 0, "initrd");
}

TEST(initrd_behind_ram)
{
	want.initrd = 0xd0000000;
	put_kernel(0xc0200000, true, 0x200000, 0x1000000);
	refuses(256 * MiB, 0, "initrd");
}

TEST(not_enough_ram_around_the_image)
{
	put_kernel(0xc0200000, true, 0x200000, 0x1000000);
	refuses(2 * GiB, 0, "free RAM");
}

TEST(image_that_does_not_lie_as_it_must)
{
	want.kernel = 0xc0201000;
	put_kernel(want.kernel, true, 0x200000, 0x1000000);
	refuses(256 * MiB, 0, "does not lie where");
}

TEST(ram_of_an_odd_size)
{
	put_kernel(0xc0200000, true, 0x200000, 0x1000000);
	refuses(256 * MiB - 4096, 0, "does not lie where");
}

TEST(header_that_lies)
{
	put_kernel(0xc0200000, true, ~0ul - 0xfff, 0x1000000);
	CHECK(!create(256 * MiB, 0));
	put_kernel(0xc0400000, true, 0x200000, ~0ul);
	want.kernel = 0xc0400000;
	CHECK(!create(256 * MiB, 0));
}
