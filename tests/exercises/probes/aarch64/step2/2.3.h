/*
 * Sees whether what is written to system registers holds: behind the last of them there is an isb.
 * And lets the CPU be another model, with another number.
 */
#include <arch/sysreg.h>

static unsigned grade_2_3_written;
static unsigned long grade_2_2_read(const char *name, unsigned long value);

#undef sysreg_read
#define sysreg_read(reg)                                                     \
	({                                                                   \
		u64 value_;                                                  \
		__asm__ volatile("mrs %0, " #reg : "=r"(value_)::"memory"); \
		grade_2_2_read(#reg, value_);                                \
	})

#undef sysreg_write
#define sysreg_write(reg, value)                                                        \
	({                                                                              \
		__asm__ volatile("msr " #reg ", %x0" ::"rZ"((u64)(value)) : "memory"); \
		grade_2_3_written++;                                                    \
	})
#undef isb
#define isb()                                         \
	({                                            \
		__asm__ volatile("isb" ::: "memory"); \
		grade_2_3_written = 0;                \
	})
