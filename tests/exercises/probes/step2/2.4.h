#include <hv/types.h>

/* What a rule is about: the register that its line names first. */
static const char *grade_2_4_word(const char *why)
{
	static char word[24];
	u32 n = 0;

	for (; why && n + 1 < sizeof(word) && why[n] && why[n] != ' ' && why[n] != ':' &&
	       why[n] != '.'; n++)
		word[n] = why[n];
	word[n] = 0;
	return why ? word : "nothing";
}
