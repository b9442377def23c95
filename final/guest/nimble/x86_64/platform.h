/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#ifndef PLATFORM_H
#define PLATFORM_H

#include "../kernel.h"

typedef uint16_t u16;

#define HPET  0xfed00000ul
#define LAPIC 0xfee00000ul

#define VECTOR_TIMER	0xf0
#define VECTOR_SPURIOUS 0xf1
#define VECTOR_ERROR	0xf2

#define TICK_HZ 100

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(u32 leaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(0));
	return r;
}

static inline u64 msr_read(u32 msr)
{
	u32 low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (u64)high << 32 | low;
}

static inline void msr_write(u32 msr, u64 value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

static inline void out8(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

/* descriptors.c */
void descriptors_init(void);

/* lapic.c */
void lapic_init(void);
void lapic_calibrate(void (*wait)(void));
void lapic_tick(void);
void lapic_complete(void);

/* hpet.c */
void hpet_init(void);
void hpet_wait_10ms(void);

/* trap.S */
extern char trap_entries[]; /* 16 bytes for each vector */
void syscall_entry(void);
void trap_return(void);

#endif
