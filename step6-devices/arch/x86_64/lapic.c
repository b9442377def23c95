// SPDX-License-Identifier: MIT
/* A vCPU's local APIC (SDM chapter 11). */
#include <arch/lapic.h>
#include <arch/virt.h>
#include <hv/arch.h>
#include <hv/vm.h>

#define APIC_PAGE    0xfee00000ul
#define VERSION      0x00050014 /* integrated; six entries in the local vector table (11.4.8) */
#define BROADCAST    0xff
#define FIRST_VECTOR 16 /* below are the exceptions; such a vector is an error (11.5.2) */

#define ESR_SEND_ILLEGAL    BIT(5)
#define ESR_RECEIVE_ILLEGAL BIT(6)

#define ICR_MODE(icr)      ((icr) >> 8 & 7)
#define ICR_LOGICAL        BIT(11)
#define ICR_SHORTHAND(icr) ((icr) >> 18 & 3)
enum { MODE_FIXED, MODE_LOWEST };
enum { TO_DESTINATION, TO_SELF, TO_ALL, TO_OTHERS };

#define TIMER_MODE(lvt) ((lvt) >> 17 & 3)
enum { ONE_SHOT, PERIODIC, TSC_DEADLINE };

/* An event as vcpu_raise() wants it: valid, an external interrupt (APM 15.20) */
#define EVENT_INTERRUPT BIT(31)

/*
 * Which registers there are in either mode (SDM tables 11-1 and 11-6), and the bits that a guest
 * may write.
 */
#define R  1
#define W  2
#define R2 4 /* as an x2APIC */
#define W2 8
#define RW (R | W | R2 | W2)
static const struct {
	u32 access, bits;
} rules[64] = {
	[APIC_ID / 16 ... APIC_VERSION / 16] = { R | R2, 0 },
	[APIC_TPR / 16] = { RW, 0xff },
	[APIC_PPR / 16] = { R | R2, 0 },
	[APIC_EOI / 16] = { W | W2, 0 },
	[APIC_LDR / 16] = { R | W | R2, 0xff000000 },
	[APIC_DFR / 16] = { R | W, 0xf0000000 },
	[APIC_SVR / 16] = { RW, 0x1ff },
	[APIC_ISR / 16 ... APIC_IRR / 16 + 7] = { R | R2, 0 },
	[APIC_ESR / 16] = { RW, 0 },
	[APIC_ICR / 16] = { RW, 0xccfff },
	[APIC_ICR_HIGH / 16] = { R | W, 0xff000000 },
	[APIC_LVT_TIMER / 16] = { RW, 0x700ff },
	[APIC_LVT_THERMAL / 16 ... APIC_LVT_PERF / 16] = { RW, 0x107ff },
	[APIC_LVT_LINT0 / 16 ... APIC_LVT_LINT1 / 16] = { RW, 0x1a7ff },
	[APIC_LVT_ERROR / 16] = { RW, 0x100ff },
	[APIC_INITIAL / 16] = { RW, 0xffffffff },
	[APIC_CURRENT / 16] = { R | R2, 0 },
	[APIC_DIVIDE / 16] = { RW, 0xb },
	[APIC_SELF_IPI / 16] = { W2, 0xff },
};

static bool is_x2apic(const struct lapic *lapic)
{
	return lapic->base & APIC_BASE_X2APIC;
}

static bool is_enabled(const struct lapic *lapic)
{
	return (lapic->base & APIC_BASE_ENABLE) && (lapic->regs[APIC_SVR / 16] & APIC_SVR_ENABLE);
}

void lapic_reset(struct vcpu *vcpu)
{
	struct lapic *lapic = &vcpu->arch.lapic;

	*lapic = (struct lapic){
		.base = APIC_PAGE | APIC_BASE_ENABLE | (vcpu->id ? 0 : APIC_BASE_BSP),
		.deadline = ~0ul,
	};
	lapic->regs[APIC_VERSION / 16] = VERSION;
	lapic->regs[APIC_DFR / 16] = 0xffffffff;
	lapic->regs[APIC_SVR / 16] = 0xff;
	for (u32 lvt = APIC_LVT_TIMER; lvt <= APIC_LVT_ERROR; lvt += 16)
		lapic->regs[lvt / 16] = APIC_LVT_MASKED;
}

