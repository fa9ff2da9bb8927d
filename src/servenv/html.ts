/**
 * HTML, escaped by construction: only the tag `html` makes a page's text, and whatever is put into it is escaped unless
 * it is `html` itself. `page` is the only way to answer with it.
 */
import { html as template } from "hono/html";

/** Text that was built by `html`. */
export type Html = Exclude<ReturnType<typeof template>, Promise<unknown>>;

type HtmlValue = string | number | boolean | undefined | Html | readonly Html[];

/** html`<td>${name}</td>` escapes `name`; lists are joined. Values are never promises, so neither is the answer. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return template(strings, ...values) as Html;
}

/** A table: a head and rows of cells. */
export function table(head: readonly string[], rows: readonly (readonly HtmlValue[])[]): Html {
  return html`<table><thead><tr>${head.map((cell) => html`<th>${cell}</th>`)}</tr></thead><tbody>
${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody></table>`;
}

/** A whole page as an answer. No script runs on it and nothing is loaded from elsewhere. */
export function page(title: string, body: Html): Response {
  const text = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem; max-width: 80rem; color-scheme: light dark }
table { border-collapse: collapse; margin: .5rem 0 } td, th { padding: .2rem .8rem; text-align: left; border-bottom: 1px solid #8884 }
nav a { margin-right: 1rem } h2 { margin-top: 1.6rem }
</style></head><body><h1>${title}</h1>${body}</body></html>`;
  return new Response(text.toString(), {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
      "x-content-type-options": "nosniff",
    },
  });
}
