// SPDX-License-Identifier: MIT
/*
 * Draw session ids. Runs with any privilege.
 */
#include "id.h"

#include <errno.h>
#include <sys/random.h>

int id_draw(char ret[WIRE_ID_LEN + 1])
{
	static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	unsigned char bytes[WIRE_ID_LEN];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -EIO;
	/* 256 is no multiple of 36: some letters come a little oftener, which harms no id. */
	for (unsigned int i = 0; i < WIRE_ID_LEN; i++)
		ret[i] = letters[bytes[i] % (sizeof(letters) - 1)];
	ret[WIRE_ID_LEN] = '\0';
	return 0;
}
