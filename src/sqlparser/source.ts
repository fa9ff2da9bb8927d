/**
 * Bytes to the parser's text and back, without loss. Text in a source is UTF-8 (or plain ASCII); bytes that are not valid
 * UTF-8, as in a binary string within quotes, become lone surrogates U+DC80..U+DCFF, one for each byte, and turn into
 * the same bytes again. Sources in other character sets are decoded by their own table before (decodeSource).
 */
import { isUtf8 } from "node:buffer";

/** Character sets whose multi-byte characters may hold an ASCII byte: a quote or a backslash may be half of a letter. */
const decoders: Readonly<Record<string, string>> = {
  big5: "big5",
  cp932: "shift_jis",
  eucjpms: "euc-jp",
  euckr: "euc-kr",
  gb18030: "gb18030",
  gb2312: "gbk",
  gbk: "gbk",
  latin1: "windows-1252",
  cp1250: "windows-1250",
  cp1251: "windows-1251",
  cp1256: "windows-1256",
  cp1257: "windows-1257",
  koi8r: "koi8-r",
  koi8u: "koi8-u",
  latin2: "iso-8859-2",
  latin5: "windows-1254",
  latin7: "iso-8859-13",
  greek: "iso-8859-7",
  hebrew: "iso-8859-8",
  cp866: "ibm866",
  sjis: "shift_jis",
  tis620: "windows-874",
  ujis: "euc-jp",
  ucs2: "utf-16be",
  utf16: "utf-16be",
  utf16le: "utf-16le",
};

/** Character sets that statements may come in. */
export const canDecode = (charset: string) => Object.hasOwn(decoders, charset) || keepsBytes.has(charset);
const keepsBytes: ReadonlySet<string> = new Set(["utf8mb4", "utf8mb3", "ascii", "binary"]);

/** The text of a statement that a client of that character set sent. UTF-8, ASCII and binary keep every byte. */
export function decodeSource(bytes: Uint8Array, charset = "utf8mb4"): string {
  const label = decoders[charset];
  if (label !== undefined) return new TextDecoder(label).decode(bytes);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? buffer.toString("utf8") : decodeLoosely(buffer);
}

/** UTF-8 in which invalid bytes become lone surrogates. */
function decodeLoosely(bytes: Buffer): string {
  let text = "";
  let from = 0;
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i);
    if (length > 0) {
      i += length;
      continue;
    }
    text += bytes.toString("utf8", from, i) + String.fromCharCode(0xdc00 + (bytes[i] as number));
    from = ++i;
  }
  return text + bytes.toString("utf8", from);
}

/** The length of the valid UTF-8 sequence at `at`, or 0. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return 0;
  return isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

/** The bytes of a text of the parser, in UTF-8; lone surrogates U+DC80..U+DCFF are the bytes they stand for. */
export function encodeText(text: string): Buffer {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0xd800 || code > 0xdfff) continue;
    if (code < 0xdc00)
      i++; // A pair.
    else return encodeLoosely(text);
  }
  return Buffer.from(text, "utf8");
}

function encodeLoosely(text: string): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0xd800 && code < 0xdc00) i++;
    else if (code >= 0xdc80 && code <= 0xdcff) {
      parts.push(Buffer.from(text.slice(from, i), "utf8"), Buffer.of(code - 0xdc00));
      from = i + 1;
    }
  }
  return Buffer.concat([...parts, Buffer.from(text.slice(from), "utf8")]);
}
