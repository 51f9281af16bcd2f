/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the shape of the queue. A timer's children are later than itself; `child` leads to the first, whose `previous`
 * leads back to the parent; `next` and `previous` link the children of one parent.
 */
#include "timer_queue.h"

static bool is_earlier(const struct timer *a, const struct timer *b)
{
    return a->deadline_ns != b->deadline_ns ? a->deadline_ns < b->deadline_ns : a->order < b->order;
}

/* Makes the later of two roots a child of the other. */
static struct timer *meld(struct timer *a, struct timer *b)
{
    if (a == NULL || b == NULL)
        return a == NULL ? b : a;
    struct timer *root = is_earlier(b, a) ? b : a, *child = root == a ? b : a;
    child->next = root->child;
    child->previous = root;
    if (root->child != NULL)
        root->child->previous = child;
    root->child = child;
    root->next = NULL;
    return root;
}

/* One root of a list of siblings: pairs from the left, then all from the right. */
static struct timer *meld_siblings(struct timer *timer)
{
    struct timer *pairs = NULL, *root = NULL;
    while (timer != NULL) {
        struct timer *second = timer->next, *rest = second == NULL ? NULL : second->next;
        timer->next = NULL;
        if (second != NULL)
            second->next = NULL;
        timer = meld(timer, second);
        timer->next = pairs;
        pairs = timer;
        timer = rest;
    }
    while (pairs != NULL) {
        struct timer *next = pairs->next;
        pairs->next = NULL;
        root = meld(root, pairs);
        pairs = next;
    }
    return root;
}

void timer_queue_add(struct timer_queue *queue, struct timer *timer)
{
    timer->child = timer->next = timer->previous = NULL;
    timer->order = queue->added++;
    queue->first = meld(queue->first, timer);
    queue->first->previous = NULL;
    queue->count++;
}

void timer_queue_remove(struct timer_queue *queue, struct timer *timer)
{
    struct timer *rest = meld_siblings(timer->child);
    if (timer == queue->first) {
        queue->first = rest;
    } else {
        if (timer->previous->child == timer)
            timer->previous->child = timer->next;
        else
            timer->previous->next = timer->next;
        if (timer->next != NULL)
            timer->next->previous = timer->previous;
        queue->first = meld(queue->first, rest);
    }
    if (queue->first != NULL)
        queue->first->previous = NULL;
    queue->count--;
}
