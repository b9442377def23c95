// SPDX-License-Identifier: MIT
/*
 * Drives a device of the host's that was passed through: QEMU's goldfish RTC at 0x101000, interrupt
 * 11. Two alarms, because the second one shows that completing the first reached the host's
 * controller. Run it with PASS=/soc/rtc@101000.
 */
#include <guest.h>
#include <machine.h>

#define RTC(reg)        (*(volatile u32 *)(0x101000ul + (reg)))
#define TIME_LOW        0x00
#define TIME_HIGH       0x04
#define ALARM_LOW       0x08
#define ALARM_HIGH      0x0c
#define IRQ_ENABLED     0x10
#define CLEAR_INTERRUPT 0x1c

#define IRQ          11
#define PLIC_REG(at) (*(volatile u32 *)(PLIC + (at)))
#define PRIORITY     (4 * IRQ)
#define ENABLE       0x2080 /* of context 1: hart 0 in S-mode */
#define THRESHOLD    0x201000
#define CLAIM        0x201004

#define SEI (1ul << 9)

static u64 now(void)
{
	u64 low = RTC(TIME_LOW); /* latches the upper half */

	return (u64)RTC(TIME_HIGH) << 32 | low;
}

static void alarm_in(u64 nanoseconds)
{
	u64 at = now() + nanoseconds;

	RTC(ALARM_HIGH) = at >> 32;
	RTC(ALARM_LOW) = at;
}

int guest_main(void)
{
	PLIC_REG(PRIORITY) = 1;
	PLIC_REG(ENABLE) = 1u << IRQ;
	PLIC_REG(THRESHOLD) = 0;
	__asm__ volatile("csrs sie, %0" ::"r"(SEI));
	RTC(IRQ_ENABLED) = 1;

	for (int i = 0; i < 2; i++) {
		u64 start = now();

		alarm_in(10 * 1000 * 1000);
		__asm__ volatile("wfi" ::: "memory");
		check(now() - start >= 10 * 1000 * 1000);
		check(PLIC_REG(CLAIM) == IRQ);
		RTC(CLEAR_INTERRUPT) = 1;
		PLIC_REG(CLAIM) = IRQ;
		check(PLIC_REG(CLAIM) == 0);
	}
	print("  rtc: two alarms of the host's clock came\n");
	return 0;
}
