/* SPDX-License-Identifier: MIT */
/*
 * Where the tests with a fake nsbox-build or nsbox-subids have it: in themselves. In the child that
 * is started, this is the test program once more.
 */
#define NSBOX_BUILD "/proc/self/exe"
#define NSBOX_SUBIDS "/proc/self/exe"
