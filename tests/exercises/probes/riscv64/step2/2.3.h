/* Some CPUs show in hvip too that the guest's timer is due (arch_vcpu_put()). */
#include <arch/csr.h>

static unsigned long grade_2_3_pending;

#undef csr_read
#define csr_read(csr)                                                              \
	({                                                                         \
		u64 value_;                                                        \
		__asm__ volatile("csrr %0, " #csr : "=r"(value_)::"memory");       \
		value_ | (#csr[0] == 'h' && #csr[1] == 'v' ? grade_2_3_pending : 0); \
	})
