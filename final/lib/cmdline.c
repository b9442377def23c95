// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/printf.h>
#include <hv/string.h>

static char line[1024];

void cmdline_init(u64 boot_data)
{
	arch_boot_cmdline(boot_data, line, sizeof(line));
}

/* The value's first character, and where it ends, or NULL. */
static const char *find(const char *key, const char **end)
{
	size_t key_length = strlen(key);

	for (const char *word = line; *word;) {
		const char *stop = word;

		while (*stop && *stop != ' ')
			stop++;
		if (!strncmp(word, key, key_length) && word[key_length] == '=') {
			*end = stop;
			return word + key_length + 1;
		}
		word = *stop ? stop + 1 : stop;
	}
	return NULL;
}

bool cmdline_get(const char *key, char *buf, size_t size, const char *fallback)
{
	const char *end, *value = find(key, &end);
	size_t length = 0;

	if (!value) {
		snprintf(buf, size, "%s", fallback);
		return false;
	}
	for (; value < end && length + 1 < size; value++)
		buf[length++] = *value;
	buf[length] = 0;
	return true;
}

u64 cmdline_get_u64(const char *key, u64 fallback)
{
	const char *end, *value = find(key, &end);
	unsigned int base = 10;
	u64 number = 0;

	if (!value || value == end)
		return fallback;
	if (end - value > 2 && value[0] == '0' && value[1] == 'x') {
		base = 16;
		value += 2;
	}
	for (; value < end; value++) {
		unsigned int digit = *value <= '9' ? *value - '0' : (*value | 0x20) - 'a' + 10;

		if (digit >= base)
			return fallback;
		number = number * base + digit;
	}
	return number;
}