/* ---- priority (SDM 11.8.3) ---- */

/* The highest of 256 bits that is set; -1: none. */
static int highest(const u32 *bits)
{
	for (int i = 7; i >= 0; i--)
		if (bits[i])
			return 32 * i + 31 - __builtin_clz(bits[i]);
	return -1;
}

/* A vector's upper four bits are its class: only a higher one interrupts what is in service. */
static u32 processor_priority(const struct lapic *lapic)
{
	u32 tpr = lapic->regs[APIC_TPR / 16];
	int in_service = highest(&lapic->regs[APIC_ISR / 16]);

	return in_service >> 4 > (int)(tpr >> 4) ? in_service & 0xf0 : tpr;
}

/* The next interrupt for the CPU to take; -1: none, or none that is urgent enough. */
static int deliverable(const struct lapic *lapic)
{
	int vector = highest(&lapic->regs[APIC_IRR / 16]);

	return vector >> 4 > (int)(processor_priority(lapic) >> 4) ? vector : -1;
}

bool lapic_pending(const struct vcpu *vcpu)
{
	return deliverable(&vcpu->arch.lapic) >= 0;
}

u32 lapic_tpr(const struct vcpu *vcpu)
{
	return vcpu->arch.lapic.regs[APIC_TPR / 16];
}

void lapic_set_tpr(struct vcpu *vcpu, u32 tpr)
{
	vcpu->arch.lapic.regs[APIC_TPR / 16] = tpr;
	virt->show_tpr(vcpu, tpr);
	vcpu->arch.attention = true;
}

/* ---- an interrupt's way: IRR, then with its delivery ISR, until EOI (SDM 11.8.4) ---- */

static void set_bit(u32 *bits, u32 n, bool value)
{
	bits[n / 32] &= ~(1u << n % 32);
	bits[n / 32] |= (u32)value << n % 32;
}

static void lvt_interrupt(struct vcpu *vcpu, u32 lvt)
{
	u32 entry = vcpu->arch.lapic.regs[lvt / 16];

	if (!(entry & APIC_LVT_MASKED))
		lapic_interrupt(vcpu, entry & 0xff, false);
}

static void error(struct vcpu *vcpu, u32 bit)
{
	struct lapic *lapic = &vcpu->arch.lapic;

	lapic->errors |= bit;
	/* Its own vector may be the error. */
	if ((lapic->regs[APIC_LVT_ERROR / 16] & 0xff) >= FIRST_VECTOR)
		lvt_interrupt(vcpu, APIC_LVT_ERROR);
}

void lapic_interrupt(struct vcpu *vcpu, u32 vector, bool level)
{
	struct lapic *lapic = &vcpu->arch.lapic;

	if (!is_enabled(lapic))
		return;
	if (vector < FIRST_VECTOR) {
		error(vcpu, ESR_RECEIVE_ILLEGAL);
		return;
	}
	set_bit(&lapic->regs[APIC_TMR / 16], vector, level);
	set_bit(&lapic->regs[APIC_IRR / 16], vector, true);
	vcpu->arch.attention = true;
}

void lapic_deliver(struct vcpu *vcpu)
{
	struct lapic *lapic = &vcpu->arch.lapic;
	int vector = deliverable(lapic);
	bool now = vector >= 0 && vcpu_can_interrupt(vcpu);
	bool later = vector >= 0 && !now;

	if (now) {
		set_bit(&lapic->regs[APIC_IRR / 16], vector, false);
		set_bit(&lapic->regs[APIC_ISR / 16], vector, true);
		vcpu_raise(vcpu, EVENT_INTERRUPT | vector);
	}
	if (lapic->window != later)
		virt->watch_window(vcpu, later);
	lapic->window = later;
	/* Until something changes, what still waits is not more urgent than what was delivered. */
	vcpu->arch.attention = later;
}

