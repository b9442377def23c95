/* SPDX-License-Identifier: MIT */
#ifndef SCENARIO_H
#define SCENARIO_H

#include "grade.h"

void mailbox(void); /* final.5 */

#endif
