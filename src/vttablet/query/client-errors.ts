/** What becomes of errors that come up while talking to the database server. */
import { errorText, ServerError, VtError } from "../../base/errors.ts";

/** What may be shown to a client of whatever was thrown while talking to the database. */
export function asClientError(thrown: unknown): VtError | ServerError {
  if (thrown instanceof ServerError) {
    if (thrown.errno === cannotConnect) return VtError.of("VT26012", thrown.message);
    return isLost(thrown) ? VtError.of("VT26009", thrown.message) : thrown;
  }
  if (thrown instanceof VtError) return thrown;
  return VtError.of("VT13001", errorText(thrown)).because(thrown);
}

/** Our own client's numbers for a server that is not there (any more). */
function isLost({ errno }: ServerError): boolean {
  return errno === 2006 || errno === 2013;
}
const cannotConnect = 2003;

export function isServerGone(thrown: unknown): boolean {
  return thrown instanceof ServerError && (thrown.errno === cannotConnect || isLost(thrown));
}
