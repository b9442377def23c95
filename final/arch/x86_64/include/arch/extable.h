/* SPDX-License-Identifier: MIT */
/*
 * The exception table: pairs of an instruction that may fault and the place where execution goes on
 * if it does. Probing a register that may not exist, or reading through a guest's page tables,
 * needs no more than that.
 */
#ifndef ARCH_EXTABLE_H
#define ARCH_EXTABLE_H

#define EXTABLE(insn, landing)             \
	".pushsection .extable, \"a\"\n"   \
	".balign 8\n"                      \
	".quad " #insn ", " #landing "\n" \
	".popsection\n"

#endif
