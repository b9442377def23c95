/* SPDX-License-Identifier: MIT */
#ifndef HV_TYPES_H
#define HV_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t  u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t  s32;
typedef int64_t  s64;

/*
 * Four kinds of address. Mixing them up is the classic hypervisor bug, so an interface always
 * says which one it means.
 */
typedef u64 gva_t; /* guest-virtual: what a guest's own page tables translate */
typedef u64 gpa_t; /* guest-physical (Arm: IPA): what the second-stage table translates */
typedef u64 hva_t; /* hypervisor-virtual: equal to hpa_t here, because we run identity-mapped */
typedef u64 hpa_t; /* host-physical: what goes out on the bus */

#define KiB (1ul << 10)
#define MiB (1ul << 20)
#define GiB (1ul << 30)

#define BIT(n)            (1ul << (n))
#define ALIGN_DOWN(x, a)  ((x) & ~((u64)(a) - 1))
#define ALIGN_UP(x, a)    ALIGN_DOWN((x) + (a) - 1, a)
#define IS_ALIGNED(x, a)  (((x) & ((u64)(a) - 1)) == 0)
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static inline void *phys_to_virt(hpa_t hpa)
{
	return (void *)hpa;
}

static inline hpa_t virt_to_phys(const void *hva)
{
	return (hpa_t)hva;
}

#endif
