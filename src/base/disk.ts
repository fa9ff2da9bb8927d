/**
 * The disk, as an argument where a simulation may stand in. Only this file imports node:fs; the names are Node's.
 */
import * as fs from "node:fs";

export type Disk = typeof fs;
export const disk: Disk = fs;
