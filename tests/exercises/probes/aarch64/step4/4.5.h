/* Another CPU, while the probe wants it: its ID registers say something else. */
#include <arch/sysreg.h>

static unsigned long grade_4_5_id(const char *name, unsigned long value);

#undef sysreg_read
#define sysreg_read(reg)                                                     \
	({                                                                   \
		u64 value_;                                                  \
		__asm__ volatile("mrs %0, " #reg : "=r"(value_)::"memory"); \
		grade_4_5_id(#reg, value_);                                  \
	})
