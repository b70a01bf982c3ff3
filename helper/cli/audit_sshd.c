// SPDX-License-Identifier: MIT
/*
 * Audit: sshd's configuration. Runs as root; see sshdconf.h for what is executed.
 */
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "audit.h"
#include "sshdconf.h"

#define SSHD "/usr/sbin/sshd"
#define SSHD_CONFIG "/etc/ssh/sshd_config"

static bool is_not_yes(const char *value)
{
	return strcasecmp(value, "yes") != 0;
}

static bool is_not_no(const char *value)
{
	return strcasecmp(value, "no") != 0;
}

static bool is_not_none(const char *value)
{
	return strcasecmp(value, "none") != 0;
}

/*
 * Is there a pattern that takes LD_PRELOAD or LD_LIBRARY_PATH? A '*' in front takes everything, and
 * so does what begins as these do and goes on with a '*'.
 */
static bool takes_loader(const char *value)
{
	static const char prefix[] = "LD_";

	while (*value) {
		size_t skip = strspn(value, " \t\""), len = strcspn(value + skip, " \t\"");
		const char *word = value + skip;
		size_t plain = strcspn(word, "*?");

		if (len && (!strncmp(word, prefix, sizeof(prefix) - 1) ||
			    (plain < len && !strncmp(word, prefix, plain))))
			return true;
		value = word + len;
	}
	return false;
}

/**
 * struct rule - a keyword that matters
 * @fallback: sshd's built-in value
 * @bad: is a value worth a word
 * @many: each line counts, not only the first
 */
static const struct rule {
	const char *keyword;
	const char *name;
	const char *fallback;
	bool (*bad)(const char *value);
	bool many;
	enum finding_code code;
} rules[] = {
	{ "usepam", "UsePAM", "no", is_not_yes, false, SSHD_USE_PAM },
	{ "permituserenvironment", "PermitUserEnvironment", "no", is_not_no, false,
	  SSHD_USER_ENVIRONMENT },
	{ "acceptenv", "AcceptEnv", "", takes_loader, true, SSHD_ACCEPT_ENV },
	{ "chrootdirectory", "ChrootDirectory", "none", is_not_none, false, SSHD_CHROOT },
	{ "permittunnel", "PermitTunnel", "no", is_not_no, false, SSHD_TUNNEL },
};

static void judge(struct audit *audit, const struct rule *rule, const char *value,
		  const char *where, bool match)
{
	if (rule->bad(value))
		audit_add(audit, rule->code, "sshd has %s %s (%s%s)", rule->name, value, where,
			  match ? ", in a Match block" : "");
}

static void look_at(struct audit *audit, const struct sshd_conf *conf, const struct rule *rule)
{
	bool said = false;

	for (size_t i = 0; i < conf->n; i++) {
		const struct sshd_setting *setting = &conf->settings[i];

		if (strcmp(setting->keyword, rule->keyword))
			continue;
		if (!setting->match && said && !rule->many)
			continue;
		judge(audit, rule, setting->value, setting->where, setting->match);
		said = said || !setting->match;
	}
	if (!said)
		judge(audit, rule, rule->fallback, "built in", false);
}

void audit_sshd(struct audit *audit)
{
	struct sshd_conf conf = { .n = 0 };

	if (access(SSHD, F_OK) < 0 || !words_have(&audit->site.services, "sshd"))
		return;
	sshd_conf_read(SSHD, SSHD_CONFIG, &conf);
	if (conf.failed)
		audit->failed = true;
	else
		for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
			look_at(audit, &conf, &rules[i]);
	sshd_conf_free(&conf);
}
