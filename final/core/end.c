// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/end.h>

_Noreturn void hv_end(int status)
{
	char nonce[32];

	cmdline_get("nonce", nonce, sizeof(nonce), "none");
	printf("ladder: end %s status %d\n", nonce, status);
	arch_power_off(status);
}

_Noreturn void panic(const char *fmt, ...)
{
	char why[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	printf("\nladder: panic: %s\n", why);
	hv_end(2);
}
