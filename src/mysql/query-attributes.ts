/**
 * Query attributes (CLIENT_QUERY_ATTRIBUTES): values that clients send along with a statement. They are read past and
 * dropped, as on a server where nobody asks for them; a statement that does ask (mysql_query_attribute_string) while
 * attributes came with it is refused, for no server behind us would know them.
 */
import { VtError } from "../base/errors.ts";

const asks = /mysql_query_attribute_string/i;

/** True where a statement may ask for its attributes. */
export function readsAttributes(text: Buffer): boolean {
  return asks.test(text.toString("latin1"));
}

/** The error of a statement that asks for attributes which came with it. */
export function attributesRefused(): VtError {
  return VtError.of("VT12001", "mysql_query_attribute_string() of query attributes");
}
