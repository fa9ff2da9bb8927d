/** What is left of shards' trailers after their rows were combined: the warnings, those of all together. */
import { emptyTrailer } from "./primitive.ts";
import type { ResultTrailer } from "../sqltypes/result.ts";

export function warningsOf(trailers: readonly ResultTrailer[]): ResultTrailer {
  const warnings = trailers.reduce((sum, trailer) => sum + trailer.warnings, 0);
  if (warnings === 0) return emptyTrailer;
  return { ...emptyTrailer, warnings, warningList: trailers.flatMap(({ warningList }) => warningList ?? []) };
}
