/* SPDX-License-Identifier: MIT */
/*
 * inih's reading of a file beside the scan's.
 */
#ifndef NSBOX_COMPARE_H
#define NSBOX_COMPARE_H

#include <stddef.h>

#include "fault.h"
#include "scan.h"

/**
 * compare_inih() - does inih read the file as the scan does
 * @file: its name, for messages
 * @text: its bytes
 * @len: number of bytes
 * @scan: what the scan has found in the same bytes, without a fault
 * @sink: where faults go
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int compare_inih(const char *file, const char *text, size_t len, const struct scan *scan,
		 struct fault_sink *sink);

#endif
