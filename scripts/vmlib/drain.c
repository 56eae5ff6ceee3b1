// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded into QEMU when the guest's clock counts instructions. When all vCPUs
 * are idle, QEMU's main loop sets the clock to the next timer after each round of
 * events. A frame needs several rounds from one NIC to the other, so a timeout
 * would overtake it. Here a round goes on until no event is pending.
 */
#define _GNU_SOURCE
#include <dlfcn.h>

typedef struct _GMainContext GMainContext;
GMainContext *g_main_context_default(void);
int g_main_context_iteration(GMainContext *context, int may_block);

/* a source that is always ready must not stop the clock for ever */
#define ROUNDS 1000

void g_main_context_dispatch(GMainContext *context)
{
	static void (*dispatch)(GMainContext *context);
	int n;

	if (!dispatch)
		dispatch = (void (*)(GMainContext *))
			dlsym(RTLD_NEXT, "g_main_context_dispatch");
	dispatch(context);
	if (context != g_main_context_default())
		return;
	for (n = 0; n < ROUNDS; n++)
		if (!g_main_context_iteration(context, 0))
			break;
}
