// SPDX-License-Identifier: MIT
/*
 * The program that does nothing: what the benchmarks execute where a login has its shell.
 */
int main(void)
{
	return 0;
}
