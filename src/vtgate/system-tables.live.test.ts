/**
 * What tools ask information_schema (Prisma, TypeORM, Sequelize, mysqldump, DBeaver, Workbench), against one plain server with
 * the same tables in a database of the keyspace's name. Columns that the planner maps are expressions: of their metadata
 * only names and types are the same.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import mysql from "mysql2/promise";
import { type LiveGateway, startLiveGateway } from "../testing/live-gateway.ts";
import { appUser, flavours } from "../testing/throwaway-database.ts";
import { parseVSchema } from "../vschema/parse-vschema.ts";

const schema = [
  "create table parent (id bigint unsigned not null auto_increment primary key, name varchar(20) not null default 'x' comment 'a name', price decimal(10,2), unique key by_name (name)) comment='parents'",
  "create table child (id int primary key, parent_id bigint unsigned, note text, constraint c_p foreign key (parent_id) references parent (id) on delete cascade)",
  "create view v as select id, name from parent where id > 1",
  "create procedure p(in a int) select a",
  "create trigger tr before insert on child for each row set new.note = upper(new.note)",
  "create event ev on schedule every 1 day starts '2037-01-01 00:00:00' do delete from child",
];

const asked = [
  // Prisma
  "SELECT DISTINCT table_info.table_name AS table_name, table_info.create_options AS create_options, table_info.table_comment AS table_comment FROM information_schema.tables AS table_info JOIN information_schema.columns AS column_info ON BINARY column_info.table_name = BINARY table_info.table_name WHERE table_info.table_schema = 'commerce' AND column_info.table_schema = 'commerce' AND table_info.table_type = 'BASE TABLE' ORDER BY BINARY table_info.table_name",
  "SELECT column_name column_name, data_type data_type, column_type full_data_type, character_maximum_length character_maximum_length, numeric_precision numeric_precision, is_nullable is_nullable, extra extra, table_name table_name, IF(column_comment = '', NULL, column_comment) AS column_comment FROM information_schema.columns WHERE table_schema = 'commerce' ORDER BY ordinal_position, table_name",
  "SELECT kcu.constraint_name constraint_name, kcu.column_name column_name, kcu.referenced_table_name referenced_table_name, rc.delete_rule delete_rule FROM information_schema.key_column_usage AS kcu INNER JOIN information_schema.referential_constraints AS rc ON BINARY kcu.constraint_name = BINARY rc.constraint_name WHERE BINARY kcu.table_schema = 'commerce' AND BINARY rc.constraint_schema = 'commerce' AND kcu.referenced_column_name IS NOT NULL ORDER BY BINARY kcu.table_name, kcu.ordinal_position",
  "SELECT table_name AS view_name, view_definition AS view_sql FROM information_schema.views WHERE table_schema = 'commerce'",
  // TypeORM
  "SELECT * FROM `INFORMATION_SCHEMA`.`COLUMNS` WHERE `TABLE_SCHEMA` = 'commerce' AND `TABLE_NAME` = 'parent' ORDER BY ORDINAL_POSITION",
  "SELECT `TABLE_SCHEMA`, `TABLE_NAME`, `TABLE_COMMENT` FROM `INFORMATION_SCHEMA`.`TABLES` WHERE `TABLE_SCHEMA` = 'commerce' AND `TABLE_NAME` = 'parent'",
  "SELECT `s`.* FROM `INFORMATION_SCHEMA`.`STATISTICS` `s` LEFT JOIN (SELECT * FROM `INFORMATION_SCHEMA`.`REFERENTIAL_CONSTRAINTS` WHERE `CONSTRAINT_SCHEMA` = 'commerce' AND `TABLE_NAME` = 'parent') `rc` ON `s`.`INDEX_NAME` = `rc`.`CONSTRAINT_NAME` AND `s`.`TABLE_SCHEMA` = `rc`.`CONSTRAINT_SCHEMA` WHERE `s`.`TABLE_SCHEMA` = 'commerce' AND `s`.`TABLE_NAME` = 'parent' AND `s`.`INDEX_NAME` != 'PRIMARY' AND `rc`.`CONSTRAINT_NAME` IS NULL",
  // Sequelize
  "SELECT CONSTRAINT_NAME as constraintName, CONSTRAINT_SCHEMA as constraintSchema, TABLE_NAME as tableName, TABLE_SCHEMA as tableSchema, COLUMN_NAME as columnName, REFERENCED_TABLE_SCHEMA as referencedTableSchema, REFERENCED_TABLE_NAME as referencedTableName FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE where TABLE_NAME = 'child' AND CONSTRAINT_NAME != 'PRIMARY' AND CONSTRAINT_SCHEMA = 'commerce' AND REFERENCED_TABLE_NAME IS NOT NULL",
  "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_NAME = 'parent' AND TABLE_SCHEMA = 'commerce'",
  // DBeaver, Workbench
  "SELECT * FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'commerce'",
  "SELECT TRIGGER_SCHEMA, TRIGGER_NAME, EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE FROM INFORMATION_SCHEMA.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = 'commerce'",
  "SELECT TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, VIEW_DEFINITION, IS_UPDATABLE FROM INFORMATION_SCHEMA.VIEWS WHERE TABLE_SCHEMA = 'commerce'",
  "SELECT ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE FROM INFORMATION_SCHEMA.ROUTINES WHERE ROUTINE_SCHEMA = 'commerce'",
  "SELECT EVENT_SCHEMA, EVENT_NAME FROM INFORMATION_SCHEMA.EVENTS WHERE EVENT_SCHEMA = 'commerce'",
  "SELECT t.TABLE_NAME, (SELECT COUNT(*) FROM information_schema.COLUMNS c WHERE c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME) n FROM information_schema.TABLES t WHERE t.TABLE_SCHEMA = 'commerce' ORDER BY 1",
  "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = SCHEMA() AND table_name LIKE 'par%'",
  "SELECT CONSTRAINT_SCHEMA, CONSTRAINT_NAME, TABLE_NAME, CONSTRAINT_TYPE FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = 'commerce' ORDER BY 2, 3",
  // mysqldump
  "SELECT PARTITION_NAME FROM INFORMATION_SCHEMA.PARTITIONS WHERE TABLE_SCHEMA = 'commerce' AND TABLE_NAME = 'parent'",
  "SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES WHERE table_schema = 'performance_schema' AND table_name = 'session_variables'",
];

for (const flavour of flavours)
  describe(flavour, () => {
    let live: LiveGateway;
    let db: mysql.Connection;
    let plain: mysql.Connection;
    const ask = async (on: mysql.Connection, sql: string, isPrepared: boolean) => {
      const [found, fields] = isPrepared ? await on.execute(sql) : await on.query(sql);
      return {
        columns: fields.map(({ name, columnType, type }) => [name, columnType ?? type]),
        rows: (found as unknown[][]).map((row) => JSON.stringify(row)).sort(),
      };
    };
    before(async () => {
      live = await startLiveGateway(flavour, parseVSchema({ keyspaces: { commerce: {}, customer: {} } }));
      const options = { rowsAsArray: true, dateStrings: true } as const;
      const gateway = { host: "127.0.0.1", port: live.server.port, user: "app" };
      db = await mysql.createConnection({ ...gateway, database: "commerce", ...options });
      const { username: user, password } = appUser;
      const socketPath = live.databases[1]?.socketPath ?? "";
      plain = await mysql.createConnection({ socketPath, user, password, ...options });
      await plain.query("create database commerce");
      await plain.query("use commerce");
      for (const sql of schema) {
        await plain.query(sql);
        await db.query(sql);
      }
    });
    after(async () => {
      await db.end();
      await plain.end();
      await live.stop();
    });

    for (const sql of asked)
      for (const isPrepared of [false, true])
        test(`${isPrepared ? "prepared" : "text"}: ${sql}`, async () => {
          assert.deepEqual(await ask(db, sql, isPrepared), await ask(plain, sql, isPrepared));
        });
  });
