/** Rows that are there already. */
import { type Answered, emptyTrailer, type Rows } from "../primitive.ts";

// oxlint-disable-next-line require-await
export async function* executeRows(node: Rows): Answered {
  yield node.batch;
  return emptyTrailer;
}