static void end_of_interrupt(struct vcpu *vcpu)
{
	struct lapic *lapic = &vcpu->arch.lapic;
	int vector = highest(&lapic->regs[APIC_ISR / 16]);

	if (vector < 0)
		return;
	set_bit(&lapic->regs[APIC_ISR / 16], vector, false);
	vcpu->arch.attention = true;
}

/* ---- from one CPU to others (SDM 11.6) ---- */

/* An x2APIC's logical address follows from its id (11.12.10.2): a cluster, and a bit in it. */
static u32 logical_id(const struct vcpu *vcpu)
{
	if (is_x2apic(&vcpu->arch.lapic))
		return vcpu->id >> 4 << 16 | 1u << (vcpu->id & 15);
	return vcpu->arch.lapic.regs[APIC_LDR / 16];
}

/* Does this destination mean the vCPU (11.6.2)? */
static bool is_addressed(const struct vcpu *vcpu, u32 destination, bool logical)
{
	u32 id = logical_id(vcpu);

	if (destination == 0xffffffff || destination == BROADCAST)
		return true;
	if (!logical)
		return destination == vcpu->id;
	if (is_x2apic(&vcpu->arch.lapic))
		return destination >> 16 == id >> 16 && (destination & id & 0xffff);
	id >>= 24;
	if (vcpu->arch.lapic.regs[APIC_DFR / 16] >> 28 == 0xf) /* the flat model: a bit a CPU */
		return destination & id;
	return (destination >> 4 == id >> 4 || destination >> 4 == 0xf) && (destination & id & 0xf);
}

static bool is_target(const struct vcpu *vcpu, const struct vcpu *sender, u32 command,
		      u32 destination)
{
	switch (ICR_SHORTHAND(command)) {
	case TO_DESTINATION:
		return is_addressed(vcpu, destination, command & ICR_LOGICAL);
	case TO_SELF:
		return vcpu == sender;
	case TO_ALL:
		return true;
	default:
		return vcpu != sender;
	}
}

/*
 * The command register was written. NMIs are not sent: nothing here lets a guest take one. INIT and
 * start-up have no one to wake while a VM has one vCPU.
 */
static void send(struct vcpu *sender, u32 command, u32 destination)
{
	struct vm *vm = sender->vm;
	u32 mode = ICR_MODE(command);

	if (mode != MODE_FIXED && mode != MODE_LOWEST)
		return;
	if ((command & 0xff) < FIRST_VECTOR) {
		error(sender, ESR_SEND_ILLEGAL);
		return;
	}
	for (u32 i = 0; i < vm->nr_vcpus; i++) {
		if (!is_target(vm->vcpus[i], sender, command, destination))
			continue;
		lapic_interrupt(vm->vcpus[i], command & 0xff, false);
		if (mode == MODE_LOWEST) /* one of them, and any will do */
			break;
	}
}

/* ---- the timer (SDM 11.5.4): nothing ticks, all follows from arch_time() ---- */

static u64 timer_mode(const struct lapic *lapic)
{
	return TIMER_MODE(lapic->regs[APIC_LVT_TIMER / 16]);
}

static void set_deadline(struct vcpu *vcpu, u64 deadline)
{
	vcpu->arch.lapic.deadline = deadline;
	lapic_check_timer(vcpu);
	arch_timer_program(vcpu);
}

/* Counts at the TSC's rate, divided. Zero stops it. */
static void start_timer(struct vcpu *vcpu, u32 count)
{
	struct lapic *lapic = &vcpu->arch.lapic;
	u32 divide = lapic->regs[APIC_DIVIDE / 16];

	if (timer_mode(lapic) == TSC_DEADLINE)
		return;
	lapic->regs[APIC_INITIAL / 16] = count;
	lapic->shift = ((divide & 3) + (divide >> 1 & 4) + 1) & 7; /* figure 11-10 */
	set_deadline(vcpu, count ? arch_time() + ((u64)count << lapic->shift) : ~0ul);
}

