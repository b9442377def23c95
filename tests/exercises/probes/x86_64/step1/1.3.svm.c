#include <arch/extable.h>
#include <hv/grade.h>

/* A made-up CPU: in 1.2's probe. */
u64 *grade_1_msr(u32 msr);
extern u64 grade_1_refused;

extern const u8 extable_end[], bss_end[];

/* Without EFER.SVME its instructions are undefined. */
static bool grade_1_3_on(void)
{
	bool on = false;

	__asm__ volatile("1:	stgi\n"
			 "	mov	$1, %0\n"
			 "2:\n" EXTABLE(1b, 2b)
			 : "+r"(on)
			 :
			 : "cc");
	return on;
}

/* A page of its own, which is not the stack's. */
static const char *grade_1_3_area(u64 at)
{
	if (at % 4096)
		return "within a page";
	return at > (u64)extable_end && at + 4096 <= (u64)bss_end ? "a page of ours" :
								    "no page of ours";
}

static void grade_1_3_real(void)
{
	u64 efer = msr_read(MSR_EFER) & ~(u64)(EFER_SVME | EFER_SCE);
	bool enabled;

	msr_write(MSR_EFER, efer | (grade_random() & EFER_SCE));
	msr_write(MSR_VM_HSAVE_PA, grade_random() % BIT(32) & ~4095ul);
	tell("EFER %lx, VM_HSAVE_PA %lx:", msr_read(MSR_EFER), msr_read(MSR_VM_HSAVE_PA));
	enabled = svm_enable();
	tell("  svm_enable %d, SVM is %s, EFER %lx, VM_HSAVE_PA is %s", enabled,
	     grade_1_3_on() ? "on" : "off", msr_read(MSR_EFER),
	     grade_1_3_area(msr_read(MSR_VM_HSAVE_PA)));
}

/* Another CPU: other bits of EFER, and some don't take SVME. */
static void grade_1_3_made_up(void)
{
	u64 efer = grade_random() & ~(u64)EFER_SVME, *hsave = grade_1_msr(MSR_VM_HSAVE_PA);
	bool enabled;

	*grade_1_msr(MSR_EFER) = efer;
	*hsave = grade_random();
	grade_1_refused = grade_below(2) ? EFER_SVME : 0;
	tell("another CPU, EFER %lx, SVME %s be set:", efer, grade_1_refused ? "can't" : "can");
	grade_mocked = true;
	enabled = svm_enable();
	grade_mocked = false;
	if (grade_1_refused)
		tell("  svm_enable %d", enabled);
	else
		tell("  svm_enable %d, EFER %lx, VM_HSAVE_PA is %s", enabled,
		     *grade_1_msr(MSR_EFER), grade_1_3_area(*hsave));
	grade_1_refused = 0;
}

void grade_1_3_svm(void)
{
	for (u32 i = 0; i < 8; i++) {
		grade_1_3_real();
		grade_1_3_made_up();
		grade_1_3_made_up();
	}
	msr_write(MSR_EFER, msr_read(MSR_EFER) & ~(u64)EFER_SCE);
}
