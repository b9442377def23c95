// SPDX-License-Identifier: MIT
/* Set-up, address spaces, waiting, the timer and the end, on x86_64. */
#include "platform.h"

#define CR0_WP	 (1ul << 16)
#define EFER_NXE (1ul << 11)

#define CPUID_HYPERVISOR 0x40000000 /* EAX: the last of these leaves */
#define CPUID_TIMING	 0x40000010 /* EAX: kHz of the TSC and the APIC timer */
#define LADDER		 0x6464614c /* its EBX: this course's, "Ladd" */
#define LADDER_DONE	 0x4c414401

#define POWER_OFF 0x604
#define SLEEP_S5  0x2000 /* ACPI 6.5, 4.8.3.2.1 */

extern char kernel_start[], rodata_start[], data_start[], kernel_end[]; /* guest.ld */
extern bool hypervisor_by_vmmcall;					/* start.S */

static pte_t top[512] __attribute__((aligned(4096)));
static u64 khz = 1000000; /* a guess, where nothing tells */

void arch_init(unsigned long cpu)
{
	u64 cr0;

	if (cpu)
		panic("started on CPU %lu; this kernel knows the local APIC of CPU 0 only", cpu);
	descriptors_init();
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_NXE);
	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | CR0_WP)); /* the kernel obeys PTE_W too */
	if (cpuid(CPUID_HYPERVISOR).eax >= CPUID_TIMING)
		khz = cpuid(CPUID_TIMING).eax;
	uart_init();
}

/* Code that can't be written and data that can't be executed: a stray pointer shows at once. */
const struct arch_region *arch_regions(int *count)
{
	static struct arch_region r[4];

	r[0] = (struct arch_region){ (u64)kernel_start, rodata_start - kernel_start,
				     PROT_READ | PROT_EXEC };
	r[1] = (struct arch_region){ (u64)rodata_start, data_start - rodata_start, PROT_READ };
	r[2] = (struct arch_region){ (u64)data_start, kernel_end - data_start,
				     PROT_READ | PROT_WRITE };
	r[3] = (struct arch_region){ LAPIC, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_DEVICE };
	*count = ARRAY_SIZE(r);
	return r;
}

/* CR3 keeps its value, but what the TLB holds of the last space goes as it is written. */
void arch_use_space(const pte_t *root)
{
	top[0] = pte_table((u64)root);
	__asm__ volatile("mov %0, %%cr3" : : "r"(top) : "memory");
}

void arch_irq_init(void)
{
	lapic_init();
}

u64 arch_time_us(void)
{
	return tsc_read() * 1000 / khz;
}

/* The timer counts at the TSC's rate. */
void arch_timer_arm(void)
{
	lapic_timer(TICK_US * khz / 1000);
}

void arch_take_interrupts(void)
{
	__asm__ volatile("sti; nop; cli"
			 :
			 :
			 : "memory"); /* sti lets the next instruction through */
}

/* For the same reason none that comes before the hlt can be slept over. */
void arch_wait_for_interrupt(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

static void hypervisor_call(u64 rax, u64 rdi)
{
	if (hypervisor_by_vmmcall)
		__asm__ volatile("vmmcall" : "+a"(rax) : "D"(rdi) : "rdx", "memory");
	else
		__asm__ volatile("vmcall" : "+a"(rax) : "D"(rdi) : "rdx", "memory");
}

/* Without our hypervisor below, the call is undefined; then plain power-off. */
void arch_stop(int status)
{
	if (cpuid(CPUID_HYPERVISOR).ebx == LADDER)
		hypervisor_call(LADDER_DONE, (u32)status);
	for (;;)
		__asm__ volatile("outw %w0, %w1; cli; hlt" : : "a"(SLEEP_S5), "d"(POWER_OFF));
}
