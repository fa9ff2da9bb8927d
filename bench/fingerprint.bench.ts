/**
 * What finding a plan costs per statement, in CPU time: scan, hash, look up, verify. Run: node bench/fingerprint.bench.ts
 */
import { seededRandom } from "../src/base/random.ts";
import { Fingerprint } from "../src/sqlparser/fingerprint.ts";
import { FingerprintCache } from "../src/sqlparser/fingerprint-cache.ts";

const statements: Readonly<Record<string, string>> = {
  "point select": "SELECT c FROM sbtest1 WHERE id=502717",
  range: "SELECT c FROM sbtest1 WHERE id BETWEEN 5000 AND 5099 ORDER BY c",
  update: "UPDATE sbtest1 SET k=k+1 WHERE id=4711",
  insert:
    "INSERT INTO sbtest1 (id, k, c, pad) VALUES (17, 2991, '68487932199-96439406143-93774651418', '67847967377-480')",
  "IN list": "select id, name from customer where id in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10) and state = 'open'",
  "ORM join":
    "SELECT `t0`.`id`, `t0`.`name`, `t1`.`total` FROM `customers` AS `t0` LEFT JOIN `orders` AS `t1` ON `t1`.`cid` = `t0`.`id` WHERE `t0`.`region` = 'eu' AND `t1`.`total` > 10.5 LIMIT 20",
};
const mode = { ansiQuotes: false, noBackslashEscapes: false };
const rounds = 200_000;
const scanner = new Fingerprint(seededRandom(1).below(2 ** 31));
const cache = new FingerprintCache<string>(1 << 20);

for (const [name, sql] of Object.entries(statements)) {
  const bytes = Buffer.from(sql);
  scanner.scan(bytes, 0, bytes.length, mode, 1);
  cache.store(scanner, 1, () => true, name);
}
for (let pass = 0; pass < 2; pass++)
  for (const [name, sql] of Object.entries(statements)) {
    const bytes = Buffer.from(sql);
    const start = process.cpuUsage();
    for (let i = 0; i < rounds; i++)
      if (!scanner.scan(bytes, 0, bytes.length, mode, 1) || cache.find(scanner, 1) !== name) throw new Error(name);
    const nanoseconds = (process.cpuUsage(start).user * 1000) / rounds;
    if (pass === 1) process.stdout.write(`${name.padEnd(14)} ${bytes.length} bytes  ${nanoseconds.toFixed(0)} ns\n`);
  }
