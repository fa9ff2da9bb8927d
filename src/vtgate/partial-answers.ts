/** Answers of several shards of which some may fail (SCATTER_ERRORS_AS_WARNINGS): before their first row, and not all. */
import { ServerError, VtError } from "../base/errors.ts";
import { type Answered, emptyTrailer } from "../engine/primitive.ts";

/** A stream that fails ends without columns; `failed` is told. The last one that is left fails as it does. */
export function partialAnswers(
  streams: readonly Answered[],
  failed: (error: VtError | ServerError) => void,
): readonly Answered[] {
  let left = streams.length;
  return streams.map(async function* (stream): Answered {
    let hasBegun = false;
    try {
      for (let step = await stream.next(); ; step = await stream.next()) {
        if (step.done === true) return step.value;
        hasBegun = true;
        yield step.value;
      }
    } catch (thrown) {
      const isOfShard = thrown instanceof VtError || thrown instanceof ServerError;
      if (!isOfShard || hasBegun || --left === 0) throw thrown;
      failed(thrown);
      return emptyTrailer;
    } finally {
      await stream.return(emptyTrailer);
    }
  });
}
