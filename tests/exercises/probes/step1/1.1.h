#include <hv/types.h>

/*
 * Entries of the exception table at places that only the linker knows, and in another order than
 * those of the landings. All are 4 bytes long.
 */
#define GRADE_1_1_SITES 6
extern const u32 grade_1_1_sites[], grade_1_1_landings[];

__asm__("	.pushsection .text\n"
	"	.balign	4\n"
	"	.globl	grade_1_1_sites, grade_1_1_landings\n"
	"grade_1_1_sites:	.skip	4 * 6, 0\n"
	"grade_1_1_landings:	.skip	4 * 6, 0\n"
	"	.popsection\n"
	"	.pushsection .extable, \"a\"\n"
	"	.balign	8\n"
	"	.set	n, 0\n"
	"	.rept	6\n"
	"	.quad	grade_1_1_sites + 4 * (n * 5 % 6), grade_1_1_landings + 4 * n\n"
	"	.set	n, n + 1\n"
	"	.endr\n"
	"	.popsection\n");
