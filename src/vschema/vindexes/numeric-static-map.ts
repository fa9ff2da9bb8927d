/**
 * numeric_static_map: like numeric, but a table of exceptions comes first. The table is JSON ({"3": 2}), given itself
 * (`json`) or as a file (`json_path`); `fallback_type` names another vindex for integers that it does not list.
 */
import { errorText, VtError } from "../../base/errors.ts";
import { readInteger, word, writeBytes } from "../integer64.ts";
import { singleColumn, type VindexParams, type VindexSources, type VindexType } from "../vindex.ts";

export const numericStaticMap: VindexType = {
  params: ["json", "json_path", "fallback_type"],
  make: (name, params, sources) => {
    const table = parseTable(name, tableText(name, params, sources));
    const type = params["fallback_type"];
    const fallback = type === undefined ? undefined : sources.makeVindex(type, `${name}_fallback`, {}).hash;
    if (type !== undefined && fallback === undefined)
      throw VtError.of("VT20005", name, `fallback_type ${type} does not hash single values`);
    return singleColumn(name, 1, (value) => {
      if (!readInteger(value, false)) return undefined;
      const { high, low } = word;
      return table.get(`${high}:${low}`) ?? (fallback === undefined ? writeBytes(high, low) : fallback(value));
    });
  },
};

function tableText(name: string, params: VindexParams, sources: VindexSources): string {
  const { json, json_path: path } = params as { readonly json?: string; readonly json_path?: string };
  if ((json === undefined) === (path === undefined))
    throw VtError.of("VT20005", name, "exactly one of the parameters json and json_path is needed");
  if (json !== undefined) return json;
  try {
    return sources.readFile(path ?? "");
  } catch (thrown) {
    throw VtError.of("VT20005", name, `cannot read ${path}: ${errorText(thrown)}`).because(thrown);
  }
}

/** Values may be above 2^53, so they are taken from the text itself. */
function parseTable(name: string, text: string): ReadonlyMap<string, Buffer> {
  const entry = /\s*"(\d+)"\s*:\s*(\d+)\s*/;
  if (!new RegExp(`^\\s*\\{(${entry.source}(,${entry.source})*)?\\s*\\}\\s*$`).test(text))
    throw VtError.of("VT20005", name, "the table must be a JSON object of unsigned integers");
  const table = new Map<string, Buffer>();
  for (const [, from = "", to = ""] of text.matchAll(new RegExp(entry, "g"))) {
    if (!readInteger({ type: "UINT64", bytes: Buffer.from(from) }, false))
      throw VtError.of("VT20005", name, `${from} is above 2^64 - 1`);
    const key = `${word.high}:${word.low}`;
    if (!readInteger({ type: "UINT64", bytes: Buffer.from(to) }, false))
      throw VtError.of("VT20005", name, `${to} is above 2^64 - 1`);
    table.set(key, writeBytes(word.high, word.low));
  }
  return table;
}
