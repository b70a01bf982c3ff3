/* SPDX-License-Identifier: MIT */
/*
 * The tenant's environment, whole.
 */
#ifndef NSBOX_ENVIRON_H
#define NSBOX_ENVIRON_H

/**
 * environ_whole() - the environment that the kernel was given at exec
 * @argc: of main()
 * @argv: of main()
 * @fallback: what to return where the strings cannot be found (no arguments at all)
 *
 * A libc that starts a setuid program takes LD_LIBRARY_PATH, TMPDIR and others out of the list of
 * pointers. The door itself uses no environment, and what it executes has no more privilege than
 * the tenant: so the real shell gets what the tenant (or pam_env) has set. The strings are still
 * where execve(2) put them: after the arguments, before the program's own name.
 *
 * Return: a NULL-terminated list for execve(2); NULL when there is no memory for it.
 */
char **environ_whole(int argc, char **argv, char **fallback);

#endif
