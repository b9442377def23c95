/* Other CPUs, while the probe wants them: where they start, what their ID registers say. */
#include <arch/cpu.h>
#include <arch/sysreg.h>

static unsigned grade_1_2_level(void);
static unsigned long grade_1_2_id(const char *name, unsigned long value);

#define current_el() (grade_1_2_level())
#undef sysreg_read
#define sysreg_read(reg)                                                     \
	({                                                                   \
		u64 value_;                                                  \
		__asm__ volatile("mrs %0, " #reg : "=r"(value_)::"memory"); \
		grade_1_2_id(#reg, value_);                                  \
	})
