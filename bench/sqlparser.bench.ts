/**
 * What parsing, printing and lexing cost per statement in CPU time, for ten typical ones, beside a parser from npm
 * (sql-parser-cst, which keeps every blank and comment), and MB/s on a large INSERT. Run: node bench/sqlparser.bench.ts
 */
import { parse as parsePeer } from "sql-parser-cst";
import { mysqlEnvironment } from "../src/sqlparser/environment.ts";
import { Lexer } from "../src/sqlparser/lexer.ts";
import { lexicalRules } from "../src/sqlparser/lexical-rules.ts";
import { parse } from "../src/sqlparser/parse.ts";
import { print } from "../src/sqlparser/printer.ts";

const statements: Readonly<Record<string, string>> = {
  "point select": "SELECT c FROM sbtest1 WHERE id=502717",
  range: "SELECT c FROM sbtest1 WHERE id BETWEEN 5000 AND 5099 ORDER BY c",
  sum: "SELECT SUM(k) FROM sbtest1 WHERE id BETWEEN 5000 AND 5099",
  update: "UPDATE sbtest1 SET k=k+1 WHERE id=4711",
  delete: "DELETE FROM sbtest1 WHERE id=4711",
  insert:
    "INSERT INTO sbtest1 (id, k, c, pad) VALUES (17, 2991, '68487932199-96439406143-93774651418', '67847967377-480')",
  upsert: "INSERT INTO counters (id, n) VALUES (5, 1) ON DUPLICATE KEY UPDATE n = n + VALUES(n)",
  "IN list": "select id, name from customer where id in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10) and state = 'open'",
  "ORM join":
    "SELECT `t0`.`id`, `t0`.`name`, `t1`.`total` FROM `customers` AS `t0` LEFT JOIN `orders` AS `t1` ON `t1`.`cid` = `t0`.`id` WHERE `t0`.`region` = 'eu' AND `t1`.`total` > 10.5 ORDER BY `t1`.`total` DESC LIMIT 20",
  report:
    "select c.region, date_format(o.created, '%Y-%m') m, count(*) n, sum(case when o.state = 'paid' then o.total else 0 end) paid from customers c join orders o on o.cid = c.id where o.created >= '2024-01-01' and c.region in ('eu', 'us') group by c.region, m having n > 10 order by 4 desc limit 100",
};
const rules = lexicalRules(mysqlEnvironment);
const row = "(1, 'some text of a row', 12.5, NULL, '2024-01-01 00:00:00')";
const large = `INSERT INTO t VALUES ${Array.from({ length: 20_000 }, () => row).join(", ")}`;

function microseconds(rounds: number, run: () => void): number {
  const start = process.cpuUsage();
  for (let i = 0; i < rounds; i++) run();
  return process.cpuUsage(start).user / rounds;
}

function lex(sql: string): void {
  const lexer = new Lexer(sql, rules);
  do lexer.next();
  while (lexer.token !== "end");
}

const rounds = 50_000;
const peerRounds = 2_000; // It takes so much longer.
const write = (line: string) => process.stdout.write(`${line}\n`);
for (let pass = 0; pass < 3; pass++) {
  const isLast = pass === 2;
  if (isLast) write("statement          bytes   lex us parse us print us  peer us");
  for (const [name, sql] of Object.entries(statements)) {
    const tree = parse(sql);
    const times = [
      microseconds(rounds, () => lex(sql)),
      microseconds(rounds, () => parse(sql)),
      microseconds(rounds, () => print(tree)),
      microseconds(peerRounds, () => parsePeer(sql, { dialect: "mysql", includeRange: true })),
    ];
    if (isLast)
      write(
        name.padEnd(15) + [sql.length, ...times.map((t) => t.toFixed(2))].map((t) => String(t).padStart(8)).join(" "),
      );
  }
}
for (let pass = 0; pass < 3; pass++) {
  const time = microseconds(3, () => parse(large));
  if (pass === 2) write(`large insert: ${(large.length / time).toFixed(0)} MB/s`);
}
