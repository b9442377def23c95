// SPDX-License-Identifier: MIT
/*
 * What a PC's kernel reads in place of a device tree: boot_params and its memory map (Linux,
 * Documentation/arch/x86/zero-page.rst), or the multiboot information; and ACPI's tables ("ACPI" is
 * the specification's version 6.5).
 */
#include <arch/board.h>
#include <arch/linux.h>
#include <arch/multiboot.h>
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/frame.h>
#include <hv/host.h>
#include <hv/printf.h>
#include <hv/string.h>
#include <hv/tree.h>
#include <hv/vm.h>
#include <dsdt.hex> /* dsdt.asl, compiled */

gpa_t arch_guest_ram(void)
{
	return 0;
}

/* ------------------------------------------------------------------------- ACPI's tables */

struct rsdp { /* ACPI 5.2.5.3 */
	char signature[8];
	u8 checksum;
	char oem_id[6];
	u8 revision;
	u32 rsdt;
	u32 length;
	u64 xsdt;
	u8 extended_checksum;
	u8 reserved[3];
} __attribute__((packed));

struct acpi_header { /* ACPI 5.2.6 */
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem_id[6], oem_table_id[8];
	u32 oem_revision;
	char creator[4];
	u32 creator_revision;
} __attribute__((packed));

struct acpi_register { /* ACPI 5.2.3.2 */
	u8 space, width, offset, access;
	u64 address;
} __attribute__((packed));

#define ACPI_PORT8(port) { 1, 8, 0, 1, port }

struct fadt { /* ACPI 5.2.9 */
	struct acpi_header header;
	u8 unused1[76 - 36];
	u32 pm_timer;
	u8 unused4[91 - 80], pm_timer_length;
	u8 unused5[109 - 92];
	u16 boot_flags;
	u8 unused2;
	u32 flags;
	struct acpi_register reset;
	u8 reset_value;
	u16 arm_flags;
	u8 minor;
	u64 facs, dsdt;
	u8 unused3[208 - 148];
	struct acpi_register x_pm_timer;
	u8 unused6[244 - 220];
	struct acpi_register sleep_control, sleep_status;
	u64 hypervisor;
} __attribute__((packed));

_Static_assert(offsetof(struct fadt, dsdt) == 140 && sizeof(struct fadt) == 276, "ACPI 5.2.9");

/* Neither VGA nor a clock (ACPI 5.2.9.3), nor what else old PCs had. */
#define FADT_NO_VGA (1 << 2)
#define FADT_NO_RTC (1 << 5)

#define FADT_WBINVD           (1 << 0)
#define FADT_NO_POWER_BUTTON  (1 << 4)
#define FADT_NO_SLEEP_BUTTON  (1 << 5)
#define FADT_TIMER_32_BITS    (1 << 8)
#define FADT_RESET            (1 << 10)
#define FADT_HARDWARE_REDUCED (1 << 20)

struct madt { /* ACPI 5.2.12 */
	struct acpi_header header;
	u32 lapic, flags;
	struct {
		u8 type, length, id, reserved;
		u32 address, first;
	} __attribute__((packed)) ioapic;
	struct {
		u8 type, length, uid, id;
		u32 flags;
	} __attribute__((packed)) cpus[MAX_VCPUS];
} __attribute__((packed));

struct acpi {
	struct rsdp rsdp;
	struct {
		struct acpi_header header;
		u64 tables[2];
	} __attribute__((packed)) xsdt;
	struct fadt fadt;
	struct madt madt;
	u8 dsdt[sizeof(dsdt_aml_code)];
} __attribute__((packed));

_Static_assert(sizeof(struct acpi) <= sizeof(((struct boot_info *)0)->acpi), "one page of tables");

/* Makes the sum of all bytes 0. */
static u8 checksum(const void *table, u64 length)
{
	u8 sum = 0;

	for (u64 i = 0; i < length; i++)
		sum -= ((const u8 *)table)[i];
	return sum;
}

static void finish_table(void *table, const char *signature, u8 revision, u64 length)
{
	struct acpi_header *header = table;

	memcpy(header->signature, signature, sizeof(header->signature));
	header->length = length;
	header->revision = revision;
	memcpy(header->oem_id, "LADDER", sizeof(header->oem_id));
	memcpy(header->oem_table_id, "LADDER  ", sizeof(header->oem_table_id));
	header->oem_revision = 1;
	memcpy(header->creator, "LADR", sizeof(header->creator));
	header->creator_revision = 1;
	header->checksum = checksum(table, length);
}

/*
 * Hardware-reduced: no fixed registers and no interrupt for them. The sleep control register is the
 * upper byte of the PM1 control register that other machines have (ACPI 4.8.3.7, 4.8.3.2.1).
 */
