/**
 * A node:test reporter that writes one JSON line per event to its destination: our runner reads counts and failures from
 * that file, which stays readable when the tests were killed half-way.
 */
import type { TestEvent } from "node:test/reporters";
import { inspect } from "node:util";

/** One finished test. */
export interface Outcome {
  readonly kind: "test";
  readonly file: string;
  /** The names of its suites and its own. */
  readonly path: string;
  readonly passed: boolean;
  readonly failure?: string;
  readonly skipped?: boolean;
}

/** A test or suite that begins, or a suite that is over. */
export interface Step {
  readonly kind: "begins" | "is over";
  readonly path: string;
}

export type Line = Outcome | Step;

export default async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const names: string[] = [];
  const pathOf = (name: string, nesting: number) => [...names.slice(0, nesting), name].join(" > ");
  for await (const event of source) {
    if (event.type === "test:dequeue" || event.type === "test:start") names[event.data.nesting] = event.data.name;
    if (event.type === "test:dequeue")
      yield print({ kind: "begins", path: pathOf(event.data.name, event.data.nesting) });
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { data } = event;
    const path = pathOf(data.name, data.nesting);
    const failure = event.type === "test:fail" ? failureText(event.data.details.error) : undefined;
    if (data.details.type === "suite") {
      yield print({ kind: "is over", path });
      if (failure === undefined || failure.includes("subtest")) continue; // Its tests tell for themselves.
    }
    yield print({
      kind: "test",
      file: data.file ?? "",
      path,
      passed: failure === undefined,
      ...(failure === undefined ? {} : { failure }),
      ...(data.skip !== undefined || data.todo !== undefined ? { skipped: true } : {}),
    });
  }
}

const print = (line: Line) => `${JSON.stringify(line)}\n`;

/** The thrown error as people read it, without node:test's own wrapping. */
function failureText(error: Error & { readonly cause?: unknown }): string {
  const cause = error.cause ?? error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : typeof cause === "string" ? cause : inspect(cause);
}
