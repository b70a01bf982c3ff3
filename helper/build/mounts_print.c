// SPDX-License-Identifier: MIT
/*
 * Print a mount plan. Pure.
 */
#include "mount_list.h"

static void print_attr(uint64_t attr, FILE *out)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} names[] = {
		{ RO, "ro" }, { NOSUID, "nosuid" }, { NODEV, "nodev" }, { NOEXEC, "noexec" }
	};
	const char *comma = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(attr & names[i].bit))
			continue;
		fprintf(out, "%s%s", comma, names[i].name);
		comma = ",";
	}
}

void mounts_print(const struct mount_plan *plan, FILE *out)
{
	static const char *const kinds[] = { "bind", "scratch", "new", "again", "overlay", "root",
					    "carry" };
	static const char *const scratch[] = { "dir", "file", "node", "block", "link" };

	fprintf(out, "tmpfs %s\n", plan->scratch_options);
	for (size_t i = 0; i < plan->n_scratch; i++) {
		const struct scratch_entry *e = &plan->scratch[i];

		fprintf(out, "%s %s", scratch[e->kind], e->path);
		if (e->kind == SCRATCH_LINK)
			fprintf(out, " -> %s\n", e->text);
		else
			fprintf(out, " %04o %u:%u\n", e->mode, e->uid, e->gid);
	}
	for (size_t i = 0; i < plan->n_ops; i++) {
		const struct mount_op *op = &plan->ops[i];

		fprintf(out, "%s %s on %s ", kinds[op->kind], op->source ? op->source : "-",
			op->target);
		print_attr(op->attr, out);
		fprintf(out, "%s", op->slave ? ",slave" : op->idmap ? ",idmap" : "");
		fprintf(out, "%s%s%s%s\n", op->options ? " " : "", op->options ? op->options : "",
			op->stage == MOUNT_LANDING ? " (in the landing alone)" : "",
			op->optional ? " (where there is one)" : "");
	}
}
