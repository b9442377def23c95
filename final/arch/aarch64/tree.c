// SPDX-License-Identifier: MIT
/* The Arm part of a guest's device tree. */
#include <arch/board.h>
#include <arch/sysreg.h>
#include <hv/arch.h>
#include <hv/host.h>
#include <hv/printf.h>
#include <hv/tree.h>
#include <hv/vm.h>
#include <libfdt.h>

/* The cells of an interrupt specifier (Linux, arm,gic.yaml) */
enum { SHARED, PRIVATE };
#define LEVEL_HIGH 4

#define UART_CLOCK 24000000 /* Hz; only the baud rate depends on it */

gpa_t arch_guest_ram(void)
{
	return BOARD_RAM;
}

const char *arch_tree_console(void)
{
	return "/soc/serial@9000000";
}

static int add_cpu(void *tree, u32 id)
{
	char name[16];
	int error;

	snprintf(name, sizeof(name), "cpu@%x", id);
	error = fdt_begin_node(tree, name);
	error |= fdt_property_string(tree, "device_type", "cpu");
	error |= fdt_property_u32(tree, "reg", id);
	error |= fdt_property_string(tree, "compatible", host.isa);
	error |= fdt_property_string(tree, "enable-method", "psci");
	return error | fdt_end_node(tree);
}

static int add_psci(void *tree)
{
	int error = fdt_begin_node(tree, "psci");

	error |= fdt_property_string(tree, "compatible", "arm,psci-1.0");
	error |= fdt_property_string(tree, "method", "hvc");
	return error | fdt_end_node(tree);
}

/* In the binding's order: secure, EL1 physical, virtual, and EL2's, of which a guest has two. */
static int add_timer(void *tree)
{
	fdt32_t interrupts[4][3];
	const u32 irqs[4] = { IRQ_CNTPS, IRQ_CNTP, IRQ_CNTV, IRQ_CNTHP };
	int error = fdt_begin_node(tree, "timer");

	for (u32 i = 0; i < ARRAY_SIZE(irqs); i++) {
		interrupts[i][0] = cpu_to_fdt32(PRIVATE);
		interrupts[i][1] = cpu_to_fdt32(irqs[i] - 16);
		interrupts[i][2] = cpu_to_fdt32(LEVEL_HIGH);
	}
	error |= fdt_property_string(tree, "compatible", "arm,armv8-timer");
	error |= fdt_property_u32(tree, "interrupt-parent", TREE_IRQCHIP);
	error |= fdt_property(tree, "interrupts", interrupts, sizeof(interrupts));
	error |= fdt_property(tree, "always-on", NULL, 0);
	return error | fdt_end_node(tree);
}

int arch_tree_cpus(void *tree, const struct vm *vm)
{
	int error = fdt_begin_node(tree, "cpus");

	error |= fdt_property_u32(tree, "#address-cells", 1);
	error |= fdt_property_u32(tree, "#size-cells", 0);
	for (u32 i = 0; i < vm->nr_vcpus; i++)
		error |= add_cpu(tree, i);
	error |= fdt_end_node(tree);
	return error | add_psci(tree) | add_timer(tree);
}

static int add_gic(void *tree)
{
	const fdt64_t reg[4] = { cpu_to_fdt64(BOARD_GICD), cpu_to_fdt64(BOARD_GICD_SIZE),
				 cpu_to_fdt64(BOARD_GICC), cpu_to_fdt64(BOARD_GICC_SIZE) };
	int error = fdt_begin_node(tree, "intc@8000000");

	error |= fdt_property_string(tree, "compatible", "arm,cortex-a15-gic");
	error |= fdt_property(tree, "reg", reg, sizeof(reg));
	error |= fdt_property(tree, "interrupt-controller", NULL, 0);
	error |= fdt_property_u32(tree, "#address-cells", 0);
	error |= fdt_property_u32(tree, "#interrupt-cells", TREE_IRQ_CELLS);
	error |= fdt_property_u32(tree, "phandle", TREE_IRQCHIP);
	return error | fdt_end_node(tree);
}

static int add_clock(void *tree)
{
	int error = fdt_begin_node(tree, "clock");

	error |= fdt_property_string(tree, "compatible", "fixed-clock");
	error |= fdt_property_u32(tree, "#clock-cells", 0);
	error |= fdt_property_u32(tree, "clock-frequency", UART_CLOCK);
	error |= fdt_property_u32(tree, "phandle", TREE_CLOCK);
	return error | fdt_end_node(tree);
}

static int add_uart(void *tree)
{
	const fdt32_t interrupt[3] = { cpu_to_fdt32(SHARED), cpu_to_fdt32(BOARD_UART0_IRQ - 32),
				       cpu_to_fdt32(LEVEL_HIGH) };
	const fdt32_t clocks[2] = { cpu_to_fdt32(TREE_CLOCK), cpu_to_fdt32(TREE_CLOCK) };
	int error = fdt_begin_node(tree, "serial@9000000");

	error |= fdt_property(tree, "compatible", "arm,pl011\0arm,primecell", 24);
	error |= tree_reg(tree, BOARD_UART0, 0x1000);
	error |= fdt_property(tree, "interrupts", interrupt, sizeof(interrupt));
	error |= fdt_property(tree, "clocks", clocks, sizeof(clocks));
	error |= fdt_property(tree, "clock-names", "uartclk\0apb_pclk", 17);
	return error | fdt_end_node(tree);
}

int arch_tree_devices(void *tree, const struct vm *vm)
{
	(void)vm;
	return add_gic(tree) | add_clock(tree) | add_uart(tree);
}
