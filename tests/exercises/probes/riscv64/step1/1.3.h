/* Lets a register refuse its value. */
#include <arch/csr.h>

static unsigned long grade_1_3_taken(const char *name, unsigned long value);

#undef csr_write
#define csr_write(csr, value)                                                    \
	__asm__ volatile("csrw " #csr ", %0" ::"rK"(grade_1_3_taken(#csr, value)) \
			 : "memory")
#undef csr_set
#define csr_set(csr, bits)                                                      \
	__asm__ volatile("csrs " #csr ", %0" ::"rK"(grade_1_3_taken(#csr, bits)) \
			 : "memory")
