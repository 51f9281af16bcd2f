/* SPDX-License-Identifier: 0BSD */
/*
 * Work queues: order, delay, flush, cancel, a panic in the middle, the end.
 */
#include <ossa/semaphore.h>
#include <ossa/test.h>
#include <ossa/work.h>

#define ITEMS 8

static struct work_queue queue = WORK_QUEUE("test work");
static struct semaphore may_go = SEMAPHORE("may go", 0);
static unsigned done[ITEMS], done_count;
static bool in_worker;

static struct item {
    struct work work; /* first */
    unsigned number;
} items[ITEMS];

static void note(struct work *work)
{
    in_worker = thread_this() == queue.worker;
    done[done_count++ % ITEMS] = ((struct item *)work)->number;
}

static void block(struct work *work)
{
    (void)work;
    semaphore_take(&may_go);
}

static void break_down(struct work *work)
{
    (void)work;
    panic("work breaks down");
}

static void reset(void (*function)(struct work *work))
{
    done_count = 0;
    for (unsigned i = 0; i < ITEMS; i++)
        items[i] = (struct item){.work = {.function = function}, .number = i};
}

TEST(work_is_done_in_order)
{
    reset(note);
    REQUIRE(work_queue_start(&queue) == 0);
    for (unsigned i = 0; i < ITEMS; i++)
        CHECK(work_submit(&queue, &items[i].work));
    work_queue_flush(&queue);
    CHECK(in_worker);
    CHECK_EQUAL(done_count, ITEMS);
    for (unsigned i = 0; i < ITEMS; i++)
        CHECK_EQUAL(done[i], i);
    work_queue_stop(&queue);
}

TEST(work_that_panics_stops_nobody)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    reset(note);
    items[1].work.function = break_down;
    REQUIRE(work_queue_start(&queue) == 0);
    for (unsigned i = 0; i < 3; i++)
        work_submit(&queue, &items[i].work);
    work_flush(&items[2].work);
    CHECK(done_count == 2 && done[0] == 0 && done[1] == 2);
    CHECK(work_submit(&queue, &items[1].work)); /* it may be tried again */
    work_queue_stop(&queue);
    CHECK_EQUAL(done_count, 2);
}

TEST(work_cancelled_is_not_done)
{
    static struct work blocker = WORK(block);
    reset(note);
    REQUIRE(work_queue_start(&queue) == 0);
    work_submit(&queue, &blocker);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(work_submit(&queue, &items[i].work));
        CHECK(!work_submit(&queue, &items[i].work));
    }
    CHECK(work_cancel(&items[1].work));
    CHECK(!work_cancel(&items[1].work));
    CHECK(!work_cancel(&items[5].work)); /* never submitted */
    semaphore_release(&may_go);
    work_queue_stop(&queue); /* what is queued is done first */
    CHECK(done_count == 2 && done[0] == 0 && done[1] == 2);
    CHECK(!work_cancel(&items[0].work));
}

TEST(work_delayed)
{
    reset(note);
    REQUIRE(work_queue_start(&queue) == 0);
    uint64_t now_ns = clock_ns();
    CHECK(work_submit_at(&queue, &items[0].work, now_ns + 3600 * NS_PER_S));
    CHECK(work_submit_at(&queue, &items[1].work, now_ns + 200 * NS_PER_US));
    CHECK(!work_submit(&queue, &items[0].work)); /* it is queued, though not yet due */
    while (*(volatile unsigned *)&done_count == 0)
        thread_yield();
    CHECK(clock_ns() >= now_ns + 200 * NS_PER_US);
    CHECK_EQUAL(done[0], 1);
    CHECK(work_cancel(&items[0].work));
    work_queue_stop(&queue);
}

/* The worker may wake for an item that is gone again when it looks. */
TEST(work_cancelled_at_the_last_moment)
{
    reset(note);
    REQUIRE(work_queue_start(&queue) == 0);
    for (unsigned round = 0; round < 2000; round++) {
        REQUIRE(work_submit(&queue, &items[0].work));
        for (unsigned wait = 0; wait < round % 64; wait++)
            arch_cpu_relax();
        work_cancel(&items[0].work);
    }
    REQUIRE(*(volatile enum thread_state *)&queue.worker->state != THREAD_ENDED);
    work_queue_stop(&queue);
}
