/** Calls between the two ends of a port, and numbers that threads share. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { SharedCount } from "./shared-count.ts";
import { openPeer } from "./threads.ts";

interface Theirs {
  readonly [name: string]: (argument: never) => unknown;
  readonly double: (n: number) => Promise<number>;
  readonly fail: (text: string) => never;
}

test("calls are answered, in any order; what fails fails for the caller; what is told is not waited for", async () => {
  const { port1, port2 } = new MessageChannel();
  const told: string[] = [];
  const own = {
    double: async (n: number) => {
      if (n === 1) await new Promise(setImmediate);
      return 2 * n;
    },
    fail: (text: string) => {
      throw new Error(text);
    },
    note: (text: string) => void told.push(text),
  };
  openPeer(port2, own);
  const peer = openPeer<Theirs & { readonly note: (text: string) => void }>(port1, {});
  peer.tell("note", "a");
  assert.deepEqual(await Promise.all([peer.call("double", 1), peer.call("double", 2)]), [2, 4]);
  await assert.rejects(peer.call("fail", "no"), /^Error: no$/);
  assert.deepEqual(told, ["a"]);
  port1.close();
});

test("a shared count is one number wherever it is counted", () => {
  const memory = new SharedArrayBuffer(8);
  const [first, again, second] = [new SharedCount(memory), new SharedCount(memory), new SharedCount(memory, 1)];
  assert.equal(first.add(3), 3);
  assert.equal(again.add(-1), 2);
  second.add(7);
  assert.deepEqual([first.value, again.value, second.value], [2, 2, 7]);
});