static void make_fadt(struct fadt *fadt, gpa_t dsdt)
{
	*fadt = (struct fadt){
		.boot_flags = FADT_NO_VGA | FADT_NO_RTC,
		.flags = FADT_WBINVD | FADT_NO_POWER_BUTTON | FADT_NO_SLEEP_BUTTON | FADT_RESET |
			 FADT_TIMER_32_BITS | FADT_HARDWARE_REDUCED,
		.reset = ACPI_PORT8(BOARD_PM1_CONTROL + 3),
		.reset_value = 1,
		.minor = 5,
		.dsdt = dsdt,
		.pm_timer = BOARD_PM_TIMER,
		.pm_timer_length = 4,
		.x_pm_timer = { 1, 32, 0, 3, BOARD_PM_TIMER },
		.sleep_control = ACPI_PORT8(BOARD_PM1_CONTROL + 1),
		.sleep_status = ACPI_PORT8(BOARD_PM1_CONTROL + 2),
	};
	finish_table(fadt, "FACP", 6, sizeof(*fadt));
}

static void make_madt(struct madt *madt, const struct vm *vm)
{
	u64 length = offsetof(struct madt, cpus) + vm->nr_vcpus * sizeof(madt->cpus[0]);

	madt->lapic = BOARD_LAPIC;
	madt->ioapic.type = 1; /* ACPI 5.2.12.3 */
	madt->ioapic.length = sizeof(madt->ioapic);
	madt->ioapic.address = BOARD_IOAPIC;
	for (u32 i = 0; i < vm->nr_vcpus; i++) {
		madt->cpus[i].length = sizeof(madt->cpus[i]); /* type 0: ACPI 5.2.12.2 */
		madt->cpus[i].uid = madt->cpus[i].id = i;
		madt->cpus[i].flags = 1; /* enabled */
	}
	finish_table(madt, "APIC", 5, length);
}

static void make_acpi(struct acpi *acpi, gpa_t gpa, const struct vm *vm)
{
	struct rsdp *rsdp = &acpi->rsdp;

	memcpy(acpi->dsdt, dsdt_aml_code, sizeof(acpi->dsdt));
	make_fadt(&acpi->fadt, gpa + offsetof(struct acpi, dsdt));
	make_madt(&acpi->madt, vm);
	acpi->xsdt.tables[0] = gpa + offsetof(struct acpi, fadt);
	acpi->xsdt.tables[1] = gpa + offsetof(struct acpi, madt);
	finish_table(&acpi->xsdt, "XSDT", 1, sizeof(acpi->xsdt));

	memcpy(rsdp->signature, "RSD PTR ", sizeof(rsdp->signature));
	memcpy(rsdp->oem_id, "LADDER", sizeof(rsdp->oem_id));
	rsdp->revision = 2;
	rsdp->length = sizeof(*rsdp);
	rsdp->xsdt = gpa + offsetof(struct acpi, xsdt);
	rsdp->checksum = checksum(rsdp, offsetof(struct rsdp, length));
	rsdp->extended_checksum = checksum(rsdp, sizeof(*rsdp));
}

/* ------------------------------------------------------------------------- the kernel's entry */

#define E820_RAM      1 /* ACPI 15.1 */
#define E820_RESERVED 2
#define E820_ACPI     3

#define LOW_END 0x9fc00 /* from here to 1 MiB a PC has no RAM */

static void add_area(struct boot_params *params, u64 base, u64 end, u32 type)
{
	params->e820[params->e820_entries].base = base;
	params->e820[params->e820_entries].size = end - base;
	params->e820[params->e820_entries].type = type;
	params->e820_entries++;
}

static void make_params(struct boot_info *boot, gpa_t gpa, const struct vm *vm,
			const struct setup_header *header)
{
	struct boot_params *params = &boot->params;
	gpa_t acpi = gpa + offsetof(struct boot_info, acpi);

	params->hdr = *header;
	params->hdr.type_of_loader = 0xff; /* one without a number of its own */
	params->hdr.cmd_line_ptr = gpa + offsetof(struct boot_info, cmdline);
	params->hdr.ramdisk_image = vm->initrd.base;
	params->hdr.ramdisk_size = vm->initrd.size;
	params->acpi_rsdp_addr = acpi + offsetof(struct acpi, rsdp);
	add_area(params, 0, LOW_END, E820_RAM);
	add_area(params, LOW_END, MiB, E820_RESERVED);
	add_area(params, MiB, acpi, E820_RAM);
	add_area(params, acpi, acpi + sizeof(boot->acpi), E820_ACPI);
	add_area(params, acpi + sizeof(boot->acpi), vm->ram_base + vm->ram_size, E820_RAM);
}

