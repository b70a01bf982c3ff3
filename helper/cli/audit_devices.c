// SPDX-License-Identifier: MIT
/*
 * Audit: patterns of devices that give the host away. Runs as root; looks at the policy alone.
 */
#include <string.h>

#include "audit.h"
#include "devices.h"
#include "keys.h"

static void look_at(struct audit *audit, const struct conf_setting *setting)
{
	const char *at = setting->value, *word;
	size_t len;

	while ((word = value_next(&at, &len))) {
		char pattern[CONF_VALUE_MAX];
		const char *danger;

		memcpy(pattern, word, len);
		pattern[len] = '\0';
		danger = devices_danger(pattern);
		if (danger)
			audit_add(audit, DEVICE_DANGEROUS, "%s:%u: devices = %s matches /dev/%s",
				  setting->file, setting->line, pattern, danger);
	}
}

void audit_devices(struct audit *audit)
{
	if (!audit->doc)
		return;
	for (size_t i = 0; i < audit->doc->n_settings; i++)
		if (audit->doc->settings[i].key == &conf_keys[KEY_DEVICES])
			look_at(audit, &audit->doc->settings[i]);
}
