/* SPDX-License-Identifier: MIT */
#ifndef FDT_LIMITS_H
#define FDT_LIMITS_H

#define INT_MAX  __INT_MAX__
#define UINT_MAX (2u * __INT_MAX__ + 1)

#endif
