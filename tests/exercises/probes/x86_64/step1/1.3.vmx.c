#include <arch/extable.h>
#include <hv/grade.h>

/* A made-up CPU: in 1.2's probe. */
u64 *grade_1_msr(u32 msr);

/* Bits of CR0 and CR4 that change nothing for us: MP, TS, AM; VME to OSXMMEXCPT but for PAE. */
#define GRADE_1_3_CR0 (BIT(1) | BIT(3) | BIT(18))
#define GRADE_1_3_CR4 0x7cful

/* Outside of VMX operation its instructions are undefined. */
static bool grade_1_3_on(void)
{
	u64 current;
	bool on = false;

	__asm__ volatile("1:	vmptrst %0\n"
			 "	mov	$1, %1\n"
			 "2:\n" EXTABLE(1b, 2b)
			 : "=m"(current), "+r"(on)
			 :
			 : "cc");
	return on;
}

static void grade_1_3_off(void)
{
	if (grade_1_3_on())
		__asm__ volatile("vmxoff" ::: "cc", "memory");
	cr_write(cr4, cr_read(cr4) & ~(u64)CR4_VMXE);
}

static void grade_1_3_scramble(u64 cr0)
{
	cr_write(cr0, (cr_read(cr0) & ~cr0) | (grade_random() & cr0));
	cr_write(cr4, (cr_read(cr4) & ~GRADE_1_3_CR4) | (grade_random() & GRADE_1_3_CR4));
	for (u32 n = 0; n < sizeof(vmxon_region); n++)
		vmxon_region[n] = grade_random();
}

/* This CPU, but it wants and forbids more, as far as that does no harm. */
static void grade_1_3_more(u32 fixed0, u32 fixed1, u64 harmless)
{
	u64 must = grade_random() & harmless, may = ~(grade_random() & harmless) | must;

	*grade_1_msr(fixed0) = msr_read(fixed0) | must;
	*grade_1_msr(fixed1) = msr_read(fixed1) & may;
}

static void grade_1_3_round(u32 i)
{
	u64 control = (u64[]){ 0, 4, 5, 7 }[i % 4] | (grade_random() & 0x17ff00), *revision;
	u64 fixed0 = MSR_VMX_CR0_FIXED0;
	bool enabled;

	grade_1_3_off();
	grade_1_3_scramble(GRADE_1_3_CR0 | CR0_NE);
	for (u32 msr = MSR_VMX_BASIC; msr <= MSR_VMX_TRUE_ENTRY; msr++)
		*grade_1_msr(msr) = msr_read(msr);
	*grade_1_msr(MSR_FEATURE_CONTROL) = control;
	grade_1_3_more(fixed0, MSR_VMX_CR0_FIXED1, GRADE_1_3_CR0);
	grade_1_3_more(MSR_VMX_CR4_FIXED0, MSR_VMX_CR4_FIXED1, GRADE_1_3_CR4);
	/* A revision that it does not have: VMXON must fail. */
	revision = grade_1_msr(MSR_VMX_BASIC);
	if (i % 5 == 4)
		*revision ^= BIT(grade_below(31));
	tell("feature control %lx, revision %x, cr0 %lx (fixed %lx, %lx), cr4 %lx (%lx, %lx):",
	     control, (u32)*revision, cr_read(cr0), *grade_1_msr(fixed0),
	     *grade_1_msr(MSR_VMX_CR0_FIXED1), cr_read(cr4), *grade_1_msr(MSR_VMX_CR4_FIXED0),
	     *grade_1_msr(MSR_VMX_CR4_FIXED1));
	grade_mocked = true;
	enabled = vmx_enable();
	grade_mocked = false;
	if (i % 5 == 4)
		tell("  of another revision: vmx_enable %d, VMX operation is %s", enabled,
		     grade_1_3_on() ? "on" : "off");
	else
		tell("  vmx_enable %d, VMX operation is %s, cr0 %lx, cr4 %lx, feature control: "
		     "VMXON %s, %slocked",
		     enabled, grade_1_3_on() ? "on" : "off", cr_read(cr0), cr_read(cr4),
		     *grade_1_msr(MSR_FEATURE_CONTROL) & 4 ? "allowed" : "forbidden",
		     *grade_1_msr(MSR_FEATURE_CONTROL) & 1 ? "" : "not ");
}

/* It is on already: the failure is told by one flag or the other (SDM 31.2). */
static void grade_1_3_again(bool with_vmcs)
{
	static u8 vmcs[4096] __attribute__((aligned(4096)));
	u64 at = virt_to_phys(vmcs);
	bool enabled;

	*(u32 *)vmcs = msr_read(MSR_VMX_BASIC) & 0x7fffffff;
	if (with_vmcs)
		__asm__ volatile("vmclear %0\n	vmptrld %0" ::"m"(at) : "cc", "memory");
	enabled = vmx_enable();
	tell("on already%s: vmx_enable %d, VMX operation is %s", with_vmcs ? ", with a VMCS" : "",
	     enabled, grade_1_3_on() ? "on" : "off");
	if (with_vmcs)
		__asm__ volatile("vmclear %0" ::"m"(at) : "cc", "memory");
}

void grade_1_3_vmx(void)
{
	u64 cr0 = cr_read(cr0), cr4 = cr_read(cr4);
	bool enabled;

	for (u32 i = 0; i < 20; i++) {
		u64 value = grade_random(), may = grade_random() | grade_random();
		u64 must = grade_random() & grade_random() & may;
		u32 msr = i % 2 ? MSR_VMX_CR4_FIXED0 : MSR_VMX_CR0_FIXED0;

		*grade_1_msr(msr) = must;
		*grade_1_msr(msr + 1) = may;
		grade_mocked = true;
		value = fixed(value, msr, msr + 1);
		grade_mocked = false;
		tell("fixed, must be 1 %lx, may be 1 %lx: %lx", must, may, value);
	}
	for (u32 i = 0; i < 20; i++)
		grade_1_3_round(i);
	grade_1_3_off();
	cr_write(cr0, cr0);
	cr_write(cr4, cr4 & ~(u64)CR4_VMXE);
	enabled = vmx_enable();
	tell("at the end: vmx_enable %d, VMX operation is %s, cr0 %lx, cr4 %lx", enabled,
	     grade_1_3_on() ? "on" : "off", cr_read(cr0), cr_read(cr4));
	grade_1_3_again(false);
	grade_1_3_again(true);
}
