// SPDX-License-Identifier: MIT
/*
 * Fuzz the request's codec: what decodes must encode to the very same bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_request req;
	void *copy, *again;

	if (size > WIRE_REQUEST_MAX)
		return 0;
	/* exactly as large as the message: a read beyond its end is seen */
	copy = malloc(size ? size : 1);
	again = malloc(size ? size : 1);
	if (!copy || !again)
		abort();
	memcpy(copy, data, size);
	if (wire_decode(copy, size, &req) == 0) {
		if (wire_encode(&req, again, size) != (long)size || memcmp(copy, again, size))
			abort();
		free(req.names);
	}
	free(again);
	free(copy);
	return 0;
}
