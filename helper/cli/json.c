// SPDX-License-Identifier: MIT
/*
 * Values for jansson, and out with them. Pure but for standard output.
 */
#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"

json_t *json_text(const char *text)
{
	char *copy = strdup(text);
	json_t *json;

	if (!copy)
		return NULL;
	text_clean(copy);
	json = json_string(copy);
	free(copy);
	return json;
}

json_t *json_lines(const struct lines *lines)
{
	json_t *array = json_array();

	for (size_t i = 0; i < lines->n; i++)
		json_array_append_new(array, json_text(lines->at[i]));
	return array;
}

int json_out(json_t *json)
{
	int r = json ? json_dumpf(json, stdout, JSON_INDENT(2)) : -1;

	json_decref(json);
	if (r == 0)
		putchar('\n');
	else
		fputs("nsbox: cannot write JSON\n", stderr);
	return r;
}
