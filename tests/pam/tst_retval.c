// SPDX-License-Identifier: MIT
/*
 * The freshly built module by every bell: loaded through a private service file, all six calls.
 * No container is built: nsbox-build is not there, and that must be a refusal.
 *
 * Invariant 1: fail closed; uid 0 and an exempt group are never locked out.
 */
#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <security/pam_modules.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "conv.h"
#include "logged.h"
#include "paths.h"
#include "wire.h"

#define SERVICE "nsbox-test"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char dir[] = "/tmp/nsbox-pam-XXXXXX";
static const char *module;
static int groups_fail;	/* NSS cannot be asked who is in which group */
static char tenant[64], tenants_group[64];

typedef int (*entry_point)(pam_handle_t *, int, int, const char **);

static void write_line(const char *words)
{
	char lines[2048] = "";

	for (int i = 0; i < 4; i++) {
		static const char *const kinds[] = { "auth", "account", "session", "password" };
		size_t used = strlen(lines);

		snprintf(lines + used, sizeof(lines) - used, "%s required %s %s\n", kinds[i],
			 module, words);
	}
	assert_int_equal(write_service(dir, SERVICE, lines), 0);
}

static pam_handle_t *start(const char *user)
{
	pam_handle_t *pamh = NULL;

	told[0] = '\0';
	times_told = 0;
	assert_int_equal(pam_start_confdir(SERVICE, user, &conversation, dir, &pamh), PAM_SUCCESS);
	times_logged = 0;	/* the library has something to say, too */
	return pamh;
}

/* Open, and close whatever came of it. */
static int open_session(const char *user)
{
	pam_handle_t *pamh = start(user);
	int r = pam_open_session(pamh, 0);
	int closed = pam_close_session(pamh, 0);

	/* after a refusal the library gives its own answer, whatever the module says */
	if (r == PAM_SUCCESS)
		assert_int_equal(closed, PAM_SUCCESS);
	pam_end(pamh, r);
	return r;
}

static void assert_refused(const char *user, const char *reason)
{
	char expected[256];

	assert_int_equal(open_session(user), PAM_SESSION_ERR);
	snprintf(expected, sizeof(expected), "nsbox: login refused: %s (reference ", reason);
	if (strncmp(told, expected, strlen(expected)))
		fail_msg("the user was told: %s", told);
	/* twelve letters and a bracket: what the log has as well */
	assert_int_equal(strlen(told + strlen(expected)), 13);
}

/* The module's, through the dynamic linker: see logged.h. */
int getgrouplist(const char *user, gid_t group, gid_t *groups, int *n)
{
	if (groups_fail)
		return -1;	/* and @n as it was */
	if (*n < 1)
		return -1;
	(void)user;
	groups[0] = group;
	*n = 1;
	return 1;
}

/* The other four calls: PAM_IGNORE, and without a look at anything that they are given. */
static void test_ignored(void **state)
{
	static const char *const names[] = { "pam_sm_authenticate", "pam_sm_setcred",
					     "pam_sm_acct_mgmt", "pam_sm_chauthtok" };
	void *handle = dlopen(module, RTLD_NOW | RTLD_LOCAL);

	(void)state;
	if (!handle)
		fail_msg("%s", dlerror());
	for (size_t i = 0; i < COUNT(names); i++) {
		entry_point call = (entry_point)(uintptr_t)dlsym(handle, names[i]);

		assert_non_null(call);
		assert_int_equal(call(NULL, 0, 0, NULL), PAM_IGNORE);
	}
	dlclose(handle);
}

/* Through the library: a stack in which every module ignores a call is no yes. */
static void test_all_calls(void **state)
{
	pam_handle_t *pamh;

	(void)state;
	write_line("");
	pamh = start("root");
	assert_int_equal(pam_authenticate(pamh, 0), PAM_PERM_DENIED);
	assert_int_equal(pam_setcred(pamh, 0), PAM_PERM_DENIED);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_PERM_DENIED);
	assert_int_equal(pam_chauthtok(pamh, 0), PAM_PERM_DENIED);
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	assert_string_equal(told, "");
	pam_end(pamh, PAM_SUCCESS);
}

/* uid 0 is never boxed, whatever the line says; and a line that makes no sense says nothing. */
static void test_root(void **state)
{
	static const char *const lines[] = { "", "close", "open", "close open", "nonsense",
					     "exempt-group=", "exempt-group=nobody-is-in-it" };

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		write_line(lines[i]);
		assert_int_equal(open_session("root"), PAM_SUCCESS);
		assert_string_equal(told, "");
	}
}

static void test_unknown_word(void **state)
{
	static const char *const lines[] = { "nonsense", "Close", "close open", "exempt-group=",
					     "exempt-groups=x", "open debug" };

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		write_line(lines[i]);
		assert_refused(tenant, "this host is not set up correctly");
	}
}

/* A builder that is not there; for an application that root does not run, one that is of no use. */
static void test_no_builder(void **state)
{
	static const char *const lines[] = { "", "close", "open", "exempt-group=x" };

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		write_line(lines[i]);
		assert_refused(tenant, geteuid() == 0 ? "your container cannot be made" :
							"this program cannot open a container");
	}
}

