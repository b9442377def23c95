/* SPDX-License-Identifier: MIT */
/*
 * For the grader's probes. A probe is C code that is appended to the file with the exercise's
 * function, so that it reaches what is static there. It calls the function, or has a guest run into
 * it, with inputs that nobody knows before the run, and prints what came of it. The grader runs the
 * same probe with the same inputs on the reference: each line must be the same.
 */
#ifndef HV_GRADE_H
#define HV_GRADE_H

#include <hv/printf.h>
#include <hv/types.h>

/* A line for the grader. */
#define tell(fmt, ...) printf("grade: " fmt "\n", ##__VA_ARGS__)

/* The next number of a sequence that this run alone has. */
u64 grade_random(void);
static inline u64 grade_below(u64 limit)
{
	return grade_random() % limit;
}

/* All of the memory free again, from a round address on. */
void grade_same_frames(void);
/* In core/frame.c: the memory that it hands out. */
void grade_frames(hpa_t *start, hpa_t *end);

/*
 * While it is true, the helpers that the table calls <isa>.mocked answer by chance, until the next
 * grade_random() to the same question the same; one of a header answers what the probe's function
 * mock_<name>() does, which has the same arguments.
 */
extern bool grade_mocked;
u64 grade_answer(const char *helper, u64 argument);

/* Runs the grader's guest (tests/exercises/guests), which does what its argument says. */
void grade_guest(u64 what);

/* In hv_main(), after the step's own hook. */
void grade(void);

#endif
