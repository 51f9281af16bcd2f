/* SPDX-License-Identifier: 0BSD */
/*
 * Owns WARN(): what was not to happen and can be lived with is logged and counted.
 */
#include <ossa/log.h>
#include <ossa/warn.h>

atomic_uint warn_count;

void warn_report(const struct panic_place *place, const char *condition)
{
    warn_count++;
    log_warn("%s, at %s:%u, in %s", condition, place->file, place->line, place->function);
}