static void test_exempt(void **state)
{
	char line[128];

	(void)state;
	snprintf(line, sizeof(line), "exempt-group=%s", tenants_group);
	write_line(line);
	assert_int_equal(open_session(tenant), PAM_SUCCESS);
	snprintf(line, sizeof(line), "exempt-group=other nonsense exempt-group=%s", tenants_group);
	write_line(line);
	assert_int_equal(open_session(tenant), PAM_SUCCESS);
	/* a name that only begins like it is another group */
	snprintf(line, sizeof(line), "exempt-group=%sx", tenants_group);
	write_line(line);
	assert_int_equal(open_session(tenant), PAM_SESSION_ERR);
}

static void test_no_such_user(void **state)
{
	(void)state;
	write_line("");
	assert_refused("nobody-has-this-name", "your account cannot be looked up");
}

/* Of two lines the first refuses and speaks; the second refuses too, and does not speak again. */
static void test_two_lines(void **state)
{
	char lines[2048];
	pam_handle_t *pamh;

	(void)state;
	snprintf(lines, sizeof(lines), "session required %s close\nsession required %s open\n",
		 module, module);
	assert_int_equal(write_service(dir, SERVICE, lines), 0);
	assert_int_equal(open_session("root"), PAM_SUCCESS);
	assert_int_equal(open_session(tenant), PAM_SESSION_ERR);
	assert_string_not_equal(told, "");
	/* a handle that failed once can be tried again, and fails again */
	pamh = start(tenant);
	assert_int_equal(pam_open_session(pamh, 0), PAM_SESSION_ERR);
	assert_int_equal(pam_open_session(pamh, 0), PAM_SESSION_ERR);
	pam_end(pamh, PAM_SESSION_ERR);
}

/* One event, told once and logged once, under one id. */
static void assert_told_once(const char *user, const char *reason, const char *cause)
{
	const char *reference;

	assert_refused(user, reason);
	assert_int_equal(times_told, 1);
	assert_int_equal(times_logged, 1);
	reference = strstr(told, "(reference ") + strlen("(reference ");
	assert_memory_equal(logged[0], reference, WIRE_ID_LEN);
	assert_non_null(strstr(logged[0], cause));
}

/* Before the session is known of, or after: of two lines only one speaks. */
static void test_two_lines_speak_once(void **state)
{
	static const char *const forms[] = { "required", "requisite", "optional" };

	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		char lines[2048];

		snprintf(lines, sizeof(lines), "session %s %s close\nsession required %s open\n",
			 forms[i], module, module);
		assert_int_equal(write_service(dir, SERVICE, lines), 0);
		assert_told_once("nobody-has-this-name", "your account cannot be looked up",
				 "cannot find the user nobody-has-this-name");
		groups_fail = 1;
		assert_told_once(tenant, "your account cannot be looked up",
				 "cannot list the groups of ");
		groups_fail = 0;
		assert_told_once(tenant, geteuid() == 0 ? "your container cannot be made" :
							  "this program cannot open a container",
				 "cannot ");
	}
}

/* An exemption is logged once, and the next session on the handle has an id of its own. */
static void test_two_lines_exempt(void **state)
{
	char lines[2048], id[WIRE_ID_LEN];
	pam_handle_t *pamh;

	(void)state;
	snprintf(lines, sizeof(lines),
		 "session required %s close exempt-group=%s\nsession required %s open "
		 "exempt-group=%s\n", module, tenants_group, module, tenants_group);
	assert_int_equal(write_service(dir, SERVICE, lines), 0);
	pamh = start(tenant);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
		assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
		assert_int_equal(times_told, 0);
		assert_int_equal(times_logged, i + 1);
		assert_non_null(strstr(logged[i], " is not boxed: in the group "));
	}
	memcpy(id, logged[0], sizeof(id));
	assert_memory_not_equal(logged[1], id, sizeof(id));
	pam_end(pamh, PAM_SUCCESS);
}

/* Closing what was never opened, and ending without a close, are nothing to fail for. */
static void test_close_only(void **state)
{
	pam_handle_t *pamh;

	(void)state;
	write_line("");
	pamh = start(tenant);
	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_open_session(pamh, 0), PAM_SESSION_ERR);
	pam_end(pamh, PAM_SESSION_ERR);
}

/* A user that would be boxed, and that user's group. As root there must be no builder to find. */
static int find_tenant(void)
{
	struct passwd *pw = geteuid() == 0 ? getpwnam("nobody") : getpwuid(geteuid());
	struct group *gr = pw ? getgrgid(pw->pw_gid) : NULL;

	if (!gr)
		return -1;
	snprintf(tenant, sizeof(tenant), "%s", pw->pw_name);
	snprintf(tenants_group, sizeof(tenants_group), "%s", gr->gr_name);
	if (geteuid() != 0 || access(NSBOX_BUILD, F_OK) < 0)
		return 0;
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	return mount("/dev/null", NSBOX_BUILD, NULL, MS_BIND, NULL);
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/%s", dir, SERVICE);
	unlink(path);
	return rmdir(dir);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ignored),	   cmocka_unit_test(test_all_calls),
		cmocka_unit_test(test_root),	   cmocka_unit_test(test_unknown_word),
		cmocka_unit_test(test_no_builder), cmocka_unit_test(test_exempt),
		cmocka_unit_test(test_no_such_user), cmocka_unit_test(test_two_lines),
		cmocka_unit_test(test_two_lines_speak_once),
		cmocka_unit_test(test_two_lines_exempt),
		cmocka_unit_test(test_close_only),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: tst_retval MODULE\n");
		return 2;
	}
	module = argv[1];
	if (find_tenant() < 0) {
		fprintf(stderr, "skipped: no user here who could be boxed\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
