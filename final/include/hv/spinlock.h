/* SPDX-License-Identifier: MIT */
/*
 * Interrupts stay off while the hypervisor runs, so a lock is only ever held against other CPUs.
 */
#ifndef HV_SPINLOCK_H
#define HV_SPINLOCK_H

#include <hv/types.h>

struct spinlock {
	bool locked;
};

static inline void spin_lock(struct spinlock *lock)
{
	while (__atomic_test_and_set(&lock->locked, __ATOMIC_ACQUIRE))
		;
}

static inline void spin_unlock(struct spinlock *lock)
{
	__atomic_clear(&lock->locked, __ATOMIC_RELEASE);
}

#endif
