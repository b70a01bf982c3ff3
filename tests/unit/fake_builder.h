/* SPDX-License-Identifier: MIT */
/*
 * A nsbox-build that answers as no real one would. A test program is its own fake builder (see
 * answers/paths.h): its main() begins with fake_builder(). The request's rhost names the answer.
 */
#ifndef FAKE_BUILDER_H
#define FAKE_BUILDER_H

/* For main(): when this process was started as nsbox-build, answer and exit; else do nothing. */
void fake_builder(int argc, char **argv);

#endif
