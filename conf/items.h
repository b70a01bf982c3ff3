/* SPDX-License-Identifier: MIT */
/*
 * From what the scan has found in a file to sections and settings of a document.
 */
#ifndef NSBOX_ITEMS_H
#define NSBOX_ITEMS_H

#include <stddef.h>

#include "load.h"

/**
 * struct conf_file - the document's own copy of a file
 * @next: the one that was added before
 * @order: 0 for the first one
 * @name: for messages
 * @text: its bytes and one more; strings of the document end in it
 */
struct conf_file {
	struct conf_file *next;
	size_t order;
	char *name;
	char *text;
};

/**
 * items_add() - take a file's items into the document
 * @doc: the document, whose @scan is of @file->text; with a fault it is not fit for use any more
 * @file: of the document; the ends of its words become NUL bytes
 *
 * Looks at kinds of sections, keys and values. Where the document's sink collects, what was refused
 * is left out.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int items_add(struct conf_doc *doc, struct conf_file *file);

#endif
