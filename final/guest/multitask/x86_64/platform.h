/* SPDX-License-Identifier: MIT */
/* What the files of this folder share: a PC as this kernel uses it. */
#ifndef PLATFORM_H
#define PLATFORM_H

#include "../kernel.h"

typedef uint16_t u16;

#define COM1  0x3f8 /* a port */
#define LAPIC 0xfee00000ul

/* Interrupt vectors: 0 to 31 are exceptions, and the upper four bits a priority (SDM 11.8.3). */
#define VECTOR_UART	0x40
#define VECTOR_TIMER	0x50
#define VECTOR_TRY	0x60
#define VECTOR_SYSCALL	0x80
#define VECTOR_SPURIOUS 0xff

#define MSR_APIC_BASE 0x1b
#define MSR_EFER      0xc0000080

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

static inline u64 tsc_read(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (u64)high << 32 | low;
}

static inline void out8(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline u8 in8(u16 port)
{
	u8 value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

/* descriptors.c */
void descriptors_init(void);

/* lapic.c */
void lapic_init(void);
void lapic_timer(u32 ticks);
void lapic_send_to_myself(u32 vector);
void lapic_complete(void);
void lapic_tried(void);

/* uart.c */
void uart_init(void);
void uart_interrupt(void);

/* trap.S: 16 bytes for each vector */
extern char trap_entries[];

#endif
