/* Lets a register refuse its value, and another CPU have another number of counters. */
#include <arch/sysreg.h>

static unsigned long grade_1_3_taken(const char *name, unsigned long value);
static unsigned long grade_1_3_read(const char *name, unsigned long value);

#undef sysreg_read
#define sysreg_read(reg)                                                     \
	({                                                                   \
		u64 value_;                                                  \
		__asm__ volatile("mrs %0, " #reg : "=r"(value_)::"memory"); \
		grade_1_3_read(#reg, value_);                                \
	})

#undef sysreg_write
#define sysreg_write(reg, value)                                                        \
	__asm__ volatile("msr " #reg ", %x0" ::"rZ"(grade_1_3_taken(#reg, (u64)(value))) \
			 : "memory")
