/* SPDX-License-Identifier: MIT */
/*
 * Small things that jansson leaves to its callers.
 */
#ifndef NSBOX_JSON_H
#define NSBOX_JSON_H

#include <jansson.h>

#include "lines.h"

/* A string, cleaned as error.h has it: jansson takes UTF-8 only, and names are any bytes. */
json_t *json_text(const char *text);

/* An array of strings. */
json_t *json_lines(const struct lines *lines);

/* Print it on standard output and let go of it. Return: 0, or -1 also for NULL. */
int json_out(json_t *json);

#endif
