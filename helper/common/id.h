/* SPDX-License-Identifier: MIT */
/*
 * Session ids, which are also the reference ids that users are told and logs have.
 */
#ifndef NSBOX_ID_H
#define NSBOX_ID_H

#include "wire.h"

/**
 * id_draw() - a new random id
 * @ret: WIRE_ID_LEN letters of [0-9a-z] and a NUL; untouched on failure
 *
 * Return: 0, or -EIO when the kernel has no random bytes. See getrandom(2).
 */
int id_draw(char ret[WIRE_ID_LEN + 1]);

#endif