/*
 * The kernel is told how fast the TSC is, and that it can be relied on (Linux,
 * Documentation/admin-guide/kernel-parameters.txt): to measure it by a clock whose every reading is
 * an exit takes long and may fail. The user's own words come later, so they count.
 */
static void make_cmdline(struct boot_info *boot, const struct vm *vm)
{
	snprintf(boot->cmdline, sizeof(boot->cmdline), "tsc=reliable tsc_early_khz=%lu %s",
		 arch_time_frequency() / 1000, vm->bootargs);
}

#define PTE_TABLE 0x03 /* present, writable (SDM 4.5) */
#define PTE_LARGE 0x83

/* What the 64-bit boot protocol wants: low memory mapped to itself, and two flat segments. */
static void make_tables(struct boot_info *boot, gpa_t gpa)
{
	gpa_t tables = gpa + offsetof(struct boot_info, tables);

	boot->tables[0][0] = (tables + 4 * KiB) | PTE_TABLE;
	for (u64 i = 0; i < 4; i++)
		boot->tables[1][i] = (tables + (2 + i) * 4 * KiB) | PTE_TABLE;
	for (u64 i = 0; i < 4 * 512; i++)
		boot->tables[2 + i / 512][i % 512] = i * 2 * MiB | PTE_LARGE;
	boot->gdt[LINUX_CODE / 8] = 0x00af9a000000ffff;
	boot->gdt[LINUX_DATA / 8] = 0x00cf92000000ffff;
}

/* A multiboot kernel's information is its memory and its command line. */
static void make_multiboot(struct boot_info *boot, gpa_t gpa, const struct vm *vm)
{
	struct multiboot *info = (struct multiboot *)&boot->params;
	struct multiboot_area *areas = (struct multiboot_area *)(info + 1);

	info->flags = MULTIBOOT_HAS_MEMORY | MULTIBOOT_HAS_CMDLINE | MULTIBOOT_HAS_MMAP;
	info->mem_lower = LOW_END / KiB;
	info->mem_upper = (vm->ram_size - MiB) / KiB;
	info->cmdline = gpa + offsetof(struct boot_info, cmdline);
	info->mmap = gpa + sizeof(*info);
	info->mmap_length = 2 * sizeof(*areas);
	areas[0] = (struct multiboot_area){ 20, 0, LOW_END, MULTIBOOT_RAM };
	areas[1] = (struct multiboot_area){ 20, MiB, vm->ram_size - MiB, MULTIBOOT_RAM };
}

static bool write_real_stub(struct vm *vm)
{
	u32 entry = cmdline_get_u64("base", 0);
	u64 offset = real_stub_entry - real_stub;

	if (!starts_from_real_mode(entry))
		return true;
	return vm_write_guest(vm, REAL_STUB, real_stub, real_stub_end - real_stub) &&
	       vm_write_guest(vm, REAL_STUB + offset, &entry, sizeof(entry));
}

/*
 * Where the first PCs' firmware began after a reset, and so where a restart in real mode goes:
 * Linux tries it where ACPI is hardware-reduced and there is no EFI. It writes the reset register.
 */
static bool write_reset_vector(struct vm *vm)
{
	const u16 port = BOARD_PM1_CONTROL + 3;
	/* mov $port, %dx; mov $1, %al; out %al, %dx; jmp . */
	const u8 code[] = { 0xba, port & 0xff, port >> 8, 0xb0, 1, 0xee, 0xeb, 0xfe };

	return vm_write_guest(vm, 0xffff0, code, sizeof(code));
}

const char *tree_create(struct vm *vm, gpa_t gpa)
{
	const struct setup_header *header = linux_header(phys_to_virt(host.kernel.base),
							 host.kernel.size);
	u64 frames = ALIGN_UP(sizeof(struct boot_info), FRAME_SIZE_BYTES) / FRAME_SIZE_BYTES;
	hpa_t memory = frame_alloc_contig(frames, FRAME_SIZE_BYTES);
	struct boot_info *boot = phys_to_virt(memory);
	bool written;

	if (!memory)
		return "no memory for its boot_params";
	if (header) {
		make_cmdline(boot, vm);
		make_params(boot, gpa, vm, header);
		make_tables(boot, gpa);
		make_acpi((struct acpi *)boot->acpi, gpa + offsetof(struct boot_info, acpi), vm);
	} else {
		snprintf(boot->cmdline, sizeof(boot->cmdline), "%s", vm->bootargs);
		make_multiboot(boot, gpa, vm);
	}
	written = vm_write_guest(vm, gpa, boot, sizeof(*boot)) &&
		  (header ? write_reset_vector(vm) : write_real_stub(vm));
	frame_free_contig(memory, frames);
	return written ? NULL : "its boot_params do not fit into its memory";
}
