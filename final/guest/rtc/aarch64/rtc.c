// SPDX-License-Identifier: MIT
/*
 * Drives a device of the host's that was passed through: QEMU's PL031 real-time clock (DDI 0224) at
 * 0x9010000, interrupt 34. Two alarms, because the second one shows that completing the first
 * reached the host's controller. Run it with PASS=/pl031@9010000.
 */
#include <guest.h>
#include <machine.h>

#define RTC(reg) (*(volatile u32 *)(0x09010000ul + (reg)))
#define TIME	 0x00 /* RTCDR, in seconds */
#define ALARM	 0x04 /* RTCMR */
#define CONTROL	 0x0c /* RTCCR */
#define IRQ_MASK 0x10 /* RTCIMSC: 1 lets it through */
#define CLEAR	 0x1c /* RTCICR */

#define IRQ		34
#define GICD_REG(at)	(*(volatile u32 *)(GICD + (at)))
#define GICC_REG(at)	(*(volatile u32 *)(GICC + (at)))
#define CTLR		0x000
#define ISENABLER	(0x100 + IRQ / 32 * 4)
#define IPRIORITYR	(0x400 + IRQ / 4 * 4)
#define ITARGETSR	(0x800 + IRQ / 4 * 4)
#define PMR		0x04
#define IAR		0x0c
#define EOIR		0x10
#define NONE_IS_PENDING 1023

int guest_main(void)
{
	GICD_REG(CTLR) = 1;
	GICD_REG(IPRIORITYR) = 0xa0u << 8 * (IRQ % 4);
	GICD_REG(ITARGETSR) = 1u << 8 * (IRQ % 4);
	GICD_REG(ISENABLER) = 1u << IRQ % 32;
	GICC_REG(PMR) = 0xff;
	GICC_REG(CTLR) = 1;
	RTC(CONTROL) = 1;
	RTC(IRQ_MASK) = 1;

	for (int i = 0; i < 2; i++) {
		u32 start = RTC(TIME);

		RTC(ALARM) = start + 1;
		__asm__ volatile("dsb sy; wfi" ::: "memory");
		check(RTC(TIME) - start >= 1);
		check(GICC_REG(IAR) == IRQ);
		RTC(CLEAR) = 1;
		GICC_REG(EOIR) = IRQ;
		check(GICC_REG(IAR) == NONE_IS_PENDING);
	}
	print("  rtc: two alarms of the host's clock came\n");
	return 0;
}
