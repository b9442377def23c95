/* SPDX-License-Identifier: MIT */
/* Never yields. */
	.include "guest.inc"
	csrci	sstatus, 2
	j	.
