// SPDX-License-Identifier: MIT
/*
 * Scan, compare with inih, then kinds, keys and values: file by file, into one document.
 *
 * Pure: runs with any privilege (root in the builder, nobody in the CLI). Must never open a file,
 * hand out a document that a file was not taken into, or forget a fault.
 */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "hint.h"
#include "items.h"
#include "scan.h"

#define BLOCK_ROOM (64 * 1024)	/* bytes in a block, or more for a larger file */
#define ALIGN sizeof(void *)

/*
 * struct conf_block - memory for names and texts; its bytes follow
 */
struct conf_block {
	struct conf_block *next;
	size_t room;
	size_t used;
};

static int no_memory(struct conf_doc *doc, const char *file)
{
	return error_errno(doc->sink.n ? NULL : &doc->first, ENOMEM, "cannot load %s", file);
}

/* Whatever has failed, the document stays refused, and its first fault is what is told. */
static int end(struct conf_doc *doc, int r, struct nsbox_error *err)
{
	if (r < 0 && !doc->refused)
		doc->refused = r;
	if (doc->refused && err)
		*err = doc->first;
	return r;
}

int conf_begin(struct conf_faults *faults, struct conf_doc **ret_doc, struct nsbox_error *err)
{
	struct conf_doc *doc = calloc(1, sizeof(*doc));

	if (!doc) {
		error_errno(err, ENOMEM, "cannot load the policy");
		return -ENOMEM;
	}
	doc->sink.all = faults;
	doc->sink.err = &doc->first;
	*ret_doc = doc;
	return 0;
}

/* Memory that is freed with the document. One block holds many small files. */
static void *take_memory(struct conf_doc *doc, size_t len)
{
	struct conf_block *block = doc->blocks;
	size_t room = len > BLOCK_ROOM ? len : BLOCK_ROOM;

	len = (len + ALIGN - 1) / ALIGN * ALIGN;
	if (!block || len > block->room - block->used) {
		block = malloc(sizeof(*block) + room + ALIGN);
		if (!block)
			return NULL;
		block->next = doc->blocks;
		block->room = room + ALIGN;
		block->used = 0;
		doc->blocks = block;
	}
	block->used += len;
	return (char *)(block + 1) + block->used - len;
}

/* Strings of the document will point into the copy. */
static struct conf_file *new_file(struct conf_doc *doc, const char *name, const char *text,
				  size_t len)
{
	size_t name_size = strlen(name) + 1;
	struct conf_file *file = take_memory(doc, sizeof(*file) + name_size + len + 1);

	if (!file)
		return NULL;
	file->name = (char *)(file + 1);
	file->text = file->name + name_size;
	memcpy(file->name, name, name_size);
	if (len)
		memcpy(file->text, text, len);
	file->text[len] = '\0';
	file->order = doc->n_files++;
	file->next = doc->files;
	doc->files = file;
	return file;
}

/* inih is asked only about what the scan understands: it would trip over the rest. */
static int read_file(struct conf_doc *doc, struct conf_file *file, const char *text, size_t len)
{
	size_t faults = doc->sink.n;
	int r;

	doc->sink.order = file->order;
	r = scan_text(file->name, file->text, len, &doc->scan, &doc->sink);
	if (r == 0 && doc->sink.n == faults)
		r = compare_inih(file->name, text, len, &doc->scan, &doc->sink);
	return r < 0 ? r : items_add(doc, file);
}

int conf_refuse(struct conf_doc *doc, const char *file, const struct nsbox_error *why,
		struct nsbox_error *err)
{
	struct conf_fault place = { .file = file };

	doc->sink.order = doc->n_files++;
	doc->incomplete = true;
	fault_add(&doc->sink, &place, "%s", why->text);
	if (!doc->refused)
		doc->first.code = why->code;
	return end(doc, -why->code, err);
}

int conf_add(struct conf_doc *doc, const char *file, const char *text, size_t len,
	     struct nsbox_error *err)
{
	struct nsbox_error big;
	struct conf_file *copy;
	size_t faults = doc->sink.n;
	int r;

