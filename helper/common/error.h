/* SPDX-License-Identifier: MIT */
/*
 * One error, said once by the one who knows.
 *
 * A room that fails returns -errno and leaves one sentence in a record that its caller owns. The
 * record has a fixed size, needs no free, and crosses a socket as it is. A sentence begins with
 * "cannot", names the object, and ends with the system's reason. Programs alone print or log it.
 */
#ifndef NSBOX_ERROR_H
#define NSBOX_ERROR_H

#define NSBOX_ERROR_MAX 400

/**
 * struct nsbox_error - why a call failed
 * @code: a positive errno value, 0 when nothing failed
 * @text: one line, NUL-terminated, printable ASCII only
 */
struct nsbox_error {
	int code;
	char text[NSBOX_ERROR_MAX];
};

/**
 * error_errno() - record a failure that the system has a reason for
 * @err: the caller's record; may be NULL
 * @code: errno of the failed call; its sign does not matter, 0 becomes EIO
 * @fmt: "cannot ..." without the reason; ": " and strerror(3) of @code are added
 *
 * What a tenant may have put into the text (names, paths) cannot do harm in a log or on a terminal:
 * every byte outside printable ASCII becomes '?'.
 *
 * Return: -@code, so that a caller can write `return error_errno(err, errno, ...)`.
 */
int error_errno(struct nsbox_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * error_plain() - record a refusal whose whole reason is in the text
 * @err: the caller's record; may be NULL
 * @code: as in error_errno()
 * @fmt: the whole sentence; cleaned as in error_errno()
 *
 * Return: -@code.
 */
int error_plain(struct nsbox_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * text_clean() - make a string harmless for logs and terminals, in place
 * @text: NUL-terminated; every byte outside printable ASCII becomes '?'
 */
void text_clean(char *text);

#endif
