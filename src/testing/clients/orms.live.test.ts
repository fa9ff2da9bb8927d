/**
 * ORMs that nobody here wrote, each on a sharded keyspace of both flavours, plain and over TLS: makes its tables, writes, reads by key and over
 * all shards, joins, counts, updates, deletes, and runs transactions that commit and that roll back.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { PrismaMariaDb } from "@prisma/adapter-mariadb";
import { desc, eq, inArray, sql } from "drizzle-orm";
import { bigint, datetime, decimal, mysqlTable, varchar } from "drizzle-orm/mysql-core";
import { drizzle } from "drizzle-orm/mysql2";
import knexOf from "knex";
import mysql from "mysql2/promise";
import { DataTypes, Op, Sequelize } from "sequelize";
import { DataSource, EntitySchema, In } from "typeorm";
import { flavours } from "../throwaway-database.ts";
import { PrismaClient } from "./prisma/generated/client.ts";
import { type ShardedGateways, startShardedGateways, transports } from "./sharded-gateways.ts";

const place = { host: "127.0.0.1", user: "root", database: "customer" };
const names = ["Ada", "Bob", "Cleo", "Dan", "Eve", "Fay"];

for (const flavour of flavours)
  describe(flavour, () => {
    let gateways: ShardedGateways;
    before(async () => {
      const tables = { customer: { by: "id", id: "id" }, purchase: { by: "customer_id", id: "id" } };
      gateways = await startShardedGateways(flavour, tables);
    });
    afterEach(async () => {
      const connection = await mysql.createConnection({ ...place, port: gateways.port("plain") });
      for (const table of ["purchase", "customer"]) await connection.query(`drop table if exists ${table}`);
      await connection.end();
    });
    after(() => gateways?.stop());

    for (const transport of transports) {
      const at = () => ({
        ...place,
        port: gateways.port(transport),
        ...(transport === "TLS" && { ssl: { ca: gateways.ca } }),
      });
      test(`Knex, ${transport}`, async () => {
        const knex = knexOf({ client: "mysql2", connection: at(), pool: { min: 0, max: 4 } });
        try {
          await knex.schema.createTable("customer", (table) => {
            table.bigIncrements("id");
            table.string("name", 50).notNullable();
            table.dateTime("created").nullable();
          });
          await knex.schema.createTable("purchase", (table) => {
            table.bigInteger("id").primary();
            table.bigInteger("customer_id").notNullable().index();
            table.decimal("price", 10, 2);
          });
          await knex("customer").insert(names.map((name) => ({ name })));
          const customers = await knex("customer").select("id", "name").orderBy("name");
          assert.deepEqual(
            customers.map(({ name }) => name),
            names,
          );
          const ada = customers[0]?.id as number;
          await knex("purchase").insert({ customer_id: ada, price: "12.50" });
          const [joined] = await knex("customer as c")
            .join("purchase as p", "p.customer_id", "c.id")
            .where("c.id", ada)
            .select("c.name", "p.price");
          assert.deepEqual({ ...joined }, { name: "Ada", price: "12.50" });
          assert.equal(await knex("customer").where({ id: ada }).update({ name: "Ann" }), 1);
          await knex.transaction(async (trx) => {
            await trx("customer").where("name", "Bob").del();
          });
          await assert.rejects(
            knex.transaction(async (trx) => {
              await trx("customer").del();
              throw new Error("back");
            }),
            /back/,
          );
          const [counted] = await knex("customer").count({ n: "*" });
          assert.equal(Number(counted?.["n"]), names.length - 1);
          assert.equal(await knex.schema.hasTable("customer"), true);
        } finally {
          await knex.destroy();
        }
      });

      test(`Sequelize, ${transport}`, async () => {
        const { host, port, user, database, ...dialectOptions } = at();
        const options = { host, port, dialect: "mysql", dialectOptions, logging: false } as const;
        const sequelize = new Sequelize(database, user, "", options);
        try {
          const Customer = sequelize.define(
            "customer",
            { id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true }, name: DataTypes.STRING(50) },
            { freezeTableName: true, timestamps: true },
          );
          const Purchase = sequelize.define(
            "purchase",
            {
              id: { type: DataTypes.BIGINT, primaryKey: true },
              customer_id: DataTypes.BIGINT,
              price: DataTypes.DECIMAL(10, 2),
            },
            { freezeTableName: true, timestamps: false },
          );
          Customer.hasMany(Purchase, { foreignKey: "customer_id", constraints: false });
          await sequelize.sync();
          const ada = await Customer.create({ name: "Ada" });
          assert.ok(Number(ada.get("id")) > 0, "the id comes from the sequence");
          await Customer.bulkCreate(names.slice(1).map((name) => ({ name })));
          await Purchase.create({ id: 1, customer_id: ada.get("id"), price: "3.50" });
          const found = await Customer.findAll({ where: { name: { [Op.in]: names } }, order: [["name", "DESC"]] });
          assert.deepEqual(
            found.map((one) => one.get("name")),
            names.toReversed(),
          );
          const withPurchases = await Customer.findByPk(Number(ada.get("id")), { include: Purchase });
          const purchases = withPurchases?.get("purchases") as unknown[] | undefined;
          assert.equal(purchases?.length, 1);
          await Customer.update({ name: "Ann" }, { where: { id: ada.get("id") } });
          await sequelize.transaction((transaction) => Customer.destroy({ where: { name: "Bob" }, transaction }));
          await assert.rejects(
            sequelize.transaction(async (transaction) => {
              await Customer.destroy({ where: {}, transaction });
              throw new Error("back");
            }),
            /back/,
          );
          assert.equal(await Customer.count(), names.length - 1);
        } finally {
          await sequelize.close();
        }
      });

      test(`TypeORM, ${transport}`, async () => {
        const Customer = new EntitySchema<{ id: string; name: string; created: Date }>({
          name: "customer",
          columns: {
            id: { type: "bigint", primary: true, generated: "increment" },
            name: { type: "varchar", length: 50 },
            created: { type: "datetime", createDate: true },
          },
        });
        const source = new DataSource({
          type: flavour,
          ...at(),
          username: place.user,
          entities: [Customer],
          synchronize: true,
        });
        await source.initialize();
        try {
          const customers = source.getRepository(Customer);
          for (const name of names) await customers.save({ name });
          const [ada] = await customers.findBy({ name: "Ada" });
          assert.ok(ada !== undefined && Number(ada.id) > 0);
          assert.deepEqual(
            (await customers.find({ order: { name: "ASC" }, skip: 1, take: 3 })).map(({ name }) => name),
            names.slice(1, 4),
          );
          assert.equal(await customers.countBy({ name: In(["Ada", "Eve"]) }), 2);
          await customers.update({ id: ada.id }, { name: "Ann" });
          await source.transaction((manager) => manager.delete(Customer, { name: "Bob" }));
          await assert.rejects(
            source.transaction(async (manager) => {
              await manager.createQueryBuilder().delete().from(Customer).execute();
              throw new Error("back");
            }),
            /back/,
          );
          assert.equal(await customers.count(), names.length - 1);
        } finally {
          await source.destroy();
        }
      });

      test(`Drizzle, ${transport}`, async () => {
        const customer = mysqlTable("customer", {
          id: bigint({ mode: "number" }).primaryKey().autoincrement(),
          name: varchar({ length: 50 }).notNull(),
          created: datetime(),
        });
        const purchase = mysqlTable("purchase", {
          id: bigint({ mode: "number" }).primaryKey(),
          customerId: bigint("customer_id", { mode: "number" }).notNull(),
          price: decimal({ precision: 10, scale: 2 }),
        });
        const pool = mysql.createPool(at());
        const db = drizzle(pool);
        try {
          await db.execute(
            sql`create table customer (id bigint primary key auto_increment, name varchar(50) not null, created datetime)`,
          );
          await db.execute(
            sql`create table purchase (id bigint primary key, customer_id bigint not null, price decimal(10, 2))`,
          );
          const [first] = await db.insert(customer).values({ name: "Ada" }).$returningId();
          assert.ok(first !== undefined && first.id > 0);
          await db.insert(customer).values(names.slice(1).map((name) => ({ name })));
          await db.insert(purchase).values({ id: 5, customerId: first.id, price: "7.25" });
          const rows = await db.select({ name: customer.name }).from(customer).orderBy(desc(customer.name)).limit(2);
          assert.deepEqual(rows, [{ name: "Fay" }, { name: "Eve" }]);
          const joined = await db
            .select({ name: customer.name, price: purchase.price })
            .from(customer)
            .innerJoin(purchase, eq(purchase.customerId, customer.id));
          assert.deepEqual(joined, [{ name: "Ada", price: "7.25" }]);
          await db.update(customer).set({ name: "Ann" }).where(eq(customer.id, first.id));
          await db.transaction((tx) => tx.delete(customer).where(inArray(customer.name, ["Bob"])));
          await assert.rejects(
            db.transaction(async (tx) => {
              await tx.delete(customer);
              throw new Error("back");
            }),
            /back/,
          );
          assert.equal(await db.$count(customer), names.length - 1);
        } finally {
          await pool.end();
        }
      });

      for (const useTextProtocol of [true, false])
        test(`Prisma, ${useTextProtocol ? "text" : "prepared"}, ${transport}`, async () => {
          await makeTables();
          const prisma = new PrismaClient({ adapter: new PrismaMariaDb(at(), { useTextProtocol }) });
          try {
            const ada = await prisma.customer.create({
              data: { name: "Ada", created: new Date("2024-02-29T12:00:00Z") },
            });
            assert.ok(ada.id > 0n, "the id comes from the sequence");
            await prisma.customer.createMany({ data: names.slice(1).map((name) => ({ name })) });
            await prisma.purchase.create({ data: { id: 1n, customer_id: ada.id, price: "3.5" } });
            const first = await prisma.customer.findMany({
              orderBy: { name: "asc" },
              take: 2,
              include: { purchases: true },
            });
            assert.deepEqual(
              first.map(({ name, purchases }) => [name, purchases.map(({ price }) => price?.toFixed(2))]),
              [
                ["Ada", ["3.50"]],
                ["Bob", []],
              ],
            );
            assert.equal((await prisma.customer.findUnique({ where: { id: ada.id } }))?.created?.getUTCDate(), 29);
            await prisma.customer.update({ where: { id: ada.id }, data: { name: "Ann" } });
            await prisma.$transaction([prisma.customer.deleteMany({ where: { name: "Bob" } })]);
            await assert.rejects(
              prisma.$transaction(async (transaction) => {
                await transaction.customer.deleteMany({});
                throw new Error("back");
              }),
              /back/,
            );
            assert.equal(await prisma.customer.count(), names.length - 1);
          } finally {
            await prisma.$disconnect();
          }
        });
    }

    /** As `prisma migrate` would, whose engine is not here. */
    async function makeTables(): Promise<void> {
      const connection = await mysql.createConnection({ ...place, port: gateways.port("plain") });
      await connection.query(
        "create table customer (id bigint primary key auto_increment, name varchar(50) not null, created datetime(3))",
      );
      await connection.query(
        "create table purchase (id bigint primary key, customer_id bigint not null, price decimal(10, 2))",
      );
      await connection.end();
    }
  });
