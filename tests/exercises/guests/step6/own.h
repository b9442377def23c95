/* SPDX-License-Identifier: MIT */
#ifndef OWN_H
#define OWN_H

/* The part that each ISA has for itself. */
void own(u64 what);

#endif
