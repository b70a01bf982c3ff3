// SPDX-License-Identifier: MIT
/*
 * Print what was found for programs: the same facts as for people. Pure but for standard output.
 */
#include <string.h>

#include "json.h"
#include "print.h"
#include "show.h"

static json_t *json_groups(const struct wire_request *req)
{
	json_t *array = json_array();

	for (size_t i = 0; i < req->groups; i++)
		json_array_append_new(array, json_pack("{sI so}", "gid", (json_int_t)req->gids[i],
						       "name", json_text(req->names[i])));
	return array;
}

static json_t *json_login(const struct wire_request *req)
{
	return json_pack("{so sI sI so so so so so so}", "user", json_text(req->user), "uid",
			 (json_int_t)req->uid, "gid", (json_int_t)req->gid, "groups",
			 json_groups(req), "home", json_text(req->home), "shell",
			 json_text(req->shell), "service", json_text(req->service), "from",
			 json_text(req->rhost), "tty", json_text(req->tty));
}

static json_t *json_sections(const struct show *show)
{
	struct match_subject who = login_subject(&show->login);
	json_t *array = json_array();
	char why[1024];

	for (size_t i = 0; i < show->trace.n_sections; i++) {
		const struct conf_section *section = show->trace.sections[i];

		rule_why(show->doc, section, &who, why, sizeof(why));
		json_array_append_new(array,
				      json_pack("{ss so so si so}", "kind",
						section_words[section->kind], "name",
						json_text(section->name), "file",
						json_text(section->file), "line",
						(int)section->line, "why", json_text(why)));
	}
	return array;
}

static json_t *json_words(const char *text)
{
	json_t *array = json_array();
	const char *at = text, *word;
	size_t len;

	while ((word = value_next(&at, &len)))
		json_array_append_new(array, json_stringn(word, len));
	return array;
}

static json_t *json_value(const struct conf_key *key, const struct conf_values *values)
{
	char text[CONF_VALUE_MAX];

	conf_print(key, values, text, sizeof(text));
	if (conf_key_appends(key) || key->kind == KIND_SET)
		return json_words(text);
	if (key->kind == KIND_BOOL)
		return json_boolean(!strcmp(text, "yes"));
	return json_text(text);
}

static json_t *json_place(const struct match_step *step)
{
	json_t *place = json_pack("{so si}", "file", json_text(step->setting->file), "line",
				  (int)step->setting->line);

	if (step->via)
		json_object_set_new(place, "profile",
				    json_pack("{so so si}", "name", json_text(step->via->value),
					      "file", json_text(step->via->file), "line",
					      (int)step->via->line));
	return place;
}

/* An empty list of places: the value is the built-in one. */
static json_t *json_places(const struct match_trace *trace, enum conf_key_id key)
{
	json_t *array = json_array();
	const struct match_step *step;

	for (size_t i = 0; (step = match_origin(trace, key, i)); i++)
		json_array_append_new(array, json_place(step));
	return array;
}

static json_t *json_values(const struct show *show)
{
	json_t *object = json_object();

	for (size_t i = 0; i < CONF_KEYS; i++) {
		if (!conf_keys[i].size)
			continue;
		json_object_set_new(object, conf_keys[i].name,
				    json_pack("{so so}", "value",
					      json_value(&conf_keys[i], &show->values), "at",
					      json_places(&show->trace, (enum conf_key_id)i)));
	}
	return object;
}

static json_t *json_plan(const struct plan *plan)
{
	return json_pack("{so so so so so so}", "doors", json_lines(&plan->doors), "uid_map",
			 json_lines(&plan->uid_map), "gid_map", json_lines(&plan->gid_map),
			 "mounts", json_lines(&plan->mounts), "network",
			 json_lines(&plan->network), "unknown", json_lines(&plan->unknown));
}

int show_json(const struct show *show)
{
	json_t *json = json_pack("{so so ss so ss so so so}", "login",
				 json_login(&show->login.req), "sections", json_sections(show),
				 "order", match_order, "values", json_values(show), "outlook",
				 outlook_words[show->outlook.word], "head",
				 json_lines(&show->outlook.head), "parts",
				 json_lines(&show->outlook.parts), "notes",
				 json_lines(&show->outlook.notes));

	if (json && show->has_plan)
		json_object_set_new(json, "plan", json_plan(&show->plan));
	return json_out(json);
}