void lapic_check_timer(struct vcpu *vcpu)
{
	struct lapic *lapic = &vcpu->arch.lapic;
	u64 period = (u64)lapic->regs[APIC_INITIAL / 16] << lapic->shift, now = arch_time();

	if (now < lapic->deadline)
		return;
	/* Rounds that were missed are one interrupt. */
	if (timer_mode(lapic) == PERIODIC)
		lapic->deadline += period * ((now - lapic->deadline) / period + 1);
	else
		lapic->deadline = ~0ul;
	lvt_interrupt(vcpu, APIC_LVT_TIMER);
}

static u32 current_count(const struct lapic *lapic)
{
	u64 period = (u64)lapic->regs[APIC_INITIAL / 16] << lapic->shift, now = arch_time(), left;

	if (lapic->deadline == ~0ul || timer_mode(lapic) == TSC_DEADLINE)
		return 0;
	left = now < lapic->deadline ? lapic->deadline - now :
	       timer_mode(lapic) == PERIODIC ? period - (now - lapic->deadline) % period : 0;
	return (left + BIT(lapic->shift) - 1) >> lapic->shift;
}

u64 lapic_timer_deadline(const struct vcpu *vcpu)
{
	const struct lapic *lapic = &vcpu->arch.lapic;
	u32 lvt = lapic->regs[APIC_LVT_TIMER / 16];

	if ((lvt & APIC_LVT_MASKED) || !is_enabled(lapic) ||
	    (lvt & 0xff) >> 4 <= processor_priority(lapic) >> 4)
		return ~0ul;
	return lapic->deadline;
}

/* ---- registers ---- */

static u32 read_register(const struct vcpu *vcpu, u32 offset)
{
	const struct lapic *lapic = &vcpu->arch.lapic;

	switch (offset) {
	case APIC_ID:
		return is_x2apic(lapic) ? vcpu->id : vcpu->id << 24;
	case APIC_PPR:
		return processor_priority(lapic);
	case APIC_LDR:
		return logical_id(vcpu);
	case APIC_CURRENT:
		return current_count(lapic);
	default:
		return lapic->regs[offset / 16];
	}
}

/* Software that disables the APIC masks all of its local interrupts with that (11.4.7.2). */
static u32 lvt_value(const struct lapic *lapic, u32 value)
{
	return is_enabled(lapic) ? value : value | APIC_LVT_MASKED;
}

static void write_svr(struct lapic *lapic, u32 value)
{
	lapic->regs[APIC_SVR / 16] = value;
	for (u32 lvt = APIC_LVT_TIMER; lvt <= APIC_LVT_ERROR; lvt += 16)
		lapic->regs[lvt / 16] = lvt_value(lapic, lapic->regs[lvt / 16]);
}

static void write_register(struct vcpu *vcpu, u32 offset, u32 value)
{
	struct lapic *lapic = &vcpu->arch.lapic;
	u32 *reg = &lapic->regs[offset / 16];
	u64 mode = timer_mode(lapic);

	switch (offset) {
	case APIC_TPR:
		lapic_set_tpr(vcpu, value);
		break;
	case APIC_EOI:
		end_of_interrupt(vcpu);
		break;
	case APIC_DFR:
		*reg = value | 0x0fffffff;
		break;
	case APIC_SVR:
		write_svr(lapic, value);
		break;
	case APIC_ESR: /* a write makes it tell of what has come since the last (11.5.3) */
		*reg = lapic->errors;
		lapic->errors = 0;
		break;
	case APIC_ICR:
		*reg = value;
		send(vcpu, value, is_x2apic(lapic) ? reg[1] : reg[1] >> 24);
		break;
	case APIC_LVT_TIMER:
		*reg = lvt_value(lapic, value);
		/* To and from TSC-deadline mode the timer stops (11.5.4.1). */
		if ((mode == TSC_DEADLINE) != (timer_mode(lapic) == TSC_DEADLINE))
			set_deadline(vcpu, ~0ul);
		break;
	case APIC_LVT_THERMAL ... APIC_LVT_ERROR:
		*reg = lvt_value(lapic, value);
		break;
	case APIC_INITIAL:
		start_timer(vcpu, value);
		break;
	case APIC_SELF_IPI:
		send(vcpu, TO_SELF << 18 | value, 0);
		break;
	default:
		*reg = value;
	}
}

