/* SPDX-License-Identifier: 0BSD */
/*
 * kernel/lock_debug/graph.c against a model that keeps a matrix of orders and searches it anew each time.
 */
#include "host_test.h"

#include "../../kernel/lock_debug/graph.c"

enum { NAMES = LOCK_CLASSES + 8, NO_WAY = 1 << 20 };

static const char names[NAMES];
static const struct panic_place places[NAMES]; /* of taking each */
static struct lock_graph graph;
static bool orders[NAMES][NAMES];
static unsigned order_count;

static void begin(void)
{
    memset(&graph, 0, sizeof(graph));
    memset(orders, 0, sizeof(orders));
    order_count = 0;
}

/* How many orders lead from one to the other: as many rounds as there are names find the shortest ways. */
static unsigned model_way(unsigned from, unsigned to, unsigned count)
{
    static unsigned way[NAMES];
    bool changed = true;
    for (unsigned i = 0; i < count; i++)
        way[i] = i == from ? 0 : NO_WAY;
    while (changed) {
        changed = false;
        for (unsigned i = 0; i < count; i++) {
            for (unsigned j = 0; j < count; j++) {
                if (orders[i][j] && way[i] + 1 < way[j]) {
                    way[j] = way[i] + 1;
                    changed = true;
                }
            }
        }
    }
    return way[to];
}

static unsigned number_of(uint8_t class)
{
    return (unsigned)(graph.names[class] - names);
}

static bool check_cycle(const struct lock_cycle *cycle, unsigned held, unsigned wanted, unsigned length)
{
    bool good = CHECK_EQ(cycle->edge_count, length);
    unsigned at = wanted;
    for (unsigned i = 0; good && i < length && i < LOCK_CYCLE_EDGES; i++) {
        const struct lock_edge *edge = cycle->edges[i];
        good = CHECK_EQ(number_of(edge->from), at);
        at = number_of(edge->to);
        good = good && CHECK(orders[number_of(edge->from)][at]) && CHECK(edge->taken_place == &places[at]) &&
               CHECK(edge->held_place == &places[number_of(edge->from)]);
    }
    return good && (length > LOCK_CYCLE_EDGES || CHECK_EQ(at, held));
}

static enum lock_graph_result add(unsigned held, unsigned wanted, struct lock_cycle *cycle)
{
    return lock_graph_add(&graph, &names[held], &places[held], &names[wanted], &places[wanted], cycle);
}

/* One step beside the model; there is room for it. */
static bool step(unsigned held, unsigned wanted, unsigned count)
{
    struct lock_cycle cycle;
    unsigned way = model_way(wanted, held, count);
    if (!CHECK_EQ(lock_graph_knows(&graph, &names[held], &names[wanted]), orders[held][wanted]))
        return false;
    enum lock_graph_result result = add(held, wanted, &cycle);
    if (way != NO_WAY)
        return CHECK_EQ(result, LOCK_GRAPH_CYCLE) && check_cycle(&cycle, held, wanted, way);
    order_count += !orders[held][wanted];
    orders[held][wanted] = true;
    return CHECK_EQ(result, LOCK_GRAPH_ADDED) && CHECK(lock_graph_knows(&graph, &names[held], &names[wanted]));
}

HOST_TEST(graph_refuses_what_the_model_refuses)
{
    for (unsigned round = 0; round < 300; round++) {
        unsigned count = 2 + host_random() % (round % 10 == 0 ? 100 : 12);
        begin();
        for (unsigned i = 0; i < 200 && order_count < LOCK_EDGES; i++) {
            unsigned held = host_random() % count, wanted = (held + 1 + host_random() % (count - 1)) % count;
            REQUIRE(step(held, wanted, count));
        }
        CHECK_EQ(graph.edge_count, order_count);
    }
}

HOST_TEST(graph_finds_long_cycles)
{
    begin();
    for (unsigned i = 0; i + 1 < LOCK_CLASSES; i++)
        REQUIRE(step(i, i + 1, LOCK_CLASSES));
    CHECK(step(LOCK_CLASSES - 1, 0, LOCK_CLASSES));
    CHECK(step(LOCK_CYCLE_EDGES, 0, LOCK_CLASSES));
    CHECK(step(LOCK_CYCLE_EDGES + 1, 0, LOCK_CLASSES));
}

/* What does not fit changes nothing: what is known stays known, what closes a cycle stays refused. */
HOST_TEST(graph_has_room_for_so_many_classes)
{
    struct lock_cycle cycle;
    begin();
    for (unsigned i = 1; i < LOCK_CLASSES; i++)
        REQUIRE(step(0, i, LOCK_CLASSES));
    for (unsigned i = LOCK_CLASSES; i < NAMES; i++) {
        CHECK_EQ(add(0, i, &cycle), LOCK_GRAPH_FULL);
        CHECK_EQ(add(i, 0, &cycle), LOCK_GRAPH_FULL);
        CHECK(!lock_graph_knows(&graph, &names[0], &names[i]));
        CHECK(!lock_graph_knows(&graph, &names[i], &names[0]));
    }
    CHECK(step(5, 0, LOCK_CLASSES));
    CHECK(step(0, 5, LOCK_CLASSES));
    CHECK(step(5, 6, LOCK_CLASSES));
}

HOST_TEST(graph_has_room_for_so_many_edges)
{
    struct lock_cycle cycle;
    unsigned count = 0;
    begin();
    for (unsigned i = 0; i < 40; i++)
        for (unsigned j = i + 1; j < 40; j++, count++)
            REQUIRE(count < LOCK_EDGES ? step(i, j, 40) : CHECK_EQ(add(i, j, &cycle), LOCK_GRAPH_FULL));
    CHECK_EQ(graph.edge_count, LOCK_EDGES);
    CHECK(step(1, 0, 40));
    CHECK(step(0, 1, 40));
}
