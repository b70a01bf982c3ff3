/* SPDX-License-Identifier: MIT */
/*
 * Where the tests with a fake nsbox-build have it: in themselves. In the child that the module
 * starts, this is the test program once more.
 */
#define NSBOX_BUILD "/proc/self/exe"
