// SPDX-License-Identifier: MIT
/* SOURCES: arch/x86_64/board.c arch/x86_64/linux.c core/host.c core/image.c lib/printf.c */
/* SOURCES: lib/cmdline.c lib/bootargs.c */
/* NEEDS: libfdt */
#define _GNU_SOURCE
#include <sys/mman.h>
#include "host.h"
#include <arch/board.h>
#include <arch/linux.h>
#include <arch/multiboot.h>
#include <arch/traps.h>
#include <hv/bootargs.h>
#include <hv/cmdline.h>
#include <hv/host.h>
#include <hv/image.h>
#include <hv/passthrough.h>
#include <hv/tree.h>
#include <hv/vm.h>

/*
 * The machine's RAM from LOW to TOP is this process's own, at the same addresses: what a boot
 * loader leaves there is named by 32-bit numbers.
 */
#define LOW        (200 * MiB)
#define TOP        (600 * MiB)
#define INFO       LOW
#define KERNEL     (208 * MiB + 0x1000)
#define INITRD     (216 * MiB + 0x3000)
#define SETUP      (40 * 512)
#define PREFERRED  (16 * MiB)
#define INIT_SIZE  (55 * MiB)
#define PLACE      (BOARD_GUEST_RAM + PREFERRED - SETUP)
#define BEHIND     ALIGN_UP(BOARD_GUEST_RAM + PREFERRED + INIT_SIZE, 2 * MiB)

static struct vm vm;
static struct vcpu vcpu;
static gpa_t entry, tree;
static hpa_t mapped;

void arch_console_init(void)
{
}

void arch_boot_cmdline(u64 boot_data, char *buf, size_t size)
{
	fdt_bootargs((void *)boot_data, buf, size);
}

bool vm_read_guest(struct vm *of, gpa_t gpa, void *buf, u64 length)
{
	CHECK(of == &vm);
	if (gpa > 16 * MiB + MiB)
		return false;
	memcpy(buf, (void *)(BOARD_GUEST_RAM + gpa), length);
	return true;
}

