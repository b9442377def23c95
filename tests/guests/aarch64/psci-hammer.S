/* SPDX-License-Identifier: MIT */
/* Calls of the firmware that there are none of: 50,000, each refused with NOT_SUPPORTED. */
	.include "guest.inc"
	mov	w19, #10000
	.macro	refused number, conduit
	ldr	w0, =\number
	add	w0, w0, w19
	\conduit	#0
	cmn	w0, #1
	b.ne	failed
	.endm
again:	refused	0x84000020, hvc		/* PSCI's functions end at 0x15 */
	refused	0xc4000020, smc
	refused	0x8badc0de, hvc			/* an owner that does not exist */
	refused	0xc6000010, hvc			/* the Ladder's own end at 3 */
	refused	0x00000000, smc
	subs	w19, w19, #1
	b.ne	again
	print	"\nall refused\n"
	power_off
failed:	print	"\none was not refused\n"
	fail
	.ltorg
