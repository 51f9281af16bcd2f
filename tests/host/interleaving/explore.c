/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the search: a schedule is the list of choices that a run made, and the next one differs from it in its last
 * choice that has an alternative left (depth first). A run begins anew each time; it repeats the choices up to there
 * and takes the first way from then on. Which alternatives are tried is bounded by their number of preemptions:
 * first none, then one, and so on (Musuvathi and Qadeer, "Iterative context bounding for systematic testing of
 * multithreaded programs", 2007), so that the first schedule that fails is a simple one.
 */
#define _GNU_SOURCE
#include "explore.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHOICES_MAX 8192
#define RUNS_MAX    150000 /* of one scenario and bound */
#define RANDOM_RUNS 200

static struct choice {
    uint8_t taken, count, uncoerced;
    uint8_t spent; /* preemptions before it */
} choices[CHOICES_MAX];

static unsigned choice_count; /* made in this run */
static unsigned known_count;  /* that this run is to repeat */
static unsigned spent;
static bool failed, tracing;
static char reason[512];
static uint64_t random_state, random_odds; /* of an alternative: one in so many; 0: none but what is known */

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

unsigned explore_choose(unsigned count, unsigned uncoerced)
{
    if (count == 1)
        return 0;
    if (choice_count == CHOICES_MAX)
        explore_fail("too many choices: it does not come to an end");
    struct choice *choice = &choices[choice_count++];
    if (choice_count > known_count) {
        bool other = random_odds != 0 && next_random() % random_odds == 0;
        choice->taken = other ? next_random() % count : 0;
    } else if (choice->count != 0 && choice->count != count) {
        explore_fail("choice %u: got %u ways, want %u: a run does not repeat", choice_count - 1, count, choice->count);
    } else if (choice->taken >= count) {
        explore_fail("choice %u: there is no way %u", choice_count - 1, choice->taken);
    }
    choice->count = count;
    choice->uncoerced = uncoerced;
    choice->spent = spent;
    spent += choice->taken >= uncoerced;
    return choice->taken;
}

void explore_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    failed = true;
    world_leave();
}

static bool run(const struct scenario *scenario)
{
    choice_count = spent = 0;
    failed = false;
    world_run(scenario);
    return !failed;
}

/* The next schedule of at most so many preemptions; false if there is none. */
static bool advance(unsigned preemptions)
{
    for (known_count = choice_count; known_count > 0; known_count--) {
        struct choice *choice = &choices[known_count - 1];
        unsigned next = choice->taken + 1u, cost = next >= choice->uncoerced;
        if (next < choice->count && choice->spent + cost <= preemptions) {
            choice->taken = next;
            return true;
        }
    }
    return false;
}

/* == What is printed =============================================================================================== */

static void print_failure(const struct scenario *scenario)
{
    const char *separator = ":";
    printf("# %s\n# again: OSSA_SCHEDULE=%s", reason, scenario->name);
    for (unsigned i = 0; i < choice_count; i++) {
        if (choices[i].taken == 0)
            continue;
        printf("%s%u.%u", separator, i, choices[i].taken);
        separator = ",";
    }
    printf(" %s\n", program_invocation_name);
}

const char *explore_where(const void *pc)
{
    static char words[256];
    char command[100];
    size_t length = 0;
    snprintf(command, sizeof(command), "addr2line -sfpie /proc/%d/exe %p | sed 's/ (inlined by)/,/'", getpid(),
             (char *)pc - 1);
    FILE *pipe = popen(command, "r");
    while (length < sizeof(words) - 1 && fgets(words + length, sizeof(words) - length, pipe) != NULL)
        length += strcspn(words + length, "\n");
    pclose(pipe);
    words[length] = '\0';
    return words;
}

void explore_trace(const char *what, const void *pc)
{
    if (tracing)
        printf("# %4u  cpu %u  %-8s %-9s %s\n", choice_count, world_cpu(), thread_this()->name, what,
               pc == NULL ? "" : explore_where(pc));
}

/* == Schedules ===================================================================================================== */

/* The run that a schedule's text tells, with all its steps. */
static bool repeat(const struct scenario *scenario, const char *text)
{
    char *at;
    memset(choices, 0, sizeof(choices));
    known_count = CHOICES_MAX;
    while (*text++ != '\0') {
        unsigned long number = strtoul(text, &at, 10);
        if (number < CHOICES_MAX && *at == '.')
            choices[number].taken = strtoul(at + 1, &at, 10);
        text = at;
    }
    tracing = true;
    bool held = run(scenario);
    tracing = false;
    if (!held)
        print_failure(scenario);
    return held;
}

/* All schedules of at most so many preemptions, or the first RUNS_MAX. */
static bool explore_all(const struct scenario *scenario, unsigned preemptions, unsigned *runs)
{
    unsigned last = *runs + RUNS_MAX;
    known_count = random_odds = 0;
    do {
        if (!run(scenario))
            return false;
    } while (++*runs < last && advance(preemptions));
    if (*runs == last)
        printf("# %s: not all of %u preemptions\n", scenario->name, preemptions);
    return true;
}

static bool explore_some(const struct scenario *scenario, unsigned count, unsigned *runs)
{
    known_count = 0;
    for (unsigned i = 0; i < count; i++, ++*runs) {
        random_odds = 2 << next_random() % 5;
        if (!run(scenario))
            return false;
    }
    return true;
}

bool explore(const struct scenario *scenario, uint64_t seed)
{
    const char *schedule = getenv("OSSA_SCHEDULE"), *depth_text = getenv("OSSA_DEPTH");
    unsigned depth = depth_text == NULL ? 0 : strtoul(depth_text, NULL, 10), runs = 0;
    size_t name_length = strlen(scenario->name);
    if (schedule != NULL)
        return strncmp(schedule, scenario->name, name_length) != 0 || (schedule[name_length] & ~':') != 0 ||
               repeat(scenario, schedule + name_length);
    bool held = true;
    for (unsigned bound = 0; held && bound <= scenario->preemptions + depth; bound++)
        held = explore_all(scenario, bound, &runs);
    random_state = seed;
    held = held && explore_some(scenario, depth == 0 ? RANDOM_RUNS : 100 * RANDOM_RUNS, &runs);
    printf("# %s: %u schedules, up to %u preemptions\n", scenario->name, runs, scenario->preemptions + depth);
    if (!held)
        print_failure(scenario);
    return held;
}
