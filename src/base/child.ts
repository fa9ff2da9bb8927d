/**
 * Child processes. Only this file imports node:child_process.
 */
import * as child from "node:child_process";

export const children: typeof child = child;
export type { ChildProcess } from "node:child_process";
