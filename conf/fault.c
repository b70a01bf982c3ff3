// SPDX-License-Identifier: MIT
/*
 * Faults: reported one way, whether the first one counts or all of them.
 *
 * Pure: runs with any privilege. Must never print; and a fault that cannot be kept ends the reading
 * instead of being forgotten.
 */
#include "fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void faults_free(struct conf_faults *faults)
{
	for (size_t i = 0; i < faults->n; i++)
		free((void *)faults->list[i].file);
	free(faults->list);
	memset(faults, 0, sizeof(*faults));
}

static int compare(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int by_place(const void *a, const void *b)
{
	const struct conf_fault *x = a, *y = b;
	int r = compare(x->order, y->order);

	if (!r)
		r = compare(x->line, y->line);
	if (!r)
		r = compare(x->column, y->column);
	return r ? r : strcmp(x->what, y->what);
}

void faults_sort(struct conf_faults *faults)
{
	if (faults->n)
		qsort(faults->list, faults->n, sizeof(*faults->list), by_place);
}

static size_t print_where(const struct conf_fault *fault, char *buf, size_t size)
{
	*buf = '\0';
	if (fault->column)
		snprintf(buf, size, "%s:%u:%u: ", fault->file, fault->line, fault->column);
	else if (fault->line)
		snprintf(buf, size, "%s:%u: ", fault->file, fault->line);
	return strlen(buf);
}

void fault_print(const struct conf_fault *fault, char *buf, size_t size)
{
	size_t used = print_where(fault, buf, size);

	snprintf(buf + used, size - used, "%s%s%s", fault->what,
		 *fault->expected ? ": expected " : "", fault->expected);
	used = strlen(buf);
	if (*fault->hint)
		snprintf(buf + used, size - used, "%s did you mean `%s`?",
			 *fault->expected ? "," : ":", fault->hint);
}

/* Keep a copy in the list. Return: 0, or -ENOSPC or -ENOMEM when the list takes no more. */
static int keep(struct conf_faults *all, const struct conf_fault *fault)
{
	struct conf_fault *kept;

	if (all->n == FAULTS_MAX) {
		all->cut = true;
		return -ENOSPC;
	}
	if (!all->list)
		all->list = calloc(FAULTS_MAX, sizeof(*all->list));
	if (!all->list)
		return -ENOMEM;
	kept = &all->list[all->n];
	*kept = *fault;
	kept->file = strdup(fault->file);
	if (!kept->file)
		return -ENOMEM;
	all->n++;
	return 0;
}

int fault_add(struct fault_sink *sink, const struct conf_fault *at, const char *fmt, ...)
{
	struct conf_fault fault = *at;
	char line[2 * NSBOX_ERROR_MAX];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(fault.what, sizeof(fault.what), fmt, ap) < 0)
		fault.what[0] = '\0';
	va_end(ap);
	fault.order = sink->order;
	text_clean(fault.what);
	fault_print(&fault, line, sizeof(line));
	if (sink->n++ == 0)
		error_plain(sink->err, EINVAL, "%s", line);
	return sink->all && keep(sink->all, &fault) == 0 ? 0 : -EINVAL;
}
