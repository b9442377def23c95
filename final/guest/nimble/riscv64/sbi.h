/* SPDX-License-Identifier: MIT */
#ifndef SBI_H
#define SBI_H

#define SBI_PATTERN 0x5a0ff1ce5eed0000

#endif
