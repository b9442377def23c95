/* SPDX-License-Identifier: MIT */
/* The grader's guest: does what it is asked for, and shows what it saw. */
#ifndef GRADE_H
#define GRADE_H

#include <guest.h>

/* The next number of this run's own sequence. */
u64 next(void);

/* The guest's own part on each ISA. */
void scenario(u64 what);

#endif
