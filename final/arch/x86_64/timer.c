// SPDX-License-Identifier: MIT
/*
 * Time is the time-stamp counter (SDM 18.17), which a guest reads itself. Our own interrupt comes
 * from the local APIC's timer (SDM 11.5.4), which counts at a rate of its own; it serves us and the
 * guest, whose timer is emulated. How fast either counts nobody says reliably: they are measured.
 */
#include <arch/lapic.h>
#include <arch/x86.h>
#include <hv/arch.h>
#include <hv/vcpu.h>

/*
 * The time-stamp counter (SDM 18.17): under QEMU with -icount shift=0 and under Bochs it counts
 * instructions.
 */
u64 arch_instructions(void)
{
	u32 low, high;

	__asm__ volatile("lfence\n	rdtsc" : "=a"(low), "=d"(high)::"memory");
	return (u64)high << 32 | low;
}

u64 arch_time(void)
{
	return arch_instructions();
}

/*
 * Channel 2 of the 8254 timer (Intel 82C54 data sheet) counts at a known rate, and port 0x61 opens
 * its gate and shows its output (Intel ICH9 data sheet, "NMI_SC").
 */
#define PIT_CHANNEL2   0x42
#define PIT_COMMAND    0x43
#define PIT_LATCH      0x80 /* what is read next is channel 2's count as it is now */
#define PIT_MODE0      0xb0 /* channel 2, both bytes: output rises at the end of the count */
#define PIT_FREQUENCY  1193182
#define PIT_COUNT      (PIT_FREQUENCY / 100) /* 10 ms */
#define SPEAKER        0x61
#define SPEAKER_GATE   BIT(0)
#define SPEAKER_ON     BIT(1)
#define SPEAKER_OUTPUT BIT(5)

static u64 tsc_frequency, apic_frequency;

/* What the three clocks show at one time, in doubt by so many ticks of the TSC. */
struct sample {
	u64 tsc, doubt;
	u32 apic, pit;
};

/*
 * An emulator that shares its CPU may stand still between one clock and the next: the try with the
 * least doubt counts.
 */
static struct sample take_sample(void)
{
	struct sample best = { .doubt = ~0ul }, now;

	for (u32 i = 0; i < 8; i++) {
		now.tsc = arch_time();
		port_out8(PIT_COMMAND, PIT_LATCH);
		now.apic = host_apic_read(APIC_CURRENT);
		now.doubt = arch_time() - now.tsc;
		now.pit = port_in8(PIT_CHANNEL2);
		now.pit |= port_in8(PIT_CHANNEL2) << 8;
		if (now.doubt < best.doubt)
			best = now;
	}
	return best;
}

static void calibrate(void)
{
	struct sample first, last;

	port_out8(SPEAKER, (port_in8(SPEAKER) & ~SPEAKER_ON) | SPEAKER_GATE);
	do {
		host_apic_write(APIC_INITIAL, 0xffffffff);
		port_out8(PIT_COMMAND, PIT_MODE0);
		port_out8(PIT_CHANNEL2, 0xff);
		port_out8(PIT_CHANNEL2, 0xff); /* with this it starts; it lasts 55 ms */
		first = take_sample();
		do
			last = take_sample();
		while (first.pit - last.pit < PIT_COUNT);
	} while (port_in8(SPEAKER) & SPEAKER_OUTPUT); /* too late: it has begun anew */
	host_apic_write(APIC_INITIAL, 0);
	tsc_frequency = (last.tsc - first.tsc) * PIT_FREQUENCY / (first.pit - last.pit);
	apic_frequency = (u64)(first.apic - last.apic) * PIT_FREQUENCY / (first.pit - last.pit);
}

u64 arch_time_frequency(void)
{
	if (!tsc_frequency)
		calibrate();
	return tsc_frequency;
}

/*
 * So long, in ticks of the TSC, a guest runs at least before our timer interrupts: one that asks
 * for interrupts without end is to get on.
 */
#define SHORTEST 4096

/* The hypervisor's own interrupt at this time; ~0 means never. */
static void set_host_timer(u64 deadline)
{
	u64 now = arch_time(), ticks = deadline > now + SHORTEST ? deadline - now : SHORTEST;

	if (ticks > arch_time_frequency()) /* the counter has 32 bits: wake up once a second */
		ticks = tsc_frequency;
	host_apic_write(APIC_INITIAL,
			deadline == ~0ul ? 0 : ticks * apic_frequency / tsc_frequency + 1);
	this_pcpu()->timer_deadline = deadline;
}

void arch_timer_program(struct vcpu *vcpu)
{
	u64 deadline = this_pcpu()->slice_end;

	if (vcpu) {
		lapic_check_timer(vcpu); /* it may have passed while another ran */
		if (vcpu->arch.lapic.deadline < deadline)
			deadline = vcpu->arch.lapic.deadline;
	}
	if (deadline != this_pcpu()->timer_deadline)
		set_host_timer(deadline);
}

void arch_timer_fired(struct vcpu *vcpu)
{
	if (arch_time() >= this_pcpu()->slice_end) {
		this_pcpu()->slice_over = true;
		this_pcpu()->slice_end = ~0ul;
	}
	this_pcpu()->timer_deadline = ~0ul; /* it counts once */
	arch_timer_program(vcpu);
}

u64 arch_vcpu_deadline(const struct vcpu *vcpu)
{
	return vcpu->arch.rflags & RFLAGS_IF ? lapic_timer_deadline(vcpu) : ~0ul;
}

void arch_wait_until(u64 deadline)
{
	this_pcpu()->slice_end = ~0ul; /* no one's runs */
	set_host_timer(deadline);
	/*
	 * An interrupt is taken after hlt at the earliest, because sti takes effect one instruction
	 * late (SDM volume 2, "STI"); so none is lost between here and there.
	 */
	__asm__ volatile("sti; hlt; cli" ::: "memory");
}
