/* SPDX-License-Identifier: MIT */
#ifndef ARCH_RTC_H
#define ARCH_RTC_H

#include <hv/types.h>

struct vm;

/* Lets a guest read the host's clock at the ports from BOARD_RTC on. */
bool rtc_create(struct vm *vm);

#endif
