/* SPDX-License-Identifier: MIT */
/*
 * What nsbox-init inherits. It has no arguments, no environment, and no other descriptors.
 */
#ifndef NSBOX_INIT_H
#define NSBOX_INIT_H

#define INIT_MONITOR_FD 3	/* pidfd of the monitor: when it fires, the container ends */
#define INIT_CONTROL_FD 4	/* the control socket, see wire.h */
#define INIT_LANDING_FD 5	/* the landing, if its overlay may be shared: held, never used */
#define INIT_FDS_END 6
#define INIT_READY 'r'	/* its only word on the control socket: it watches the monitor */

#endif