void arch_vcpu_reset(struct vcpu *of, gpa_t at, u64 arg)
{
	memset(of, 0, sizeof(*of));
	of->vm = &vm;
	of->arch.rip = at;
	of->arch.gpr[RSI] = arg;
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

struct vcpu *vm_init_vcpu(struct vm *of, gpa_t at, u64 arg)
{
	CHECK(mapped);
	entry = at;
	tree = arg;
	of->nr_vcpus++;
	return &vcpu;
}

bool vm_map_linear(struct vm *of, gpa_t gpa, hpa_t hpa, u64 size, u32 flags)
{
	CHECK(of == &vm && !gpa && size && flags == (NPT_READ | NPT_WRITE | NPT_EXEC));
	mapped = hpa;
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
	CHECK(of == &vm && gpa == tree);
	return NULL;
}

gpa_t arch_guest_ram(void)
{
	return 0;
}

void console_attach(struct vm *of)
{
	CHECK(of == &vm);
}

/* What a test wants otherwise. */
static struct {
	bool no_map, no_modules, no_initrd, no_line;
	u64 kernel, kernel_size, initrd, initrd_size, top;
	const char *line, *kernel_line;
} want;

static u8 *ram(void)
{
	static u8 *made;

	if (!made)
		made = mmap((void *)LOW, TOP - LOW, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
			    0);
	CHECK(made == (u8 *)LOW);
	return made;
}

static u32 string(u32 at, const char *text)
{
	strcpy((char *)(u64)at, text);
	return at;
}

static struct multiboot *make_info(void)
{
	struct multiboot *info = (struct multiboot *)ram();
	struct multiboot_module *modules = (void *)(INFO + 0x1000);
	struct multiboot_area *areas = (void *)(INFO + 0x2000);
	u64 kernel = want.kernel ? want.kernel : KERNEL;
	u64 initrd = want.initrd ? want.initrd : INITRD;

	memset(info, 0, 0x4000);
	info->flags = (want.no_line ? 0 : MULTIBOOT_HAS_CMDLINE) |
		      (want.no_modules ? 0 : MULTIBOOT_HAS_MODULES) |
		      (want.no_map ? 0 : MULTIBOOT_HAS_MMAP);
	info->cmdline = string(INFO + 0x3000, want.line ? want.line : "hv.elf nonce=12345678");
	info->nr_modules = want.no_initrd ? 1 : 2;
	info->modules = (u32)(u64)modules;
	modules[0] = (struct multiboot_module){
		kernel, kernel + (want.kernel_size ? want.kernel_size : 3 * MiB),
		string(INFO + 0x3400, want.kernel_line ? want.kernel_line :
		       "linux console=ttyS0 quiet"), 0 };
	modules[1] = (struct multiboot_module){
		initrd, initrd + (want.initrd_size ? want.initrd_size : 2 * MiB),
		string(INFO + 0x3800, "initrd"), 0 };
	info->mmap = (u32)(u64)areas;
	areas[0] = (struct multiboot_area){ 20, 0, 0x9fc00, MULTIBOOT_RAM };
	areas[1] = (struct multiboot_area){ 20, 0x9fc00, 0x400, 2 };
	areas[2] = (struct multiboot_area){ 20, MiB, (want.top ? want.top : TOP) - MiB,
					    MULTIBOOT_RAM };
	areas[3] = (struct multiboot_area){ 20, 0xffe00000, 0x200000, 2 };
	info->mmap_length = 4 * sizeof(*areas);
	return info;
}

static struct setup_header *put_kernel(u64 at)
{
	u8 *image = (u8 *)at;
	struct setup_header *header = (void *)(image + SETUP_HEADER);

	ram();
	for (u32 i = 0; i < 3 * MiB / 4; i++)
		((u32 *)image)[i] = i * 0x9e3779b1;
	memset(image, 0, 4096);
	header->setup_sects = 39;
	memcpy(header->magic, "HdrS", 4);
	header->version = 0x20f;
	header->xloadflags = 0x7f;
	header->pref_address = PREFERRED;
	header->init_size = INIT_SIZE;
	return header;
}

static void put_initrd(u64 at)
{
	ram();
	for (u32 i = 0; i < 2 * MiB / 4; i++)
		((u32 *)at)[i] = i * 0x85ebca6b;
}

static bool kernel_is_whole(u64 at)
{
	for (u32 i = 4096 / 4; i < 3 * MiB / 4; i++)
		if (((u32 *)at)[i] != i * 0x9e3779b1)
			return false;
	return !memcmp((u8 *)at + 0x202, "HdrS", 4);
}

static bool initrd_is_whole(u64 at)
{
	for (u32 i = 0; i < 2 * MiB / 4; i++)
		if (((u32 *)at)[i] != i * 0x85ebca6b)
			return false;
	return true;
}

static const char *probe(void)
{
	memset(&host, 0, sizeof(host));
	return host_probe(board_tree((u64)make_info()));
}

static void put_both(void)
{
	put_kernel(want.kernel ? want.kernel : KERNEL);
	put_initrd(want.initrd ? want.initrd : INITRD);
}

TEST(what_the_loader_tells_is_found)
{
	put_both();
	CHECK(!probe());
	CHECK_EQUAL(host.nr_ram, 1);
	CHECK_EQUAL(host.ram[0].base, MiB);
	CHECK_EQUAL(host.ram[0].size, TOP - MiB);
	CHECK_EQUAL(host.console.base, 0x3f8);
	CHECK_EQUAL(host.console_irq, 4);
	CHECK(!strcmp(host.bootargs, "console=ttyS0 quiet"));
	cmdline_init((u64)host.tree);
	CHECK_EQUAL(cmdline_get_u64("nonce", 0), 12345678);
}

TEST(images_are_moved_to_where_the_guests_ram_will_be)
{
	put_both();
	CHECK(!probe());
	CHECK_EQUAL(host.kernel.base, PLACE);
	CHECK_EQUAL(host.kernel.size, 3 * MiB);
	CHECK_EQUAL(host.initrd.base, BEHIND);
	CHECK_EQUAL(host.initrd.size, 2 * MiB);
	CHECK(kernel_is_whole(PLACE));
	CHECK(initrd_is_whole(BEHIND));
}

TEST(guest_of_them_is_made)
{
	put_both();
	CHECK(!probe());
	CHECK(image_create("linux", 256 * MiB, 0));
	CHECK_EQUAL(entry, PREFERRED - SETUP);
	CHECK_EQUAL(mapped, BOARD_GUEST_RAM);
	CHECK_EQUAL(tree, 254 * MiB);
	CHECK_EQUAL(vm.initrd.base, BEHIND - BOARD_GUEST_RAM);
}

TEST(initrd_that_lies_where_the_kernel_goes)
{
	want.initrd = PLACE + MiB;
	put_both();
	CHECK(!probe());
	CHECK(kernel_is_whole(PLACE) && initrd_is_whole(BEHIND));
}

TEST(kernel_that_lies_where_the_initrd_goes)
{
	want.kernel = BEHIND - MiB;
	put_both();
	CHECK(!probe());
	CHECK(kernel_is_whole(PLACE) && initrd_is_whole(BEHIND));
}

TEST(images_that_lie_a_little_beside_their_places)
{
	for (u64 shift = 4096; shift < 4 * MiB; shift *= 4) {
		want.kernel = PLACE - shift;
		want.initrd = BEHIND + shift;
		put_both();
		CHECK(!probe());
		CHECK(kernel_is_whole(PLACE) && initrd_is_whole(BEHIND));
	}
}

TEST(each_in_the_others_place)
{
	want.kernel = BEHIND;
	want.initrd = PLACE;
	put_both();
	CHECK(!probe());
	CHECK_EQUAL(host.kernel.base, BEHIND);
	CHECK(!image_create("linux", 256 * MiB, 0));
	CHECK(!mapped);
}

TEST(too_little_ram)
{
	want.top = BOARD_GUEST_RAM + 64 * MiB;
	put_both();
	CHECK(!probe());
	CHECK_EQUAL(host.kernel.base, KERNEL);
	CHECK(!image_create("linux", 256 * MiB, 0));
	CHECK(!mapped);
}

TEST(flat_image_goes_to_its_base)
{
	want.no_initrd = true;
	want.kernel_line = "image";
	want.line = "hv.elf base=0x200000";
	put_kernel(KERNEL)->version = 0;
	CHECK(!probe());
	CHECK_EQUAL(host.kernel.base, BOARD_GUEST_RAM + 2 * MiB);
	CHECK(kernel_is_whole(BOARD_GUEST_RAM + 2 * MiB));
	CHECK(!strcmp(host.bootargs, ""));
	CHECK(image_create("image", 64 * MiB, 2 * MiB));
	CHECK_EQUAL(entry, 2 * MiB);
}

TEST(no_memory_map)
{
	want.no_map = true;
	put_both();
	const char *why = probe();

	CHECK(why && strstr(why, "memory"));
}

TEST(no_modules_and_no_command_line)
{
	want.no_modules = want.no_line = true;
	CHECK(!probe());
	CHECK(!host.kernel.size && !host.initrd.size);
	CHECK(!image_create("linux", 256 * MiB, 0));
}

TEST(module_that_ends_before_it_starts)
{
	struct multiboot *info = make_info();
	struct multiboot_module *modules = (void *)(u64)info->modules;

	modules[0].end = modules[0].start - 1;
	modules[1].end = modules[1].start - 1;
	memset(&host, 0, sizeof(host));
	CHECK(!host_probe(board_tree((u64)info)));
	CHECK(!host.kernel.size && !host.initrd.size);
}

TEST(more_modules_than_there_is_room_for)
{
	struct multiboot *info = make_info();

	info->nr_modules = ~0u;
	for (u64 at = info->modules; at < LOW + 4 * MiB; at += sizeof(struct multiboot_module))
		*(struct multiboot_module *)at =
			(struct multiboot_module){ KERNEL, KERNEL, INFO + 0x3ff0, 0 };
	info->nr_modules = 100000;
	CHECK(host_probe(board_tree((u64)info)) || !host.kernel.size);
}

/* Areas of any length, place and kind: probed or refused. */
TEST(damaged_memory_map)
{
	struct multiboot *info = make_info();

	want.no_modules = true;
	for (int turn = 0; turn < 5000; turn++) {
		make_info();
		info->flags &= ~MULTIBOOT_HAS_MODULES;
		for (int i = 0; i < 3; i++)
			((u8 *)INFO)[0x2000 + host_random(80)] = host_random(256);
		info->mmap_length = host_random(2) ? 96 : host_random(4096);
		memset(&host, 0, sizeof(host));
		host_probe(board_tree((u64)info));
	}
}

TEST(kernel_proper_lies_where_it_wants_to)
{
	u64 offset, needed;

	put_kernel(KERNEL);
	CHECK(arch_linux_image((void *)KERNEL, 3 * MiB, &offset, &needed));
	CHECK_EQUAL(offset, PREFERRED - SETUP);
	CHECK_EQUAL(needed, SETUP + INIT_SIZE);
	put_kernel(KERNEL)->setup_sects = 0;
	CHECK(arch_linux_image((void *)KERNEL, 3 * MiB, &offset, &needed));
	CHECK_EQUAL(offset, PREFERRED - 5 * 512);
	CHECK(arch_linux_image((void *)KERNEL, 100 * MiB, &offset, &needed));
	CHECK_EQUAL(needed, 100 * MiB);
}

TEST(no_kernel_for_64_bit_mode)
{
	u64 offset, needed;

	put_kernel(KERNEL)->version = 0x20b;
	CHECK(!arch_linux_image((void *)KERNEL, 3 * MiB, &offset, &needed));
	put_kernel(KERNEL)->xloadflags = 0x7e;
	CHECK(!arch_linux_image((void *)KERNEL, 3 * MiB, &offset, &needed));
	put_kernel(KERNEL)->magic[0] = 'h';
	CHECK(!arch_linux_image((void *)KERNEL, 3 * MiB, &offset, &needed));
	put_kernel(KERNEL)->pref_address = SETUP - 1;
	CHECK(!arch_linux_image((void *)KERNEL, 3 * MiB, &offset, &needed));
	put_kernel(KERNEL);
	CHECK(!arch_linux_image((void *)KERNEL, SETUP + 511, &offset, &needed));
}

TEST(header_that_lies)
{
	put_initrd(INITRD);
	for (int turn = 0; turn < 300; turn++) {
		u8 *header = (u8 *)put_kernel(KERNEL);

		for (int i = 0; i < 4; i++) {
			u32 at = host_random(sizeof(struct setup_header));

			header[at < 0x11 || at > 0x16 ? at : 0] = host_random(256);
		}
		mapped = 0;
		CHECK(!probe());
		image_create("linux", 256 * MiB, 0);
		CHECK(!mapped || mapped == BOARD_GUEST_RAM);
	}
}

/* Only its beginning is there. */
TEST(image_of_a_few_bytes)
{
	u8 *page = (u8 *)host_ram(4096, 4096) + 4096;
	u64 offset, needed;

	for (u64 size = 0; size < 0x300; size++)
		CHECK(!arch_linux_image(page - size, size, &offset, &needed));
}

TEST(linux_is_entered_in_64_bit_mode)
{
	put_both();
	CHECK(!probe());
	arch_vcpu_reset(&vcpu, PREFERRED - SETUP, 254 * MiB);
	CHECK(linux_enter(&vcpu, PREFERRED - SETUP, 254 * MiB));
	CHECK_EQUAL(vcpu.arch.rip, PREFERRED + 0x200);
	CHECK_EQUAL(vcpu.arch.gpr[RSI], 254 * MiB);
	CHECK_EQUAL(vcpu.arch.state.cr3, 254 * MiB + 0x2000);
	CHECK_EQUAL(vcpu.arch.state.cs_selector, 0x10);
	CHECK_EQUAL(vcpu.arch.state.ds_selector, 0x18);
	CHECK(!linux_enter(&vcpu, PREFERRED, 254 * MiB));
	CHECK(!linux_enter(&vcpu, 1ul << 40, 254 * MiB));
}

static void put_multiboot_header(u32 at, u32 flags, u32 sum)
{
	u32 words[3] = { 0x1badb002, flags, sum };

	ram();
	memset((void *)BOARD_GUEST_RAM, 0x77, 2 * MiB);
	memcpy((void *)(BOARD_GUEST_RAM + at), words, sizeof(words));
	arch_vcpu_reset(&vcpu, 0, 0);
}

TEST(multiboot_kernel_is_entered_in_protected_mode)
{
	want.no_modules = true;
	CHECK(!probe());
	cmdline_init((u64)host.tree);
	put_multiboot_header(0x1ffc, 0x10002, -0x1badb002 - 0x10002);
	CHECK(multiboot_enter(&vcpu, 0, 0x1234));
	CHECK_EQUAL(vcpu.arch.gpr[RAX], 0x2badb002);
	CHECK_EQUAL(vcpu.arch.gpr[RBX], 0x1234);
	CHECK(vcpu.arch.gpr[RSP] >= 0x1000);
	CHECK_EQUAL(vcpu.arch.state.cr0 >> 31, 0);
	CHECK_EQUAL(vcpu.arch.state.cr0 & 1, 1);
	put_multiboot_header(0x2000, 0x10002, -0x1badb002 - 0x10002);
	CHECK(!multiboot_enter(&vcpu, 0, 0));
	put_multiboot_header(8, 0x10002, -0x1badb002 - 0x10003);
	CHECK(!multiboot_enter(&vcpu, 0, 0));
	CHECK(!multiboot_enter(&vcpu, 1ul << 40, 0));
}

TEST(multiboot_kernel_is_entered_from_real_mode)
{
	want.no_modules = true;
	want.line = "hv.elf entry=real";
	CHECK(!probe());
	cmdline_init((u64)host.tree);
	put_multiboot_header(MiB + 8, 2, -0x1badb002 - 2);
	CHECK(multiboot_enter(&vcpu, MiB, 0x1234));
	CHECK_EQUAL(vcpu.arch.rip, REAL_STUB);
}
