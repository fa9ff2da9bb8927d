/** Times in records (vttime.Time) and as milliseconds. */
import { create } from "@bufbuild/protobuf";
import { type Time, TimeSchema } from "../proto/generated/vttime_pb.js";

export type WireTime = Time;

export function timestamp(nowMs: number): WireTime {
  const seconds = Math.floor(nowMs / 1000);
  return create(TimeSchema, { seconds: BigInt(seconds), nanoseconds: Math.round((nowMs - seconds * 1000) * 1e6) });
}

/** 0 where there is none. */
export function timeMs(time: WireTime | undefined): number {
  return time === undefined ? 0 : Number(time.seconds) * 1000 + time.nanoseconds / 1e6;
}

/** Negative where `a` is earlier; no time is the earliest. */
export function compareTimes(a: WireTime | undefined, b: WireTime | undefined): number {
  const seconds = (a?.seconds ?? 0n) - (b?.seconds ?? 0n);
  return seconds === 0n ? (a?.nanoseconds ?? 0) - (b?.nanoseconds ?? 0) : seconds < 0n ? -1 : 1;
}
