/* SPDX-License-Identifier: MIT */
#ifndef ARCH_ASM_H
#define ARCH_ASM_H

#define ENTRY(name)       \
	.globl name;      \
	.balign 4;        \
	.type name, @function; \
name:

#define END(name) .size name, . - name

#endif
