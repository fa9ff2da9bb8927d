/**
 * A node:test reporter that writes one JSON line per finished test to its destination: our runner reads counts and
 * failures from that file, which stays readable when the tests were killed half-way.
 */
import type { TestEvent } from "node:test/reporters";
import { inspect } from "node:util";

/** A line written before a test runs; when the process is killed, the last ones tell what it was at. */
export interface Start {
  readonly started: string;
}

/** One finished test. A skipped or postponed test has a `reason` and no `failure`. */
export interface Outcome {
  readonly file: string;
  readonly name: string;
  readonly passed: boolean;
  readonly failure?: string;
  readonly skipped?: boolean;
}

export default async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const names: string[] = [];
  for await (const event of source) {
    if (event.type === "test:dequeue" && event.data.type === "test")
      yield `${JSON.stringify({ started: event.data.name } satisfies Start)}\n`;
    if (event.type === "test:start") names[event.data.nesting] = event.data.name;
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { data } = event;
    const isSuite = data.details.type === "suite";
    if (isSuite && event.type === "test:pass") continue;
    const failure = event.type === "test:fail" ? failureText(event.data.details.error) : undefined;
    if (isSuite && failure?.includes("subtest") === true) continue; // Its tests have told it already.
    const outcome: Outcome = {
      file: data.file ?? "",
      name: [...names.slice(0, data.nesting), data.name].join(" > "),
      passed: failure === undefined,
      ...(failure === undefined ? {} : { failure }),
      ...(data.skip !== undefined || data.todo !== undefined ? { skipped: true } : {}),
    };
    yield `${JSON.stringify(outcome)}\n`;
  }
}

/** The thrown error as people read it, without node:test's own wrapping. */
function failureText(error: Error & { readonly cause?: unknown }): string {
  const cause = error.cause ?? error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : typeof cause === "string" ? cause : inspect(cause);
}