	if (len > CONF_MAX_BYTES || len > CONF_MAX_TOTAL - doc->bytes) {
		error_errno(&big, EFBIG, "cannot load %s", file);
		return conf_refuse(doc, file, &big, err);
	}
	doc->bytes += len;
	copy = new_file(doc, file, text, len);
	r = copy ? read_file(doc, copy, text, len) : no_memory(doc, file);
	if (r == 0 && doc->sink.n > faults)
		r = -EINVAL;
	return end(doc, r, err);
}

static int by_name(const void *a, const void *b)
{
	const struct conf_section *x = *(const struct conf_section *const *)a;
	const struct conf_section *y = *(const struct conf_section *const *)b;
	int r = strcmp(x->name, y->name);

	return r ? r : (x > y) - (x < y);
}

static int sort_profiles(struct conf_doc *doc)
{
	doc->profiles = calloc(doc->n_sections + 1, sizeof(struct conf_section *));
	if (!doc->profiles)
		return no_memory(doc, "the policy");
	for (size_t i = 0; i < doc->n_sections; i++)
		if (doc->sections[i].kind == SECTION_PROFILE)
			doc->profiles[doc->n_profiles++] = &doc->sections[i];
	qsort(doc->profiles, doc->n_profiles, sizeof(struct conf_section *), by_name);
	return 0;
}

const struct conf_section *const *conf_profile(const struct conf_doc *doc, const char *name,
					       size_t *ret_n)
{
	size_t low = 0, high = doc->n_profiles;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(doc->profiles[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_n = 0;
	while (low + *ret_n < doc->n_profiles && !strcmp(doc->profiles[low + *ret_n]->name, name))
		++*ret_n;
	return doc->profiles + low;
}

static size_t order_of(const struct conf_doc *doc, const char *name)
{
	const struct conf_file *file = doc->files;

	while (file->name != name)
		file = file->next;
	return file->order;
}

static int check_profile(struct conf_doc *doc, const struct conf_setting *setting)
{
	struct conf_fault place = {
		.file = setting->file,
		.line = setting->line,
		.column = setting->column,
	};
	struct hint hint = { .far = 0 };
	size_t n;

	conf_profile(doc, setting->value, &n);
	if (n)
		return 0;
	for (size_t i = 0; i < doc->n_profiles; i++)
		hint_try(&hint, doc->profiles[i]->name, setting->value, strlen(setting->value));
	memcpy(place.hint, hint.word, sizeof(place.hint));
	doc->sink.order = order_of(doc, setting->file);
	return fault_add(&doc->sink, &place, "there is no [profile %s] in any file",
			 setting->value);
}

static int finish(struct conf_doc *doc)
{
	size_t faults = doc->sink.n;
	int r = sort_profiles(doc);

	/* What could not be read may have it. */
	if (doc->incomplete)
		return r;
	for (size_t i = 0; i < doc->n_settings && r == 0; i++)
		if (doc->settings[i].key->kind == KIND_PROFILE)
			r = check_profile(doc, &doc->settings[i]);
	return r == 0 && doc->sink.n > faults ? -EINVAL : r;
}

int conf_finish(struct conf_doc *doc, struct nsbox_error *err)
{
	int r = 0;

	/* Who collects wants to know the rest as well. */
	if (!doc->refused || doc->sink.all)
		r = finish(doc);
	if (doc->sink.all)
		faults_sort(doc->sink.all);
	end(doc, r, err);
	return doc->refused;
}

int conf_load(const char *file, const char *text, size_t len, struct conf_doc **ret_doc,
	      struct nsbox_error *err)
{
	struct conf_doc *doc = NULL;
	int r = conf_begin(NULL, &doc, err);

	if (r < 0)
		return r;
	r = conf_add(doc, file, text, len, err);
	if (r == 0)
		r = conf_finish(doc, err);
	if (r < 0) {
		conf_free(doc);
		return r;
	}
	*ret_doc = doc;
	return 0;
}

void conf_free(struct conf_doc *doc)
{
	if (!doc)
		return;
	while (doc->blocks) {
		struct conf_block *block = doc->blocks;

		doc->blocks = block->next;
		free(block);
	}
	scan_free(&doc->scan);
	free(doc->profiles);
	free(doc->sections);
	free(doc->settings);
	free(doc);
}
