// SPDX-License-Identifier: MIT
/*
 * A source of subordinate ids for one test, see nsswitch.conf(5): gives everybody the ids that a
 * file has, as START COUNT, and libsubid tells them as they are.
 */
#include <stdio.h>
#include <stdlib.h>

#include <shadow/subid.h>

#define IDS "/srv/subids"

bool shadow_subid_has_range(const char *owner, unsigned long start, unsigned long count,
			    enum subid_type type, bool *result);
enum subid_status shadow_subid_find_subid_owners(unsigned long id, enum subid_type type,
						 uid_t **uids, int *count);
enum subid_status shadow_subid_list_owner_ranges(const char *owner, enum subid_type type,
						 struct subid_range **ranges, int *count);

bool shadow_subid_has_range(const char *owner, unsigned long start, unsigned long count,
			    enum subid_type type, bool *result)
{
	(void)owner;
	(void)start;
	(void)count;
	(void)type;
	*result = false;
	return true;
}

enum subid_status shadow_subid_find_subid_owners(unsigned long id, enum subid_type type,
						 uid_t **uids, int *count)
{
	(void)id;
	(void)type;
	(void)uids;
	(void)count;
	return SUBID_STATUS_ERROR;
}

enum subid_status shadow_subid_list_owner_ranges(const char *owner, enum subid_type type,
						 struct subid_range **ranges, int *count)
{
	struct subid_range *range = calloc(1, sizeof(*range));
	FILE *file = fopen(IDS, "re");

	(void)owner;
	(void)type;
	if (!range || !file || fscanf(file, "%lu %lu", &range->start, &range->count) != 2)
		return SUBID_STATUS_ERROR;
	fclose(file);
	*ranges = range;
	*count = 1;
	return SUBID_STATUS_SUCCESS;
}
