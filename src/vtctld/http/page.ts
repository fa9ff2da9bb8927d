/**
 * The web page's files (`web/dist`), served at /app. They are read when the role starts and served from memory: no path
 * of a request ever reaches the disk. A path that is no file is the page itself, whose router shows the rest.
 */
import type { Disk } from "../../base/disk.ts";
import type { Route } from "../../servenv/http.ts";

const filesMax = 1000;
const bytesMax = 64 << 20;

const contentTypes: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  json: "application/json",
  woff2: "font/woff2",
};

const headers = {
  "content-security-policy":
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
};

/** Where the page was not built, its address says so. */
export function pageRoutes(disk: Disk, folder: string): readonly Route[] {
  const files = readFiles(disk, folder);
  const index = files.get("index.html");
  if (index === undefined) {
    const text = `the web page is not built: there is no ${folder}/index.html (npm start builds it, or vite build in web/)\n`;
    return [{ method: "GET", path: "/app", permission: "monitoring", answer: (c) => c.text(text, 503) }];
  }
  const answer = (path: string): Response => {
    const name = files.has(path) ? path : "index.html";
    const isHashed = name.startsWith("assets/"); // The build puts a hash of the content into these names.
    return new Response(new Uint8Array(files.get(name) ?? index), {
      headers: {
        ...headers,
        "content-type": contentTypes[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream",
        "cache-control": isHashed ? "public, max-age=31536000, immutable" : "no-cache",
      },
    });
  };
  return [
    { method: "GET", path: "/app", permission: "monitoring", answer: () => answer("index.html") },
    {
      method: "GET",
      path: "/app/*",
      permission: "monitoring",
      answer: (request) => answer(request.req.path.slice("/app/".length)),
    },
  ];
}

function readFiles(disk: Disk, folder: string): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  if (!disk.existsSync(folder)) return files;
  let bytes = 0;
  for (const entry of disk.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = `${entry.parentPath}/${entry.name}`;
    const content = disk.readFileSync(path);
    bytes += content.length;
    if (files.size >= filesMax || bytes > bytesMax)
      throw new Error(`${folder} has more than ${filesMax} files or ${bytesMax} bytes: it is no build of the web page`);
    files.set(path.slice(folder.length).replace(/^\/+/, ""), content);
  }
  return files;
}
