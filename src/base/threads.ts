/**
 * Threads, and calls between them. Only this file imports node:worker_threads. The two ends of a port are peers: each gives
 * functions by name, and calls the other's. Arguments and answers are plain data; a thread that ends takes its calls with
 * it, so whoever starts one watches for its end.
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

/** What one end answers; async or not. */
export type Calls = { readonly [name: string]: (argument: never) => unknown };

export interface Peer<Theirs extends Calls> {
  call<K extends keyof Theirs & string>(
    name: K,
    argument: Parameters<Theirs[K]>[0],
  ): Promise<Awaited<ReturnType<Theirs[K]>>>;
  /** Nobody waits for its end. */
  tell<K extends keyof Theirs & string>(name: K, argument: Parameters<Theirs[K]>[0]): void;
}

/** One end of a port; `Worker` and `parentPort` are such ends. */
export interface Port {
  postMessage(message: unknown): void;
  on(event: "message", listener: (message: unknown) => void): unknown;
}

type Message =
  | { readonly kind: "call"; readonly id: number; readonly name: string; readonly argument: unknown }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly text: string };

/** Not waited for. */
const noAnswer = 0;

export function openPeer<Theirs extends Calls>(port: Port, own: Calls): Peer<Theirs> {
  const waiting = new Map<number, { resolve(answer: never): void; reject(error: Error): void }>();
  let lastId = noAnswer;
  const send = (message: Message) => port.postMessage(message);
  const carryOut = async ({ id, name, argument }: Message & { readonly kind: "call" }) => {
    try {
      const answer = await own[name]?.(argument as never);
      if (id !== noAnswer) send({ kind: "answer", id, answer });
    } catch (thrown) {
      if (id === noAnswer) throw thrown; // Nobody else would hear of it.
      send({ kind: "failure", id, text: thrown instanceof Error ? thrown.message : String(thrown) });
    }
  };
  port.on("message", (received) => {
    const message = received as Message;
    if (message.kind === "call") return void carryOut(message);
    const waiter = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === "answer") waiter?.resolve(message.answer as never);
    else waiter?.reject(new Error(message.text));
  });
  return {
    call: (name, argument) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        waiting.set(id, { resolve, reject });
        send({ kind: "call", id, name, argument });
      }),
    tell: (name, argument) => send({ kind: "call", id: noAnswer, name, argument }),
  };
}

export interface Thread<Theirs extends Calls> extends Peer<Theirs> {
  end(): Promise<void>;
}

/** Runs a file as a thread; `failed` is called when it ends by itself. */
export function startThread<Theirs extends Calls>(
  file: string,
  given: unknown,
  own: Calls,
  failed: (error: Error) => void,
): Thread<Theirs> {
  const worker = new Worker(file, { workerData: { file, given } });
  let isEnding = false;
  worker.once("error", (error: Error) => failed(error));
  worker.once("exit", (code) => (isEnding ? undefined : failed(new Error(`a thread ended with code ${code}`))));
  const peer = openPeer<Theirs>(worker, own);
  return {
    ...peer,
    end: async () => {
      isEnding = true;
      await worker.terminate();
    },
  };
}

/** What this thread was started with, if it is one that runs `file`. */
export function startedThread(file: string): { readonly given: unknown; readonly port: Port } | undefined {
  const start = workerData as { readonly file?: unknown; readonly given?: unknown } | null;
  if (isMainThread || parentPort === null || start?.file !== file) return undefined;
  return { given: start.given, port: parentPort };
}