/* In the page they are there in xAPIC mode only (11.12.2). */
static bool has_register(const struct lapic *lapic, u32 offset)
{
	return (lapic->base & APIC_BASE_ENABLE) && !is_x2apic(lapic) && IS_ALIGNED(offset, 16) &&
	       offset / 16 < ARRAY_SIZE(rules) && (rules[offset / 16].access & (R | W));
}

bool lapic_read(const struct vcpu *vcpu, u32 offset, u32 *value)
{
	if (!has_register(&vcpu->arch.lapic, offset))
		return false;
	*value = read_register(vcpu, offset);
	return true;
}

bool lapic_write(struct vcpu *vcpu, u32 offset, u32 value)
{
	if (!has_register(&vcpu->arch.lapic, offset))
		return false;
	if (rules[offset / 16].access & W)
		write_register(vcpu, offset, value & rules[offset / 16].bits);
	return true;
}

/*
 * IA32_APIC_BASE: the mode changes from disabled to xAPIC to x2APIC to disabled, or from xAPIC back
 * (11.12.5). The page stays where it is: a guest that would move it takes #GP.
 */
static bool write_base(struct vcpu *vcpu, u64 value)
{
	struct lapic *lapic = &vcpu->arch.lapic;
	u64 modes = APIC_BASE_ENABLE | APIC_BASE_X2APIC, old = lapic->base & modes;
	u64 new = value & modes;

	if ((value ^ lapic->base) & ~modes || new == APIC_BASE_X2APIC ||
	    (!old && new == modes) || (old == modes && new == APIC_BASE_ENABLE))
		return false;
	if (!new) {
		lapic_reset(vcpu);
		lapic_set_tpr(vcpu, 0);
	}
	lapic->base = value;
	return true;
}

static bool has_msr(const struct lapic *lapic, u32 msr, u32 access)
{
	return is_x2apic(lapic) && msr - MSR_X2APIC < ARRAY_SIZE(rules) &&
	       (rules[msr - MSR_X2APIC].access & access);
}

bool lapic_msr_read(const struct vcpu *vcpu, u32 msr, u64 *value)
{
	const struct lapic *lapic = &vcpu->arch.lapic;
	u32 offset = (msr - MSR_X2APIC) * 16;

	if (msr == MSR_APIC_BASE) {
		*value = lapic->base;
		return true;
	}
	if (msr == MSR_TSC_DEADLINE) {
		bool armed = timer_mode(lapic) == TSC_DEADLINE && lapic->deadline != ~0ul;

		*value = armed && arch_time() < lapic->deadline ? lapic->deadline : 0;
		return true;
	}
	if (!has_msr(lapic, msr, R2))
		return false;
	*value = read_register(vcpu, offset);
	if (offset == APIC_ICR) /* one register of 64 bits (11.12.9) */
		*value |= (u64)lapic->regs[APIC_ICR_HIGH / 16] << 32;
	return true;
}

bool lapic_msr_write(struct vcpu *vcpu, u32 msr, u64 value)
{
	struct lapic *lapic = &vcpu->arch.lapic;
	u32 offset = (msr - MSR_X2APIC) * 16;

	if (msr == MSR_APIC_BASE)
		return write_base(vcpu, value);
	if (msr == MSR_TSC_DEADLINE) {
		if (timer_mode(lapic) == TSC_DEADLINE)
			set_deadline(vcpu, value ? value : ~0ul);
		return true;
	}
	if (!has_msr(lapic, msr, W2))
		return false;
	/*
	 * Here a bit that is reserved may not be set, nor EOI or ESR written but with 0
	 * (11.12.1.3).
	 */
	if ((offset == APIC_ICR ? (u32)value : value) & ~(u64)rules[msr - MSR_X2APIC].bits)
		return false;
	if (offset == APIC_ICR)
		lapic->regs[APIC_ICR_HIGH / 16] = value >> 32;
	write_register(vcpu, offset, value);
	return true;
}
