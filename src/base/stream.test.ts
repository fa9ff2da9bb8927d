/** The queue between a pushing producer and an iterating consumer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AssertionError } from "./assert.ts";
import { Queue } from "./stream.ts";

async function collect<T>(queue: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of queue) items.push(item);
  return items;
}

test("items arrive in order, whether pushed before or during the wait", async () => {
  const queue = new Queue<number>(10);
  queue.push(1);
  const all = collect(queue);
  queue.push(2);
  await Promise.resolve();
  queue.push(3);
  queue.end();
  assert.deepEqual(await all, [1, 2, 3]);
});

test("an error comes after the items that were queued before it", async () => {
  const queue = new Queue<number>(10);
  queue.push(1);
  queue.end(new Error("lost"));
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const item of queue) seen.push(item);
  }, /lost/);
  assert.deepEqual(seen, [1]);
});

test("push says when it is full, drained when there is room, and ignoring it is a bug", async () => {
  let drained = 0;
  const queue = new Queue<number>(2, () => drained++);
  assert.equal(queue.push(1), true);
  assert.equal(queue.push(2), false);
  assert.throws(() => queue.push(3), AssertionError);
  const items = queue[Symbol.asyncIterator]();
  await items.next();
  assert.equal(drained, 0);
  await items.next();
  assert.equal(drained, 1);
});

test("a consumer that leaves closes the queue", async () => {
  const queue = new Queue<number>(10);
  queue.push(1);
  queue.push(2);
  for await (const _ of queue) break;
  assert.equal(queue.isClosed, true);
  assert.equal(queue.push(3), false);
});
